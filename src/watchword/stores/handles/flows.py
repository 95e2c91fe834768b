"""Logins under way: the protocol `accounts.flow.FlowStore`."""

from functools import partial

from watchword.accounts.flow import AdvanceFlow, Bindings, Flow, LiveLogin, NewFlow
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.logins import flows

__all__ = ["FlowVerbs"]


class FlowVerbs(Handle):
    """Carries out `FlowStore`."""

    __slots__ = ()

    async def add_flow(self, new: NewFlow) -> None:
        """Store a flow."""
        await self._driver.write(partial(flows.add_flow, self._tenant, new))

    async def advance_flow(self, command: AdvanceFlow) -> Flow | None:
        """Replace the secret of a live flow; of concurrent callers one gets the flow."""
        return await self._driver.write(partial(flows.advance_flow, self._tenant, command))

    async def find_flow(self, secret_hash: bytes, bindings: Bindings, *, now: int) -> Flow | None:
        """Return a live flow; its secret stays."""
        return await self._driver.read(
            flows.find_flow(self._tenant, secret_hash, bindings, now=now)
        )

    async def save_flow(self, flow: Flow) -> None:
        """Write what has been proved, if the flow has not ended."""
        await self._driver.write(partial(flows.save_flow, self._tenant, flow))

    async def end_flow(self, flow_id: str, *, now: int) -> bool:
        """End a flow; true for the one caller that ended it."""
        return await self._driver.write(partial(flows.end_flow, self._tenant, flow_id, now=now))

    async def find_login(self, token_hash: bytes, client_id: str, *, now: int) -> LiveLogin | None:
        """Return the session behind a live refresh token, which is not spent by it."""
        return await self._driver.read(
            flows.find_login(self._tenant, token_hash, client_id, now=now)
        )
