"""Tokens asked about, given up, and issued to clients for themselves.

The protocols `IntrospectionStore` and `OpaqueStore`, `RevocationStore`, `ClientTokenStore`.
"""

from functools import partial

from watchword.oauth.client_tokens import ClientFacts, IssueToClient
from watchword.oauth.families import Refused
from watchword.oauth.introspection import RefreshState
from watchword.oauth.opaque_tokens import OpaqueState, RevokeOpaqueToken
from watchword.oauth.revocation import RevokeAccessToken, RevokeFamily
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.tokens import client_tokens, introspection, opaque_tokens, revocation

__all__ = ["TokenVerbs"]


class TokenVerbs(Handle):
    """Carries out what introspection, revocation and the client credentials grant ask for."""

    __slots__ = ()

    async def read_refresh_state(self, token_hash: bytes, *, now: int) -> RefreshState | None:
        """Return what a live refresh token stands for; None for one that would be refused."""
        return await self._driver.read(
            introspection.read_refresh_state(self._tenant, token_hash, now=now)
        )

    async def revoke_family_of_token(self, command: RevokeFamily) -> bool:
        """End the family of a refresh token, and its session where that had no other family."""
        return await self._driver.write(
            partial(revocation.revoke_family_of_token, self._tenant, command)
        )

    async def revoke_access_token(self, command: RevokeAccessToken) -> None:
        """Put the token on the feed; endpoints of this server refuse it from then on."""
        await self._driver.write(partial(revocation.revoke_access_token, self._tenant, command))

    async def read_opaque_token(self, token_hash: bytes, *, now: int) -> OpaqueState | None:
        """Return what a live token stands for; None where anything behind it does not stand."""
        return await self._driver.read(
            introspection.read_opaque_token(self._tenant, token_hash, now=now)
        )

    async def revoke_opaque_token(self, command: RevokeOpaqueToken) -> bool:
        """End a token of the client; return whether this call ended it."""
        return await self._driver.write(
            partial(opaque_tokens.revoke_opaque_token, self._tenant, command)
        )

    async def issue_to_client(self, command: IssueToClient) -> ClientFacts | Refused:
        """Read client and resource again, and store an opaque token where there is one."""
        if command.opaque is None:  # nothing is written for a JWT
            return await self._driver.read(client_tokens.issue_to_client(self._tenant, command))
        return await self._driver.write(
            partial(client_tokens.issue_to_client, self._tenant, command)
        )

    async def is_client_token_live(
        self, *, client_id: str, token_id: str, issued_at: int, now: int
    ) -> bool:
        """Whether the client of a JWT is active, and neither it nor the token was revoked since."""
        return await self._driver.read(
            client_tokens.is_client_token_live(
                self._tenant, client_id=client_id, token_id=token_id, issued_at=issued_at, now=now
            )
        )
