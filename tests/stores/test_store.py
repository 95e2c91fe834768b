"""What a store offers beside the protocols: a mark for demonstrations, and its tenants."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import update

from watchword.accounts.users import NewUser
from watchword.oauth.families import OpenFamilyInSession, Refusal, Refused
from watchword.stores import LiveStore, Store, open_store
from watchword.stores.schema import clients, resources
from watchword.testing.store_conformance import World
from watchword.testing.store_conformance.world import CLIENT, HASH, NOW, ORIGIN


def with_store(url: str, use: Callable[[Store], Awaitable[None]]) -> None:
    async def opened() -> None:
        async with await open_store(url) as store:
            await use(store)

    asyncio.run(opened())


def test_empty_store_may_become_a_demonstration(store_url: str) -> None:
    async def use(store: Store) -> None:
        assert not await store.is_demo()
        await store.mark_demo()
        await store.add_user(NewUser("user_1", "alice", None, frozenset(), 1))
        await store.mark_demo()  # a second start of the demonstration
        assert await store.is_demo()

    with_store(store_url, use)


def test_store_with_users_never_becomes_a_demonstration(store_url: str) -> None:
    """A demonstration makes passwords and prints them; it must not do so with real accounts."""

    async def use(store: Store) -> None:
        await store.add_user(NewUser("user_1", "alice", None, frozenset(), 1))
        with pytest.raises(LiveStore, match="a database file of its own"):
            await store.mark_demo()
        assert not await store.is_demo()

    with_store(store_url, use)


def test_each_epoch_is_the_next(store_url: str) -> None:
    async def use(store: Store) -> None:
        assert [await store.bump_epoch(now=NOW) for _ in range(2)] == [2, 3]

    with_store(store_url, use)


@pytest.mark.parametrize(
    ("table", "refusal"),
    [(clients, Refusal.CLIENT_INACTIVE), (resources, Refusal.RESOURCE_INACTIVE)],
    ids=["client", "resource"],
)
def test_inactive_party_gets_nothing(
    store_url: str, rows: Any, table: Any, refusal: Refusal
) -> None:
    """Source: security.md rule 61; no verb switches a client off, so the row is."""

    async def use(store: Store) -> None:
        world = World(store)
        await world.furnish()
        login = await world.log_in()
        user_id = login.facts.user.id
        session = world.session()
        await store.open_session(session, user_id=user_id, password_hash=HASH, now=NOW)
        await rows.write(store, update(table).values(is_active=False))
        answers = (
            await store.open_family(world.opening(user_id)),
            await store.open_family_in_session(
                OpenFamilyInSession(session.sid, world.family(), ORIGIN, NOW + 1)
            ),
            (await world.present(login.token, now=NOW + 1))[0],
        )
        assert answers == (Refused(refusal),) * 3
        if table is clients:
            assert await store.find_client(CLIENT.client_id) is None
            assert await store.default_client() is None
        else:
            assert await store.list_resources() == ()

    with_store(store_url, use)


def test_released_store_opens_what_it_needs_again(store_url: str) -> None:
    async def use(store: Store) -> None:
        for _ in range(2):
            assert await store.list_users() == ()
            await store.release()
            await store.release()

    with_store(store_url, use)


def test_mark_of_use_that_cannot_be_written_does_not_lose_the_page(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Source: security.md 6.3 (disk full): reads are still answered."""

    async def use(store: Store) -> None:
        world = World(store)
        await world.furnish()
        session, user_id = world.session(), await world.user()
        await store.open_session(session, user_id=user_id, password_hash=HASH, now=NOW)
        monkeypatch.setattr("watchword.stores.sqlite.writer.QUEUE_UNITS_MAX", 0)
        found = await store.find_session(session.cookie_hash or b"", now=NOW + 100)
        assert found is not None
        assert found.sid == session.sid

    with_store(sqlite_url, use)


def test_importing_the_room_opens_and_loads_no_driver() -> None:
    """Source: users.md U102."""
    code = (
        "import sys, watchword.stores\n"
        "print([m for m in ('alembic', 'asyncpg', 'apsw') if m in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert printed.stdout.strip() == "[]"
