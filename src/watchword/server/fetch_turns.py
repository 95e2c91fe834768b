"""Who may have something fetched: few at once, fewer of one network, and no host that was silent.

Source: oauth.md D-2, D-4; security.md rule 102; decisions/0174.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from watchword.base.clock import Clock
from watchword.net.errors import BadAnswer, FetchFailed, Unreachable
from watchword.oauth.errors import Busy

__all__ = ["FETCHES_MAX", "FETCHES_OF_NETWORK_MAX", "REST_SECONDS", "FetchTurns"]

FETCHES_MAX = 4  # at once, each in a thread and for five seconds at most
FETCHES_OF_NETWORK_MAX = 2  # so that nobody holds all of them alone
REST_SECONDS = 10  # twice as long as a fetch may take
RESTING_MAX = 1_000  # hosts; the one that was silent first is forgotten first


class FetchTurns:
    """Counts what is under way in this process, and remembers for seconds who did not answer."""

    __slots__ = ("_clock", "_of_host", "_of_network", "_resting")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of_host: set[str] = set()
        self._of_network: Counter[str | None] = Counter()
        self._resting: dict[str, int] = {}

    @contextmanager
    def take(self, host: str, network: str | None) -> Iterator[None]:
        """Hold a turn while something is fetched from a host for somebody of a network.

        Raises:
            Unreachable: the host did not answer a moment ago.
            Busy: too much is being fetched, for this network or from this host.
        """
        if self._clock.now() < self._resting.get(host, 0):
            raise Unreachable("the host did not answer a moment ago")
        is_crowded = network is not None and self._of_network[network] >= FETCHES_OF_NETWORK_MAX
        if is_crowded or host in self._of_host or self._of_network.total() >= FETCHES_MAX:
            raise Busy("too many client metadata documents are being fetched; try again")
        self._of_host.add(host)
        self._of_network[network] += 1
        try:
            yield
        except FetchFailed as error:
            if not isinstance(error, BadAnswer):
                self._rest(host)
            raise
        finally:
            self._of_host.discard(host)
            self._of_network[network] -= 1
            if not self._of_network[network]:
                del self._of_network[network]

    def _rest(self, host: str) -> None:
        """Leave a host alone for a while."""
        self._resting.pop(host, None)
        if len(self._resting) >= RESTING_MAX:
            del self._resting[next(iter(self._resting))]
        self._resting[host] = self._clock.now() + REST_SECONDS
