"""A key set that is kept fresh from elsewhere, for threads and event loops at once.

The decisions are `keys.remote`'s; here are the lock, the one background fetch, and the waiting.
Each fetch runs in a thread of its own, so that a caller that is cancelled takes nothing along.

Source: tokens.md J-41 to J-45; security.md section 3.4 and D7.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from watchword.base.clock import SYSTEM, Clock
from watchword.base.limits import JWK_BYTES_MAX
from watchword.jose.algorithms.table import algorithm
from watchword.jose.errors import InvalidKey, KeysUnavailable, PolicyRefused, UnknownKey
from watchword.jose.jwk.keyset import KeySet, VerificationKey
from watchword.keys.foreign import Dropped, ForeignKeys, read_key_set
from watchword.keys.remote import (
    Advice,
    Arrived,
    Event,
    Failed,
    Freshness,
    Wanted,
    lifetime_seconds,
    step,
)
from watchword.net.discovery import jwks_uri
from watchword.net.errors import FetchFailed
from watchword.net.fetcher import Fetcher, fetcher_for

__all__ = ["KeysPending", "RemoteKeySet", "WithoutWaiting"]

WAIT_SECONDS_MAX = 15  # metadata and keys, each within the fetcher's bound, and the resolver

_log = logging.getLogger(__name__)
_SETTLED: Future[None] = Future()
_SETTLED.set_result(None)


class KeysPending(KeysUnavailable):
    """The keys are on their way. Await `arrival()` and ask again, or answer 503."""

    def __init__(self, flight: "Future[None]") -> None:
        super().__init__("the keys are being fetched")
        self._flight = flight

    async def arrival(self) -> None:
        """Wait until the fetch is over, whatever it brought."""
        waiting = asyncio.shield(asyncio.wrap_future(self._flight))
        try:
            await asyncio.wait_for(waiting, WAIT_SECONDS_MAX)
        except TimeoutError:
            raise KeysUnavailable("the keys did not arrive in time") from None


class RemoteKeySet:
    """The keys published at a URL. A KeySource whose `find` waits; see `nowait`.

    Args:
        url: of the JWKS document: https, or http to the machine itself.
        algorithms: what the keys may be for. Asymmetric names only.
        fetcher: for private networks and authorities.
        clock: measures the age of the keys.

    Raises:
        PolicyRefused: no algorithm, or a symmetric one.
        AddressRefused: the URL may not be fetched.
    """

    __slots__ = (
        *("_algorithms", "_clock", "_dropped", "_fetcher", "_flight", "_keys", "_locate"),
        *("_lock", "_state", "_where"),
    )

    def __init__(
        self,
        url: str,
        *,
        algorithms: Iterable[str],
        fetcher: Fetcher | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        self._algorithms = _asymmetric(algorithms)
        self._fetcher = fetcher or fetcher_for(url)
        self._clock = clock
        self._where = url
        self._locate: Callable[[], str] = lambda: url
        self._lock = threading.Lock()
        self._state = Freshness()
        self._keys: KeySet | None = None
        self._dropped: tuple[Dropped, ...] = ()
        self._flight = _SETTLED

    @classmethod
    def from_issuer(
        cls,
        issuer: str,
        *,
        algorithms: Iterable[str],
        fetcher: Fetcher | None = None,
        clock: Clock = SYSTEM,
    ) -> "RemoteKeySet":
        """Return the keys that the issuer's metadata names; nothing is fetched before the need."""
        keys = cls(issuer, algorithms=algorithms, fetcher=fetcher, clock=clock)
        keys._locate = lambda: jwks_uri(issuer, keys._fetcher)
        return keys

    @property
    def algorithms(self) -> frozenset[str]:
        """The algorithms that the keys may have."""
        return self._algorithms

    @property
    def dropped(self) -> tuple[Dropped, ...]:
        """The keys of the latest document that are not used."""
        return self._dropped

    @property
    def nowait(self) -> "WithoutWaiting":
        """The same keys as a source that raises `KeysPending` instead of waiting."""
        return WithoutWaiting(self)

    def find(self, alg: str, kid: str | None) -> VerificationKey:
        """Return the one key for a header; waits where it has to be fetched first.

        Raises:
            UnknownKey: none fits.
            KeysUnavailable: the issuer gave no keys.
        """
        while True:
            found = self.find_or_pending(alg, kid)
            if not isinstance(found, Future):
                return found
            try:
                found.result(WAIT_SECONDS_MAX)
            except TimeoutError:
                raise KeysUnavailable("the keys did not arrive in time") from None

    def find_or_pending(self, alg: str, kid: str | None) -> "VerificationKey | Future[None]":
        """Return the key, or the fetch after which to ask again. Never waits."""
        now = self._clock.monotonic()
        key = self._known(alg, kid)
        if key is not None and now < self._state.fresh_until:
            return key
        with self._lock:
            key = self._known(alg, kid)
            self._state, advice = step(self._state, Wanted(is_known=key is not None), now)
            if advice in {Advice.FETCH_AND_WAIT, Advice.ANSWER_AND_FETCH}:
                self._flight = self._start()
            if advice in {Advice.FETCH_AND_WAIT, Advice.WAIT}:
                return self._flight
        if advice is Advice.UNAVAILABLE:
            raise KeysUnavailable(
                "the issuer's keys cannot be had; the log says why",
                retry_after=self._state.retry_after(now),
                detail=self._where,
            )
        if key is None:
            raise UnknownKey("no key of the issuer has the token's kid and algorithm", claim="kid")
        return key

    def _known(self, alg: str, kid: str | None) -> VerificationKey | None:
        if self._keys is None:
            return None
        try:
            return self._keys.find(alg, kid)
        except UnknownKey:
            return None

    def _start(self) -> "Future[None]":
        flight: Future[None] = Future()
        threading.Thread(
            target=self._fetch, args=(flight,), name="watchword-keys", daemon=True
        ).start()
        return flight

    def _fetch(self, flight: "Future[None]") -> None:
        """Fetch once and report; the outermost rim of its thread."""
        event: Event = Failed()
        found: ForeignKeys | None = None
        try:
            document = self._fetcher.fetch(self._locate(), bytes_max=JWK_BYTES_MAX)
            found = read_key_set(document.body, self._algorithms)
            event = Arrived(lifetime_seconds(document.cache_control))
        except (FetchFailed, InvalidKey) as error:
            _log.warning("no keys from %s: %s %s", self._where, error, error.detail)
        finally:
            self._report(event, found)
            flight.set_result(None)

    def _report(self, event: Event, found: ForeignKeys | None) -> None:
        with self._lock:
            self._state, _ = step(self._state, event, self._clock.monotonic())
            if found is not None:
                self._keys, self._dropped = found.keys, found.dropped
        for dropped in found.dropped if found is not None else ():
            level = logging.ERROR if dropped.is_alarming else logging.INFO
            _log.log(level, "a key of %s is not used: %s", self._where, dropped.reason)


class WithoutWaiting:
    """The view of a RemoteKeySet for event loops."""

    __slots__ = ("_remote",)

    def __init__(self, remote: RemoteKeySet) -> None:
        self._remote = remote

    @property
    def algorithms(self) -> frozenset[str]:
        """The algorithms that the keys may have."""
        return self._remote.algorithms

    def find(self, alg: str, kid: str | None) -> VerificationKey:
        """Return the one key for a header.

        Raises:
            KeysPending: it has to be fetched first; the fetch is under way.
            UnknownKey: none fits.
            KeysUnavailable: the issuer gave no keys.
        """
        found = self._remote.find_or_pending(alg, kid)
        if isinstance(found, Future):
            raise KeysPending(found)
        return found


def _asymmetric(names: Iterable[str]) -> frozenset[str]:
    rows = [algorithm(name) for name in names]
    if not rows or any(row.is_symmetric for row in rows):
        raise PolicyRefused("algorithms= names one or more asymmetric algorithms", claim="alg")
    return frozenset(row.name for row in rows)
