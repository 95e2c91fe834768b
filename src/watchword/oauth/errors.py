"""What the authorization server refuses, in the words of its standards.

    OAuthError                   .code .status .public .detail .headers
    |- InvalidRequest       400  a parameter is missing, repeated or malformed
    |- InvalidClient        401  unknown client, or not authenticated
    |- InvalidGrant         400  the refresh token is not valid; one text for every reason
    |- InvalidScope         400  unknown, malformed, or more than granted
    |- InvalidTarget        400  the resource is unknown (RFC 8707)
    |- UnauthorizedClient   400  the client may not do this; 403 at the login API
    |- UnsupportedGrantType 400
    |- AuthorizationPending 400  the person has not decided about the device (RFC 8628)
    |- SlowDown             400  and the device asks too often
    |- ExpiredToken         400  the person was too late
    |- TooManyAttempts      429  too much was wrong before; .retry_after
    |- TooManyRequests      429  too much was asked for; .retry_after
    |- Busy                 503  ours: too much at once; .retry_after
    |- those of the authorization endpoint, in `authorize/errors.py`
    |- those of the login API, in `login_errors.py`
    `- those of a registration, in `registration/errors.py`

Source: RFC 6749 section 5.2; RFC 8628 section 3.5; RFC 8707 section 2.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from watchword.oauth.characters import is_description

__all__ = [
    "LOGIN_CHALLENGE",
    "NO_MEMBERS",
    "AuthorizationPending",
    "Busy",
    "ExpiredToken",
    "InvalidClient",
    "InvalidGrant",
    "InvalidRequest",
    "InvalidScope",
    "InvalidTarget",
    "OAuthError",
    "SlowDown",
    "TooManyAttempts",
    "TooManyRequests",
    "UnauthorizedClient",
    "UnsupportedGrantType",
]

# A scheme of our own: no browser opens its dialog for it, and no client takes it for a dead token.
# Source: RFC 9110 section 15.5.2; oauth.md L-2.
LOGIN_CHALLENGE = 'Login realm="watchword"'
BASIC_CHALLENGE = 'Basic realm="watchword"'
NO_MEMBERS: Mapping[str, object] = MappingProxyType({})


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
        self, public: str = "", *, detail: str = "", members: Mapping[str, object] = NO_MEMBERS
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
        members: Mapping[str, object] = NO_MEMBERS,
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
