"""Files that cannot serve as a store, and what is said about them.

Source: security.md rule 105; ARCHITECTURE section 3 (only apsw opens the file).
"""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import apsw
import pytest

from watchword.stores import StoreBusy, StoreUnavailable, migrate, open_store
from watchword.stores.sqlite import connection as module
from watchword.stores.sqlite.connection import Connection, refuse_other_library

NOBODY = 65_534


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up root for a while: it may write what nobody else may."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def open_url(path: Path) -> None:
    async def opened() -> None:
        await (await open_store(f"sqlite:///{path}")).close()

    asyncio.run(opened())


def test_missing_directory_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "store.db"
    for attempt in (open_url, lambda path: asyncio.run(migrate(f"sqlite:///{path}"))):
        with pytest.raises(StoreUnavailable, match="nowhere does not exist; create it"):
            attempt(path)


def test_directory_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="is a directory; name a file"):
        open_url(tmp_path)


def test_other_file_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"not a database, but long enough to have a header of its own " * 100)
    with pytest.raises(StoreUnavailable, match=r"not a SQLite database.*backup"):
        open_url(path)


def test_damaged_database_is_named(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    data = bytearray(path.read_bytes())
    data[100:4096] = os.urandom(3996)  # the root page of the schema
    path.write_bytes(data)
    with pytest.raises(StoreUnavailable, match="damaged; restore it from a backup"):
        open_url(path)


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_unwritable_file_is_named(sqlite_url: str, tmp_path: Path, mode: int) -> None:
    for directory in (tmp_path, *tmp_path.parents[:3]):
        directory.chmod(0o755)
    (tmp_path / "store.db").chmod(mode)
    with as_nobody(), pytest.raises(StoreUnavailable, match="let the user that runs this"):
        open_url(tmp_path / "store.db")


def test_unwritable_directory_is_named_by_a_migration(tmp_path: Path) -> None:
    for directory in (tmp_path, *tmp_path.parents[:3]):
        directory.chmod(0o755)
    with as_nobody():
        if os.access(tmp_path, os.W_OK, effective_ids=True):
            tmp_path.chmod(0o555)
        with pytest.raises(StoreUnavailable, match="cannot be opened for writing"):
            asyncio.run(migrate(f"sqlite:///{tmp_path / 'store.db'}"))


def test_file_locked_by_another_program_is_named(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_MILLISECONDS", 10)

    async def meet() -> None:
        async with await open_store(sqlite_url) as store:
            holder = apsw.Connection(str(tmp_path / "store.db"))
            holder.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreBusy, match="locked by another program; end the program"):
                await store.bump_epoch(now=1)
            holder.execute("ROLLBACK")
            assert await store.bump_epoch(now=1) == 2

    asyncio.run(meet())


@pytest.mark.requirement("stores:one-library")
def test_file_open_through_another_library_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    """Two copies of SQLite in one process cancel each other's locks."""
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("SELECT count(*) FROM users").fetchone()
        with pytest.raises(StoreUnavailable, match="through another SQLite library; keep the"):
            open_url(path)
        with pytest.raises(StoreUnavailable, match="through another SQLite library"):
            asyncio.run(migrate(sqlite_url))
    open_url(path)


def test_second_store_on_a_file_is_no_other_library(sqlite_url: str, tmp_path: Path) -> None:
    async def both() -> None:
        async with await open_store(sqlite_url), await open_store(sqlite_url) as second:
            assert await second.list_users() == ()

    asyncio.run(both())


@pytest.mark.requirement("stores:one-library")
@pytest.mark.parametrize("theirs", ["store.db", "other.db"])
def test_connection_at_work_in_another_thread_hinders_no_start(
    sqlite_url: str, tmp_path: Path, theirs: str
) -> None:
    """A busy connection does not tell which file it has open."""
    path, at_work, may_end = tmp_path / "store.db", threading.Event(), threading.Event()

    def hold() -> int:
        at_work.set()
        may_end.wait(60)
        return 1

    def work(execute: Callable[[str], object]) -> None:
        execute("SELECT hold()")

    ours = Connection.reader(path)
    other = apsw.Connection(str(tmp_path / theirs))
    held = ours._apsw if theirs == "store.db" else other
    held.create_scalar_function("hold", hold, 0)
    thread = threading.Thread(target=work, args=(held.execute,))
    thread.start()
    try:
        assert at_work.wait(60)
        refuse_other_library(path)
    finally:
        may_end.set()
        thread.join()
        other.close()
        ours.close()


def test_library_with_the_log_reset_fault_is_refused(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apsw, "SQLITE_VERSION_NUMBER", 3_051_002)
    with pytest.raises(StoreUnavailable, match=r"install apsw 3\.51\.3"):
        open_url(tmp_path / "store.db")


@pytest.mark.requirement("stores:full")
def test_every_connection_writes_durably(sqlite_url: str, tmp_path: Path) -> None:
    for make in (Connection, Connection.reader):
        with closing(make(tmp_path / "store.db")) as connection:
            settings = [
                connection.run(f"PRAGMA {name}")[0][0]
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert settings == ["wal", 2, 1]


@pytest.mark.requirement("stores:full")
def test_connection_that_cannot_write_durably_is_refused(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Source: security.md rule 105: a setting is read back, because it may be ignored."""
    monkeypatch.setattr(module, "FULL", 3)
    with pytest.raises(StoreUnavailable, match=r"cannot be written durably.*local disk"):
        open_url(tmp_path / "store.db")


def test_reader_refuses_to_write(sqlite_url: str, tmp_path: Path) -> None:
    with (
        closing(Connection.reader(tmp_path / "store.db")) as reader,
        pytest.raises(apsw.ReadOnlyError),
    ):
        reader.run("DELETE FROM users")


def test_statement_is_planned_once(sqlite_url: str, tmp_path: Path) -> None:
    """A library built with STAT4 would plan again whenever other values are bound."""
    with closing(Connection(tmp_path / "store.db")) as connection:
        assert connection._apsw.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, -1) == 1


def test_closing_takes_its_turn_with_statements_and_other_closings(
    sqlite_url: str, tmp_path: Path
) -> None:
    """What a close frees, a statement of another thread would still use."""
    for _ in range(200):
        connection = Connection.reader(tmp_path / "store.db")
        begun = threading.Event()

        def work(used: Connection = connection, begun: threading.Event = begun) -> None:
            with suppress(apsw.ConnectionClosedError):
                while True:
                    used.run("SELECT count(*) FROM users")
                    begun.set()

        threads = [threading.Thread(target=work)]
        threads[0].start()
        assert begun.wait(60)
        threads += [threading.Thread(target=connection.close) for _ in range(2)]
        for thread in threads[1:]:
            thread.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
