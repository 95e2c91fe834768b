"""Second factors together: the protocol `accounts.factors.FactorStore`."""

from functools import partial

from watchword.accounts.factors.together import Change, FactorOutcome, Standing
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.factors import standing as factors

__all__ = ["FactorVerbs"]


class FactorVerbs(Handle):
    """Carries out `FactorStore`."""

    __slots__ = ()

    async def read_standing(self, user_id: str) -> Standing | None:
        """Return what the account can prove itself with; None for no such account."""
        return await self._driver.read(factors.read_standing(self._tenant, user_id))

    async def reset_factors(self, change: Change) -> FactorOutcome:
        """Remove every second factor and recovery code, end all sessions and families."""
        return await self._driver.write(partial(factors.reset_factors, self._tenant, change))
