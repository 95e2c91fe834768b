"""Waiting for a feed: readers that have read everything are woken when there is more.

What this node commits wakes them at once. What other nodes commit is found by one look at the
database twice a second, which all readers share and which ends with the last of them.

Source: oauth.md F-1; ARCHITECTURE section 3 (nodes learn of changes by polling).
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from watchword.base.clock import Clock
from watchword.stores.errors import StoreError

__all__ = ["READERS_MAX", "Feed", "FeedWatch", "Page"]

POLL_SECONDS = 0.5
READERS_MAX = 1_000  # guards; each holds a connection

_log = logging.getLogger("watchword.feed")


class Page(Protocol):
    """What a reader gets."""

    @property
    def events(self) -> Sequence[object]:
        """What is after its cursor."""
        ...

    @property
    def cursor(self) -> Any:
        """What it asks with the next time."""
        ...


Cursor_contra = TypeVar("Cursor_contra", contravariant=True)
Page_co = TypeVar("Page_co", bound=Page, covariant=True)
C = TypeVar("C")
P = TypeVar("P", bound=Page)


class Feed(Protocol[Cursor_contra, Page_co]):
    """What is read."""

    async def read_feed(self, cursor: Cursor_contra, *, now: int) -> Page_co:
        """Return what is after a cursor."""
        ...


@dataclass(slots=True)
class FeedWatch(Generic[C, P]):
    """The readers of one node. Lives in one event loop.

    Args:
        store: what is read.
        clock: for the events that are over.
        readers_max: how many wait at once; whoever comes beyond is answered without a wait.
    """

    store: Feed[C, P]
    clock: Clock
    readers_max: int = READERS_MAX
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop, repr=False)
    _bell: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _poll: "asyncio.Task[None] | None" = field(default=None, repr=False)
    _readers: int = 0
    _is_closed: bool = False

    async def read(self, cursor: C, *, wait_seconds: float) -> P:
        """Return what is after a cursor, or, once the time is up, that nothing is.

        Raises:
            StoreError: the feed cannot be read.
        """
        deadline = self._loop.time() + wait_seconds
        if self._readers >= self.readers_max:
            deadline = 0
        self._readers += 1
        try:
            return await self._read_until(cursor, deadline)
        finally:
            self._readers -= 1

    def ring(self) -> None:
        """Wake every reader; they look for themselves. May be called from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits in it
            self._loop.call_soon_threadsafe(self._ring)

    def close(self) -> None:
        """Send every reader away, and let none wait any more."""
        self._is_closed = True
        self._ring()
        if self._poll is not None:
            self._poll.cancel()

    async def _read_until(self, cursor: C, deadline: float) -> P:
        while True:
            bell = self._bell  # before the look: what is committed after it rings this one
            page = await self.store.read_feed(cursor, now=self.clock.now())
            is_over = self._is_closed or self._loop.time() >= deadline
            if page.events or page.cursor != cursor or is_over:
                return page
            self._watch(page.cursor)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await bell.wait()

    def _ring(self) -> None:
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    def _watch(self, cursor: C) -> None:
        if self._poll is None or self._poll.done():
            self._poll = asyncio.create_task(self._look(cursor), name="watchword feed")

    async def _look(self, cursor: C) -> None:
        """Look for what other nodes wrote, as long as anybody waits for it."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if not self._readers:
                return
            try:
                page = await self.store.read_feed(cursor, now=self.clock.now())
            except StoreError as error:
                _log.warning("the feed could not be read: %s", error)
                continue
            if page.cursor != cursor:
                cursor = page.cursor
                self._ring()
