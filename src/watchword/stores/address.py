"""Where a store is: a URL, read into one of two types.

`sqlite:///relative.db`, `sqlite:////absolute.db`, `postgresql://user:password@host/database`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

__all__ = ["Address", "PostgreSQLAddress", "SQLiteAddress", "parse_address"]

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql", "postgres")


@dataclass(frozen=True, slots=True)
class SQLiteAddress:
    """A file."""

    path: Path

    def __str__(self) -> str:
        return f"{_SQLITE}{self.path}"


@dataclass(frozen=True, slots=True)
class PostgreSQLAddress:
    """A server and a database. Printing it shows no password."""

    dsn: str = field(repr=False)
    shown: str

    def __str__(self) -> str:
        return self.shown


Address: TypeAlias = SQLiteAddress | PostgreSQLAddress


def parse_address(url: str) -> Address:
    """Read the URL of a store.

    Raises:
        ValueError: neither form; the text repeats no password.
    """
    scheme = url.partition(":")[0]
    if url.startswith(_SQLITE) and "?" not in url:
        name = unquote(url.removeprefix(_SQLITE))
        if name and name != ":memory:":
            return SQLiteAddress(Path(name))
    elif scheme in _POSTGRESQL and url.startswith(f"{scheme}://"):
        parts = urlsplit(url)
        server = parts.netloc.rpartition("@")[2]
        return PostgreSQLAddress(dsn=url, shown=f"postgresql://{server}{parts.path}")
    raise ValueError(
        "a database is sqlite:///relative.db, sqlite:////absolute.db or postgresql://user@host/name"
    )
