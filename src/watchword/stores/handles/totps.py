"""Code generators: the protocol `accounts.totp.TOTPStore`."""

from functools import partial

from watchword.accounts.factors.together import Change, FactorOutcome
from watchword.accounts.factors.totp import TOTP, SpendStep, StepOutcome
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.factors import totps

__all__ = ["TOTPVerbs"]


class TOTPVerbs(Handle):
    """Carries out `TOTPStore`."""

    __slots__ = ()

    async def add_totp(self, totp: TOTP) -> FactorOutcome:
        """Store an enrolment; an earlier one that was never confirmed is forgotten."""
        return await self._driver.write(partial(totps.add_totp, self._tenant, totp))

    async def cancel_enrolment(self, user_id: str) -> FactorOutcome:
        """Forget the enrolment that waits for its first code."""
        return await self._driver.write(partial(totps.cancel_enrolment, self._tenant, user_id))

    async def list_totps(self, user_id: str) -> tuple[TOTP, ...]:
        """Return the generators of a user, unconfirmed ones included, the oldest first."""
        return await self._driver.read(totps.list_totps(self._tenant, user_id))

    async def confirm_totp(self, spend: SpendStep, change: Change) -> FactorOutcome:
        """Make an unconfirmed generator count, with its first step used."""
        return await self._driver.write(partial(totps.confirm_totp, self._tenant, spend, change))

    async def spend_totp_step(self, spend: SpendStep) -> StepOutcome:
        """Use a step of a confirmed generator; one caller is told SPENT."""
        return await self._driver.write(partial(totps.spend_totp_step, self._tenant, spend))

    async def rename_totp(self, totp_id: str, *, name: str, change: Change) -> FactorOutcome:
        """Give a generator of the user another name."""
        return await self._driver.write(
            partial(totps.rename_totp, self._tenant, totp_id, name=name, change=change)
        )

    async def remove_totp(self, totp_id: str, change: Change) -> FactorOutcome:
        """Remove a generator of the user unless the account needs it."""
        return await self._driver.write(partial(totps.remove_totp, self._tenant, totp_id, change))
