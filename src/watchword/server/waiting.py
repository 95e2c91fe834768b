"""Answers that wait for something to happen: how long, and until whoever asked has gone.

Source: oauth.md F-1; users.md U41.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

from watchword.server.settings import Settings

__all__ = ["longest_wait", "unless_gone"]

ANSWER_SECONDS = 5  # of the time for a request, what is left for all but the wait

T = TypeVar("T")


def longest_wait(asked_seconds: int, settings: Settings) -> int:
    """Return how long an answer may wait, so that the request ends in time."""
    return min(asked_seconds, max(0, settings.request_seconds - ANSWER_SECONDS))


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Wait for the work and for the end of the connection, whichever comes first.

    Raises:
        ClientDisconnect: nobody is there any more; the work is given up.
    """
    result = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait((result, gone), return_when=asyncio.FIRST_COMPLETED)
        if not result.done():
            raise ClientDisconnect
        return result.result()
    finally:
        result.cancel()
        gone.cancel()
        await asyncio.wait((result, gone))


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
