"""Authorization requests under way: the protocols of `oauth.authorize`."""

from functools import partial

from watchword.oauth.authorize.consent import Consent
from watchword.oauth.authorize.interactions import AnswerInteraction, Interaction
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs import consents
from watchword.stores.verbs.tokens import interactions

__all__ = ["InteractionVerbs"]


class InteractionVerbs(Handle):
    """Carries out `InteractionStore` and `ConsentStore`."""

    __slots__ = ()

    async def add_interaction(self, interaction: Interaction, *, now: int) -> None:
        """Store an interaction."""
        await self._driver.write(
            partial(interactions.add_interaction, self._tenant, interaction, now=now)
        )

    async def find_interaction(
        self, interaction_id: str, cookie_hash: bytes, *, now: int
    ) -> Interaction | None:
        """Return a live interaction of this browser."""
        return await self._driver.read(
            interactions.find_interaction(self._tenant, interaction_id, cookie_hash, now=now)
        )

    async def end_interaction(self, interaction_id: str, *, now: int) -> bool:
        """End an interaction without a code; true for the one caller that ended it."""
        return await self._driver.write(
            partial(interactions.end_interaction, self._tenant, interaction_id, now=now)
        )

    async def answer_interaction(self, command: AnswerInteraction) -> bool:
        """Store code and consents, and end the interaction; false where it had ended."""
        return await self._driver.write(
            partial(interactions.answer_interaction, self._tenant, command)
        )

    async def list_consents(
        self, user_id: str, *, client_id: str | None = None
    ) -> tuple[Consent, ...]:
        """Return what a user allowed, all clients or one, the latest first."""
        return await self._driver.read(
            consents.list_consents(self._tenant, user_id, client_id=client_id)
        )
