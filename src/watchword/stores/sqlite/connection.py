"""One connection to the store file, with the settings that durability rests on.

Only apsw opens the file: two copies of the SQLite library in one process cancel each other's
locks, which corrupts data. A file that is open in this process through anything else is refused.

Source: security.md D3 and rule 105; ARCHITECTURE section 3.
"""

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import apsw

from watchword.stores.errors import StoreBusy, StoreConflict, StoreError, StoreUnavailable
from watchword.stores.statement import Lock, Rows, Step, for_sqlite

__all__ = [
    "Connection",
    "create_file",
    "missing_directory",
    "refuse_other_library",
    "translated",
    "unlockable",
]

BUSY_MILLISECONDS = 5_000  # another program's backup or checkpoint may hold the file for a moment
LIBRARY_MIN = 3_051_003  # earlier ones can corrupt a database when they reset the log
FULL = 2  # the numeric value of PRAGMA synchronous=FULL
DESCRIPTORS = Path("/dev/fd")  # on Linux and macOS: the descriptors of this process

_opened: "weakref.WeakSet[Connection]" = weakref.WeakSet()
_opened_lock = threading.Lock()


class Connection:
    """An apsw connection that runs steps, one at a time.

    A store that is closed closes the connections of other threads too, which may be at work or
    just letting go of their own: closing frees what they would still use, so all take turns.
    """

    __slots__ = ("__weakref__", "_apsw", "_turn", "path")

    def __init__(self, path: Path) -> None:
        """Open an existing file for writing.

        Raises:
            StoreUnavailable: names what is wrong with the file, and the remedy.
        """
        if apsw.SQLITE_VERSION_NUMBER < LIBRARY_MIN:
            raise StoreUnavailable(
                f"SQLite {apsw.sqlite_lib_version()} can corrupt a database",
                fix="install apsw 3.51.3 or later",
            )
        self.path = path
        self._turn = threading.Lock()
        with translated(path):
            self._apsw = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
            with _opened_lock:
                _opened.add(self)
            self._configure(path)

    @classmethod
    def reader(cls, path: Path) -> "Connection":
        """Open a connection that refuses to write."""
        connection = cls(path)
        connection.run("PRAGMA query_only = ON")
        return connection

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; some failures end it by themselves."""
        with self._turn:
            return self._apsw.in_transaction

    def run(self, sql: str) -> Rows:
        """Run fixed SQL text of our own: pragmas, transaction control, migrations."""
        with self._turn:
            return self._apsw.execute(sql).fetchall()

    def execute(self, step: Step) -> Rows:
        """Run one step of a verb. A lock is left out: whoever writes here is alone."""
        if isinstance(step.statement, Lock):
            return ()
        text = for_sqlite(step.statement)
        with self._turn:
            return self._apsw.execute(text.sql, text.arguments(step.parameters)).fetchall()

    def close(self) -> None:
        """Close the connection; closing twice does nothing."""
        with self._turn:
            self._apsw.close()

    def _configure(self, path: Path) -> None:
        self._apsw.set_busy_timeout(BUSY_MILLISECONDS)
        # Without this, a library built with STAT4 plans a cached statement again whenever other
        # values are bound, which costs a statement of six tables twenty times its own work.
        self._apsw.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        mode = self.run("PRAGMA journal_mode = WAL")[0][0]
        self.run("PRAGMA synchronous = FULL")
        self.run("PRAGMA foreign_keys = ON")
        synchronous = self.run("PRAGMA synchronous")[0][0]
        foreign_keys = self.run("PRAGMA foreign_keys")[0][0]
        if (mode, synchronous, foreign_keys) != ("wal", FULL, 1):
            self._apsw.close()
            raise StoreUnavailable(
                f"{path} cannot be written durably: journal_mode={mode}, "
                f"synchronous={synchronous}, foreign_keys={foreign_keys}",
                fix="keep the database on a local disk, not on a network or read-only file system",
            )


def create_file(path: Path) -> None:
    """Create an empty file that only its owner may read, unless it exists.

    SQLite gives its log and its index the mode of the database.
    """
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except FileExistsError:
        return  # opening and closing it here would drop the locks of this process
    except OSError as error:
        raise _unavailable(path, error.strerror or str(error)) from error
    os.close(descriptor)


def refuse_other_library(path: Path) -> None:
    """Refuse to go on where this process has the file open, but not through apsw.

    Raises:
        StoreUnavailable: the file, its log or its index is open through another library.
    """
    if any(_same_file(file, path) for file in _opened_through_apsw()):
        return  # open descriptors are its own; which are others' cannot be told any more
    watched = {_identity(candidate) for candidate in _files(path)} - {None}
    if watched & set(_open_files()):
        raise StoreUnavailable(
            f"{path} is already open in this process through another SQLite library",
            fix="keep the application's own tables in another file, or use PostgreSQL",
        )


def missing_directory(path: Path) -> StoreUnavailable | None:
    """Return the error for a file whose directory does not exist."""
    if path.parent.is_dir():
        return None
    return StoreUnavailable(
        f"the directory {path.parent} does not exist", fix="create it or correct the path"
    )


def unlockable(path: Path, error: OSError) -> StoreUnavailable:
    """Return the error for lock files that cannot be made or locked."""
    return _unavailable(path, f"the lock files beside it: {error.strerror or error}")


class translated:  # noqa: N801  # reads as contextlib.suppress does, and is entered by each read
    """Turn the errors of SQLite into the store's, naming the cause and the remedy."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, apsw.Error):
            raise _translate(self._path, error) from error


def _translate(path: Path, error: apsw.Error) -> StoreError:
    match error:
        case apsw.BusyError() | apsw.LockedError():
            return StoreBusy(
                f"{path} is locked by another program",
                fix="end the program that keeps it locked, such as a shell in a transaction",
            )
        case apsw.ConstraintError():
            return StoreConflict(str(error), fix="use an id that is not taken")
        case apsw.NotADBError() | apsw.CorruptError():
            return StoreUnavailable(
                f"{path} is not a SQLite database, or it is damaged",
                fix="restore it from a backup, or move it away and run `watchword migrate`",
            )
        case apsw.FullError():
            return StoreUnavailable(f"the disk of {path} is full", fix="free some space on it")
        case apsw.ReadOnlyError() | apsw.CantOpenError() | apsw.PermissionsError():
            return _unavailable(path, str(error))
        case _:
            return StoreUnavailable(f"{path}: {error}", fix="check the disk and the file")


def _unavailable(path: Path, reason: str) -> StoreUnavailable:
    if missing := missing_directory(path):
        return missing
    if path.is_dir():
        return StoreUnavailable(f"{path} is a directory", fix="name a file in it")
    return StoreUnavailable(
        f"{path} cannot be opened for writing: {reason}",
        fix="let the user that runs this program write the file and its directory",
    )


def _files(path: Path) -> tuple[Path, ...]:
    return path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def _opened_through_apsw() -> Iterator[Path]:
    """Yield the files of our connections, then those of the application's own.

    A connection that another thread works with does not tell its name, so ours are remembered.
    """
    with _opened_lock:
        ours = [connection.path for connection in _opened]
    yield from ours
    for other in apsw.connections():
        with suppress(apsw.Error):  # at work in another thread, or closed by it just now
            yield Path(other.filename)


def _same_file(one: Path, other: Path) -> bool:
    identity = _identity(one)
    return identity is not None and identity == _identity(other)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _open_files() -> Iterator[tuple[int, int]]:
    for link in DESCRIPTORS.iterdir() if DESCRIPTORS.is_dir() else ():
        try:
            found = os.fstat(int(link.name))
        except OSError:  # the descriptor of the listing itself
            continue
        yield found.st_dev, found.st_ino
