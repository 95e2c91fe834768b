"""Sweeps what is dead by the clock, for a server that issues nothing for a while.

Issuances sweep by themselves. What they leave goes here, a few rows in each transaction, so that
nobody waits behind it for long; every node does the same, and passes over what another is at.

Source: oauth.md S-8.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Protocol

from watchword.base.clock import Clock
from watchword.server.background import Background
from watchword.stores import StoreError

__all__ = ["ROUNDS_MAX", "SWEEP_SECONDS", "Sweeper"]

SWEEP_SECONDS = 60
ROUNDS_MAX = 50  # of one time: a thousand rows of each table

_log = logging.getLogger("watchword.sweep")


class SweptStore(Protocol):
    """What sweeping needs of a store."""

    async def sweep(self, *, now: int) -> bool:
        """Delete at most twenty dead rows of every table; false where none had any."""
        ...


@dataclass(slots=True, kw_only=True)
class Sweeper:
    """Sweeps one store."""

    store: SweptStore
    clock: Clock
    _background: Background = field(
        default_factory=lambda: Background("watchword sweep"), repr=False
    )

    def start(self) -> None:
        """Begin, in the running event loop; the first time is a minute away."""
        self._background.start(self._run())

    async def stop(self) -> None:
        """End it; a transaction under way is finished or undone by the store."""
        await self._background.stop()

    async def turn(self) -> None:
        """Sweep until nothing is found, or as much as one time may."""
        try:
            for _ in range(ROUNDS_MAX):
                if not await self.store.sweep(now=self.clock.now()):
                    return
        except StoreError as error:
            _log.warning("what is dead stays a while longer: %s", error)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self.turn()
