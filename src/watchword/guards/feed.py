"""Following the revocation feed: tokens of what has ended are refused, and nobody is asked.

    follower = Follower(RemoteFeed(issuer, name="https://api.example.com", secret=secret))
    await follower.arrival()
    follower.check(claims, kid)

A thread holds a long poll and keeps what it brings until the last token that it speaks of has
expired. It knows no framework: guards of threads and of event loops ask the same object.

Source: oauth.md F-1 to F-4; security.md rule 90; decisions/0170.
"""

import asyncio
import contextlib
import logging
import os
import threading
import weakref
from concurrent.futures import Future
from math import inf
from typing import Literal, Protocol, Self

from watchword.base.clock import SYSTEM, Clock
from watchword.base.log_text import one_line
from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.guards.accounts import Accounts
from watchword.guards.ended import Ended
from watchword.guards.errors import FeedUnavailable, SessionEnded
from watchword.guards.watched import WatchedKeys, held_of
from watchword.jose.errors import TokenRevoked
from watchword.net.errors import FetchFailed
from watchword.net.feed import RemoteFeed
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.feed import WAIT_SECONDS_MAX, Cursor, News, Revocation, RevocationKind
from watchword.stores.errors import StoreError

__all__ = ["BLIND_SECONDS", "FeedSource", "FeedStatus", "Follower", "WhenBlind", "follower_of"]

BLIND_SECONDS = 300  # oauth.md F-4
BLIND_SECONDS_MIN = 60  # two whole polls: a silence is no outage
BACKOFF_SECONDS_MAX = 30.0
PAUSE_SECONDS = 1.0  # after an answer that came at once and brought nothing: too many readers
SWEEP_SECONDS = 60
ENTRIES_MAX = 1_000_000  # an hour of 270 endings a second; about 200 MiB
FIRST_SECONDS_MAX = 10.0  # how long a first request waits for a first answer

WhenBlind = Literal["continue", "refuse"]
_log = logging.getLogger(__name__)


class FeedSource(Protocol):
    """Where a feed is read. Used by one thread."""

    def read(
        self, cursor: str, *, wait_seconds: int, stop: threading.Event, held: tuple[str, ...] | None
    ) -> News:
        """Return what is after a cursor, at the latest when the time is up.

        Args:
            cursor: of the last answer; empty at the beginning.
            wait_seconds: how long nothing may be waited for.
            stop: set when nobody wants the answer any more.
            held: the ids of the issuer's keys that the guard holds; None where it has its own.

        Raises:
            FetchFailed, StoreError: it cannot be read.
        """
        ...

    def close(self) -> None:
        """Let go of everything, in the thread that has read."""
        ...


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """How a follower stands, for metrics and health checks."""

    is_following: bool
    """Whether it has heard from the feed within its bound."""
    silent_seconds: int | None
    """Since the last answer; None before the first."""
    entries: int
    failures: int
    """Attempts that failed in a row."""
    last_failure: str


class Follower:
    """Follows one feed, from the first request on.

    Args:
        source: of the feed.
        when_blind: what happens while the feed cannot be read for longer than the bound:
            "continue" lets tokens pass as long as they are valid, "refuse" answers 503.
        blind_seconds: the bound.
        clock: the time; a test moves it.

    Raises:
        ValueError: the bound is shorter than silences of the feed are.
    """

    def __init__(
        self,
        source: FeedSource,
        *,
        when_blind: WhenBlind = "continue",
        blind_seconds: int = BLIND_SECONDS,
        clock: Clock = SYSTEM,
    ) -> None:
        if blind_seconds < BLIND_SECONDS_MIN:
            raise ValueError(f"blind_seconds= is at least {BLIND_SECONDS_MIN}")
        self.ended = Ended()
        """What has ended."""
        self.accounts = Accounts()
        """How accounts stand that have changed lately."""
        self._source = source
        self._refuses = when_blind == "refuse"
        self._blind_seconds = blind_seconds
        self._clock = clock
        self._keys: WatchedKeys | None = None
        self._trusted_until = -inf  # on the monotonic clock
        self._heard_at: float | None = None
        self._failures, self._last_failure = 0, ""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._first: Future[None] = Future()
        self._stop = threading.Event()
        _followers.add(self)

    @classmethod
    def of_issuer(
        cls,
        issuer: str,
        *,
        name: str,
        secret: Secret | str,
        when_blind: WhenBlind = "continue",
        clock: Clock = SYSTEM,
    ) -> Self:
        """Return a follower of the feed that an issuer's metadata names.

        Args:
            issuer: the exact issuer identifier.
            name: of the API, as the issuer knows it.
            secret: with which it proves that it is.
            when_blind: as above.
            clock: as above.
        """
        hidden = Secret(secret) if isinstance(secret, str) else secret
        return cls(RemoteFeed(issuer, name=name, secret=hidden), when_blind=when_blind, clock=clock)

    @property
    def status(self) -> FeedStatus:
        """How it stands at this moment."""
        now = self._clock.monotonic()
        return FeedStatus(
            is_following=now < self._trusted_until,
            silent_seconds=None if self._heard_at is None else int(now - self._heard_at),
            entries=self._entries,
            failures=self._failures,
            last_failure=self._last_failure,
        )

    @property
    def _entries(self) -> int:
        return len(self.ended) + len(self.accounts)

    @property
    def silence(self) -> int | None:
        """Seconds since the last answer; None where what was heard may be trusted no more."""
        now = self._clock.monotonic()
        if self._heard_at is None or now >= self._trusted_until:
            return None
        return int(now - self._heard_at)

    @property
    def is_begun(self) -> bool:
        """Whether a first attempt is over, so that `check` may be called without a wait."""
        return self._thread is not None and self._first.done()

    def start(self) -> None:
        """Begin to follow; where it is followed already, do nothing."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._follow,
                    args=(self._stop, self._first),
                    name="watchword-feed",
                    daemon=True,
                )
                self._thread.start()

    def watch(self, keys: WatchedKeys) -> None:
        """Tell the issuer which of its keys are held, and fetch those that it announces.

        Source: oauth.md K-4.
        """
        self._keys = keys

    def close(self) -> None:
        """End it until the next request. A poll under way is left to itself."""
        with self._lock:
            self._stop.set()
            self._stop = threading.Event()
            self._thread, self._first = None, Future()

    async def arrival(self) -> None:
        """Wait until a first attempt is over, whatever it brought; not for long."""
        self.start()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(
                asyncio.shield(asyncio.wrap_future(self._first)), FIRST_SECONDS_MAX
            )

    def wait(self) -> None:
        """Do as `arrival`, in a thread."""
        self.start()
        with contextlib.suppress(TimeoutError):
            self._first.result(FIRST_SECONDS_MAX)

    def check(self, claims: AccessClaims, kid: str | None) -> None:
        """Refuse the token of what has ended.

        Raises:
            SessionEnded: its session, family or user.
            TokenRevoked: itself, its client, or its key.
            FeedUnavailable: nothing was heard for longer than the bound, and that refuses.
        """
        if self._refuses and self._clock.monotonic() >= self._trusted_until:
            raise FeedUnavailable(
                retry_after=int(BACKOFF_SECONDS_MAX), detail=self._last_failure or "no answer yet"
            )
        kind = self.ended.find(claims, kid)
        if kind is None:
            return
        if kind in _OF_A_LOGIN:
            raise SessionEnded(detail=f"the revocation feed names its {kind.value}")
        raise TokenRevoked(f"the revocation feed names it: {kind.value}")

    def _follow(self, stop: threading.Event, first: "Future[None]") -> None:
        """Read until the end; the outermost rim of its thread."""
        place = _Place(stop, first, swept_at=self._clock.monotonic())
        try:
            while not stop.is_set():
                try:
                    self._read(place)
                except (FetchFailed, StoreError) as error:
                    self._fail(f"{error} {getattr(error, 'detail', '')}".rstrip(), place)
                except Exception as error:  # noqa: BLE001  # the thread's rim
                    # A follower that ended here would let everything pass without a word.
                    self._fail(repr(error), place)
        finally:
            place.settle()
            self._source.close()

    def _read(self, place: "_Place") -> None:
        asked_at = self._clock.monotonic()
        news = self._source.read(
            place.cursor,
            wait_seconds=place.wait_seconds,
            stop=place.stop,
            held=None if self._keys is None else held_of(self._keys, place.kids),
        )
        if place.stop.is_set():
            return
        now = self._clock.monotonic()
        if Cursor.from_text(news.cursor).epoch != Cursor.from_text(place.cursor).epoch:
            # A restored database counts versions from where it was, and a part of what it tells
            # is not how accounts stand.
            self._trusted_until, place.wait_seconds = -inf, 0
            self.accounts.clear()
        place.cursor, place.kids = news.cursor, news.kids
        self._keep(news.events)
        if not news.events:
            self._trusted_until = now + self._blind_seconds
            if place.wait_seconds and now - asked_at < PAUSE_SECONDS:
                place.stop.wait(PAUSE_SECONDS)
            place.wait_seconds = WAIT_SECONDS_MAX
        elif place.wait_seconds:  # what is read before that is a part of what there is
            self._trusted_until = now + self._blind_seconds
        self._heard_at = now
        if self._failures:
            _log.warning("the revocation feed answers again after %d attempts", self._failures)
        self._failures, self._last_failure = 0, ""
        if not news.events:
            place.settle()
        if now - place.swept_at > SWEEP_SECONDS:
            self._sweep()
            place.swept_at = now

    def _keep(self, events: tuple[Revocation, ...]) -> None:
        now = self._clock.now()
        self.ended.add((e for e in events if e.kind is not RevocationKind.ACCOUNT), now=now)
        self.accounts.add((e for e in events if e.kind is RevocationKind.ACCOUNT), now=now)
        if self._entries > ENTRIES_MAX:
            self._sweep()
        if self._entries > ENTRIES_MAX:
            raise FetchFailed(f"the feed names more than {ENTRIES_MAX} things")

    def _sweep(self) -> None:
        for each in (self.ended, self.accounts):
            each.sweep(now=self._clock.now())

    def _fail(self, failure: str, place: "_Place") -> None:
        self._last_failure = one_line(failure)
        self._failures += 1
        is_blind = self._clock.monotonic() >= self._trusted_until
        _log.log(
            logging.ERROR if is_blind else logging.WARNING,
            "the revocation feed cannot be read (%d in a row)%s: %s",
            self._failures,
            self._consequence() if is_blind else "",
            self._last_failure,
        )
        place.settle()
        place.stop.wait(min(2.0 ** min(self._failures - 1, 10), BACKOFF_SECONDS_MAX))

    def _consequence(self) -> str:
        if self._refuses:
            return "; every request is refused until it can"
        return "; tokens of ended sessions are accepted until they expire"

    def forget_thread(self) -> None:
        """Begin anew in a forked process, which has no thread but its own."""
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._thread, self._first = None, Future()


def follower_of(
    issuer: str, *, name: str, secret: Secret | str | None, clock: Clock
) -> Follower | None:
    """Return the follower of an API that has a secret at its issuer; None without one."""
    if secret is None:
        return None
    return Follower.of_issuer(issuer, name=name, secret=secret, clock=clock)


@dataclass(slots=True)
class _Place:
    """Where a thread is."""

    stop: threading.Event
    first: "Future[None]"
    swept_at: float
    cursor: str = ""
    kids: tuple[str, ...] = ()  # that the issuer announces
    wait_seconds: int = 0  # until all that is there already has been read

    def settle(self) -> None:
        """Let those go on who wait for a first attempt."""
        if not self.first.done():
            self.first.set_result(None)


_OF_A_LOGIN = frozenset({RevocationKind.SESSION, RevocationKind.FAMILY, RevocationKind.USER})
_followers: "weakref.WeakSet[Follower]" = weakref.WeakSet()


def _after_fork() -> None:
    for follower in _followers:
        follower.forget_thread()


os.register_at_fork(after_in_child=_after_fork)
