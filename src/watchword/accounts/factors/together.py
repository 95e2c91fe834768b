"""Second factors seen together: what an account has, what may go, and who is told.

A second factor is a code generator or a passkey. Recovery codes stand in for one that is lost, so
they can be made only beside one and go with the last one.

Source: users.md U48; OWASP ASVS 5.0 V6.3.7 and V7.5.1; security.md rule 43; decisions/0120.
"""

import unicodedata
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Protocol

from watchword.accounts.events import Event, EventKind
from watchword.accounts.mail.messages import MailKind, Notice, notice_of
from watchword.accounts.origin import NOWHERE, Origin
from watchword.base.records import dataclass

__all__ = [
    "FACTOR_NAME_CHARACTERS_MAX",
    "Change",
    "Changer",
    "FactorOutcome",
    "FactorStore",
    "Standing",
    "change_of",
    "factor_name",
    "has_second",
    "is_last",
]

FACTOR_NAME_CHARACTERS_MAX = 64

_NOTICES: Mapping[EventKind, MailKind] = MappingProxyType(
    {
        EventKind.FACTORS_RESET: MailKind.FACTOR_REMOVED,
        EventKind.PASSKEY_ADDED: MailKind.FACTOR_ADDED,
        EventKind.PASSKEY_REMOVED: MailKind.FACTOR_REMOVED,
        EventKind.RECOVERY_CODES_MADE: MailKind.FACTOR_ADDED,
        EventKind.TOTP_ADDED: MailKind.FACTOR_ADDED,
        EventKind.TOTP_REMOVED: MailKind.FACTOR_REMOVED,
    }
)


class FactorOutcome(Enum):
    """What became of a change of the factors of an account."""

    CHANGED = "changed"
    UNKNOWN = "unknown"  # the account has no such factor
    LAST_ONE = "last_one"  # it stays: the account needs it
    TAKEN = "taken"  # the passkey is known already, here or of another account
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account can prove itself with, as it stood in one transaction."""

    has_password: bool
    totps: int  # confirmed
    passkeys: int
    recovery_codes: int  # not used yet
    must_change_password: bool = False  # before anything else
    needs_second: bool = False  # the password is too short to be alone

    @property
    def seconds(self) -> int:
        """How many second factors there are."""
        return self.totps + self.passkeys


@dataclass(frozen=True, slots=True)
class Changer:
    """Who changes the factors, and from where."""

    user_id: str  # whose factors
    origin: Origin = NOWHERE
    sid: str | None = None
    name: str | None = None  # who, where it is not the user: a command


@dataclass(frozen=True, slots=True)
class Change:
    """What is written beside a change of factors, in its transaction: event and notice."""

    user_id: str
    event: Event
    notice: Notice | None


class FactorStore(Protocol):
    """What is asked of a store about all factors at once. Each method is one transaction."""

    async def read_standing(self, user_id: str) -> Standing | None:
        """Return what the account can prove itself with; None for no such account."""
        ...

    async def reset_factors(self, change: Change) -> FactorOutcome:
        """Remove every second factor and recovery code, and end all sessions and families.

        UNKNOWN where there was none.
        """
        ...


def has_second(standing: Standing | None) -> bool:
    """Tell whether there is such an account, and a second factor of it."""
    return standing is not None and standing.seconds > 0


def is_last(standing: Standing, kind: EventKind) -> bool:
    """Tell whether an account cannot do without one more factor.

    An account without a password needs a passkey, and one whose password was chosen beside a second
    factor, too short to be alone, needs any.

    Args:
        standing: what it has, the one to be removed included.
        kind: `PASSKEY_REMOVED` or `TOTP_REMOVED`.
    """
    if kind is EventKind.PASSKEY_REMOVED and not standing.has_password:
        return standing.passkeys == 1  # nothing else opens the account
    return standing.needs_second and standing.seconds == 1


def change_of(kind: EventKind, changer: Changer, *, about: str, now: int) -> Change:
    """Describe a change for the activity page and, where it matters, for the user's mail.

    Args:
        kind: what happened.
        changer: to whose account, by whom.
        about: the name of the factor.
        now: when.
    """
    event = Event(
        kind,
        now,
        user_id=changer.user_id,
        origin=changer.origin,
        sid=changer.sid,
        actor=changer.name,
        detail={"name": about} if about else {},
    )
    mail = _NOTICES.get(kind)
    if mail is None:
        return Change(changer.user_id, event, None)
    notice = notice_of(mail, changer.user_id, now=now, origin=changer.origin, about=about)
    return Change(changer.user_id, event, notice)


def factor_name(text: str, *, otherwise: str) -> str:
    """Return the name that a person gives to a factor, in one line.

    Args:
        text: as typed.
        otherwise: the name where nothing is typed.

    Raises:
        ValueError: longer than 64 characters.
    """
    line = " ".join(unicodedata.normalize("NFC", text).split())
    shown = "".join(c for c in line if unicodedata.category(c) not in {"Cc", "Cf", "Cs"}).strip()
    if len(shown) > FACTOR_NAME_CHARACTERS_MAX:
        raise ValueError(f"a name has at most {FACTOR_NAME_CHARACTERS_MAX} characters")
    return shown or otherwise
