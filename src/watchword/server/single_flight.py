"""Requests for the same thing share one answer while it is being made.

Five tabs that refresh one token at the same moment get one pair. Nothing is kept afterwards, so the
next presentation meets the refresh rule of the store.

Source: oauth.md R-2.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

__all__ = ["SingleFlight"]

Answer = TypeVar("Answer")


class SingleFlight(Generic[Answer]):
    """Runs the work of a key once for everybody who asks before it is done."""

    __slots__ = ("_flights",)

    def __init__(self) -> None:
        self._flights: dict[Hashable, asyncio.Task[Answer]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    async def share(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """Return the answer of the work under way for `key`, starting it if there is none.

        A caller who goes away does not take the answer from the others: the work is a task of its
        own.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(work())
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._land(key, done))
        return await asyncio.shield(flight)

    def _land(self, key: Hashable, done: asyncio.Task[Answer]) -> None:
        del self._flights[key]
        if not done.cancelled():
            done.exception()  # read, or asyncio reports an error that every caller has left
