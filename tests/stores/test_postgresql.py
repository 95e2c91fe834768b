"""PostgreSQL as a driver: what it says when it cannot, and what it does again by itself.

Source: security.md D4 and rules 99, 105; ARCHITECTURE section 3.
"""

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from watchword.accounts.users import AddOutcome, NewUser
from watchword.stores import (
    SchemaMissing,
    SchemaOutdated,
    Store,
    StoreBusy,
    StoreConflict,
    StoreUnavailable,
    migrate,
    open_store,
    postgresql,
)
from watchword.stores.statement import Statement, Step, Verb

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres_url: str) -> str:
    asyncio.run(migrate(postgres_url))
    return postgres_url


def user(number: int) -> NewUser:
    return NewUser(f"user_{number}", f"name{number}", None, frozenset(), 1)


def saying(sql: str) -> Callable[[], Verb[Any]]:
    def verb() -> Verb[Any]:
        return (yield Step(Statement(text(sql)), {}))

    return verb


def test_server_that_is_not_there_is_named_without_the_password() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        url = f"postgresql://ann:hush@127.0.0.1:{port}/watchword"
        with pytest.raises(
            StoreUnavailable, match=r"cannot be reached.*start the server"
        ) as failed:
            asyncio.run(open_store(url))
    assert f"127.0.0.1:{port}/watchword" in str(failed.value)
    assert "hush" not in str(failed.value)


def test_missing_database_is_named(postgres_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="nowhere does not exist; create the database"):
        asyncio.run(open_store(postgres_url.rpartition("/")[0] + "/nowhere"))


def test_refused_user_is_named(postgres_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="refuses the user; check user"):
        asyncio.run(open_store(postgres_url.replace("postgres@", "nobody@")))


def test_database_without_tables_names_the_command(postgres_url: str) -> None:
    with pytest.raises(SchemaMissing, match="holds no tables; run `watchword migrate`"):
        asyncio.run(open_store(postgres_url))


def test_standby_is_named(url: str) -> None:
    async def meet() -> None:
        async with await open_store(url) as store:
            connection = await asyncpg.connect(url)
            name = url.rpartition("/")[2]
            await connection.execute(
                f"ALTER DATABASE {name} SET default_transaction_read_only = on"
            )
            await connection.close()
            await store.release()
            assert await store.list_users() == ()
            with pytest.raises(StoreUnavailable, match="is a standby; connect to the primary"):
                await store.add_user(user(1))

    asyncio.run(meet())


def test_missing_table_names_the_command(url: str) -> None:
    async def meet() -> None:
        async with await open_store(url) as store:
            with pytest.raises(SchemaOutdated, match="run `watchword migrate`"):
                await store._driver.write(saying("SELECT 1 FROM nowhere"))

    asyncio.run(meet())


def test_taken_id_is_a_conflict_after_it_was_tried_again(url: str) -> None:
    attempts = 0

    async def meet() -> None:
        async with await open_store(url) as store:
            await store.add_user(user(1))

            def verb() -> Verb[None]:
                nonlocal attempts
                attempts += 1
                yield Step(
                    Statement(text("INSERT INTO users SELECT * FROM users WHERE id = 'user_1'")), {}
                )

            with pytest.raises(StoreConflict, match="use an id that is not taken"):
                await store._driver.write(verb)

    asyncio.run(meet())
    assert attempts == postgresql.ATTEMPTS_MAX


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_transaction_that_could_not_be_ordered_runs_again(url: str, state: str) -> None:
    """Serialization failures and deadlocks are the server's way to ask for another try."""
    attempts = 0

    async def meet() -> None:
        async with await open_store(url) as store:

            def verb() -> Verb[str]:
                nonlocal attempts
                attempts += 1
                if attempts < 3:
                    raise_it = f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$"
                    yield Step(Statement(text(raise_it)), {})
                return "third time"

            assert await store._driver.write(verb) == "third time"

            def always() -> Verb[None]:
                raise_it = f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$"
                yield Step(Statement(text(raise_it)), {})

            with pytest.raises(StoreBusy, match="slow statements"):
                await store._driver.write(always)

    asyncio.run(meet())
    assert attempts == 3


def test_busy_pool_is_told_apart_from_a_silent_server(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "CONNECTIONS_MAX", 1)

    async def meet() -> None:
        async with await open_store(url) as store:
            driver: Any = store._driver
            async with driver._connection():
                monkeypatch.setattr(postgresql, "ACQUIRE_SECONDS_MAX", 0.01)
                with pytest.raises(StoreBusy, match="all 1 connections"):
                    await store.list_users()
            monkeypatch.setattr(postgresql, "ACQUIRE_SECONDS_MAX", 10)
            assert await store.list_users() == ()

    asyncio.run(meet())


def test_silent_server_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "ACQUIRE_SECONDS_MAX", 0.05)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"postgresql://ann@127.0.0.1:{listening.getsockname()[1]}/watchword?sslmode=disable"
        with pytest.raises(StoreUnavailable, match="did not answer in time"):
            asyncio.run(open_store(url))


def test_cut_connection_is_an_outage_and_not_the_end(url: str) -> None:
    """The server was restarted: one request fails, the next finds it again."""

    async def meet() -> None:
        async with await open_store(url) as store:
            with pytest.raises(StoreUnavailable):
                await store._driver.write(saying("SELECT pg_terminate_backend(pg_backend_pid())"))
            assert await store.add_user(user(1)) is AddOutcome.ADDED

    asyncio.run(meet())


@pytest.mark.requirement("stores:full")
def test_acknowledged_means_durable_whatever_the_servers_default(url: str) -> None:
    """The test server has synchronous_commit off; the store does not live with that."""

    async def settings() -> list[str]:
        async with await open_store(url) as store:
            names = ("synchronous_commit", "lock_timeout", "plan_cache_mode")
            return [(await store._driver.write(saying(f"SHOW {name}")))[0][0] for name in names]

    assert asyncio.run(settings()) == ["on", "5s", "force_generic_plan"]


def test_store_serves_several_event_loops_and_closes_them_all(url: str) -> None:
    found: list[Any] = []

    async def elsewhere(store: Store, used: threading.Event, done: threading.Event) -> None:
        found.append(await store.list_users())
        used.set()
        await asyncio.to_thread(done.wait, 30)
        with pytest.raises(StoreUnavailable, match="is closed"):
            await store.list_users()

    async def here() -> None:
        used, done = threading.Event(), threading.Event()
        store = await open_store(url)
        thread = threading.Thread(target=asyncio.run, args=(elsewhere(store, used, done),))
        thread.start()
        await asyncio.to_thread(used.wait, 30)
        await store.close()
        done.set()
        await asyncio.to_thread(thread.join)
        with pytest.raises(StoreUnavailable, match="is closed"):
            await store.list_users()

    asyncio.run(here())
    assert found == [()]


@pytest.mark.parametrize(
    ("url", "port", "cause"),
    [
        ("postgresql://127.0.0.1/db", "hush", "a PG... variable of the environment"),
        ("postgresql://127.0.0.1/db", "99999", "a PG... variable of the environment"),
        ("postgresql://127.0.0.1:1/db?sslmode=hush", "1", "`sslmode` parameter must be one of"),
    ],
)
def test_setting_that_the_driver_cannot_read_is_named(
    monkeypatch: pytest.MonkeyPatch, url: str, port: str, cause: str
) -> None:
    monkeypatch.setenv("PGPORT", port)
    with pytest.raises(StoreUnavailable, match=cause) as refused:
        asyncio.run(open_store(url))
    assert "hush" not in str(refused.value)
