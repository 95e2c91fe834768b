"""The systems that accounts may come from: one row each.

Source: users.md U110.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from types import MappingProxyType

from watchword.accounts.imports import readers
from watchword.accounts.imports.candidate import Reader, Row, RowRefused
from watchword.accounts.imports.containers import csv_rows, json_objects, json_rows, ldif_rows
from watchword.accounts.passwords.foreign.firebase import Project
from watchword.base.records import dataclass

__all__ = ["SOURCES", "Source", "reader_for", "rows_of"]

Container = Callable[[Iterable[bytes]], Iterator[Row | RowRefused]]


@dataclass(frozen=True, slots=True)
class Source:
    """A system: how its rows are read, and what its export is, for people."""

    reader: Reader
    export: str
    container: Container | None = None  # None: told by the first character


_TABLE = "A table as CSV with a header, as JSON Lines, or as one JSON array"

SOURCES = MappingProxyType(
    {
        "csv": Source(readers.columns, "A CSV file with a header", csv_rows),
        "jsonl": Source(readers.columns, "JSON Lines: one object a line", json_rows),
        "django": Source(readers.django, "`dumpdata` as JSON or JSON Lines; the table as CSV"),
        "keycloak": Source(readers.keycloak, "A realm export with its users"),
        "auth0": Source(readers.auth0, "Users as Auth0 imports and exports them"),
        "firebase": Source(readers.firebase(None), "`auth:export` as JSON"),
        "fastapi-users": Source(readers.fastapi_users, _TABLE),
        "supabase": Source(readers.supabase, f"{_TABLE}: `auth.users`"),
        "werkzeug": Source(readers.columns, _TABLE),
        "passlib": Source(readers.columns, _TABLE),
        "ldif": Source(readers.ldap, "LDIF, as `ldapsearch` or `slapcat` write it", ldif_rows),
    }
)


def reader_for(source: str, project: Project | None) -> Reader:
    """Return the reader of a source, with the parameters of a Firebase project where it has one."""
    return readers.firebase(project) if source == "firebase" else SOURCES[source].reader


def rows_of(source: str, chunks: Iterable[bytes]) -> Iterator[Row | RowRefused]:
    """Yield the rows of an export."""
    container = SOURCES[source].container
    if container is not None:
        return container(chunks)
    first, rest = _first(iter(chunks))
    return _told_by(first)(chain([first], rest))


def _first(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first chunk that is more than white space, and the others."""
    for chunk in chunks:
        if chunk.strip():
            return chunk.removeprefix(b"\xef\xbb\xbf"), chunks  # a byte order mark
    return b"", chunks


def _told_by(first: bytes) -> Container:
    begins = first.lstrip()
    if begins.startswith(b"["):
        return json_objects
    if begins.startswith(b"{"):
        # One object a line, or one object that begins a document: its first line is not whole.
        line = begins.split(b"\n", 1)[0].strip()
        is_whole = line.endswith(b"}") and b'"users"' not in line[:4096]
        return json_rows if is_whole else json_objects
    return csv_rows
