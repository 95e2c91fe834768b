"""A fetcher that keeps its connections, for questions that are asked at every request.

Everything that `Fetcher` guarantees holds: a connection goes to an address that was checked when it
was made, and each request over it has its own deadline and its own bound. What is sent through it
may be sent twice: a kept connection that the server closed meanwhile is replaced by another.

Source: security.md rule 102; decisions/0275.
"""

import os
import ssl
import threading
from collections.abc import Iterable

import httpcore2

from watchword.base.clock import SYSTEM, Clock
from watchword.net.address import LOOPBACK, Network, Target, is_loopback_host, parse_target
from watchword.net.bounded import BoundedBackend, Spending, translated
from watchword.net.document import JSON_TYPES, Answer, Request, Resolve, addresses_of, resolve
from watchword.net.fetcher import Fetcher

__all__ = ["CONNECTIONS_MAX", "KeepingFetcher", "keeping_fetcher_for"]

CONNECTIONS_MAX = 8  # at once, and kept; whoever comes beyond waits within their own time
IDLE_SECONDS_MAX = 15.0  # below what servers in use keep an idle connection for


def keeping_fetcher_for(url: str) -> "KeepingFetcher":
    """Return a fetcher for what the operator names at `url`; as `fetcher_for`."""
    local = is_loopback_host(parse_target(url).host)
    return KeepingFetcher(networks=LOOPBACK if local else ())


class KeepingFetcher(Fetcher):
    """Sends requests over connections that stay open. Shareable between threads.

    Args:
        networks: what may be reached beside the public internet.
        tls: a context of the caller's own, for a private authority or a client certificate.
        clock: measures the deadlines.
        resolve: turns a name into addresses, whenever a connection is made.
        connections_max: at once.
    """

    __slots__ = ("_backend", "_connections_max", "_lock", "_pid", "_pool")

    def __init__(
        self,
        *,
        networks: Iterable[str | Network] = (),
        tls: ssl.SSLContext | None = None,
        clock: Clock = SYSTEM,
        resolve: Resolve = resolve,
        connections_max: int = CONNECTIONS_MAX,
    ) -> None:
        super().__init__(
            networks=networks, tls=tls, clock=clock, resolve=resolve, accept=JSON_TYPES
        )
        self._connections_max = connections_max
        self._backend = BoundedBackend(self._checked)
        self._lock = threading.Lock()
        self._pid = 0
        self._pool: httpcore2.ConnectionPool | None = None

    def send(self, request: Request) -> Answer:
        """Send one request that may be sent twice, and return the answer. Blocks within its bound.

        Raises:
            AddressRefused: the URL or its address may not be reached.
            Unreachable: no connection, or not in time.
            Crowded: the time went by while all connections were in use.
            BadAnswer: no HTTP, encoded, or larger than the request allows.
        """
        target = parse_target(request.url)
        spending = Spending.begin(request, target, self._clock)
        with translated(spending), self._backend.within(spending):
            for _ in range(self._connections_max):
                try:
                    return self._exchange(self._pooled(), target, request)
                except (httpcore2.NetworkError, httpcore2.RemoteProtocolError):
                    # Nothing came over a kept connection: the server had closed it.
                    if spending.has_connected or spending.has_read:
                        raise
            return self._exchange(self._pooled(), target, request)

    def close(self) -> None:
        """Close the connections that wait; the next request makes another."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None and self._pid == os.getpid():
            pool.close()

    def _pooled(self) -> httpcore2.ConnectionPool:
        with self._lock:
            if self._pool is None or self._pid != os.getpid():  # a fork shares the sockets
                self._pid = os.getpid()
                self._pool = httpcore2.ConnectionPool(
                    ssl_context=self._tls,
                    network_backend=self._backend,
                    max_connections=self._connections_max,
                    keepalive_expiry=IDLE_SECONDS_MAX,
                )
            return self._pool

    def _checked(self, target: Target) -> tuple[str, ...]:
        return addresses_of(target, self._networks, self._resolve)
