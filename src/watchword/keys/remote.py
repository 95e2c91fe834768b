"""When a foreign key set is fetched, and what is answered meanwhile. Pure: no clock, no socket.

        no keys          fresh               stale                 past the bound
known   -                ANSWER              ANSWER_AND_FETCH      as no keys
unknown FETCH_AND_WAIT   FETCH_AND_WAIT      FETCH_AND_WAIT        FETCH_AND_WAIT
        (UNAVAILABLE     (once a cool-down,
        after a failure) else UNKNOWN)

A failed fetch keeps the keys; a successful one replaces them, so that a withdrawn key is gone at
once. Made-up key ids cost one fetch a cool-down in total, so none of them needs to be remembered.

Source: tokens.md J-43, J-44; security.md section 3.4 and D7; RFC 9111 section 5.2.2 (max-age).
"""

import re
from dataclasses import replace
from enum import Enum
from math import inf
from typing import assert_never

from watchword.base.records import dataclass

__all__ = [
    "Advice",
    "Arrived",
    "Event",
    "Failed",
    "Freshness",
    "Wanted",
    "bounded_lifetime",
    "lifetime_seconds",
    "restored",
    "step",
]

LIFETIME_SECONDS_MIN = 60  # an issuer that says less would be asked at every request
LIFETIME_SECONDS_MAX = 24 * 3_600  # a withdrawn key dies within a day whatever the issuer says
LIFETIME_SECONDS_DEFAULT = 600  # where the issuer says nothing
STALE_SECONDS_MAX = 24 * 3_600  # how long an issuer's outage is bridged with its last keys
COOL_DOWN_SECONDS = 30  # between fetches that only an unknown key id asks for
FETCH_SECONDS_MAX = 60  # a fetch that has not reported by then is lost: a fork, a hung resolver
BACKOFF_SECONDS_MAX = 30  # between attempts while the issuer fails: 1, 2, 4, ... 30
BACKOFF_DOUBLINGS_MAX = 5  # 2**5 is past the longest pause; an outage of a day has thousands

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?([0-9]{1,9})\"?(?=$|[\s,])", re.IGNORECASE)
_NO_STORE = re.compile(r"(?:^|[\s,])(?:no-store|no-cache)(?=$|[\s,=])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is known about a key set. Times are monotonic seconds."""

    fresh_until: float = -inf
    usable_until: float = -inf
    fetching_until: float = -inf  # a fetch runs, and is given up for lost at this time
    retry_at: float = -inf  # after a failure, no attempt before this
    unknown_at: float = -inf  # no fetch for an unknown key id before this
    failures: int = 0  # in a row

    def retry_after(self, now: float) -> int:
        """Return the whole seconds after which asking again makes sense, at least one."""
        return max(1, round(self.retry_at - now)) if self.retry_at > now else 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody needs a key; `is_known` says whether the keys at hand hold it."""

    is_known: bool


@dataclass(frozen=True, slots=True)
class Arrived:
    """A fetch brought a readable key set, to be kept for `lifetime_seconds`."""

    lifetime_seconds: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A fetch brought nothing usable."""


Event = Wanted | Arrived | Failed


class Advice(Enum):
    """What the caller does after a step."""

    ANSWER = "answer"  # from the keys at hand
    ANSWER_AND_FETCH = "answer_and_fetch"  # the same, and start a fetch that nobody waits for
    FETCH_AND_WAIT = "fetch_and_wait"  # start a fetch and ask again when it is over
    WAIT = "wait"  # ask again when the running fetch is over
    UNKNOWN = "unknown"  # no such key: the token's fault
    UNAVAILABLE = "unavailable"  # no keys to judge by: the issuer's fault


def step(state: Freshness, event: Event, now: float) -> tuple[Freshness, Advice]:
    """Apply one event and say what to do. `now` is monotonic seconds."""
    match event:
        case Wanted():
            return _wanted(state, event, now)
        case Arrived():
            fresh_until = now + event.lifetime_seconds
            arrived = Freshness(
                fresh_until=fresh_until,
                usable_until=fresh_until + STALE_SECONDS_MAX,
                unknown_at=now + COOL_DOWN_SECONDS,
            )
            return arrived, Advice.ANSWER
        case Failed():
            pause = min(2 ** min(state.failures, BACKOFF_DOUBLINGS_MAX), BACKOFF_SECONDS_MAX)
            failed = replace(
                state, fetching_until=-inf, retry_at=now + pause, failures=state.failures + 1
            )
            return failed, Advice.ANSWER
        case _:
            assert_never(event)


def restored(lifetime: int, age: int, now: float) -> Freshness:
    """Return the state of keys that came `age` seconds ago, in an earlier process.

    Keys from the future are of a clock that was wrong: they are stale from the start and end with
    the bound of an outage that begins now.
    """
    lifetime = bounded_lifetime(lifetime)
    fresh_until = now + lifetime - age if age >= 0 else now
    return Freshness(fresh_until=fresh_until, usable_until=fresh_until + STALE_SECONDS_MAX)


def lifetime_seconds(cache_control: str) -> int:
    """Return how long a key set may be kept, from the `Cache-Control` field of its answer."""
    if _NO_STORE.search(cache_control):
        return LIFETIME_SECONDS_MIN
    found = _MAX_AGE.search(cache_control)
    if found is None:
        return LIFETIME_SECONDS_DEFAULT
    return bounded_lifetime(int(found.group(1)))


def bounded_lifetime(seconds: float) -> int:
    """Return a lifetime that an issuer names, within what is taken from anybody."""
    return int(max(LIFETIME_SECONDS_MIN, min(seconds, LIFETIME_SECONDS_MAX)))


def _wanted(state: Freshness, event: Wanted, now: float) -> tuple[Freshness, Advice]:
    has_keys = now < state.usable_until
    is_fetching = now < state.fetching_until
    may_fetch = not is_fetching and now >= state.retry_at
    started = replace(state, fetching_until=now + FETCH_SECONDS_MAX)
    if has_keys and event.is_known:
        if now < state.fresh_until or not may_fetch:
            return state, Advice.ANSWER
        return started, Advice.ANSWER_AND_FETCH
    if is_fetching:
        return state, Advice.WAIT
    if may_fetch and (not has_keys or now >= state.unknown_at):
        return replace(started, unknown_at=now + COOL_DOWN_SECONDS), Advice.FETCH_AND_WAIT
    # While the issuer fails nobody can say that a key does not exist: it may be its newest one.
    return state, Advice.UNKNOWN if has_keys and not state.failures else Advice.UNAVAILABLE
