"""Work that goes on beside the requests until the server stops.

Source: ARCHITECTURE section 3 (nodes learn of changes by polling).
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import dataclass, field

__all__ = ["Background"]


@dataclass(slots=True)
class Background:
    """One task of the running event loop.

    Args:
        name: of the task, for whoever looks into a process.
    """

    name: str
    _task: "asyncio.Task[None] | None" = field(default=None, repr=False)

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Begin the work."""
        self._task = asyncio.create_task(work, name=self.name)

    async def stop(self) -> None:
        """End it; what it is at is finished or undone by the store. What never began stays so."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
