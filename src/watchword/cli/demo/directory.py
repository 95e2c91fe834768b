"""One demonstration a directory: a second would give the users of the first other passphrases.

Source: users.md U22; decision 0107.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["DirectoryInUse", "held"]

FILE_NAME = "demo.running"
URL_CHARACTERS_MAX = 200  # "http://127.0.0.1:" and a port need far less


class DirectoryInUse(Exception):
    """Another demonstration runs on the directory.

    Args:
        url: where it answers; empty in the instant before it has told.
    """

    def __init__(self, url: str) -> None:
        super().__init__(f"A demo already runs at {url}" if url else "A demo already runs")
        self.url = url


@contextmanager
def held(directory: Path, url: str) -> Iterator[None]:
    """Keep a directory for this process. The system releases it when the process ends, however.

    Args:
        directory: of the demonstration; it exists.
        url: where this demonstration answers, for the one that is refused.

    Raises:
        DirectoryInUse: another process keeps it.
        OSError: the directory cannot be written.
    """
    with (directory / FILE_NAME).open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise DirectoryInUse(file.read(URL_CHARACTERS_MAX)) from None
        file.truncate(0)
        file.write(url)
        file.flush()
        yield
