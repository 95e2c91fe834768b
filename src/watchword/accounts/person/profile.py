"""What a person says of themselves: the name that others see, and their language.

Source: users.md U39, U94; OpenID Connect Core section 5.1 (`name`, `locale`).
"""

import re
import unicodedata
from enum import Enum
from typing import Protocol

from watchword.accounts.origin import Origin
from watchword.accounts.users import User
from watchword.base.records import dataclass

__all__ = [
    "DISPLAY_NAME_CHARACTERS_MAX",
    "DisplayNameRefused",
    "NameFault",
    "Profile",
    "ProfileOutcome",
    "ProfileStore",
    "UpdateProfile",
    "initials",
    "parse_display_name",
]

DISPLAY_NAME_CHARACTERS_MAX = 64  # fits a heading; longer names are known, and are shortened
TYPED_CHARACTERS_MAX = 4 * DISPLAY_NAME_CHARACTERS_MAX  # white space and marks fall away
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # letters of Persian and the Indic scripts are joined or parted by them


@dataclass(frozen=True, slots=True)
class Profile:
    """A user and what they say of themselves, as it stood in one transaction."""

    user: User
    display_name: str | None  # None: the name
    locale: str | None  # BCP 47; None: what the browser asks for
    password_set_at: int | None  # None: not known, or no password
    has_password: bool

    @property
    def shown_name(self) -> str:
        """The name that pages and mails use."""
        return self.display_name or self.user.name


@dataclass(frozen=True, slots=True)
class UpdateProfile:
    """What a profile shall say."""

    user_id: str
    display_name: str | None
    locale: str | None
    origin: Origin
    sid: str  # the session in which it was said
    now: int


class ProfileOutcome(Enum):
    """What became of a change."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNKNOWN_USER = "unknown_user"


class NameFault(Enum):
    """What is wrong with a display name."""

    TOO_LONG = "too_long"
    INVISIBLE = "invisible"


class DisplayNameRefused(ValueError):
    """A display name cannot be shown.

    Args:
        fault: what is wrong with it.
    """

    def __init__(self, fault: NameFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class ProfileStore(Protocol):
    """What profiles need of a store. Each method is one transaction."""

    async def read_profile(self, user_id: str) -> Profile | None:
        """Return the profile of a user, whatever its status."""
        ...

    async def update_profile(self, command: UpdateProfile) -> ProfileOutcome:
        """Write the profile where it says something else."""
        ...


def parse_display_name(text: str) -> str | None:
    """Return a name as it is shown; None where nothing was typed.

    Runs of white space become one space. Invisible characters are refused, because one of them
    can turn the direction of a whole line, or make two names look the same.

    Raises:
        DisplayNameRefused: too long, or holds an invisible character.
    """
    if len(text) > TYPED_CHARACTERS_MAX:
        raise DisplayNameRefused(NameFault.TOO_LONG)
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(name) > DISPLAY_NAME_CHARACTERS_MAX:
        raise DisplayNameRefused(NameFault.TOO_LONG)
    if any(unicodedata.category(c) in _INVISIBLE and c not in _JOINERS for c in name):
        raise DisplayNameRefused(NameFault.INVISIBLE)
    return name or None


def initials(name: str) -> str:
    """Return one or two letters that stand for a person, such as "AB" for "ada byron"."""
    words = [word for word in re.split(r"[\s._@+-]+", name) if word]
    picked = [words[0], words[-1]] if len(words) > 1 else words
    letters = [next((c for c in word if c.isalnum()), "") for word in picked]
    return "".join(letters).upper() or "?"
