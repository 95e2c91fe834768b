"""Tokens asked about and given up: `oauth.introspection` and `oauth.revocation`."""

from functools import partial

from watchword.oauth.introspection import RefreshState
from watchword.oauth.revocation import RevokeAccessToken, RevokeFamily
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs import introspection, revocation

__all__ = ["TokenVerbs"]


class TokenVerbs(Handle):
    """Carries out `IntrospectionStore` and `RevocationStore`."""

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
