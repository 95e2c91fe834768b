"""Authorization codes: the protocol `oauth.codes.CodeStore`."""

from functools import partial

from watchword.oauth.codes import NewCode, RedeemCode
from watchword.oauth.families import Facts, Refused
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.tokens import codes

__all__ = ["CodeVerbs"]


class CodeVerbs(Handle):
    """Carries out `CodeStore`."""

    __slots__ = ()

    async def add_code(self, code: NewCode) -> None:
        """Store a code."""
        await self._driver.write(partial(codes.add_code, self._tenant, code))

    async def redeem_code(self, command: RedeemCode) -> Facts | Refused:
        """Spend the code and open what it buys, all or nothing; a second use revokes that."""
        return await self._driver.write(partial(codes.redeem_code, self._tenant, command))
