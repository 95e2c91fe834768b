"""A server beside the threads and loops of an application that hears of no start and no stop.

Source: users.md U9; PEP 3333.
"""

import asyncio
import atexit
import os
import threading
from collections.abc import Callable

from watchword.net.loop import Loop
from watchword.server.app import AuthServer

__all__ = ["Beside"]

START_SECONDS_MAX = 60.0  # of a first start, which makes tables and a signing key
STOP_SECONDS_MAX = 30.0  # a turn to write what waits (10), hashes under way, the writer's end (10)


class Beside:
    """Starts a server with the first request of a process, and stops it at the process's end.

    Args:
        server: the server.
        loop: where it runs, and nothing else blocks.
        declare: called before the start, when every route is known.
    """

    def __init__(self, server: AuthServer, loop: Loop, *, declare: Callable[[], None]) -> None:
        self._server = server
        self._loop = loop
        self._declare = declare
        self._lock = threading.Lock()
        self._started_in: int | None = None  # the process

    @property
    def is_started(self) -> bool:
        """Whether the server runs in this process."""
        return self._started_in == os.getpid()

    def start(self) -> None:
        """Start the server unless it runs. Many first requests start it once.

        A start that failed is tried again by the next request.

        Raises:
            RuntimeError: it was started before this process was forked from another.
            ConfigurationError, StoreUnavailable, SchemaOutdated: each names the fix.
        """
        if self.is_started:
            return
        with self._lock:
            if self._started_in not in {None, os.getpid()}:
                raise RuntimeError(
                    "the server ran before this process was forked, and its database cannot be "
                    "shared: let no request come before the fork"
                )
            if self._started_in is None:
                self._declare()
                self._loop.run(self._server.startup(), seconds=START_SECONDS_MAX)
                self._started_in = os.getpid()
                atexit.register(self.close)

    async def astart(self) -> None:
        """Start the server unless it runs; the running loop goes on meanwhile."""
        if not self.is_started:
            await asyncio.to_thread(self.start)

    def close(self) -> None:
        """Stop the server. The process does so at its end.

        Raises:
            TimeoutError: it takes longer than `STOP_SECONDS_MAX`, and is given up.
        """
        with self._lock:
            if self.is_started:
                self._started_in = None
                atexit.unregister(self.close)
                try:
                    self._loop.run(self._stop(), seconds=STOP_SECONDS_MAX)
                finally:
                    self._loop.close()

    async def _stop(self) -> None:
        self._server.drain()  # threads that wait for the feed would hold the end up
        await self._server.shutdown()
