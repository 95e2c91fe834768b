"""The denylist of a `jwt.Verifier`: it finds a token's list, keeps it, and reads the status.

The token has been verified by then. What is not known of it counts against it: an index that the
list has not refuses the token, and a list that cannot be had is answered 503. When a list is asked
for again is `keys.remote`'s decision; here are the lock, the one fetch of a list, and the waiting.

Source: draft-ietf-oauth-status-list-21 sections 8.3 and 13.7; tokens.md J-49.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field

from watchword.base.clock import SYSTEM, Clock
from watchword.base.log_text import one_line
from watchword.jose.errors import (
    ClaimInvalid,
    KeysPending,
    KeysUnavailable,
    PolicyRefused,
    StatusUnavailable,
    TokenError,
    TokenSuspended,
)
from watchword.jose.jwt.claims import Claims
from watchword.jose.jwt.verified import C, Verified
from watchword.jose.statuslist.packing import SUSPENDED, VALID
from watchword.jose.statuslist.reference import reference
from watchword.jose.statuslist.verifier import Statuses, Verifier
from watchword.jose.uri import MalformedURI, normalised
from watchword.keys.remote import (
    LIFETIME_SECONDS_DEFAULT,
    Advice,
    Arrived,
    Event,
    Failed,
    Freshness,
    Wanted,
    bounded_lifetime,
    step,
)
from watchword.net.waiting import arrival, wait

__all__ = ["Denylist", "Fetch"]

Fetch = Callable[[str], str]
"""Gets the token of a list from its URI; raises StatusUnavailable where it cannot be had."""

LISTS_MAX = 16  # kept at once, at most 4 MiB each
_FETCH = frozenset((Advice.FETCH_AND_WAIT, Advice.ANSWER_AND_FETCH))


@dataclass(slots=True)
class _Held:
    """What is known of a list. Only read and changed under the lock."""

    statuses: Statuses | None = None
    state: Freshness = field(default_factory=Freshness)
    flight: "Future[None]" = field(default_factory=Future)
    fault: str = ""


class Denylist:
    """Refuses tokens that their status list has taken back. Give it to a Verifier as `denylist=`.

    Tokens without a `status` claim pass; a Verifier with `require=("status",)` refuses them. One
    thread fetches a list at a time. Whoever missed it waits, or awaits it in `Verifier.averify`;
    others take the list at hand meanwhile, or wait as well where there is none.

    Args:
        verifier: of the lists' tokens.
        fetch: gets a list's token, such as `statuslist.fetch`. It blocks the thread that it runs
            in, which is never that of an event loop.
        allow: the URIs of lists that may be fetched; one that ends in a slash allows those below.
        clock: the system's where left out.

    Raises:
        PolicyRefused: no URI is allowed, or one that is no http URI in its usual spelling.
    """

    __slots__ = ("_allow", "_clock", "_fetch", "_lists", "_lock", "_verifier")

    def __init__(
        self,
        verifier: Verifier[Claims],
        *,
        fetch: Fetch,
        allow: Iterable[str],
        clock: Clock = SYSTEM,
    ) -> None:
        if isinstance(allow, str):
            raise PolicyRefused("allow= is a list of URIs")
        self._allow = tuple(allow)
        if not self._allow or not all(_is_usual(uri) for uri in self._allow):
            raise PolicyRefused("allow= lists http URIs as they are usually spelt, with their path")
        self._verifier = verifier
        self._fetch = fetch
        self._clock = clock
        self._lists: dict[str, _Held] = {}
        self._lock = threading.Lock()

    def __call__(self, verified: Verified[C]) -> bool:
        """Return whether a token has been taken back; waits where its list has to be fetched.

        Raises:
            TokenSuspended: it does not count for the time being.
            ClaimInvalid: its reference is malformed, not allowed, or names no place of the list.
            StatusUnavailable: the list cannot be had.
        """
        return self._denies(verified, self._waited_for)

    def ask_or_pending(self, verified: Verified[C]) -> bool:
        """Do as the call does, or start the fetch that it would wait for. Never waits.

        Raises:
            KeysPending: the list has to be fetched first; the fetch is under way.
        """
        return self._denies(verified, self._pending)

    def ask_at_hand(self, verified: Verified[C]) -> bool:
        """Do as the call does, and fetch nothing, now or behind.

        Raises:
            StatusUnavailable: the list is not at hand, or a fetch may bring a later one.
        """
        return self._denies(verified, self._at_hand)

    def __repr__(self) -> str:
        return f"Denylist({len(self._lists)} lists)"

    def _is_allowed(self, uri: str) -> bool:
        return _is_usual(uri) and any(
            uri == allowed or (allowed.endswith("/") and uri.startswith(allowed))
            for allowed in self._allow
        )

    def _denies(self, verified: Verified[C], statuses: Callable[[str], Statuses]) -> bool:
        found = reference(verified)
        if found is None:
            return False
        if not self._is_allowed(found.uri):
            raise ClaimInvalid("the token's status list is not one to be asked", claim="status")
        status = statuses(found.uri)[found.idx]
        if status == SUSPENDED:
            raise TokenSuspended("its status list suspends the token", claim="status")
        return status != VALID

    def _waited_for(self, uri: str) -> Statuses:
        held, advice, flight = self._advised(uri)
        if advice in _FETCH:
            # Also where a list is at hand: where few tokens come it may be hours old.
            self._ask(uri, held, flight)
        elif advice is Advice.WAIT:
            wait(flight, _late())
        return self._answer(held)

    def _pending(self, uri: str) -> Statuses:
        held, advice, flight = self._advised(uri)
        if advice in _FETCH:
            self._start(uri, held, flight)
        if advice in _FETCH or advice is Advice.WAIT:
            raise KeysPending(lambda: arrival(flight, _late()))
        return self._answer(held)

    def _at_hand(self, uri: str) -> Statuses:
        with self._lock:
            held = self._lists.get(uri) or _Held()
            _, advice = step(held.state, self._wanted(held), self._clock.monotonic())
        if advice in _FETCH:
            raise StatusUnavailable("the token's status list is not at hand")
        return self._answer(held)

    def _advised(self, uri: str) -> "tuple[_Held, Advice, Future[None]]":
        """Return what is known of a list, what to do, and the fetch to wait for."""
        with self._lock:
            held = self._found(uri)
            held.state, advice = step(held.state, self._wanted(held), self._clock.monotonic())
            if advice in _FETCH:
                held.flight = Future()
            return held, advice, held.flight

    def _answer(self, held: _Held) -> Statuses:
        with self._lock:
            if held.statuses is not None and self._wanted(held).is_known:
                return held.statuses
            retry_after = held.state.retry_after(self._clock.monotonic())
            fault = held.fault
        raise StatusUnavailable(
            "the token's status list is missing", retry_after=retry_after, detail=fault
        )

    def _start(self, uri: str, held: _Held, flight: "Future[None]") -> None:
        """Fetch in a thread, so that a caller that is cancelled takes nothing along."""
        thread = threading.Thread(
            target=self._ask, args=(uri, held, flight), name="watchword-status", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:  # no thread to be had, or the interpreter is ending
            self._report(held, Failed(), None, one_line(f"the fetch could not start: {error}"))
            flight.set_result(None)

    def _ask(self, uri: str, held: _Held, flight: "Future[None]") -> None:
        """Fetch a list and report; after a failure the one at hand stays until it ends."""
        event: Event = Failed()
        statuses, fault = None, "the fetch broke off"
        try:
            statuses = self._verifier.verify(self._fetch(uri), uri=uri)
            ttl = LIFETIME_SECONDS_DEFAULT if statuses.ttl is None else statuses.ttl
            event, fault = Arrived(bounded_lifetime(ttl)), ""
        except (TokenError, KeysUnavailable) as error:  # the list's fault is not the token's
            fault = one_line(f"{error} {error.detail}".rstrip())
        finally:
            self._report(held, event, statuses, fault)
            flight.set_result(None)

    def _report(self, held: _Held, event: Event, statuses: Statuses | None, fault: str) -> None:
        with self._lock:
            held.state, _ = step(held.state, event, self._clock.monotonic())
            held.statuses, held.fault = statuses or held.statuses, fault

    def _wanted(self, held: _Held) -> Wanted:
        now, monotonic = self._clock.now(), self._clock.monotonic()
        statuses = held.statuses
        is_ended = statuses is None or statuses.is_expired(now)
        return Wanted(is_known=not is_ended and monotonic < held.state.usable_until)

    def _found(self, uri: str) -> _Held:
        """Return what is known of a list, and forget the one that was asked for longest ago."""
        held = self._lists.pop(uri, None) or _Held()
        if len(self._lists) >= LISTS_MAX:
            del self._lists[next(iter(self._lists))]
        self._lists[uri] = held
        return held


def _late() -> StatusUnavailable:
    return StatusUnavailable("the token's status list did not arrive in time")


def _is_usual(uri: object) -> bool:
    """Return whether a URI is spelt as it is compared: no query, dots, or needless escapes."""
    try:
        return normalised(uri) == uri
    except MalformedURI:
        return False
