"""A deadline whose clock starts when there is something to wait for.

Most requests are answered without a pause: the body is there already, the store answers at once,
and the answer fits into the socket. For each of these `asyncio.timeout` makes a timer and cancels
it again, which took a fifteenth of a token request.
"""

import asyncio
from collections.abc import Awaitable, Generator
from types import coroutine
from typing import TypeVar

__all__ = ["within"]

Outcome = TypeVar("Outcome")


async def within(seconds: float, work: Awaitable[Outcome]) -> Outcome:
    """Do some work; from where it first waits, it has so long to end.

    Raises:
        TimeoutError: it had not ended by then, and was cancelled.
    """
    steps = work.__await__()
    try:
        awaited = steps.send(None)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome
    async with asyncio.timeout(seconds):
        return await _rest(steps, awaited)


@coroutine
def _rest(
    steps: Generator[object, object, Outcome], awaited: object
) -> Generator[object, object, Outcome]:
    """Go on with work that waits for something, as `yield from` does from the beginning."""
    try:
        while True:
            try:
                sent = yield awaited
            except BaseException as error:  # noqa: BLE001  # a cancellation too is the work's
                awaited = steps.throw(error)
            else:
                awaited = steps.send(sent)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome
