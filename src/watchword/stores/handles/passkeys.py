"""Passkeys and their challenges: the protocol `accounts.passkeys.PasskeyStore`."""

from functools import partial

from watchword.accounts.factors.passkeys import (
    ChallengeOutcome,
    NewChallenge,
    Passkey,
    PasskeyUse,
    SpendChallenge,
    UsePasskey,
)
from watchword.accounts.factors.together import Change, FactorOutcome
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.factors import challenges, passkeys

__all__ = ["PasskeyVerbs"]


class PasskeyVerbs(Handle):
    """Carries out `PasskeyStore`."""

    __slots__ = ()

    async def add_challenge(self, challenge: NewChallenge) -> None:
        """Store a challenge, and forget some that have expired."""
        await self._driver.write(partial(challenges.add_challenge, self._tenant, challenge))

    async def spend_challenge(self, spend: SpendChallenge) -> ChallengeOutcome:
        """Spend a live challenge with these bindings; one caller is told SPENT."""
        return await self._driver.write(partial(challenges.spend_challenge, self._tenant, spend))

    async def add_passkey(self, passkey: Passkey, change: Change) -> FactorOutcome:
        """Store a passkey; TAKEN where its id is known already, of whatever account."""
        return await self._driver.write(
            partial(passkeys.add_passkey, self._tenant, passkey, change)
        )

    async def find_passkey(self, credential_id: bytes) -> Passkey | None:
        """Return the passkey with this id."""
        return await self._driver.read(passkeys.find_passkey(self._tenant, credential_id))

    async def list_passkeys(self, user_id: str) -> tuple[Passkey, ...]:
        """Return the passkeys of a user, the oldest first."""
        return await self._driver.read(passkeys.list_passkeys(self._tenant, user_id))

    async def use_passkey(self, use: UsePasskey) -> PasskeyUse:
        """Replace the sign count by a larger one, or record that it went back."""
        return await self._driver.write(partial(passkeys.use_passkey, self._tenant, use))

    async def rename_passkey(
        self, credential_id: bytes, *, name: str, change: Change
    ) -> FactorOutcome:
        """Give a passkey of the user another name."""
        return await self._driver.write(
            partial(passkeys.rename_passkey, self._tenant, credential_id, name=name, change=change)
        )

    async def remove_passkey(self, credential_id: bytes, change: Change) -> FactorOutcome:
        """Remove a passkey of the user unless the account needs it."""
        return await self._driver.write(
            partial(passkeys.remove_passkey, self._tenant, credential_id, change)
        )
