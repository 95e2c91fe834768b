"""Turns: how the writers of several processes share one file.

SQLite's own busy handler sleeps and tries again, so that whoever is awake wins. Here a writer
first takes the place of the next in line and keeps it until the present writer is done: it waits
for one group at most, whoever else is busy.

Source: ARCHITECTURE section 3.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from watchword.stores.sqlite.connection import unlockable

__all__ = ["Turn"]


class Turn:
    """A lock between processes, and between stores of one process, given in turns."""

    __slots__ = ("_next", "_present")

    def __init__(self, path: Path) -> None:
        """Open the two lock files beside the database at `path`.

        Raises:
            StoreUnavailable: they cannot be made there.
        """
        try:
            self._next = _opened(path.with_name(f"{path.name}.next"))
            self._present = _opened(path.with_name(f"{path.name}.lock"))
        except OSError as error:
            raise unlockable(path, error) from error

    def __enter__(self) -> None:
        fcntl.flock(self._next, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._present, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self._next, fcntl.LOCK_UN)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        fcntl.flock(self._present, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close both files, which also gives up what they hold."""
        os.close(self._next)
        os.close(self._present)


def _opened(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
