"""A key set that is kept fresh from elsewhere, for threads and event loops at once.

The decisions are `keys.remote`'s; here are the lock, the one background fetch, and the waiting.
Each fetch runs in a thread of its own, so that a caller that is cancelled takes nothing along.

Source: tokens.md J-41 to J-45; security.md section 3.4 and D7.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Self

from watchword.base.clock import SYSTEM, Clock
from watchword.base.limits import JWK_BYTES_MAX
from watchword.base.log_text import one_line
from watchword.base.records import dataclass
from watchword.jose.algorithms.table import algorithm
from watchword.jose.errors import (
    InvalidKey,
    KeysPending,
    KeysUnavailable,
    PolicyRefused,
    UnknownKey,
)
from watchword.jose.jwk.keyset import KeySet, VerificationKey
from watchword.keys.foreign import Dropped, NoUsableKey, carried_over, read_key_set
from watchword.keys.remote import (
    Advice,
    Arrived,
    Event,
    Failed,
    Freshness,
    Wanted,
    lifetime_seconds,
    restored,
    step,
)
from watchword.keys.seed import Seed, read_seed, write_seed
from watchword.net.address import LOOPBACK, is_loopback_host, parse_target
from watchword.net.client import ClientFetcher, HTTPClient
from watchword.net.discovery import jwks_uri
from watchword.net.document import Fetching
from watchword.net.errors import FetchFailed
from watchword.net.waiting import arrival, wait

__all__ = ["RemoteKeySet", "Status"]

_log = logging.getLogger(__name__)
_SETTLED: Future[None] = Future()
_SETTLED.set_result(None)


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a remote key set, for metrics and `watchword doctor`."""

    keys: int
    age_seconds: int | None
    """Since the keys came from the issuer; None before they did."""
    is_fresh: bool
    failures: int
    """Fetches that failed in a row; 0 while the issuer answers."""
    last_failure: str
    """Why the latest of them failed; empty where none did."""
    dropped: tuple[Dropped, ...]
    """The keys of the latest document that are not used, each with the reason. Where that is all
    of them, the fetch has failed, and the keys of an earlier document answer."""
    fetches: int
    """All attempts of this process."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one fetch brought: keys, or why none."""

    keys: KeySet | None = None
    lifetime_seconds: int = 0
    dropped: tuple[Dropped, ...] | None = None  # None where no document could be read
    failure: str = ""


class RemoteKeySet:
    """The keys published at a URL, fetched when first needed and kept fresh.

    A FetchedSource: `Verifier.verify` waits for a fetch, `averify` awaits it, and `verify_nowait`
    does without.

    Args:
        url: of the JWKS document: https, or http to the machine itself.
        algorithms: what the keys may be for. Asymmetric names only.
        http: a synchronous client, such as `httpx2.Client`, for proxies and client certificates.
        fetcher: for private networks and authorities, in place of `http`.
        seed: what `export` wrote in an earlier process; it answers until the issuer does.
        clock: measures the age of the keys.

    Raises:
        PolicyRefused: no algorithm, a symmetric one, or a seed of other keys.
        AddressRefused: the URL may not be fetched.
    """

    __slots__ = (
        *("_algorithms", "_clock", "_dropped", "_fetched_at", "_fetcher", "_fetches", "_flight"),
        *("_held", "_last_failure", "_lifetime", "_locate", "_lock", "_where"),
    )

    def __init__(
        self,
        url: str,
        *,
        algorithms: Iterable[str],
        http: HTTPClient | None = None,
        fetcher: Fetching | None = None,
        seed: str | bytes | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        self._algorithms = _asymmetric(algorithms)
        self._fetcher = _fetching(url, http, fetcher)
        self._clock = clock
        self._where = url
        self._locate: Callable[[], str] = lambda: url
        self._lock = threading.Lock()
        # The keys and their state change together: who reads them without the lock never believes
        # of one set of keys what is true of another.
        self._held: tuple[KeySet | None, Freshness] = None, Freshness()
        self._fetched_at: int | None = None
        self._lifetime = 0
        self._dropped: tuple[Dropped, ...] = ()
        self._flight = _SETTLED
        self._fetches, self._last_failure = 0, ""
        if seed is not None:
            self._plant(read_seed(seed, url, self._algorithms))

    @classmethod
    def from_issuer(
        cls,
        issuer: str,
        *,
        algorithms: Iterable[str],
        http: HTTPClient | None = None,
        fetcher: Fetching | None = None,
        seed: str | bytes | None = None,
        clock: Clock = SYSTEM,
    ) -> Self:
        """Return the keys that the issuer's metadata names; nothing is fetched before the need."""
        keys = cls(
            issuer, algorithms=algorithms, http=http, fetcher=fetcher, seed=seed, clock=clock
        )
        keys._locate = lambda: jwks_uri(issuer, keys._fetcher)
        return keys

    @property
    def algorithms(self) -> frozenset[str]:
        """The algorithms that the keys may have."""
        return self._algorithms

    @property
    def held(self) -> KeySet | None:
        """The keys of the latest document, however old; None before the first."""
        return self._held[0]

    @property
    def status(self) -> Status:
        """How the set stands at this moment."""
        with self._lock:
            keys, state = self._held
            age = None if self._fetched_at is None else self._clock.now() - self._fetched_at
            return Status(
                keys=len(keys or ()),
                age_seconds=age,
                is_fresh=self._clock.monotonic() < state.fresh_until,
                failures=state.failures,
                last_failure=self._last_failure,
                dropped=self._dropped,
                fetches=self._fetches,
            )

    def export(self) -> str:
        """Return the public keys at hand as text, to be given to a later process as `seed=`.

        Raises:
            KeysUnavailable: there are none.
        """
        with self._lock:
            keys, _ = self._held
            if keys is None or self._fetched_at is None:
                raise KeysUnavailable("there are no keys to export yet")
            return write_seed(Seed(keys, self._fetched_at, self._lifetime), self._where)

    def find(self, alg: str, kid: str | None) -> VerificationKey:
        """Return the one key for a header; waits where it has to be fetched first.

        Raises:
            UnknownKey: none fits.
            KeysUnavailable: the issuer gave no keys.
        """
        while True:
            found = self._ask(alg, kid)
            if not isinstance(found, Future):
                return found
            wait(found, _late())

    def find_or_pending(self, alg: str, kid: str | None) -> VerificationKey:
        """Return the one key for a header, or start the fetch that may bring it. Never waits.

        Raises:
            KeysPending: it has to be fetched first; the fetch is under way.
            UnknownKey: none fits.
            KeysUnavailable: the issuer gave no keys.
        """
        found = self._ask(alg, kid)
        if isinstance(found, Future):
            raise KeysPending(lambda: arrival(found, _late()))
        return found

    def find_at_hand(self, alg: str, kid: str | None) -> VerificationKey:
        """Return the one key for a header, and fetch nothing, now or behind.

        Raises:
            UnknownKey: none fits, and the set is too fresh to ask for it again.
            KeysUnavailable: the key is not at hand, and a fetch may bring it.
        """
        now = self._clock.monotonic()
        keys, state = self._held
        key = _known(keys, alg, kid)
        if key is not None and now < state.fresh_until:
            return key
        state, advice = step(state, Wanted(is_known=key is not None), now)  # and nothing is kept
        if key is not None and advice in {Advice.ANSWER, Advice.ANSWER_AND_FETCH}:
            return key
        if advice is Advice.UNKNOWN:
            raise _no_such_key()
        raise KeysUnavailable("the key is not at hand", retry_after=state.retry_after(now))

    def _ask(self, alg: str, kid: str | None) -> "VerificationKey | Future[None]":
        """Return the key, or the fetch after which to ask again. Never waits."""
        now = self._clock.monotonic()
        keys, state = self._held
        key = _known(keys, alg, kid)
        if key is not None and now < state.fresh_until:
            return key
        with self._lock:
            keys, state = self._held
            key = _known(keys, alg, kid)
            state, advice = step(state, Wanted(is_known=key is not None), now)
            self._held = keys, state
            if advice in {Advice.FETCH_AND_WAIT, Advice.ANSWER_AND_FETCH}:
                advice = self._start(advice, now)
            if advice in {Advice.FETCH_AND_WAIT, Advice.WAIT}:
                return self._flight
        if advice is Advice.UNAVAILABLE:
            raise KeysUnavailable(
                "the issuer's keys cannot be had; the log says why",
                retry_after=self._held[1].retry_after(now),
                detail=self._where,
            )
        if key is None:
            raise _no_such_key()
        return key

    def _start(self, advice: Advice, now: float) -> Advice:
        """Start the fetch that a step advises; return what is left to do where none can start.

        The state says "fetching" exactly as long as `_flight` is not settled: whoever is told to
        wait would otherwise ask again at once, and be told the same.
        """
        flight: Future[None] = Future()
        thread = threading.Thread(
            target=self._fetch, args=(flight,), name="watchword-keys", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:  # no thread to be had, or the interpreter is ending
            self._last_failure = one_line(f"the fetch could not start: {error}")
            _log.warning("no keys from %s: %s", self._where, self._last_failure)
            keys, state = self._held
            self._held = keys, step(state, Failed(), now)[0]
            return Advice.ANSWER if advice is Advice.ANSWER_AND_FETCH else Advice.UNAVAILABLE
        self._flight = flight
        self._fetches += 1
        return advice

    def _fetch(self, flight: "Future[None]") -> None:
        """Fetch once and report; the outermost rim of its thread."""
        outcome = _Outcome(failure="the fetch broke off; the log says where")
        try:
            document = self._fetcher.fetch(self._locate(), bytes_max=JWK_BYTES_MAX)
            found = read_key_set(document.body, self._algorithms)
            lifetime = lifetime_seconds(document.cache_control)
            outcome = _Outcome(found.keys, lifetime, found.dropped)
        except (FetchFailed, InvalidKey) as error:
            failure = one_line(f"{error} {error.detail}".rstrip())
            dropped = error.dropped if isinstance(error, NoUsableKey) else None
            outcome = _Outcome(dropped=dropped, failure=failure)
            _log.warning("no keys from %s: %s", self._where, failure)
        finally:
            try:
                self._report(outcome)
            finally:
                flight.set_result(None)

    def _report(self, outcome: "_Outcome") -> None:
        with self._lock:
            keys, state = self._held
            event: Event = Failed()
            if outcome.keys is not None:
                event = Arrived(outcome.lifetime_seconds)
                keys = carried_over(outcome.keys, keys)
                self._fetched_at, self._lifetime = self._clock.now(), outcome.lifetime_seconds
            if outcome.dropped is not None:
                self._dropped = outcome.dropped
            self._last_failure = outcome.failure
            self._held = keys, step(state, event, self._clock.monotonic())[0]
        for dropped in outcome.dropped or ():
            level = logging.ERROR if dropped.is_alarming else logging.INFO
            _log.log(level, "a key of %s is not used: %s", self._where, dropped.reason)

    def _plant(self, seed: Seed) -> None:
        age = self._clock.now() - seed.fetched_at
        state = restored(seed.lifetime_seconds, age, self._clock.monotonic())
        self._held = seed.keys, state
        self._fetched_at, self._lifetime = seed.fetched_at, seed.lifetime_seconds

    def __repr__(self) -> str:
        return f"RemoteKeySet({self._where!r}, keys={len(self._held[0] or ())})"


def _late() -> KeysUnavailable:
    return KeysUnavailable("the keys did not arrive in time")


def _known(keys: KeySet | None, alg: str, kid: str | None) -> VerificationKey | None:
    if keys is None:
        return None
    try:
        return keys.find(alg, kid)
    except UnknownKey:
        return None


def _no_such_key() -> UnknownKey:
    return UnknownKey("no key of the issuer has the token's kid and algorithm", claim="kid")


def _fetching(url: str, http: HTTPClient | None, fetcher: Fetching | None) -> Fetching:
    """Return whoever fetches, after checking that the URL may be fetched at all."""
    host = parse_target(url).host
    if http is not None:
        if fetcher is not None:
            raise PolicyRefused("http= or fetcher=, not both: ClientFetcher(http) takes networks=")
        return ClientFetcher(http, networks=LOOPBACK if is_loopback_host(host) else ())
    if fetcher is not None:
        return fetcher
    try:
        # Imported here, since the own fetcher stands on an optional library.
        from watchword.net.fetcher import fetcher_for  # noqa: PLC0415
    except ImportError:
        raise PolicyRefused(
            "fetching keys needs an HTTP client: pip install 'watchword[client]', or give http="
        ) from None
    return fetcher_for(url)


def _asymmetric(names: Iterable[str]) -> frozenset[str]:
    if isinstance(names, str):
        raise PolicyRefused("algorithms= is a list of names", claim="alg")
    rows = [algorithm(name) for name in names]
    if not rows or any(row.is_symmetric for row in rows):
        raise PolicyRefused("algorithms= names one or more asymmetric algorithms", claim="alg")
    return frozenset(row.name for row in rows)
