"""An event loop for the threads of a process: what only awaits is reached from WSGI through it.

A store's connections belong to an event loop, so one loop serves a whole process, and none is made
for a request.

Source: users.md U9; ARCHITECTURE section 3.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["ANSWER_SECONDS_MAX", "Loop"]

ANSWER_SECONDS_MAX = 10.0  # longer than any store waits for its turn

T = TypeVar("T")


class Loop:
    """An event loop in a thread of its own, begun when something first has to be awaited."""

    __slots__ = ("_lock", "_loop", "_pid")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0

    def run(self, work: Coroutine[Any, Any, T], *, seconds: float = ANSWER_SECONDS_MAX) -> T:
        """Return what a coroutine returns; the calling thread waits for it.

        Raises:
            TimeoutError: it takes longer than `seconds`, and is cancelled.
        """
        future = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            return future.result(seconds)
        finally:
            future.cancel()

    async def wait(self, work: Coroutine[Any, Any, T], *, seconds: float = ANSWER_SECONDS_MAX) -> T:
        """Return what a coroutine returns; the loop that waits, this one or another, goes on.

        Raises:
            TimeoutError: it takes longer than `seconds`, and is cancelled.
        """
        running = self._running()
        if running is asyncio.get_running_loop():
            return await asyncio.wait_for(work, seconds)
        future = asyncio.run_coroutine_threadsafe(work, running)
        return await asyncio.wait_for(asyncio.wrap_future(future), seconds)

    def close(self) -> None:
        """End the loop; the next use begins another."""
        with self._lock:
            if self._loop is not None and self._pid == os.getpid():
                self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._pid != os.getpid():  # a fork has no thread but its own
                self._loop, self._pid = asyncio.new_event_loop(), os.getpid()
                threading.Thread(
                    target=_serve, args=(self._loop,), name="watchword-loop", daemon=True
                ).start()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    """Run a loop until it is stopped, in its own thread."""
    try:
        loop.run_forever()
    finally:
        loop.close()
