"""Families and their refresh tokens: the protocol `oauth.families.FamilyStore`."""

from functools import partial

from watchword.accounts.users import User
from watchword.oauth.claims_request import ClaimsRequest
from watchword.oauth.families import (
    Facts,
    OpenFamily,
    OpenFamilyInSession,
    Refused,
    RevokeByRefreshToken,
    Rotated,
    RotateRefreshToken,
    Sight,
    TokenState,
)
from watchword.oauth.timeline import FamilyLife
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.tokens import families, rotation, timeline
from watchword.stores.verbs.tokens import state as tokens

__all__ = ["FamilyVerbs"]


class FamilyVerbs(Handle):
    """Carries out `FamilyStore`."""

    __slots__ = ()

    async def open_family(self, command: OpenFamily) -> Facts | Refused:
        """Open session and family if user, client and resource are active."""
        return await self._driver.write(partial(families.open_family, self._tenant, command))

    async def open_family_in_session(self, command: OpenFamilyInSession) -> Facts | Refused:
        """Open a family on a live session."""
        return await self._driver.write(
            partial(families.open_family_in_session, self._tenant, command)
        )

    async def rotate_refresh_token(self, command: RotateRefreshToken) -> Rotated | Refused:
        """Apply the refresh rule; the presentations of one family follow one another."""
        return await self._driver.write(
            partial(rotation.rotate_refresh_token, self._tenant, command)
        )

    async def revoke_by_refresh_token(self, command: RevokeByRefreshToken) -> User | None:
        """End the family and its session; return the user, or None where nothing was found."""
        return await self._driver.write(
            partial(tokens.revoke_by_refresh_token, self._tenant, command)
        )

    async def read_family_life(self, user_id: str, family_id: str) -> FamilyLife | None:
        """Return a family of this user; None where it is not theirs, or forgotten."""
        return await self._driver.read_together(
            timeline.read_family_life(self._tenant, user_id, family_id)
        )

    async def read_claims_request(self, family_id: str) -> ClaimsRequest:
        """Return what a family's client asked for by name."""
        return await self._driver.read(families.read_claims_request(self._tenant, family_id))

    async def read_token_state(
        self, *, user_id: str, sid: str, family_id: str, generation_id: str, now: int
    ) -> TokenState:
        """Read what stands behind an access token."""
        return await self._driver.read(
            tokens.read_token_state(
                self._tenant,
                user_id=user_id,
                sid=sid,
                family_id=family_id,
                generation_id=generation_id,
                now=now,
            )
        )

    async def mark_access_seen(self, generation_id: str, *, now: int) -> Sight:
        """Record the first sight of an access token; every later one only reads."""
        known = await self._driver.read(tokens.read_sight(self._tenant, generation_id))
        if known is not None:
            return known
        return await self._driver.write(
            partial(tokens.mark_access_seen, self._tenant, generation_id, now=now)
        )
