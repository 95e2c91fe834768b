"""Rows of the audit log that were changed beside the verbs, on both databases: each is noticed.

Source: security.md rule 100; OWASP ASVS 5.0 V16.4.2; decisions/0250.
"""

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from watchword.accounts.administration.audit import AuditAction, Author, Deed, Unreadable
from watchword.accounts.administration.chain import Head, Stretch, verify_log
from watchword.accounts.errors import Flaw, LogBroken
from watchword.stores import Store, open_store
from watchword.stores.schema import audit, tenants
from watchword.stores.verbs.administration import audit as verbs
from watchword.testing.store_conformance.world import NOW

BY = Author("user_1", "why")
DEED = Deed(AuditAction.ROLE_GIVEN, "user", "user_2", {"role": "editor"})
NEWEST = delete(audit).where(audit.c.position > 3)


async def _grown(store: Store, length: int) -> None:
    for turn in range(length):
        await store.record_deed(DEED, by=BY, now=NOW + turn)


async def _flaw(store: Store, **kept: Head) -> tuple[int, Flaw]:
    with pytest.raises(LogBroken) as broken:
        await verify_log(store, **kept)
    return broken.value.position, broken.value.flaw


def test_rows_that_were_changed_are_noticed(store_url: str, rows: Any) -> None:
    third = update(audit).where(audit.c.position == 3)
    cases = [
        (third.values(actor="user_9"), Flaw.ALTERED, 3),
        (third.values(actor=""), Flaw.ALTERED, 3),
        (third.values(action="no such word"), Flaw.ALTERED, 3),
        (third.values(detail="{"), Flaw.ALTERED, 3),
        (third.values(detail="5"), Flaw.ALTERED, 3),
        (delete(audit).where(audit.c.position == 3), Flaw.MISSING, 3),
        (NEWEST, Flaw.CUT_OFF, 4),
        (delete(audit), Flaw.CUT_OFF, 1),
        (update(tenants).values(audit_position=4), Flaw.ADDED, 5),
        (update(tenants).values(audit_chain=bytes(32)), Flaw.REWRITTEN, 5),
    ]

    async def use() -> None:
        async with await open_store(store_url) as store:
            await _grown(store, 5)
            as_it_was = await rows.of(store, select(audit))
            end = await rows.of(store, select(tenants.c.audit_position, tenants.c.audit_chain))
            for statement, flaw, position in cases:
                await rows.write(store, statement)
                assert await _flaw(store) == (position, flaw), statement
                await rows.write(store, delete(audit))
                for row in as_it_was:
                    await rows.write(store, insert(audit).values(row))
                values = dict(zip(("audit_position", "audit_chain"), end[0], strict=True))
                await rows.write(store, update(tenants).values(values))
                assert (await verify_log(store)).position == 5

    asyncio.run(use())


@pytest.mark.requirement("security:100:head")
def test_a_cut_stays_in_sight_when_entries_follow(store_url: str, rows: Any) -> None:
    async def use() -> None:
        async with await open_store(store_url) as store:
            await _grown(store, 5)
            await rows.write(store, NEWEST)
            assert await _flaw(store) == (4, Flaw.CUT_OFF)
            await _grown(store, 2)
            assert [entry.position for entry in await store.list_audit()] == [7, 6, 3, 2, 1]
            assert await _flaw(store) == (4, Flaw.MISSING)

    asyncio.run(use())


@pytest.mark.requirement("security:100:head")
def test_a_log_that_was_written_anew_is_noticed_by_a_head_that_was_kept(
    store_url: str, rows: Any
) -> None:
    """Its chain holds and the database agrees: the whole of both was written by somebody else."""

    async def use() -> None:
        async with await open_store(store_url) as store:
            await _grown(store, 5)
            kept = (await store.walk_audit(after=0, limit=0)).head
            assert await verify_log(store, kept=kept) == kept
            await rows.write(store, delete(audit))
            await rows.write(store, update(tenants).values(audit_position=0, audit_chain=None))
            for flaw, position in ((Flaw.CUT_OFF, 4), (Flaw.REWRITTEN, 5)):
                await _grown(store, 3)
                await verify_log(store)
                assert await _flaw(store, kept=kept) == (position, flaw)

    asyncio.run(use())


@pytest.mark.requirement("security:100:chain")
def test_an_entry_of_a_later_version_keeps_the_log_whole(
    store_url: str, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that a later server wrote is read by an older one after a step back."""

    async def use() -> None:
        async with await open_store(store_url) as store:
            await _grown(store, 3)
            with monkeypatch.context() as older:
                older.setattr(verbs, "AuditAction", _knows_nothing)
                head = await verify_log(store)
                assert head.position == 3
                assert await store.list_audit() == (Unreadable(3), Unreadable(2), Unreadable(1))
                await rows.write(store, update(audit).values(action="x").where(_SECOND))
                assert await _flaw(store) == (2, Flaw.ALTERED)

    asyncio.run(use())


_SECOND = audit.c.position == 2


def _knows_nothing(word: str) -> AuditAction:
    raise ValueError(word)


ODD = [{"action": "no such word"}, {"detail": "[" * 100_000}, {"detail": "[1]"}]


@pytest.mark.parametrize("values", ODD, ids=["word", "nesting", "shape"])
def test_a_row_that_is_no_entry_is_told_by_its_position(
    store_url: str, rows: Any, values: dict[str, object]
) -> None:
    async def use() -> None:
        async with await open_store(store_url) as store:
            await _grown(store, 1)
            await rows.write(store, update(audit).values(**values))
            head = (await store.walk_audit(after=0, limit=0)).head
            assert await store.walk_audit(after=0, limit=9) == Stretch((Unreadable(1),), head)
            assert await store.list_audit() == (Unreadable(1),)

    asyncio.run(use())
