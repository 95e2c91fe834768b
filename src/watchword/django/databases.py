"""The server's database beside those of the site.

Source: users.md section 5; SQLite, "How to corrupt a database file", section 2.2.1.
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from watchword.base.database_url import SQLiteAddress, parse_address
from watchword.embedding.parts import Place
from watchword.server.settings_sources import DEFAULT

__all__ = ["refuse_shared"]

_EXAMPLE = "such as f\"sqlite:///{BASE_DIR / 'accounts.db'}\""


def refuse_shared(place: Place) -> None:
    """Refuse a database that nobody named, and one that Django has open as well.

    Two SQLite libraries in one process lose each other's locks: POSIX drops all of them as soon as
    one of the two closes the file.

    Raises:
        ImproperlyConfigured: says what to write.
    """
    if place.origin == DEFAULT:
        raise ImproperlyConfigured(
            f"WATCHWORD['DATABASE'] is missing: name the server's own database, {_EXAMPLE}"
        )
    address = parse_address(place.url)
    if not isinstance(address, SQLiteAddress):
        return
    for alias in connections:
        theirs = _file_of(alias)
        if theirs is not None and _are_same(theirs, address.path):
            raise ImproperlyConfigured(
                f"WATCHWORD: database ({place.origin}) is the SQLite file of "
                f"DATABASES[{alias!r}], {theirs}; on one file the two lose each other's locks. "
                f"Name another file, {_EXAMPLE}"
            )


def _file_of(alias: str) -> Path | None:
    """Return the file of one of Django's databases; None for one in memory or on a server."""
    if connections[alias].vendor != "sqlite":
        return None
    name = os.fspath(connections.settings[alias]["NAME"])
    if not name.startswith("file:"):
        return None if name == ":memory:" else Path(name)
    uri = urlsplit(name)
    is_in_memory = uri.path == ":memory:" or "mode=memory" in uri.query.split("&")
    return None if is_in_memory else Path(unquote(uri.path))


def _are_same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by links of either kind and before it is made."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()
