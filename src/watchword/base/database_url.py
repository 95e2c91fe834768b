"""Where a database is: a URL, read once into one of two types.

`sqlite:///relative.db`, `sqlite:////absolute.db`, `postgresql://user:password@host/database`. What
a driver would stumble over later is refused here, and nothing that may be secret is repeated.

Source: users.md U65; security.md rules 98 and 99.
"""

from dataclasses import field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from watchword.base.records import dataclass

__all__ = [
    "Address",
    "MalformedDatabaseURL",
    "PostgreSQLAddress",
    "SQLiteAddress",
    "parse_address",
]

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql", "postgres")
_PERCENT = 'Write "%40" for "@", "%23" for "#", "%2F" for "/" and "%3A" for ":" in a password'
_MASK = "***"
# The parameters whose values may be shown; any other one may be a secret.
_OPEN_PARAMETERS = frozenset(
    {
        "application_name",
        "connect_timeout",
        "database",
        "dbname",
        "host",
        "port",
        "sslmode",
        "target_session_attrs",
        "user",
    }
)


class MalformedDatabaseURL(ValueError):
    """A URL that names no database.

    Args:
        problem: what is wrong, without anything of the URL.
        fix: what to do, as an imperative sentence without its full stop.
    """

    def __init__(self, problem: str, *, fix: str) -> None:
        super().__init__(f"{problem}. {fix}.")
        self.problem = problem
        self.fix = fix


@dataclass(frozen=True, slots=True)
class SQLiteAddress:
    """A file."""

    path: Path

    def __str__(self) -> str:
        return f"{_SQLITE}{self.path}"

    @property
    def masked(self) -> str:
        """The whole URL, with nothing secret in it."""
        return str(self)


@dataclass(frozen=True, slots=True)
class PostgreSQLAddress:
    """A server and a database. Printing it shows no password."""

    dsn: str = field(repr=False)
    shown: str
    masked: str = field(repr=False)
    """The whole URL, with `***` in the place of whatever may be secret."""

    def __str__(self) -> str:
        return self.shown


Address: TypeAlias = SQLiteAddress | PostgreSQLAddress


def parse_address(url: str) -> Address:
    """Read the URL of a database.

    Raises:
        MalformedDatabaseURL: names what is wrong and the fix; it repeats nothing of the URL.
    """
    scheme, colon, rest = url.partition("://")
    if not url.isprintable():
        raise MalformedDatabaseURL("holds a character that cannot be printed", fix="Remove it")
    if url.startswith(_SQLITE):
        return _sqlite(url.removeprefix(_SQLITE))
    if scheme in _POSTGRESQL and colon:
        return _postgresql(url, rest)
    raise MalformedDatabaseURL(
        "names neither SQLite nor PostgreSQL",
        fix='Write "sqlite:///relative.db", "sqlite:////absolute.db" or '
        '"postgresql://user@host/name"',
    )


def _sqlite(name: str) -> SQLiteAddress:
    path = Path(unquote(name))
    if name == ":memory:":
        raise MalformedDatabaseURL(
            "is a database in memory, which would lose every user at the end", fix="Name a file"
        )
    if "?" in name or "#" in name:
        raise MalformedDatabaseURL(
            "has parameters, and a SQLite file takes none", fix="Remove what follows the name"
        )
    if path.name in {"", ".."} or "\0" in str(path):
        raise MalformedDatabaseURL(
            "names no file", fix='Write "sqlite:///relative.db" or "sqlite:////absolute.db"'
        )
    return SQLiteAddress(path)


def _postgresql(url: str, rest: str) -> PostgreSQLAddress:
    if "#" in rest:
        raise MalformedDatabaseURL('holds a "#", which ends a URL', fix=_PERCENT)
    before, mark, query = rest.partition("?")
    login_and_server, slash, database = before.partition("/")
    login, at, server = login_and_server.rpartition("@")
    if "@" in login or "@" in database:
        raise MalformedDatabaseURL('holds more than one "@"', fix=_PERCENT)
    for host in server.split(","):
        _check_host(host)
    path = f"{slash}{database}"
    user, colon, _ = login.partition(":")
    shown_login = f"{user}{colon}{_MASK if colon else ''}{at}"
    parameters = "&".join(
        f"{name}={value if name in _OPEN_PARAMETERS else _MASK}" for name, value in _pairs(query)
    )
    return PostgreSQLAddress(
        dsn=url,
        shown=f"postgresql://{server}{path}",
        masked=f"postgresql://{shown_login}{server}{path}{mark}{parameters}",
    )


def _check_host(host: str) -> None:
    try:
        parts = urlsplit(f"//{host}")
        is_host = parts.port != 0 and " " not in host
    except ValueError:
        is_host = False
    if not is_host:
        raise MalformedDatabaseURL(
            "has a host or a port that cannot be one",
            fix=f"Write host:port, a port being 1 to 65535. {_PERCENT}",
        )


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise MalformedDatabaseURL(
            "has parameters that are not name=value", fix="Correct what follows the question mark"
        ) from None
    if len({name for name, _ in pairs}) < len(pairs):
        raise MalformedDatabaseURL("has a parameter twice", fix="Remove one of them")
    for port in dict(pairs).get("port", "1").split(","):
        _check_host(f"host:{port}")
    return pairs
