"""Forgotten passwords: the protocol `accounts.recovery.RecoveryStore`."""

from functools import partial

from watchword.accounts.recovery import AskReset, Recipient, SpendCode
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.accounts import recovery

__all__ = ["RecoveryVerbs"]


class RecoveryVerbs(Handle):
    """Carries out `RecoveryStore`."""

    __slots__ = ()

    async def find_recipient(self, address: str) -> Recipient | None:
        """Return whom a verified address belongs to, whatever the status of the account."""
        return await self._driver.read(recovery.find_recipient(self._tenant, address))

    async def ask_reset(self, command: AskReset) -> None:
        """Replace the account's earlier link and code, and queue the mail."""
        await self._driver.write(partial(recovery.ask_reset, self._tenant, command))

    async def spend_code(self, command: SpendCode) -> str | None:
        """Spend a code on the link; of concurrent callers one gets the user's id."""
        return await self._driver.write(partial(recovery.spend_code, self._tenant, command))
