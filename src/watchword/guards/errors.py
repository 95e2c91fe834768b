"""What a guard refuses beside the errors of tokens (`jose`), headers (`oauth.bearer`) and rules.

GuardError                      .code .status .error .public .detail .scopes
├─ SessionEnded           401   session_ended       the login behind the token is over
├─ StepUpRequired         401   step_up_required    the login is too weak or too old for this
├─ AccountSuspended       403   suspended           the person may do nothing
├─ ScopeMissing           403   insufficient_scope  the token was granted less than this needs
├─ SenderNotProved        401   sender_not_proved   the token is bound to what the sender lacks
│  └─ ProofRefused        401   sender_not_proved   to a key, and the DPoP proof is at fault
├─ RolesChanged           401   roles_changed       the token is older than the account's roles
├─ NotOwner               403   not_allowed         the thing belongs to somebody else
├─ BrowserRefusal                                   of the guard that reads a cookie
│  ├─ SessionMissing      401   session_missing     nobody is signed in
│  ├─ SessionOver         401   session_ended       the session of the cookie has ended
│  ├─ BrowserStepUp       401   step_up_required    (a StepUpRequired)
│  ├─ BrowserSuspended    403   suspended           the person may do nothing
│  └─ ForeignRequest      403   foreign_form        another site made the browser send it
├─ DecisionsUnavailable   503   decisions_unavailable  ours: the decision point does not answer
├─ SubjectsUnavailable    503   store_unavailable   ours: nobody can say who this is at present
└─ FeedUnavailable        503   feed_unavailable    ours: nobody can say whether this still holds
TokenOutsideHeader        400   token_repeated      (a BearerError) in the query, where logs see it
UnguardedRoutes                                     the application's: refused at start
├─ UnguardedFields                                  of a GraphQL schema
└─ UnguardedViews                                   of a Django site

Source: RFC 6750 section 3.1; RFC 9449 section 7; security.md rules 80 to 93; users.md U51 to U53.
"""

from typing import ClassVar

from watchword.guards.routes import RouteAccess
from watchword.oauth.bearer import TokenRepeated

__all__ = [
    "AccountSuspended",
    "BrowserRefusal",
    "BrowserStepUp",
    "BrowserSuspended",
    "DecisionsUnavailable",
    "FeedUnavailable",
    "ForeignRequest",
    "GuardError",
    "NotOwner",
    "ProofRefused",
    "RolesChanged",
    "ScopeMissing",
    "SenderNotProved",
    "SessionEnded",
    "SessionMissing",
    "SessionOver",
    "StepUpRequired",
    "SubjectsUnavailable",
    "TokenOutsideHeader",
    "UnguardedFields",
    "UnguardedRoutes",
    "UnguardedViews",
]


class GuardError(Exception):
    """A request was refused. `public` is for the peer, `detail` for the log."""

    code: ClassVar[str] = "token_refused"
    status: ClassVar[int] = 401
    error: ClassVar[str | None] = None
    """The RFC 6750 error code; None where none fits."""
    public: ClassVar[str] = "The request was refused."
    scopes: tuple[str, ...] = ()
    acr: str | None = None
    max_age: int | None = None
    retry_after: int | None = None
    got: object = None
    """The claims of a token that had proved good; for the operator's records, and in no text."""

    def __init__(self, *, detail: str = "") -> None:
        super().__init__(f"{self.code}: {self.public}")
        self.detail = detail


class SessionEnded(GuardError):
    """The session or family of the token has ended, or its account is gone."""

    code = "session_ended"
    error = "invalid_token"
    public = "The login that this token belongs to has ended."


class StepUpRequired(GuardError):
    """The login is weaker or older than the action asks.

    Args:
        acr: the level that is asked for.
        max_age: seconds that the login may be old.
        detail: what was found.

    Source: RFC 9470 section 3.
    """

    code = "step_up_required"
    error = "insufficient_user_authentication"
    public = "This needs a stronger or more recent login."

    def __init__(self, *, acr: str | None, max_age: int | None, detail: str = "") -> None:
        super().__init__(detail=detail)
        self.acr = acr
        self.max_age = max_age


class AccountSuspended(GuardError):
    """The account is suspended, whatever its token says."""

    code = "suspended"
    status = 403
    public = "A suspended account may do nothing."


class ScopeMissing(GuardError):
    """The token lacks one or more of `scopes`."""

    code = "insufficient_scope"
    status = 403
    error = "insufficient_scope"
    public = "The token was not granted the scope that this needs."

    def __init__(self, scopes: tuple[str, ...], *, detail: str = "") -> None:
        super().__init__(detail=detail)
        self.scopes = scopes


class SenderNotProved(GuardError):
    """The token is bound to a key or a certificate, and the request does not prove it.

    Source: RFC 8705 section 3; RFC 9449 section 7.1.
    """

    code = "sender_not_proved"
    error = "invalid_token"
    public = "The request does not prove that its sender may use this token."


class ProofRefused(SenderNotProved):
    """The token is bound to a key, and the proof of it is missing or at fault.

    Source: RFC 9449 sections 7.1 and 7.2.
    """

    code = "sender_not_proved"
    error = "invalid_dpop_proof"
    public = "The request carries no good proof of the key that this token is bound to."


class RolesChanged(GuardError):
    """The token was issued before the roles or the status of its account changed.

    A client refreshes and goes on.

    Source: access.md F2, F3 (mode `version`).
    """

    code = "roles_changed"
    error = "invalid_token"
    public = "The account has changed since this token was issued."


class NotOwner(GuardError):
    """The subject is neither the owner nor an admin."""

    code = "not_allowed"
    status = 403
    public = "You may not do this."


class BrowserRefusal(GuardError):
    """A request of a browser was refused by the guard that reads its cookie."""


class SessionMissing(BrowserRefusal):
    """The request carries no cookie of a session."""

    code = "session_missing"
    public = "Nobody is signed in."


class SessionOver(BrowserRefusal):
    """The session of the cookie has ended, or its account is gone."""

    code = "session_ended"
    public = "The session has ended."


class BrowserStepUp(BrowserRefusal, StepUpRequired):
    """The session is weaker or older than the action asks."""

    code = "step_up_required"
    error = "insufficient_user_authentication"
    public = StepUpRequired.public


class BrowserSuspended(BrowserRefusal):
    """The account of the session is suspended."""

    code = "suspended"
    status = 403
    public = "A suspended account may do nothing."


class ForeignRequest(BrowserRefusal):
    """A page of another site made the browser send an unsafe request.

    Source: OWASP ASVS 5.0 V3.5.1.
    """

    code = "foreign_form"
    status = 403
    public = "The request does not come from a page of this application."


class SubjectsUnavailable(GuardError):
    """The store behind the subjects does not answer; the token's own claims do not replace it.

    Source: access.md F5; security.md rule 89.
    """

    code = "store_unavailable"
    status = 503
    public = "It cannot be checked at present whether this login still stands; try again later."

    def __init__(self, *, retry_after: int, detail: str = "") -> None:
        super().__init__(detail=detail)
        self.retry_after = retry_after


class FeedUnavailable(GuardError):
    """The revocation feed has not answered for longer than this guard goes on without it.

    Source: oauth.md F-4.
    """

    code = "feed_unavailable"
    status = 503
    public = "It cannot be checked at present whether this login still stands; try again later."

    def __init__(self, *, retry_after: int, detail: str = "") -> None:
        super().__init__(detail=detail)
        self.retry_after = retry_after


class DecisionsUnavailable(GuardError):
    """The decision point elsewhere does not answer, or not as the standard says: nothing is done.

    Source: security.md rule 89.
    """

    code = "decisions_unavailable"
    status = 503
    public = "It cannot be decided at present whether this is allowed; try again later."

    def __init__(self, *, retry_after: int, detail: str = "") -> None:
        super().__init__(detail=detail)
        self.retry_after = retry_after


class TokenOutsideHeader(TokenRepeated):
    """A token in the query ends up in logs, histories and referrers (RFC 9700 section 4.3.2)."""

    public = "The request carries an access token outside of the Authorization header."


class UnguardedRoutes(RuntimeError):
    """Routes of the application say neither who may call them nor that anybody may."""

    code = "unguarded_routes"
    said: ClassVar[str] = (
        "these routes declare no access: {}. Give each one auth.user, auth.subject, "
        "auth.required, auth.require(...), auth.may(...), auth.optional or auth.public, as the "
        "framework has it, or name it in Guard(..., public=[...]). WebSocket routes can only be "
        "public."
    )
    hint: ClassVar[str] = (
        "A route of this application does not say who may call it, so that no route is answered. "
        "The application's log names each one, and what to write."
    )
    """For the peer, which learns of no path."""

    def __init__(self, routes: tuple[str, ...]) -> None:
        super().__init__(self.said.format(", ".join(routes)))
        self.routes = routes


class UnguardedFields(UnguardedRoutes):
    """Fields of a schema say neither who may resolve them nor that anybody may.

    Args:
        listed: every field of the schema, those included.
    """

    said = (
        "these fields declare no access: {}. Give each resolver fields.require(...) or "
        "fields.open, or name the field in install(schema, public=[...])."
    )

    def __init__(self, listed: tuple[RouteAccess, ...]) -> None:
        super().__init__(tuple(each.path for each in listed if not each.access))
        self.listed = listed


class UnguardedViews(UnguardedRoutes):
    """Views of a Django site say neither who may call them nor that anybody may."""

    said = (
        "these routes declare no access: {}. Decorate each view with @required, @may(...), "
        "@optional, @session.required or @public of watchword.django, or name the route in "
        "WATCHWORD['PUBLIC']."
    )
    hint = (
        "A view of this site does not say who may call it, so that no view is answered. "
        "The site's log names each one, and what to write; `manage.py check` finds them where "
        "'watchword.django' is installed, and `watchword access routes` everywhere."
    )
