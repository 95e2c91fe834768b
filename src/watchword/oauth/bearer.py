"""Bearer tokens in HTTP: reading the one header, writing the challenge.

    BearerError                  .code .status .error .public
    |- TokenMissing         401  nothing was sent: the challenge names no error
    |- TokenRepeated        400  more than one
    |- TokenMalformed       401  no character string that a token may be
    |- TokenOfClient        401  a good token of nobody, where a person is asked about
    |- InsufficientScope    403  a good token that was given for something else
    `- LoginTooWeak         401  a good token of a login that is too weak or too long ago

Source: RFC 6750 sections 2.1 and 3; RFC 9110 sections 11.1 and 11.4; RFC 9449 section 7.1;
RFC 9470 section 3; users.md U51, U52, U54.
"""

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

from watchword.base.records import dataclass
from watchword.oauth.characters import is_description, is_scope_token, is_uri_text

__all__ = [
    "BearerError",
    "Credentials",
    "InsufficientScope",
    "LoginTooWeak",
    "TokenMalformed",
    "TokenMissing",
    "TokenOfClient",
    "TokenRepeated",
    "access_credentials",
    "bearer_token",
    "challenge",
]

_CREDENTIALS = re.compile(r"(?P<scheme>[A-Za-z]+)(?: +(?P<token>.*))?", re.DOTALL)
_BEARER = frozenset({"bearer"})
_ACCESS = frozenset({"bearer", "dpop"})
_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*", re.ASCII)


class BearerError(Exception):
    """The request carries no token that opens the address. No text holds what was sent."""

    code: ClassVar[str] = "token_refused"
    status: ClassVar[int] = 401
    error: ClassVar[str | None] = "invalid_token"
    """The RFC 6750 error code; None where the challenge must not name one."""
    public: ClassVar[str] = "The token was refused."
    scope: tuple[str, ...] = ()
    """What the address asks for, where a token lacks it."""
    acr_values: str | None = None
    """The level that the address asks for, where the login does not reach it."""
    max_age: int | None = None
    """How many seconds the login may be old, where that is asked."""

    def __init__(self) -> None:
        super().__init__(self.public)

    def __str__(self) -> str:
        return f"{self.code}: {self.public}"


class TokenMissing(BearerError):
    """No bearer token was sent."""

    code = "token_missing"
    error = None
    public = "The request carries no access token."


class TokenRepeated(BearerError):
    """More than one credential was sent."""

    code = "token_repeated"
    status = 400
    error = "invalid_request"
    public = "The request carries more than one access token."


class TokenMalformed(BearerError):
    """What was sent cannot be a token."""

    code = "token_malformed"
    public = "The token is malformed."


class TokenOfClient(BearerError):
    """The token is good, and a client has it for itself where a person is asked about."""

    code = "wrong_type"
    public = "This token is a service's own, and the address is about a person."


class InsufficientScope(BearerError):
    """The token is good, and was given for something else.

    Args:
        scope: what the address asks for.

    Source: RFC 6750 section 3.1.
    """

    code = "insufficient_scope"
    status = 403
    error = "insufficient_scope"
    public = "The token lacks a scope that this address asks for."

    def __init__(self, *scope: str) -> None:
        super().__init__()
        self.scope = scope


class LoginTooWeak(BearerError):
    """The token is good; the login behind it is weaker or older than the address asks.

    Args:
        acr_values: the level that is asked for; None where every login reaches it.
        max_age: how many seconds the login may be old; None where any age will do.

    Source: RFC 9470 section 3.
    """

    code = "step_up_required"
    error = "insufficient_user_authentication"
    public = "This needs a stronger or more recent login."

    def __init__(self, *, acr_values: str | None = None, max_age: int | None = None) -> None:
        super().__init__()
        self.acr_values = acr_values
        self.max_age = max_age


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access token, and the scheme under which it was sent."""

    is_dpop: bool  # RFC 9449 section 7.1; otherwise RFC 6750
    token: str

    def __repr__(self) -> str:
        return f"Credentials(is_dpop={self.is_dpop})"


def bearer_token(authorization: Sequence[str]) -> str:
    """Return the one bearer token of a request.

    Args:
        authorization: the values of all `Authorization` fields, each as sent.

    Raises:
        TokenMissing: no field, or credentials of another scheme.
        TokenRepeated: several fields, or several credentials in one.
        TokenMalformed: no token after the scheme, or characters that no token has.
    """
    return _one(authorization, _BEARER).token


def access_credentials(authorization: Sequence[str]) -> Credentials:
    """Return the one access token of a request that may also be bound to a key.

    Args:
        authorization: the values of all `Authorization` fields, each as sent.

    Raises:
        TokenMissing, TokenRepeated, TokenMalformed: as `bearer_token`.

    Source: RFC 9449 section 7.1.
    """
    return _one(authorization, _ACCESS)


def challenge(  # noqa: PLR0913  # one for each parameter of the field
    *,
    realm: str,
    error: str | None = None,
    error_description: str | None = None,
    error_uri: str | None = None,
    scope: Iterable[str] = (),
    acr_values: str | None = None,
    max_age: int | None = None,
    resource_metadata: str | None = None,
    scheme: str = "Bearer",
) -> str:
    """Return the value of `WWW-Authenticate` for a refusal.

    Args:
        realm: the name of what is protected, such as "notes".
        error: a code of RFC 6750 section 3.1; None where no token was sent.
        error_description: why, in a sentence without any value of the request.
        error_uri: the page that explains it.
        scope: every scope that the request needs.
        acr_values: the level that the request needs (RFC 9470 section 3).
        max_age: seconds that the login may be old.
        resource_metadata: where the API says who issues its tokens (RFC 9728 section 5.1).
        scheme: another one than `Bearer`, where no token is asked for.

    Raises:
        ValueError: a text holds a character outside of RFC 6750 section 3.
    """
    parameters = [_parameter("realm", realm, allowed=is_description(realm))]
    for name, value in (("error", error), ("error_description", error_description)):
        if value is not None:
            parameters.append(_parameter(name, value, allowed=is_description(value)))
    if error_uri is not None:
        parameters.append(_parameter("error_uri", error_uri, allowed=is_uri_text(error_uri)))
    scopes = tuple(scope)
    if scopes:
        allowed = all(is_scope_token(each) for each in scopes)
        parameters.append(_parameter("scope", " ".join(scopes), allowed=allowed))
    if acr_values is not None:
        allowed = is_description(acr_values)
        parameters.append(_parameter("acr_values", acr_values, allowed=allowed))
    if max_age is not None:
        parameters.append(_parameter("max_age", str(max_age), allowed=True))
    if resource_metadata is not None:
        allowed = is_uri_text(resource_metadata)
        parameters.append(_parameter("resource_metadata", resource_metadata, allowed=allowed))
    return f"{scheme} " + ", ".join(parameters)


def _parameter(name: str, value: str, *, allowed: bool) -> str:
    # A quote or a line break would let a text write parameters and header fields of its own.
    if not allowed:
        raise ValueError(f"{name} holds a character that a challenge may not have")
    return f'{name}="{value}"'


def _one(authorization: Sequence[str], schemes: frozenset[str]) -> Credentials:
    if len(authorization) > 1:
        raise TokenRepeated
    found = _CREDENTIALS.fullmatch(authorization[0].strip(" \t")) if authorization else None
    if found is None or found["scheme"].lower() not in schemes:
        raise TokenMissing
    token = found["token"] or ""
    if "," in token:  # what a proxy makes of two fields
        raise TokenRepeated
    if _B64TOKEN.fullmatch(token) is None:
        raise TokenMalformed
    return Credentials(found["scheme"].lower() == "dpop", token)
