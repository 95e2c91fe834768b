"""Undoing in one transaction: it is done while the act is the last word, and else nothing is.

Source: users.md U40; decisions/0287.
"""

import asyncio

import pytest

from watchword.accounts.administration.audit import AuditEntry, Author
from watchword.accounts.administration.undoing import ChangedSince
from watchword.accounts.users import NewUser, StatusOutcome
from watchword.stores import Store, open_store
from watchword.testing.store_conformance.world import NOW

pytestmark = pytest.mark.requirement("users:U40:undo")

BY, UNDO = Author("user_1", "why"), Author("user_1", "undo of 1")
USER = NewUser(id="user_2", name="bob", password_hash=None, roles=frozenset(), created_at=NOW)


async def _last(store: Store) -> AuditEntry:
    (found,) = await store.list_audit(limit=1)
    assert isinstance(found, AuditEntry)
    return found


def test_an_act_is_undone_while_it_is_the_last_word(store_url: str) -> None:
    async def use() -> None:
        async with await open_store(store_url) as store:
            await store.add_user(USER)
            await store.assign_role("user_2", "editor", by=BY, now=NOW)
            given = await _last(store)
            await store.assign_role("user_2", "reader", by=BY, now=NOW)
            undoing = store.undoing(given)
            user = await undoing.read_user("user_2")
            assert user is not None
            assert user.roles == {"editor", "reader"}
            removed = await undoing.remove_role("user_2", "editor", by=UNDO, now=NOW)
            assert removed is StatusOutcome.CHANGED
            assert (await _last(store)).author == UNDO
            twice = await undoing.remove_role("user_2", "editor", by=UNDO, now=NOW)
            assert twice is StatusOutcome.UNCHANGED

    asyncio.run(use())


def test_what_was_changed_since_stays_as_it_is(store_url: str) -> None:
    async def use() -> None:
        async with await open_store(store_url) as store:
            await store.add_user(USER)
            await store.suspend_user("user_2", by=BY, now=NOW)
            suspended = await _last(store)
            await store.restore_user("user_2", by=BY, now=NOW)
            await store.suspend_user("user_2", by=Author("user_9", "again"), now=NOW)
            before = await store.list_audit()
            with pytest.raises(ChangedSince):
                await store.undoing(suspended).restore_user("user_2", by=UNDO, now=NOW)
            assert await store.list_audit() == before
            user = await store.read_user("user_2")
            assert user is not None
            assert not user.is_active

    asyncio.run(use())


def test_of_several_who_undo_one_wins(store_url: str) -> None:
    """Somebody else's suspension, which would follow, is not what the others then end."""

    async def use() -> None:
        async with await open_store(store_url) as store:
            await store.add_user(USER)
            await store.suspend_user("user_2", by=BY, now=NOW)
            suspended = await _last(store)
            handles = [store.undoing(suspended) for _ in range(5)]
            outcomes = await asyncio.gather(
                *(one.restore_user("user_2", by=UNDO, now=NOW) for one in handles),
                store.suspend_user("user_2", by=Author("user_9", "again"), now=NOW),
                return_exceptions=True,
            )
            lost = (StatusOutcome.UNCHANGED, ChangedSince)
            undone = outcomes[:5]
            assert undone.count(StatusOutcome.CHANGED) == 1
            rest = [one for one in undone if one is not StatusOutcome.CHANGED]
            assert all(one is lost[0] or isinstance(one, lost[1]) for one in rest)
            entries = [one for one in await store.list_audit() if isinstance(one, AuditEntry)]
            assert [one.author for one in entries].count(UNDO) == 1

    asyncio.run(use())
