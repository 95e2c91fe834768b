"""What may be presented once: the protocol `oauth.client_authentication.ReplayStore`."""

from functools import partial

from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.tokens import replays

__all__ = ["ReplayVerbs"]


class ReplayVerbs(Handle):
    """Carries out `ReplayStore`."""

    __slots__ = ()

    async def spend(self, kind: str, issuer: str, jti: str, *, expires_at: int, now: int) -> bool:
        """Remember an identifier until it expires; say whether this call is the first with it."""
        return await self._driver.write(
            partial(replays.spend, self._tenant, kind, issuer, jti, expires_at=expires_at, now=now)
        )
