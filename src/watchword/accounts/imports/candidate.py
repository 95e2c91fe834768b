"""What one row of an export says about a person, and the pieces that readers take it apart with."""

import binascii
from base64 import b32decode
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.passwords.foreign import read_foreign
from watchword.accounts.passwords.stored_hash import StoredHash
from watchword.base.records import dataclass

__all__ = [
    "NO_HASH",
    "Candidate",
    "Reader",
    "Row",
    "RowRefused",
    "flag",
    "hashed",
    "moment",
    "text",
    "totp_key",
]

Row = Mapping[str, object]
NO_HASH = "no password hash"
TEXT_CHARACTERS_MAX = 512
MILLISECONDS_FROM = 100_000_000_000  # the year 5138 in seconds; more is milliseconds
TIME_CHARACTERS_MAX = 40
TOTP_KEY_BYTES = (10, 64)


class RowRefused(Exception):
    """A row tells of nobody who could be added. The text is a reason that can be counted."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person as the export describes them; the texts are as they were written there.

    Args:
        name: the user name; empty where the export has none, and the address stands in for it.
        email: the address, or an empty text.
        is_verified: whether the export says that the person reads mail of that address.
        password: the hash, or the reason for which there is none.
        roles: what the export calls roles, groups or superuser.
        is_suspended: whether the account was switched off.
        display_name, locale, created_at: where the export says so.
        totp_keys: keys of code generators with six digits, thirty seconds and SHA-1.
        left_out: what the export has and watchword does not take, each by a word.
    """

    name: str = ""
    email: str = ""
    is_verified: bool = False
    password: StoredHash | str = NO_HASH
    roles: frozenset[str] = frozenset()
    is_suspended: bool = False
    display_name: str | None = None
    locale: str | None = None
    created_at: int | None = None
    totp_keys: tuple[bytes, ...] = field(default=(), repr=False)
    left_out: tuple[str, ...] = ()


# Returns None for a row that is not about a person.
Reader = Callable[[Row], Candidate | None]


def text(row: Row, *names: str) -> str:
    """Return the first of some members that is a text, or an empty one.

    Raises:
        RowRefused: longer than 512 characters.
    """
    for name in names:
        found = row.get(name)
        if isinstance(found, str) and found:
            if len(found) > TEXT_CHARACTERS_MAX:
                raise RowRefused(f"{name} is too long")
            return found
    return ""


def flag(row: Row, *names: str, otherwise: bool = False, doubtful: bool = False) -> bool:
    """Return the first of some members that is a truth value, as JSON, CSV or SQL writes it.

    Args:
        row: as the export has it.
        names: of the members, in the order in which they are looked for.
        otherwise: what an absent or empty member means.
        doubtful: what a word that is neither means; the answer that gives nobody more.
    """
    for name in names:
        found = row.get(name)
        if isinstance(found, bool):
            return found
        if not isinstance(found, int | str) or found == "":
            continue
        word = str(found).strip().lower()
        if word in {"1", "t", "true", "y", "yes", "on"}:
            return True
        return False if word in {"0", "f", "false", "n", "no", "off"} else doubtful
    return otherwise


def moment(row: Row, *names: str) -> int | None:
    """Return the first of some members that is a time, as seconds since the epoch.

    It may be a number of seconds or milliseconds, or ISO 8601.
    """
    for name in names:
        found = row.get(name)
        if isinstance(found, str):
            found = int(found) if found.isascii() and found.isdigit() else _seconds(found)
        if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 10**15:
            return found // 1000 if found >= MILLISECONDS_FROM else found
    return None


def hashed(found: str, read: Callable[[str], StoredHash] = read_foreign) -> StoredHash | str:
    """Return the hash, or the reason for which it is not taken."""
    if not found:
        return NO_HASH
    try:
        return read(found)
    except HashNotTaken as refused:
        return refused.detail


def totp_key(secret: str) -> bytes | None:
    """Return the key that a base32 text stands for, or None."""
    letters = secret.replace(" ", "").rstrip("=").upper()
    try:
        key = b32decode(letters + "=" * (-len(letters) % 8))
    except binascii.Error:
        return None
    return key if TOTP_KEY_BYTES[0] <= len(key) <= TOTP_KEY_BYTES[1] else None


def _seconds(written: str) -> int | None:
    """Read ISO 8601, also as PostgreSQL writes it: "2024-05-01 10:00:00.5+00"."""
    if len(written) > TIME_CHARACTERS_MAX:
        return None
    try:
        found = datetime.fromisoformat(written.replace(" UTC", "+00:00"))
        return int(found.timestamp()) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
