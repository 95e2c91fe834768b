"""Where a login goes: the login API, or the authorization challenge endpoint and then `/token`.

Both take the same steps. The login API answers the last one with tokens; the challenge endpoint
with a code, which only whoever began the login can redeem (PKCE).

Source: oauth.md section 6 (L-1 to L-7); draft-ietf-oauth-first-party-apps-03; RFC 6749 section
4.1.3; RFC 7636 section 4; RFC 8414 sections 3 and 3.3.
"""

import json
from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import urlencode, urlsplit

from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.client.answer import granted_code, members_of
from watchword.client.errors import LoginFailed
from watchword.client.origin import origin_of
from watchword.oauth.authorize.pkce import challenge_of

__all__ = ["Call", "ChallengeAPI", "Endpoints", "LoginAPI", "listed", "metadata_calls"]


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a login."""

    url: str
    media_type: str | None = None  # None: a GET
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class LoginAPI:
    """`POST /login` and `POST /refresh`."""

    issuer: str

    def begin(self, members: Mapping[str, str], verifier: Secret) -> Call:  # noqa: ARG002  # nothing is redeemed here
        """Return the first step."""
        return self.go_on(members)

    def go_on(self, members: Mapping[str, str]) -> Call:
        """Return a further step."""
        return _json(f"{self.issuer}/login", members)

    def redeem(self, status: int, body: bytes, members: Mapping[str, str]) -> None:
        """Return nothing: the answer to the last step holds the tokens."""

    def refresh(self, members: Mapping[str, str]) -> Call:
        """Return the exchange of a refresh token."""
        return _json(f"{self.issuer}/refresh", members)


@dataclass(frozen=True, slots=True)
class ChallengeAPI:
    """The authorization challenge endpoint and the token endpoint."""

    challenge_url: str
    token_url: str

    @classmethod
    def of(cls, issuer: str) -> "ChallengeAPI":
        """Return the endpoints of a watchword server."""
        return cls(f"{issuer}/authorize-challenge", f"{issuer}/token")

    def begin(self, members: Mapping[str, str], verifier: Secret) -> Call:
        """Return the first step, which binds the code to the verifier."""
        bound = {
            "response_type": "code",
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        return self.go_on({**members, **bound})

    def go_on(self, members: Mapping[str, str]) -> Call:
        """Return a further step."""
        return _form(self.challenge_url, members)

    def redeem(self, status: int, body: bytes, members: Mapping[str, str]) -> Call | None:
        """Return the exchange of the code in the answer to the last step, None where it has none.

        Args:
            status: of that answer.
            body: of that answer.
            members: of the exchange, beside the code: the verifier, and who the client is.
        """
        code = granted_code(status, body)
        if code is None:
            return None
        grant = {"grant_type": "authorization_code", "code": code.reveal()}
        return _form(self.token_url, {**grant, **members})

    def refresh(self, members: Mapping[str, str]) -> Call:
        """Return the exchange of a refresh token."""
        return _form(self.token_url, {"grant_type": "refresh_token", **members})


Endpoints: TypeAlias = LoginAPI | ChallengeAPI


def metadata_calls(issuer: str) -> tuple[Call, ...]:
    """Return where the metadata of an issuer may be, the likeliest first.

    Source: OpenID Connect Discovery section 4; RFC 8414 section 3.1 (before the path).
    """
    parts = urlsplit(issuer)
    inserted = f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{parts.path}"
    return Call(f"{issuer}/.well-known/openid-configuration"), Call(inserted)


def listed(issuer: str, body: bytes) -> Endpoints:
    """Return the endpoints that a metadata document offers.

    Raises:
        LoginFailed: it is another issuer's, or leads the password to another origin.
    """
    members = members_of(body)
    named = members.get("issuer")
    if not isinstance(named, str) or named.rstrip("/") != issuer:
        raise _no_metadata("the metadata is another issuer's")
    challenge, token = (
        members.get("authorization_challenge_endpoint"),
        members.get("token_endpoint"),
    )
    if challenge is None:
        return LoginAPI(issuer)
    if not isinstance(challenge, str) or not isinstance(token, str):
        raise _no_metadata("the metadata names no token endpoint")
    for url in (challenge, token):
        if not _is_at_home(url, issuer):
            raise _no_metadata("the metadata leads to another origin")
    return ChallengeAPI(challenge, token)


def _is_at_home(url: str, issuer: str) -> bool:
    try:
        return origin_of(url) == origin_of(issuer)
    except ValueError:
        return False


def _no_metadata(text: str) -> LoginFailed:
    return LoginFailed(f"{text}; is this the issuer's exact URL?", code="bad_metadata")


def _json(url: str, members: Mapping[str, str]) -> Call:
    return Call(url, "application/json", json.dumps(dict(members)).encode())


def _form(url: str, members: Mapping[str, str]) -> Call:
    return Call(url, "application/x-www-form-urlencoded", urlencode(dict(members)).encode())
