"""The writer: groups, savepoints, limits, event loops.

Source: security.md section 3.2.
"""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from sqlalchemy import text

from watchword.accounts.users import AddOutcome, NewUser
from watchword.stores import (
    Store,
    StoreBusy,
    StoreConflict,
    StoreUnavailable,
    migrate,
    open_store,
)
from watchword.stores.sqlite import writer as module
from watchword.stores.sqlite.connection import Connection
from watchword.stores.sqlite.turn import Turn
from watchword.stores.statement import Rows, Statement, Step, Verb


def user(number: int) -> NewUser:
    return NewUser(f"user_{number}", f"name{number}", None, frozenset(), 1)


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the transaction control of every connection."""
    spoken: list[str] = []
    original = Connection.run

    def run(self: Connection, sql: str) -> Rows:
        spoken.append(sql)
        return original(self, sql)

    monkeypatch.setattr(Connection, "run", run)
    return spoken


def with_store(url: str, use: Callable[[Store], Any]) -> Any:
    async def opened() -> Any:
        async with await open_store(url) as store:
            return await use(store)

    return asyncio.run(opened())


def test_what_waits_is_committed_in_groups(
    sqlite_url: str, tmp_path: Path, commits: list[str]
) -> None:
    """While somebody else has the turn, units queue; then one commit takes 32 of them."""

    async def use(store: Store) -> None:
        turn = Turn(tmp_path / "store.db")
        with turn:
            waiting = [asyncio.create_task(store.add_user(user(n))) for n in range(64)]
            await asyncio.sleep(0)
            commits.clear()
        assert await asyncio.gather(*waiting) == [AddOutcome.ADDED] * 64
        turn.close()
        assert commits.count("COMMIT") == 2
        assert commits.count("SAVEPOINT unit") == 64

    with_store(sqlite_url, use)


def test_failed_unit_is_rolled_back_alone(sqlite_url: str, tmp_path: Path) -> None:
    async def use(store: Store) -> None:
        def broken() -> Verb[None]:
            yield Step(Statement(text("DELETE FROM user_roles")), {})
            yield Step(Statement(text("DELETE FROM users")), {})
            raise ValueError("a verb that changes its mind")

        await store.add_user(user(0))
        turn = Turn(tmp_path / "store.db")
        with turn:
            writes = [store.add_user(user(1)), store._driver.write(broken), store.add_user(user(2))]
            waiting = [asyncio.create_task(write) for write in writes]
            await asyncio.sleep(0)
        turn.close()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(result) for result in results] == [AddOutcome, ValueError, AddOutcome]
        assert len(await store.list_users()) == 3

    with_store(sqlite_url, use)


@pytest.mark.requirement("stores:acknowledged")
def test_failed_commit_fails_the_whole_group(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Connection.run

    def run(self: Connection, sql: str) -> Rows:
        if sql == "COMMIT":
            raise apsw.FullError("database or disk is full")
        return original(self, sql)

    async def use(store: Store) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(Connection, "run", run)
            writes = (store.add_user(user(n)) for n in range(5))
            results = await asyncio.gather(*writes, return_exceptions=True)
        assert {type(result) for result in results} == {StoreUnavailable}
        assert "disk" in str(results[0])
        assert await store.list_users() == ()
        assert await store.add_user(user(0)) is AddOutcome.ADDED

    with_store(sqlite_url, use)


def test_failure_that_ends_the_transaction_fails_the_group(sqlite_url: str, tmp_path: Path) -> None:
    """Some failures make SQLite roll back everything by itself."""

    async def use(store: Store) -> None:
        def ending() -> Verb[None]:
            yield Step(Statement(text("ROLLBACK")), {})
            raise apsw.NoMemError("out of memory")

        turn = Turn(tmp_path / "store.db")
        with turn:
            writes = [store.add_user(user(1)), store._driver.write(ending)]
            waiting = [asyncio.create_task(write) for write in writes]
            await asyncio.sleep(0)
        turn.close()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(result) for result in results] == [StoreUnavailable] * 2
        assert await store.list_users() == ()

    with_store(sqlite_url, use)


def test_full_queue_is_busy(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused was never begun, and what was queued is written."""
    monkeypatch.setattr(module, "QUEUE_UNITS_MAX", 3)

    async def use(store: Store) -> None:
        turn = Turn(tmp_path / "store.db")
        with turn:
            waiting = [asyncio.create_task(store.add_user(user(n))) for n in range(3)]
            await asyncio.sleep(0)
            with pytest.raises(StoreBusy, match="3 writes are waiting") as busy:
                await store.add_user(user(4))
            assert busy.value.retry_after_seconds == 1
        turn.close()
        await asyncio.gather(*waiting)
        assert len(await store.list_users()) == 3

    with_store(sqlite_url, use)


def test_turn_that_does_not_come_is_busy(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped process that holds the lock does not hold our callers; nothing of them is done."""

    async def use(store: Store) -> None:
        monkeypatch.setattr(module, "WAIT_SECONDS_MAX", 0.01)
        turn = Turn(tmp_path / "store.db")
        with turn, pytest.raises(StoreBusy, match=r"nothing was written .* stopped process"):
            await store.add_user(user(1))
        turn.close()
        monkeypatch.setattr(module, "WAIT_SECONDS_MAX", 10)
        assert await store.add_user(user(2)) is AddOutcome.ADDED
        assert [found.name for found in await store.list_users()] == ["name2"]

    with_store(sqlite_url, use)


def test_unit_that_was_begun_and_is_late_has_an_unknown_end(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    async def use(store: Store) -> None:
        monkeypatch.setattr(module, "WAIT_SECONDS_MAX", 0.01)

        def slow() -> Verb[None]:
            go_on.wait(60)
            yield Step(Statement(text("SELECT 1")), {})

        with pytest.raises(StoreUnavailable, match="nothing was written"):
            await store._driver.write(slow)
        go_on.set()

    with_store(sqlite_url, use)


def test_cancelled_caller_is_skipped(sqlite_url: str, tmp_path: Path) -> None:
    async def use(store: Store) -> None:
        turn = Turn(tmp_path / "store.db")
        with turn:
            waiting = [asyncio.create_task(store.add_user(user(n))) for n in range(2)]
            await asyncio.sleep(0)
            waiting[0].cancel()
            await asyncio.sleep(0)
        turn.close()
        await waiting[1]
        assert [found.name for found in await store.list_users()] == ["name1"]

    with_store(sqlite_url, use)


def test_taken_id_is_a_conflict(sqlite_url: str) -> None:
    async def use(store: Store) -> None:
        await store.add_user(NewUser("user_1", "alice", None, frozenset(), 1))
        with pytest.raises(StoreConflict, match="UNIQUE"):
            await store.add_user(NewUser("user_1", "bob", None, frozenset(), 1))

    with_store(sqlite_url, use)


def test_closed_store_says_so_and_closing_twice_is_no_error(sqlite_url: str) -> None:
    async def use(store: Store) -> None:
        await store.close()
        with pytest.raises(StoreUnavailable, match="is closed"):
            await store.add_user(user(1))
        with pytest.raises(StoreUnavailable, match="is closed"):
            await store.list_users()

    with_store(sqlite_url, use)


def test_what_is_queued_at_closing_is_written(sqlite_url: str, tmp_path: Path) -> None:
    async def use(store: Store) -> None:
        waiting = [asyncio.create_task(store.add_user(user(n))) for n in range(40)]
        await asyncio.sleep(0)
        await store.close()
        assert await asyncio.gather(*waiting) == [AddOutcome.ADDED] * 40

    with_store(sqlite_url, use)


def test_event_loop_that_ended_takes_nobody_with_it(sqlite_url: str, tmp_path: Path) -> None:
    async def use(store: Store) -> None:
        turn = Turn(tmp_path / "store.db")
        with turn:

            async def leave() -> None:
                asyncio.get_running_loop().create_task(store.add_user(user(1)))
                await asyncio.sleep(0)

            thread = threading.Thread(target=lambda: asyncio.run(leave()))
            thread.start()
            thread.join()
        turn.close()
        assert await store.add_user(user(2)) is AddOutcome.ADDED

    with_store(sqlite_url, use)


def test_answer_for_an_event_loop_that_was_closed_is_dropped() -> None:
    """A coroutine that is left in a closed loop crashes the interpreter when it is collected."""
    loop = asyncio.new_event_loop()
    answer: asyncio.Future[AddOutcome] = loop.create_future()
    loop.close()
    unit = module._Unit(lambda: iter(()), loop, answer)
    module._answer([unit], [module._Result(AddOutcome.ADDED, None)])
    assert not answer.done()


def test_lock_files_that_cannot_be_made_are_named(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "store.db.lock").unlink()
    (tmp_path / "store.db.lock").mkdir()
    with pytest.raises(StoreUnavailable, match="the lock files beside it"):
        asyncio.run(open_store(sqlite_url))
    with pytest.raises(StoreUnavailable, match="the lock files beside it"):
        asyncio.run(migrate(sqlite_url))
