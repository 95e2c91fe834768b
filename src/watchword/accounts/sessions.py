"""Sessions: one sign-in of one user, with its level and its limits.

A session made by the login API has no cookie; one made by the sign-in page is found by the hash of
its cookie. Tokens of either carry its `sid`.

Source: OWASP ASVS 5.0 V7; security.md rules 38 to 42; OpenID Connect Core section 2 (auth_time).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from watchword.accounts.origin import NOWHERE, Origin
from watchword.accounts.users import User
from watchword.base.chance import Chance, new_id
from watchword.base.secrets import Secret, digest

__all__ = [
    "SESSION_LIMITS",
    "SID_PREFIX",
    "EndOutcome",
    "Limits",
    "NewSession",
    "Session",
    "SessionStore",
    "new_browser_session",
    "new_session",
]

SID_PREFIX = "sid"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a login lasts."""

    idle_seconds: int  # after its last use
    lifetime_seconds: int  # after its beginning, however much it is used


# A fortnight away and the person signs in again; a month, and everybody does.
SESSION_LIMITS = Limits(idle_seconds=14 * 86_400, lifetime_seconds=30 * 86_400)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session to be opened. Times are seconds since the epoch."""

    sid: str
    cookie_hash: bytes | None  # SHA-256 of the cookie; None for the login API
    auth_time: int
    amr: tuple[str, ...]  # RFC 8176 values, from recorded events
    idle_seconds: int
    expires_at: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class Session:
    """A live session and its user, as they stood in one transaction."""

    sid: str
    user: User
    auth_time: int
    amr: tuple[str, ...]
    idle_expires_at: int
    expires_at: int


class EndOutcome(Enum):
    """What became of an attempt to end a session."""

    ENDED = "ended"
    ALREADY_ENDED = "already_ended"
    UNKNOWN = "unknown"


class SessionStore(Protocol):
    """What browser sessions need of a store. Each method is one transaction."""

    async def open_session(
        self, session: NewSession, *, user_id: str, password_hash: str | None, now: int
    ) -> Session | None:
        """Insert the session if the user is active and still has this password hash, else None.

        Without a hash, as after a passkey alone, the password plays no part.
        """
        ...

    async def find_session(
        self, cookie_hash: bytes, *, now: int, origin: Origin = NOWHERE
    ) -> Session | None:
        """Return the session if it is live, of this epoch, and its user active.

        Use moves the idle limit, written at most once a minute, with where it came from.
        """
        ...

    async def end_session(self, sid: str, *, now: int) -> EndOutcome:
        """End the session and revoke its families, all or nothing."""
        ...


def new_browser_session(  # each a fact of its own
    cookie: Secret,
    *,
    amr: tuple[str, ...],
    limits: Limits,
    origin: Origin,
    now: int,
    chance: Chance,
) -> NewSession:
    """Describe a session that a cookie finds. Its secret stays with the caller."""
    return NewSession(
        sid=new_id(chance, SID_PREFIX),
        cookie_hash=digest(cookie),
        auth_time=now,
        amr=amr,
        idle_seconds=limits.idle_seconds,
        expires_at=now + limits.lifetime_seconds,
        origin=origin,
    )


def new_session(
    *, amr: tuple[str, ...], lifetime_seconds: int, origin: Origin, now: int, chance: Chance
) -> NewSession:
    """Describe a session without a cookie: it lives as long as the family that it opens with.

    Its idle limit is that of the family, which every refresh moves.
    """
    return NewSession(
        sid=new_id(chance, SID_PREFIX),
        cookie_hash=None,
        auth_time=now,
        amr=amr,
        idle_seconds=lifetime_seconds,
        expires_at=now + lifetime_seconds,
        origin=origin,
    )
