"""Traces of refused requests: the protocol `oauth.traces.TraceStore`."""

from functools import partial

from watchword.oauth.traces import TRACES_MAX, Trace
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.upkeep import traces

__all__ = ["TraceVerbs"]


class TraceVerbs(Handle):
    """Carries out `TraceStore`."""

    __slots__ = ()

    async def add_traces(self, found: tuple[Trace, ...], *, now: int) -> None:
        """Keep traces for a week, and sweep as many old ones."""
        await self._driver.write(partial(traces.add_traces, self._tenant, found, now=now))

    async def page_traces(
        self, *, before: tuple[int, str] | None = None, limit: int = TRACES_MAX
    ) -> tuple[Trace, ...]:
        """Return the newest traces, from the one before a time and an id on."""
        return await self._driver.read(traces.page_traces(self._tenant, before=before, limit=limit))

    async def find_trace(self, trace_id: str) -> Trace | None:
        """Return a trace; None for one that was never written, or is gone."""
        return await self._driver.read(traces.find_trace(self._tenant, trace_id))
