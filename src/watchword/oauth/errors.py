"""What the authorization server refuses, in the words of its standards.

    OAuthError                   .code .status .public .detail .headers
    |- InvalidRequest       400  a parameter is missing, repeated or malformed
    |- InvalidClient        401  unknown client, or not authenticated
    |- InvalidGrant         400  the refresh token is not valid; one text for every reason
    |- InvalidScope         400  unknown, malformed, or more than granted
    |- InvalidTarget        400  the resource is unknown (RFC 8707)
    |- UnauthorizedClient   400  the client may not do this; 403 at the login API
    |- PageRefused          403  a web page of an origin that the client does not list
    |- UnsupportedGrantType 400
    |- AuthorizationPending 400  the person has not decided about the device (RFC 8628)
    |- SlowDown             400  and the device asks too often
    |- ExpiredToken         400  the person was too late
    |- InvalidRedirectURI   400  of a registration (RFC 7591 section 3.2.2), as the next three
    |- InvalidClientMetadata 400
    |- InvalidSoftwareStatement 400
    |- UnapprovedSoftwareStatement 400
    |- RegistrationTokenRefused 401  what lets a client register, or manage what it registered
    |- InvalidCredentials   401  the login failed; one text for every reason
    |- LoginUnfinished      401  the login needs more; .members say what
    |  |- PasskeyRequired
    |  |- ReauthenticationRequired
    |  `- SecondFactorRequired
    |- InsufficientAuthorization 400  either of the two, at the authorization challenge endpoint
    |- InvalidSession       401  no such login is under way
    |- RedirectToWeb        403  only pages can go on
    |- TooManyAttempts      429  too much was wrong before; .retry_after
    |- TooManyRequests      429  too much was asked for; .retry_after
    `- Busy                 503  ours: too much at once; .retry_after

The first seven are codes of RFC 6749 section 5.2 and RFC 8707 section 2, the others are of the
login API (oauth.md section 6).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from watchword.oauth.bearer import challenge
from watchword.oauth.characters import is_description

__all__ = [
    "LOGIN_CHALLENGE",
    "AuthorizationPending",
    "Busy",
    "ExpiredToken",
    "InsufficientAuthorization",
    "InvalidClient",
    "InvalidClientMetadata",
    "InvalidCredentials",
    "InvalidGrant",
    "InvalidRedirectURI",
    "InvalidRequest",
    "InvalidScope",
    "InvalidSession",
    "InvalidSoftwareStatement",
    "InvalidTarget",
    "LoginUnfinished",
    "OAuthError",
    "PageRefused",
    "PasskeyRequired",
    "ReauthenticationRequired",
    "RedirectToWeb",
    "RegistrationTokenRefused",
    "SecondFactorRequired",
    "SlowDown",
    "TooManyAttempts",
    "TooManyRequests",
    "UnapprovedSoftwareStatement",
    "UnauthorizedClient",
    "UnsupportedGrantType",
]

# A scheme of our own: no browser opens its dialog for it, and no client takes it for a dead token.
# Source: RFC 9110 section 15.5.2; oauth.md L-2.
LOGIN_CHALLENGE = 'Login realm="watchword"'
BASIC_CHALLENGE = 'Basic realm="watchword"'


_NO_MEMBERS: Mapping[str, object] = MappingProxyType({})


class OAuthError(Exception):
    """A request was refused.

    `str()` and `repr()` hold code and detail, never a secret.

    Args:
        public: the error_description, within the characters of RFC 6749 section 5.2; the text of
            the class where left out.
        detail: the cause, for the operator's log; the peer never sees it.
        members: further members of the answer. They may hold a secret of the peer's own.

    Raises:
        ValueError: `public` holds a character that may not be sent.
    """

    code: ClassVar[str] = "server_error"
    status: int = 500
    text: ClassVar[str] = "the server met an unexpected fault"

    def __init__(
        self, public: str = "", *, detail: str = "", members: Mapping[str, object] = _NO_MEMBERS
    ) -> None:
        self.public = public or self.text
        self.detail = detail
        self.members = members
        if not is_description(self.public):
            raise ValueError("an error_description is ASCII without quotes and backslashes")
        super().__init__(self.public)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Header fields that the answer needs."""
        return ()

    def __str__(self) -> str:
        return f"{self.code}: {self.detail or self.public}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class InvalidRequest(OAuthError):
    """A parameter is missing, repeated or malformed."""

    code = "invalid_request"
    status = 400
    text = "the request is malformed"


class InvalidClient(OAuthError):
    """The client is unknown or did not prove who it is.

    Args:
        is_basic: it tried by HTTP Basic, and is challenged so (RFC 6749 section 5.2).
    """

    code = "invalid_client"
    status = 401
    text = "the client is unknown or did not prove who it is"

    def __init__(self, public: str = "", *, detail: str = "", is_basic: bool = False) -> None:
        super().__init__(public, detail=detail)
        self._is_basic = is_basic

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The challenge that every 401 carries (RFC 9110 section 15.5.2)."""
        return (("www-authenticate", BASIC_CHALLENGE if self._is_basic else LOGIN_CHALLENGE),)


class InvalidGrant(OAuthError):
    """The refresh token is unknown, expired, foreign, reused or revoked."""

    code = "invalid_grant"
    status = 400
    text = "the refresh token is not valid"


class InvalidScope(OAuthError):
    """A scope is unknown, malformed, or more than the client or the login may have."""

    code = "invalid_scope"
    status = 400
    text = "a scope is unknown or more than may be granted"


class InvalidTarget(OAuthError):
    """The resource is unknown."""

    code = "invalid_target"
    status = 400
    text = "the resource is unknown"


class UnauthorizedClient(OAuthError):
    """The client may not use this way of getting tokens.

    Args:
        status: 400 at the token endpoint, 403 at the login API (oauth.md section 6).
    """

    code = "unauthorized_client"
    status = 400
    text = "the client may not do this"

    def __init__(self, public: str = "", *, detail: str = "", status: int = 400) -> None:
        super().__init__(public, detail=detail)
        self.status = status


class PageRefused(OAuthError):
    """A web page of another origin uses the login API, and its client does not list that origin."""

    code = "unauthorized_client"
    status = 403
    text = "this origin is not registered for the client"


class UnsupportedGrantType(OAuthError):
    """No grant has this name."""

    code = "unsupported_grant_type"
    status = 400
    text = "the grant_type is not supported"


class AuthorizationPending(OAuthError):
    """The person has not decided about the device yet."""

    code = "authorization_pending"
    status = 400
    text = "the person has not decided yet; ask again after the interval"


class SlowDown(OAuthError):
    """The person has not decided yet, and the device asks too often."""

    code = "slow_down"
    status = 400
    text = "the device asks too often; wait five seconds longer between two requests"


class ExpiredToken(OAuthError):
    """Nobody decided in time."""

    code = "expired_token"
    status = 400
    text = "the device code has expired; begin again"


class InvalidRedirectURI(OAuthError):
    """A redirect URI may not be registered, or none is."""

    code = "invalid_redirect_uri"
    status = 400
    text = "a redirect URI may not be registered"


class InvalidClientMetadata(OAuthError):
    """What a client says of itself cannot be served."""

    code = "invalid_client_metadata"
    status = 400
    text = "the client metadata cannot be served"


class InvalidSoftwareStatement(OAuthError):
    """The software statement is no JWT."""

    code = "invalid_software_statement"
    status = 400
    text = "the software statement is malformed"


class UnapprovedSoftwareStatement(OAuthError):
    """The software statement is of somebody whom nobody trusts here."""

    code = "unapproved_software_statement"
    status = 400
    text = "no software statements are trusted here; leave it out"


class RegistrationTokenRefused(OAuthError):
    """The token does not let its bearer register a client, or manage this one."""

    code = "invalid_token"
    status = 401
    text = "the token does not open this"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The challenge that every 401 carries (RFC 6750 section 3)."""
        value = challenge(realm="watchword", error=self.code, error_description=self.public)
        return (("www-authenticate", value),)


class InvalidCredentials(OAuthError):
    """Name and password do not open an active account. Every reason reads the same."""

    code = "invalid_credentials"
    status = 401
    text = "the user name or the password is wrong"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The challenge that every 401 carries (RFC 9110 section 15.5.2)."""
        return (("www-authenticate", LOGIN_CHALLENGE),)


class LoginUnfinished(OAuthError):
    """The login needs more; `members` hold `auth_session`, `expires_in` and `next`."""

    code = "second_factor_required"
    status = 401
    text = "the login needs another step"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The challenge that every 401 carries (RFC 9110 section 15.5.2)."""
        return (("www-authenticate", LOGIN_CHALLENGE),)


class SecondFactorRequired(LoginUnfinished):
    """A second factor has to be shown."""

    code = "second_factor_required"
    text = "a second factor is required"


class ReauthenticationRequired(LoginUnfinished):
    """What was proved is older than what is asked for."""

    code = "reauthentication_required"
    text = "a more recent proof is required"


class PasskeyRequired(LoginUnfinished):
    """A login that was begun with a passkey waits for it."""

    code = "passkey_required"
    text = "a passkey is required"


class InsufficientAuthorization(OAuthError):
    """The login failed or needs more, at the authorization challenge endpoint.

    Args:
        reason: the code that the login endpoint would give.
    """

    code = "insufficient_authorization"
    status = 400
    text = "the login is not complete"

    def __init__(
        self,
        public: str = "",
        *,
        detail: str = "",
        reason: str = "",
        members: Mapping[str, object] = _NO_MEMBERS,
    ) -> None:
        named = {"reason": reason} if reason else {}
        super().__init__(public, detail=detail, members={**named, **members})


class InvalidSession(OAuthError):
    """The login under way is unknown, over, or was begun by another client."""

    code = "invalid_session"
    status = 401
    text = "no such login is under way; begin again"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The challenge that every 401 carries (RFC 9110 section 15.5.2)."""
        return (
            (("www-authenticate", LOGIN_CHALLENGE),) if self.status == 401 else ()
        )  # Unauthorized


class RedirectToWeb(OAuthError):
    """Only pages can go on: a password to be changed, a second factor to be set up.

    `members` hold `reason`, which of the two, and `continue_at`, the address of the page.
    """

    code = "redirect_to_web"
    status = 403
    text = "continue in a browser"


class TooManyAttempts(OAuthError):
    """Too much was wrong before, so nothing was compared. It reads the same for every name.

    Args:
        retry_after: seconds after which an attempt will be let through.
    """

    code = "too_many_attempts"
    status = 429
    text = "too many attempts; wait before the next one"

    def __init__(
        self,
        public: str = "",
        *,
        detail: str = "",
        retry_after: int = 1,
        members: Mapping[str, object] = _NO_MEMBERS,
    ) -> None:
        super().__init__(public, detail=detail, members=members)
        self.retry_after = retry_after

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """When to try again."""
        return (("retry-after", str(self.retry_after)),)


class TooManyRequests(OAuthError):
    """Nothing was wrong, and more was asked for than one network or program needs.

    Args:
        retry_after: seconds after which a request will be let through.
    """

    code = "throttled"
    status = 429
    text = "too many requests; wait before the next one"

    def __init__(self, public: str = "", *, detail: str = "", retry_after: int = 1) -> None:
        super().__init__(public, detail=detail)
        self.retry_after = retry_after

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """When to try again."""
        return (("retry-after", str(self.retry_after)),)


class Busy(OAuthError):
    """More is asked than the server can take on at this moment.

    Args:
        retry_after: seconds after which trying again makes sense.
    """

    code = "busy"
    status = 503
    text = "the server is busy; try again in a moment"

    def __init__(self, public: str = "", *, detail: str = "", retry_after: int = 1) -> None:
        super().__init__(public, detail=detail)
        self.retry_after = retry_after

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """When to try again."""
        return (("retry-after", str(self.retry_after)),)
