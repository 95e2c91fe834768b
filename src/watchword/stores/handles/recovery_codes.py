"""Recovery codes: the protocol `accounts.recovery_codes.RecoveryCodeStore`."""

from functools import partial

from watchword.accounts.factors.recovery_codes import RecoverySheet, UseOutcome, UseRecoveryCode
from watchword.accounts.factors.together import Change, FactorOutcome
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.factors import recovery_codes

__all__ = ["RecoveryCodeVerbs"]


class RecoveryCodeVerbs(Handle):
    """Carries out `RecoveryCodeStore`."""

    __slots__ = ()

    async def replace_recovery_codes(
        self, hashes: tuple[bytes, ...], change: Change
    ) -> FactorOutcome:
        """Store the codes of a sheet; all earlier ones of the user are gone."""
        return await self._driver.write(
            partial(recovery_codes.replace_recovery_codes, self._tenant, hashes, change)
        )

    async def read_recovery_sheet(self, user_id: str) -> RecoverySheet:
        """Return how many codes are left."""
        return await self._driver.read(recovery_codes.read_recovery_sheet(self._tenant, user_id))

    async def use_recovery_code(self, use: UseRecoveryCode) -> UseOutcome:
        """Use a code and tell its owner; one caller is told USED."""
        return await self._driver.write(
            partial(recovery_codes.use_recovery_code, self._tenant, use)
        )
