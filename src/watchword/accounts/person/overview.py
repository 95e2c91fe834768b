"""An account at a glance: who it is, how it is protected, and what needs attention.

Source: users.md U39, U48; OWASP ASVS 5.0 V6.3.3.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Protocol

from watchword.accounts.person.profile import Profile
from watchword.base.records import dataclass

__all__ = [
    "RECOVERY_CODES_FEW",
    "Attention",
    "Overview",
    "OverviewStore",
    "Protection",
    "attention",
]

RECOVERY_CODES_FEW = 3  # of ten: time to make others before the last one is used


@dataclass(frozen=True, slots=True)
class Overview:
    """What is known of an account, in numbers."""

    profile: Profile
    must_change_password: bool
    emails: int
    verified_emails: int
    primary_email: str | None  # as it is written; None: none is confirmed
    passkeys: int
    authenticator_apps: int  # confirmed ones
    recovery_codes: int  # unused ones
    sessions: int  # live ones
    connections: int  # applications with a live family

    @property
    def protection(self) -> "Protection":
        """How hard it is for somebody else to sign in."""
        if self.passkeys:
            return Protection.PASSKEY
        return Protection.SECOND_FACTOR if self.authenticator_apps else Protection.PASSWORD


class Protection(Enum):
    """How an account is protected, the weakest first."""

    PASSWORD = "password"  # noqa: S105  # the name of a factor, not a password
    SECOND_FACTOR = "second_factor"
    PASSKEY = "passkey"


class Attention(Enum):
    """What its person should see to, the most urgent first."""

    CHANGE_PASSWORD = "change_password"  # noqa: S105  # the name of a task, not a password
    VERIFY_EMAIL = "verify_email"
    ADD_EMAIL = "add_email"
    ADD_SECOND_FACTOR = "add_second_factor"
    MAKE_RECOVERY_CODES = "make_recovery_codes"


class OverviewStore(Protocol):
    """What the overview needs of a store."""

    async def read_overview(self, user_id: str, *, now: int) -> Overview | None:
        """Return the numbers of an account; None where there is none."""
        ...


def attention(account: Overview) -> tuple[Attention, ...]:
    """Return what needs attention, the most urgent first."""
    return tuple(_tasks(account))


def _tasks(account: Overview) -> Iterator[Attention]:
    if account.must_change_password:
        yield Attention.CHANGE_PASSWORD
    if account.emails == 0:
        yield Attention.ADD_EMAIL
    elif account.verified_emails == 0:
        yield Attention.VERIFY_EMAIL
    if account.protection is Protection.PASSWORD:
        yield Attention.ADD_SECOND_FACTOR
    elif account.recovery_codes < RECOVERY_CODES_FEW:
        yield Attention.MAKE_RECOVERY_CODES
