"""Sessions: one sign-in of one user, with its level and its limits.

A session made by the login API has no cookie; one made by the sign-in page is found by the hash of
its cookie. Tokens of either carry its `sid`.

Source: OWASP ASVS 5.0 V7; security.md rules 38 to 45; OpenID Connect Core section 2 (auth_time).
"""

from enum import Enum
from typing import Protocol

from watchword.accounts.levels import Level, Proof, acr, amr, auth_time, level
from watchword.accounts.origin import NOWHERE, Origin
from watchword.accounts.users import User
from watchword.base.chance import Chance, new_id
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest

__all__ = [
    "SESSIONS_MAX",
    "SESSION_LIMITS",
    "SID_PREFIX",
    "Actor",
    "EndOutcome",
    "Limits",
    "ListedSession",
    "NewSession",
    "OwnedSession",
    "RaiseSession",
    "Session",
    "SessionList",
    "SessionStore",
    "new_browser_session",
    "new_session",
    "reaches",
]

SID_PREFIX = "sid"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a login lasts."""

    idle_seconds: int  # after its last use
    lifetime_seconds: int  # after its beginning, however much it is used


SESSIONS_MAX = 100  # of one list
# A fortnight away and the person signs in again; a month, and everybody does.
SESSION_LIMITS = Limits(idle_seconds=14 * 86_400, lifetime_seconds=30 * 86_400)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts as the user of a session, and in which session of their own (`acting.py`)."""

    user_id: str
    name: str
    sid: str


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session to be opened. Times are seconds since the epoch."""

    sid: str
    cookie_hash: bytes | None  # SHA-256 of the cookie; None for the login API
    proofs: tuple[Proof, ...]
    idle_seconds: int
    expires_at: int
    origin: Origin
    device_hash: bytes | None = None  # SHA-256 of what this browser or program is known by
    actor: Actor | None = None  # None: the user


@dataclass(frozen=True, slots=True)
class Session:
    """A live session and its user, as they stood in one transaction."""

    sid: str
    user: User
    proofs: tuple[Proof, ...]
    created_at: int
    idle_expires_at: int
    expires_at: int
    actor: Actor | None = None  # None: the user; otherwise the proofs are the actor's

    @property
    def auth_time(self) -> int:
        """When the person last proved anything."""
        return auth_time(self.proofs)

    @property
    def amr(self) -> tuple[str, ...]:
        """How, in the words of RFC 8176."""
        return amr(self.proofs)

    @property
    def acr(self) -> str:
        """The level that this amounts to."""
        return acr(self.proofs)


@dataclass(frozen=True, slots=True)
class RaiseSession:
    """Further proofs in a live session, by whoever holds its cookie.

    The cookie is replaced, so that one which somebody saw before is worth nothing after.
    """

    sid: str
    cookie_hash: bytes | None  # as presented; None for the login API
    new_cookie_hash: bytes | None
    proofs: tuple[Proof, ...]  # beside those that the session has
    origin: Origin
    now: int
    device_hash: bytes | None = None  # of what shows them


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A live session as its person sees it."""

    sid: str
    has_cookie: bool  # of a browser; otherwise an application holds tokens
    clients: tuple[str, ...]  # names of the applications with tokens of it
    proofs: tuple[Proof, ...]
    created_at: int
    used_at: int  # the last use that was recorded; within a minute of the last
    idle_expires_at: int
    expires_at: int
    origin: Origin  # at that use
    actor: Actor | None = None  # None: the user


@dataclass(frozen=True, slots=True)
class SessionList:
    """The live sessions of a user, the one used last first."""

    listed: tuple[ListedSession, ...]  # at most SESSIONS_MAX
    more: int  # those that were used longer ago


@dataclass(frozen=True, slots=True)
class OwnedSession:
    """A live session as an administrator sees it, with whose it is."""

    user_id: str
    user_name: str
    session: ListedSession


class EndOutcome(Enum):
    """What became of an attempt to end a session."""

    ENDED = "ended"
    ALREADY_ENDED = "already_ended"
    UNKNOWN = "unknown"


class SessionStore(Protocol):
    """What sessions need of a store. Each method is one transaction, its event included."""

    async def open_session(
        self, session: NewSession, *, user_id: str, password_hash: str | None, now: int
    ) -> Session | None:
        """Insert the session if the user is active and still has this password hash, else None.

        Without a hash, as after a passkey alone, the password plays no part. The device is known
        from then on; its user is told of one that was not, unless nobody had signed in before.
        """
        ...

    async def raise_session(self, command: RaiseSession) -> Session | None:
        """Add the proofs and replace the cookie; None where the session does not stand.

        Of concurrent callers with one cookie the first wins; the others hold a cookie of nobody.
        Families that are open keep the level at which they were opened. A device is met as by
        `open_session`; a program without a secret of its own is not.
        """
        ...

    async def find_session(
        self, cookie_hash: bytes, *, now: int, origin: Origin = NOWHERE
    ) -> Session | None:
        """Return the session if it is live, of this epoch, and its user active.

        Use moves the idle limit, written at most once a minute, with where it came from.
        """
        ...

    async def find_session_owner(self, cookie_hash: bytes) -> User | None:
        """Return whose session a cookie was of, live or ended; None where nobody knows."""
        ...

    async def list_sessions(self, user_id: str, *, now: int) -> SessionList:
        """Return the live sessions of a user, the one used last first, and how many more."""
        ...

    async def page_sessions(
        self, *, before: tuple[int, str] | None = None, limit: int = SESSIONS_MAX, now: int
    ) -> tuple[OwnedSession, ...]:
        """Return the live sessions of everybody, the one that began last first.

        Args:
            before: when a session began, and its id: those that come after it are returned.
            limit: at most so many.
            now: seconds since the epoch.
        """
        ...

    async def find_owned_session(self, sid: str, *, now: int) -> OwnedSession | None:
        """Return a live session, whosever it is; None where none is called so."""
        ...

    async def end_session(self, sid: str, *, now: int, origin: Origin = NOWHERE) -> EndOutcome:
        """End the session of whoever asks and revoke its families, all or nothing.

        Of somebody who acts as its user it is remembered as the end of that, in the log too.
        """
        ...

    async def end_own_session(
        self, user_id: str, sid: str, *, now: int, origin: Origin = NOWHERE
    ) -> EndOutcome:
        """End a live session of this user, with its families; another's is UNKNOWN."""
        ...

    async def end_sessions(
        self, user_id: str, *, keep: str | None, now: int, origin: Origin = NOWHERE
    ) -> int:
        """End every session of a user but `keep`, with their families; return how many."""
        ...


def reaches(session: Session, least: Level) -> bool:
    """Whether the session is of this level, or above."""
    return level(session.proofs).rank >= least.rank


def new_browser_session(  # each a fact of its own
    cookie: Secret,
    *,
    proofs: tuple[Proof, ...],
    limits: Limits,
    origin: Origin,
    now: int,
    chance: Chance,
) -> NewSession:
    """Describe a session that a cookie finds. Its secret stays with the caller."""
    return NewSession(
        sid=new_id(chance, SID_PREFIX),
        cookie_hash=digest(cookie),
        proofs=proofs,
        idle_seconds=limits.idle_seconds,
        expires_at=now + limits.lifetime_seconds,
        origin=origin,
    )


def new_session(
    *,
    proofs: tuple[Proof, ...],
    lifetime_seconds: int,
    origin: Origin,
    now: int,
    chance: Chance,
) -> NewSession:
    """Describe a session without a cookie: it lives as long as the family that it opens with.

    Its idle limit is that of the family, which every refresh moves.
    """
    return NewSession(
        sid=new_id(chance, SID_PREFIX),
        cookie_hash=None,
        proofs=proofs,
        idle_seconds=lifetime_seconds,
        expires_at=now + lifetime_seconds,
        origin=origin,
    )
