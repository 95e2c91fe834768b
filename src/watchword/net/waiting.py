"""Waiting for a fetch that runs in another thread, in a thread or in an event loop.

Source: tokens.md J-43; decisions 0050 and 0103.
"""

import asyncio
from concurrent.futures import Future

from watchword.jose.errors import KeysUnavailable

__all__ = ["arrival", "wait"]

WAIT_SECONDS_MAX = 15  # two documents at most, each within the fetcher's bound, and the resolver


def wait(flight: "Future[None]", late: KeysUnavailable) -> None:
    """Block until a fetch is over, whatever it brought; raise `late` where that takes too long."""
    try:
        flight.result(WAIT_SECONDS_MAX)
    except TimeoutError:
        raise late from None


async def arrival(flight: "Future[None]", late: KeysUnavailable) -> None:
    """Do as `wait`, and block nothing. Whoever is cancelled leaves the fetch to the others."""
    waiting = asyncio.shield(asyncio.wrap_future(flight))
    try:
        await asyncio.wait_for(waiting, WAIT_SECONDS_MAX)
    except TimeoutError:
        raise late from None
