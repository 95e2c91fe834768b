"""Revocation: a client gives up a token, and what hangs on it.

A refresh token takes its family along, an access token itself. A token that is unknown, another
client's or dead already is no error.

Source: RFC 7009 section 2; oauth.md T-6, L-14, N-34, S-7; security.md rule 72.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import digest
from watchword.jose.errors import TokenError
from watchword.jose.jwt.verifier import Verifier
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.client_authentication import ClientAuthenticationContext, authenticate_client
from watchword.oauth.opaque_tokens import OpaqueStore, RevokeOpaqueToken
from watchword.oauth.parameters import required_secret

__all__ = ["RevocationContext", "RevocationStore", "RevokeAccessToken", "RevokeFamily", "revoke"]


@dataclass(frozen=True, slots=True)
class RevokeFamily:
    """The end of a family by whoever holds one of its refresh tokens."""

    token_hash: bytes
    client_id: str
    now: int


@dataclass(frozen=True, slots=True)
class RevokeAccessToken:
    """The end of one access token."""

    jti: str
    now: int
    expires_at: int


class RevocationStore(OpaqueStore, Protocol):
    """What revocation needs of a store. Each method is one transaction."""

    async def revoke_family_of_token(self, command: RevokeFamily) -> bool:
        """End the family of a refresh token, and its session where that had no other family.

        Returns:
            Whether this call ended anything.
        """
        ...

    async def revoke_access_token(self, command: RevokeAccessToken) -> None:
        """Put the token on the feed; endpoints of this server refuse it from then on."""
        ...


@dataclass(frozen=True, slots=True)
class RevocationContext:
    """What revocation works with."""

    authentication: ClientAuthenticationContext
    store: RevocationStore
    verifier: Verifier[AccessClaims]  # of this issuer's access tokens for any audience
    clock: Clock


async def revoke(
    authorization: Sequence[str], form: Mapping[str, object], ctx: RevocationContext
) -> None:
    """Revoke a token of the client that asks.

    Args:
        authorization: the values of all `Authorization` fields.
        form: `token`, and the client's part; a hint is not needed and not read.
        ctx: who may ask, and what ends tokens.

    Raises:
        InvalidClient: 401; the client did not prove who it is.
        InvalidRequest: `token` is missing.
    """
    client = (await authenticate_client(authorization, form, ctx.authentication)).client
    token = required_secret(form, "token")
    now = ctx.clock.now()
    try:
        claims = (await ctx.verifier.averify(token.reveal())).claims
    except TokenError:
        shown = digest(token)
        if not await ctx.store.revoke_opaque_token(RevokeOpaqueToken(shown, client.client_id, now)):
            await ctx.store.revoke_family_of_token(RevokeFamily(shown, client.client_id, now))
        return
    if claims.client_id == client.client_id:
        await ctx.store.revoke_access_token(RevokeAccessToken(claims.jti, now, claims.exp))
