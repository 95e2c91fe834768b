"""SQLite as a driver: writes go to the writer's thread, reads stay in the caller's."""

import threading
import weakref
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from watchword.stores.errors import SchemaMissing, StoreUnavailable
from watchword.stores.sqlite.connection import (
    Connection,
    missing_directory,
    refuse_other_library,
    translated,
)
from watchword.stores.sqlite.turn import Turn
from watchword.stores.sqlite.writer import Writer, play
from watchword.stores.statement import Outcome, Verb

__all__ = ["SQLiteDriver", "migrate_file", "read_revision"]


class SQLiteDriver:
    """One store file. Any number of event loops and threads may share it."""

    def __init__(self, path: Path) -> None:
        """Open the file, which has to exist, and start the writer.

        Raises:
            SchemaMissing: there is no file yet.
            StoreUnavailable: names what is wrong with the file, and the remedy.
        """
        if unreachable := missing_directory(path):
            raise unreachable
        if not path.exists():
            raise SchemaMissing(f"there is no database at {path}", fix="run `watchword migrate`")
        refuse_other_library(path)
        self._path = path
        self._own = threading.local()
        self._readers: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._readers_lock = threading.Lock()
        self._is_closed = False
        self._writer = Writer(path)

    async def revision(self) -> str | None:
        """Return the revision that the file was migrated to."""
        with translated(self._path):
            return _stored_revision(self._reader())

    async def write(self, verb: Callable[[], Verb[Outcome]]) -> Outcome:
        """Run the verb in a savepoint of the writer's next group."""
        return await self._writer.write(verb)

    async def read(self, verb: Verb[Outcome]) -> Outcome:
        """Run the verb at once: it takes microseconds, a change of thread twenty times that."""
        with translated(self._path):
            return play(verb, self._reader())

    async def read_together(self, verb: Verb[Outcome]) -> Outcome:
        """Run the verb at once, in a transaction that the first statement begins to read in."""
        with translated(self._path):
            reader = self._reader()
            reader.run("BEGIN")
            try:
                return play(verb, reader)
            finally:
                if reader.in_transaction:
                    reader.run("ROLLBACK")

    async def release(self) -> None:
        """Close the reader of this thread."""
        if (reader := getattr(self._own, "reader", None)) is not None:
            del self._own.reader
            reader.close()

    async def close(self) -> None:
        """Write what is queued, then close every connection."""
        self._is_closed = True
        self._writer.close()
        with self._readers_lock:
            for reader in self._readers:
                reader.close()

    def _reader(self) -> Connection:
        if self._is_closed:
            raise StoreUnavailable(f"{self._path} is closed", fix="open the store again")
        reader: Connection | None = getattr(self._own, "reader", None)
        if reader is None:
            reader = self._own.reader = Connection.reader(self._path)
            with self._readers_lock:
                self._readers.add(reader)
        return reader


def read_revision(path: Path) -> str | None:
    """Return the revision of a file that may not exist yet."""
    if not path.exists():
        return None
    refuse_other_library(path)
    with translated(path), closing(Connection.reader(path)) as connection:
        return _stored_revision(connection)


def migrate_file(path: Path, script: Callable[[str | None], str]) -> str | None:
    """Run the SQL that leads from the stored revision to the present one, in one transaction.

    Args:
        path: an existing file, empty or migrated before.
        script: makes the SQL text for a stored revision; empty text changes nothing.

    Returns:
        The revision that was stored before.
    """
    refuse_other_library(path)
    with (
        translated(path),
        closing(Turn(path)) as turn,
        turn,
        closing(Connection(path)) as connection,
    ):
        return _migrate(connection, script)


def _migrate(connection: Connection, script: Callable[[str | None], str]) -> str | None:
    connection.run("BEGIN IMMEDIATE")
    try:
        before = _stored_revision(connection)
        if sql := script(before):
            connection.run(sql)
        connection.run("COMMIT")
    finally:
        if connection.in_transaction:
            connection.run("ROLLBACK")
    return before


def _stored_revision(connection: Connection) -> str | None:
    """Return the revision that Alembic's table names, or None where there are no tables."""
    tables = connection.run("SELECT name FROM sqlite_schema WHERE name = 'alembic_version'")
    if not tables:
        return None
    rows = connection.run("SELECT version_num FROM alembic_version")
    revision: str | None = rows[0][0] if rows else None
    return revision
