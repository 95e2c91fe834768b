"""One exchange in flight: the first who needs a pair gets it, the others wait for it.

Threads and tasks meet here, so that a login with two hundred requests under way refreshes once. An
honest client must: a second presentation of the same refresh token looks like theft.

Source: security.md section 3.1 (clients serialise their refreshes); oauth.md R-2.
"""

import asyncio
import threading
from concurrent.futures import Future

from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.client.errors import LoginFailed

__all__ = ["Flight", "Pair", "Tokens"]

WAIT_SECONDS_MAX = 60  # longer than the HTTP clients' own timeouts for the one exchange
MARGIN_SECONDS_MAX = 30  # renew this long before the end, so that a token does not die on its way


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token and what renews it. Times are monotonic seconds."""

    access_token: Secret
    refresh_token: Secret | None
    renew_at: float

    @classmethod
    def received(
        cls, access: Secret, refresh: Secret | None, *, expires_in: int, now: float
    ) -> "Pair":
        """Make the pair of an answer to a request that was sent at `now`."""
        margin = min(MARGIN_SECONDS_MAX, expires_in // 10)
        return cls(access, refresh, now + expires_in - margin)


class Flight:
    """An exchange under way, seen by those who wait for it."""

    __slots__ = ("_over",)

    def __init__(self) -> None:
        self._over: Future[LoginFailed | None] = Future()

    def end(self, failure: LoginFailed | None) -> None:
        """Tell everybody who waits: look again, or fail the same way."""
        self._over.set_result(failure)

    def wait(self) -> None:
        """Wait in a thread. Raises what the exchange raised."""
        try:
            failure = self._over.result(WAIT_SECONDS_MAX)
        except TimeoutError:
            raise _no_answer() from None
        if failure is not None:
            raise failure.again()

    async def wait_async(self) -> None:
        """Wait in a task. Raises what the exchange raised; a cancelled wait disturbs nobody."""
        over = asyncio.shield(asyncio.wrap_future(self._over))
        try:
            failure = await asyncio.wait_for(over, WAIT_SECONDS_MAX)
        except TimeoutError:
            raise _no_answer() from None
        if failure is not None:
            raise failure.again()


class Tokens:
    """The pair that a login holds at present, and the flight that may be replacing it."""

    __slots__ = ("_flight", "_lock", "_pair")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pair: Pair | None = None
        self._flight: Flight | None = None

    @property
    def pair(self) -> Pair | None:
        """The pair as it stands, usable or not."""
        return self._pair

    def usable(self, *, refused: Pair | None, now: float) -> Pair | None:
        """Return the pair if it is young enough and not the one that was refused."""
        pair = self._pair
        return None if pair is None or pair is refused or now >= pair.renew_at else pair

    def take_off(self, seen: Pair | None) -> Flight | None:
        """Return the flight to wait for, or None: the caller flies and must land or give up.

        Args:
            seen: the pair that the caller found wanting. If it has been replaced meanwhile, the
                flight returned is over already.
        """
        with self._lock:
            if self._flight is not None:
                return self._flight
            flight = Flight()
            if self._pair is not seen:
                flight.end(None)
                return flight
            self._flight = flight
            return None

    def land(self, pair: Pair) -> None:
        """Keep the pair and let the others look at it."""
        self._end(pair, None)

    def fail(self, failure: LoginFailed, pair: Pair | None) -> None:
        """Keep `pair`, if any is worth keeping, and fail those who wait."""
        self._end(pair, failure)

    def give_up(self) -> None:
        """Keep the pair as it was: the flight was cancelled or cut. One of the others flies."""
        self._end(self._pair, None)

    def _end(self, pair: Pair | None, failure: LoginFailed | None) -> None:
        with self._lock:
            flight, self._flight, self._pair = self._flight, None, pair
        if flight is not None:
            flight.end(failure)


def _no_answer() -> LoginFailed:
    return LoginFailed(f"no answer to the login within {WAIT_SECONDS_MAX} s", code="no_answer")
