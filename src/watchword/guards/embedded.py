"""A guard in the process of its issuer: the ring's keys and the store's facts, without a network.

A guard is built before the server beside it starts, so both are asked for when they are needed.

Source: access.md section 10 (mode `database`); ARCHITECTURE section 3.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from watchword.access import Share, ShareReader
from watchword.base.clock import SYSTEM, Clock
from watchword.guards.errors import SubjectsUnavailable
from watchword.guards.standing import SubjectReader
from watchword.jose.errors import KeysUnavailable
from watchword.jose.jwk.keyset import KeySource, VerificationKey
from watchword.net.loop import Loop
from watchword.oauth.families import TokenState
from watchword.oauth.feed import Cursor, FeedPage, FeedStore, News
from watchword.oauth.traces import Trace
from watchword.stores.errors import RETRY_AFTER_SECONDS, StoreError, StoreUnavailable

__all__ = ["KeptRecords", "RingKeys", "SharedFeed", "StoreFeed", "StoreSubjects"]

POLL_SECONDS = 0.5

T = TypeVar("T")


class RingKeys:
    """The public keys of a ring that is opened later. A KeySource.

    Args:
        ring: returns the keys of the running server; raises RuntimeError, which says what to do,
            while there is none.
        alg: what the server signs with.
    """

    __slots__ = ("_ring", "algorithms")

    def __init__(self, ring: Callable[[], KeySource], *, alg: str) -> None:
        self._ring = ring
        self.algorithms = frozenset({alg})

    def find(self, alg: str, kid: str | None) -> VerificationKey:
        """Return the one key for a header.

        Raises:
            UnknownKey: the ring has no such key.
            KeysUnavailable: the server beside the guard does not run.
        """
        try:
            ring = self._ring()
        except RuntimeError as error:
            raise KeysUnavailable(str(error)) from None
        return ring.find(alg, kid)


class SharedFeed(FeedStore, Protocol):
    """What of a store is shared."""

    async def release(self) -> None:
        """Let go of what the running event loop holds."""
        ...


class StoreFeed:
    """The feed of a store that is opened later, for a guard that shares it. A FeedSource.

    Args:
        store: returns the store; raises RuntimeError, which says what to do, while there is none.
        clock: the time.
    """

    __slots__ = ("_clock", "_runner", "_store")

    def __init__(self, store: Callable[[], SharedFeed], *, clock: Clock = SYSTEM) -> None:
        self._store = store
        self._clock = clock
        self._runner: asyncio.Runner | None = None  # of the thread that reads

    def read(
        self,
        cursor: str,
        *,
        wait_seconds: int,
        stop: threading.Event,
        held: tuple[str, ...] | None = None,  # noqa: ARG002  # the ring of the store is never old
    ) -> News:
        """Look until something is there, twice a second. Raises StoreError."""
        ends_at = self._clock.monotonic() + wait_seconds
        while True:
            page = self._look(Cursor.from_text(cursor))
            found = page.cursor.to_text()
            if page.events or found != cursor or self._clock.monotonic() >= ends_at:
                return News(page.events, found)
            if stop.wait(POLL_SECONDS):
                return News((), found)

    def close(self) -> None:
        """Let go of what the loop of this thread holds."""
        if self._runner is not None:
            with self._runner, contextlib.suppress(RuntimeError):
                self._runner.run(self._store().release())

    def _look(self, cursor: Cursor) -> FeedPage:
        try:
            store = self._store()
        except RuntimeError as error:
            raise StoreUnavailable(str(error), fix="start the server beside the guard") from None
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(store.read_feed(cursor, now=self._clock.now()))


class Keeping(Protocol):
    """Whoever writes traces behind the answers."""

    def add(self, trace: Trace) -> None:
        """Have a trace written, unless too many come at once."""
        ...


class KeptRecords:
    """What a guard refused, kept with the server's own traces. A Recorder.

    Args:
        traces: returns who writes them; raises RuntimeError while the server does not run, and
            then the log alone has it.
    """

    __slots__ = ("_traces",)

    def __init__(self, traces: Callable[[], Keeping]) -> None:
        self._traces = traces

    def __call__(self, refused: Trace) -> None:
        """Keep one record."""
        with contextlib.suppress(RuntimeError):
            self._traces().add(refused)


class SharedSubjects(SubjectReader, ShareReader, Protocol):
    """What of a store tells how accounts stand, and what is shared with them."""


class StoreSubjects:
    """The subjects of a store that is opened later. A SubjectReader and a ShareReader.

    Args:
        store: returns the store of the running server; raises RuntimeError, which says what to
            do, while there is none.
        loop: where the server runs, unless in the loop that asks.
    """

    __slots__ = ("_loop", "_store")

    def __init__(self, store: Callable[[], SharedSubjects], *, loop: Loop | None = None) -> None:
        self._store = store
        self._loop = loop

    async def read_token_state(
        self, *, user_id: str, sid: str, family_id: str, generation_id: str, now: int
    ) -> TokenState:
        """Read user, session, family and pair as they stand. Raises SubjectsUnavailable."""
        store = self._opened()
        with _outages_named():
            return await self._where_it_runs(
                store.read_token_state(
                    user_id=user_id,
                    sid=sid,
                    family_id=family_id,
                    generation_id=generation_id,
                    now=now,
                )
            )

    async def is_client_token_live(
        self, *, client_id: str, token_id: str, issued_at: int, now: int
    ) -> bool:
        """Whether a client's own token holds. Raises SubjectsUnavailable."""
        store = self._opened()
        with _outages_named():
            return await self._where_it_runs(
                store.is_client_token_live(
                    client_id=client_id, token_id=token_id, issued_at=issued_at, now=now
                )
            )

    async def shares_of(
        self, subject_id: str, roles: frozenset[str], *, now: int, at_most: int
    ) -> Sequence[Share]:
        """Return every live share that names the subject or a role. Raises SubjectsUnavailable."""
        store = self._opened()
        with _outages_named():
            return await self._where_it_runs(_shares(store, subject_id, roles, now, at_most))

    async def _where_it_runs(self, work: Coroutine[Any, Any, T]) -> T:
        return await (work if self._loop is None else self._loop.wait(work))

    def _opened(self) -> SharedSubjects:
        try:
            return self._store()
        except RuntimeError as error:
            raise SubjectsUnavailable(retry_after=RETRY_AFTER_SECONDS, detail=str(error)) from None


async def _shares(
    store: ShareReader, subject_id: str, roles: frozenset[str], now: int, at_most: int
) -> Sequence[Share]:
    return await store.shares_of(subject_id, roles, now=now, at_most=at_most)


@contextlib.contextmanager
def _outages_named() -> Iterator[None]:
    """Refuse for a time where the store does not answer."""
    try:
        yield
    except (StoreError, TimeoutError) as error:
        raise SubjectsUnavailable(retry_after=RETRY_AFTER_SECONDS, detail=str(error)) from None
