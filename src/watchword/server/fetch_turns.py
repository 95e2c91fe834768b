"""Who may have something fetched: few of one network at once, and no host that was silent.

A network pays for what it held in vain: after a fetch to which nobody answered it has nothing
fetched for twelve times as long. Whoever wants to hold all turns needs a hundred networks.

Source: oauth.md D-2, D-4; security.md rule 102; decisions/0174, 0187.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

from watchword.base.clock import Clock
from watchword.net.errors import BadAnswer, FetchFailed, Unreachable
from watchword.oauth.errors import Busy

__all__ = ["FETCHES_MAX", "FETCHES_OF_NETWORK_MAX", "REST_SECONDS", "FetchTurns"]

FETCHES_MAX = 16  # at once, each in a thread of its own and for five seconds at most
FETCHES_OF_NETWORK_MAX = 2  # so that nobody holds all of them alone
REST_SECONDS = 10  # of a silent host: twice as long as a fetch may take
IN_VAIN_FACTOR = 12  # five seconds for nothing are a minute without
RESTING_MAX = 1_000  # hosts, and networks; the one that was silent first is forgotten first


class FetchTurns:
    """Counts what is under way in this process, and remembers for a while what was in vain."""

    __slots__ = ("_clock", "_hosts_at_rest", "_networks_at_rest", "_of_host", "_of_network")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of_host: set[str] = set()
        self._of_network: Counter[str | None] = Counter()
        # Until when, on the monotonic clock.
        self._hosts_at_rest: dict[str, float] = {}
        self._networks_at_rest: dict[str, float] = {}

    @contextmanager
    def take(self, host: str, network: str | None) -> Iterator[None]:
        """Hold a turn while something is fetched from a host for somebody of a network.

        Raises:
            Unreachable: the host did not answer a moment ago.
            Busy: too much is being fetched, for this network or from this host, or was for nothing.
        """
        began = self._clock.monotonic()
        if began < self._hosts_at_rest.get(host, 0):
            raise Unreachable("the host did not answer a moment ago")
        self._check(host, network, began)
        self._of_host.add(host)
        self._of_network[network] += 1
        try:
            yield
        except FetchFailed as error:
            if not isinstance(error, BadAnswer):
                self._rest(host, network, began)
            raise
        finally:
            self._of_host.discard(host)
            self._of_network[network] -= 1
            if not self._of_network[network]:
                del self._of_network[network]

    def _check(self, host: str, network: str | None, now: float) -> None:
        """Refuse a turn to who has had enough of them."""
        if network is not None:
            left = self._networks_at_rest.get(network, 0) - now
            if left > 0:
                text = "hosts that were asked for this network did not answer; try again later"
                raise Busy(text, retry_after=ceil(left))
        is_crowded = network is not None and self._of_network[network] >= FETCHES_OF_NETWORK_MAX
        if is_crowded or host in self._of_host or self._of_network.total() >= FETCHES_MAX:
            raise Busy("too many client metadata documents are being fetched; try again")

    def _rest(self, host: str, network: str | None, began: float) -> None:
        """Leave a silent host alone for a while, and have its network pay for the time."""
        now = self._clock.monotonic()
        _put(self._hosts_at_rest, host, now + REST_SECONDS)
        if network is not None:
            # What it has to pay already, for a fetch beside this one, is paid as well.
            since = max(now, self._networks_at_rest.get(network, 0))
            _put(self._networks_at_rest, network, since + IN_VAIN_FACTOR * (now - began))


def _put(resting: dict[str, float], name: str, until: float) -> None:
    resting.pop(name, None)
    if len(resting) >= RESTING_MAX:
        del resting[next(iter(resting))]
    resting[name] = until
