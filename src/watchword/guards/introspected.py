"""What an issuer says of a token that it is asked about, as the claims of an access token.

Source: RFC 7662 section 2.2; access.md F3 (mode `introspect`).
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from watchword.guards.errors import SubjectsUnavailable
from watchword.jose.errors import ClaimInvalid, Expired, TokenRevoked, WrongAudience, WrongIssuer
from watchword.net.errors import FetchFailed
from watchword.oauth.access_token import AccessClaims

__all__ = ["Introspection", "asked", "claims_told"]

RETRY_AFTER_SECONDS = 5

# Where an answer says nothing: RFC 7662 requires `active` alone.
_UNTOLD = {"client_id": "", "iat": 0, "jti": ""}


class Introspection(Protocol):
    """Where mode `introspect` asks about a token."""

    def ask(self, token: str) -> Mapping[str, object]:
        """Return what the issuer says of a token. Blocks.

        Raises:
            FetchFailed, SubjectsUnavailable: it does not answer, which denies.
        """
        ...


def asked(introspection: Introspection, token: str) -> Mapping[str, object]:
    """Return what the issuer says of a token.

    Raises:
        SubjectsUnavailable: it does not answer; nothing of the token stands in for that.
    """
    try:
        return introspection.ask(token)
    except FetchFailed as error:
        detail = f"{error} {error.detail}".rstrip()
        raise SubjectsUnavailable(retry_after=RETRY_AFTER_SECONDS, detail=detail) from None


def claims_told(
    told: Mapping[str, object], *, issuer: str, audience: str, now: int
) -> AccessClaims:
    """Return what was told of a token that holds.

    Args:
        told: the answer of the issuer.
        issuer: whom it has to name, where it names one.
        audience: for whom the token has to be. An answer without `aud` is for nobody: whoever asks
            may be told of tokens for others.
        now: seconds since the epoch.

    Raises:
        TokenRevoked: it does not hold; why, the issuer does not say.
        WrongIssuer, WrongAudience, Expired, ClaimInvalid: it is another's, or not to be believed.
    """
    if told.get("active") is not True:
        raise TokenRevoked("the issuer says that the token does not hold")
    name = {"preferred_username": told.get("username", "")}  # RFC 7662's word for it
    members = {"iss": issuer, **_UNTOLD, **name, **told}
    if members["iss"] != issuer:
        raise WrongIssuer("the issuer speaks for another one", claim="iss")
    try:
        claims = msgspec.convert(members, AccessClaims)
    except msgspec.ValidationError as error:
        raise ClaimInvalid("the issuer's answer has another form", detail=str(error)) from None
    if audience not in claims.audiences:
        raise WrongAudience("the token is for another API", claim="aud")
    if claims.exp <= now:
        raise Expired("the token has expired", claim="exp")
    return claims
