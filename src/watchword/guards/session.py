"""From the cookie of a browser to a person who is signed in.

The guard of bearer tokens reads the header and no cookie; this one reads the cookie and no header.
A cookie comes along with whatever a page makes a browser send, so an unsafe method must also come
from a page of the application: by its Origin, and by a token that only such a page contains.

Source: ARCHITECTURE section 6 (`auth.session`); security.md rules 38, 39 and 47; users.md U28;
OWASP ASVS 5.0 V3.5.1 to V3.5.3.
"""

from dataclasses import replace
from typing import Protocol
from urllib.parse import quote

from starlette.requests import HTTPConnection

from watchword.access import InvalidSubject, Policy, Share, Subject
from watchword.access.subject import Facts
from watchword.accounts.sessions import Session
from watchword.accounts.users import User as Account
from watchword.base.duration import Duration
from watchword.base.records import dataclass
from watchword.guards.errors import (
    BrowserRefusal,
    BrowserStepUp,
    BrowserSuspended,
    ForeignRequest,
    SessionMissing,
    SessionOver,
    StepUpRequired,
    SubjectsUnavailable,
)
from watchword.guards.shared import SharedWith
from watchword.guards.step_up import Demand, demand
from watchword.guards.user import User
from watchword.jose.errors import ClaimInvalid
from watchword.stores.errors import RETRY_AFTER_SECONDS, StoreError

__all__ = [
    "SAFE_METHODS",
    "Browsers",
    "SignedIn",
    "browser_demand",
    "help_at",
    "recognise",
    "require_own",
    "subject",
]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110 section 9.2.1, without TRACE


class Browsers(Protocol):
    """What the server beside the guard knows of browsers."""

    @property
    def cookie(self) -> str:
        """The name of the session cookie."""
        ...

    def has_cookie(self, connection: HTTPConnection) -> bool:
        """Whether the request carries one session cookie of this server's making."""
        ...

    async def find(self, connection: HTTPConnection) -> Session | Account | None:
        """Return the live session of the request's cookie, or the user of one that has ended."""
        ...

    def is_own_origin(self, connection: HTTPConnection) -> bool:
        """Whether the request comes from a page of this origin, as far as the browser says."""
        ...

    def form_token(self, connection: HTTPConnection) -> str | None:
        """Return the token of this browser's forms in this session; None without its cookies."""
        ...

    def owns(self, connection: HTTPConnection, presented: str) -> bool:
        """Whether a form with this token was made for this browser in this session."""
        ...

    def sign_in(self, back: str) -> str:
        """Return the address of the sign-in page, which leads back to a path."""
        ...

    def confirm(self, back: str, acr: str | None) -> str:
        """Return the address where a person proves as much as `acr` says, and is led back."""
        ...


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a guard proved about the request of a browser."""

    session: Session
    issuer: str
    shares: tuple[Share, ...] | None = None  # live ones of the person and the roles, where read

    @property
    def acr(self) -> str:
        """The level of the session."""
        return self.session.acr

    @property
    def auth_time(self) -> int:
        """When the person last proved anything."""
        return self.session.auth_time

    @property
    def user(self) -> User:
        """The person. No program acts for them, so there are no scopes and no client."""
        session = self.session
        return User(
            id=session.user.id,
            name=session.user.name,
            issuer=self.issuer,
            roles=session.user.roles,
            scopes=frozenset(),
            client_id="",
            session_id=session.sid,
            expires_at=min(session.idle_expires_at, session.expires_at),
            actors=() if session.actor is None else (session.actor.user_id,),
        )


async def recognise(
    connection: HTTPConnection,
    browsers: Browsers,
    *,
    issuer: str,
    shared: SharedWith | None,
) -> SignedIn:
    """Prove who sends a request, and that a page of this origin made the browser send it.

    Raises:
        ForeignRequest: an unsafe method from another site.
        SessionMissing, SessionOver, BrowserSuspended: nobody is signed in.
        SubjectsUnavailable: it cannot be told at present.
    """
    if not _is_safe(connection) and not browsers.is_own_origin(connection):
        raise ForeignRequest(detail="the request comes from another site")
    if not browsers.has_cookie(connection):
        raise SessionMissing
    match await _find(connection, browsers):
        case Session() as session:
            found = SignedIn(session, issuer)
        # A suspended person is told so, although suspending has also ended the session.
        case Account(is_active=False):
            raise BrowserSuspended(detail="*.suspended: subject.suspended=True")
        case _:
            raise SessionOver(detail="the session has ended, or is not of this server")
    if shared is None:
        return found
    user = session.user
    return replace(found, shares=await shared.read(user.id, user.roles))


def require_own(connection: HTTPConnection, browsers: Browsers, presented: str | None) -> None:
    """Refuse an unsafe request without the token of a page that was made for this browser.

    Raises:
        ForeignRequest: it is missing, or another browser's or session's.
    """
    if not _is_safe(connection) and not browsers.owns(connection, presented or ""):
        raise ForeignRequest(detail="the token of the form is missing, or another session's")


def subject(found: SignedIn, policy: Policy | None) -> Subject:
    """Return the subject of decisions: nothing was delegated, so no scope limits it.

    `act` is the administrator who acts as the person; the rights are the person's own.

    Raises:
        ClaimInvalid: the account holds a value that no subject may have.
    """
    user = found.session.user
    facts = Facts(
        roles=user.roles,
        source="database",
        version=user.version,
        act=next(iter(found.user.actors), None),
        shares=found.shares,
    )
    try:
        if policy is None:
            return Subject(user.id, **facts)  # type: ignore[arg-type]  # Subject checks its values
        return policy.subject(user.id, **facts)
    except InvalidSubject as error:
        raise ClaimInvalid("an account does not fit a subject", detail=error.detail) from None


def browser_demand(
    acr: str | None, max_age: Duration | None, fresh: Duration | None
) -> Demand | None:
    """Return what a browser route asks of the sign-in, or None where it asks nothing.

    Takes and raises what `demand` does; its refusal is one that a browser is helped with.
    """
    asked = demand(acr, max_age, fresh)
    return None if asked is None else _BrowserDemand(asked.acr, asked.max_age)


def help_at(error: BrowserRefusal, browsers: Browsers, connection: HTTPConnection) -> str | None:
    """Return the address where a person who looks at a page is helped, and led back from.

    None for programs, and for a refusal that no page can mend.
    """
    scope = connection.scope
    wants_page = "text/html" in connection.headers.get("accept", "")
    if scope.get("method") != "GET" or not wants_page:
        return None
    query = scope.get("query_string", b"").decode("ascii", "replace")
    back = quote(scope["path"]) + (f"?{query}" if query else "")
    if isinstance(error, BrowserStepUp):
        return browsers.confirm(back, error.acr)
    return browsers.sign_in(back) if isinstance(error, SessionMissing | SessionOver) else None


class _BrowserDemand(Demand):
    """A demand whose refusal a browser is helped with."""

    __slots__ = ()

    def check(self, acr: str, auth_time: int, *, now: int) -> None:
        """Hold a session against the demand. Raises BrowserStepUp."""
        try:
            Demand.check(self, acr, auth_time, now=now)
        except StepUpRequired as error:
            raise BrowserStepUp(acr=error.acr, max_age=error.max_age, detail=error.detail) from None


async def _find(connection: HTTPConnection, browsers: Browsers) -> Session | Account | None:
    try:
        return await browsers.find(connection)
    except (RuntimeError, StoreError) as error:  # the server beside the guard does not run
        raise SubjectsUnavailable(retry_after=RETRY_AFTER_SECONDS, detail=str(error)) from None


def _is_safe(connection: HTTPConnection) -> bool:
    return connection.scope.get("method") in SAFE_METHODS
