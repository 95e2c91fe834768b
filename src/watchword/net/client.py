"""Fetching by an HTTP client of the caller's own, for proxies and client certificates.

httpx2 and httpx share the methods that are used here; neither is imported. What the own fetcher
guarantees holds here too: https or this machine, no redirect, no encoding, a bounded body, one
deadline, and an address that may be reached, before the request and again at the connection that
the client made.

Source: tokens.md J-41, J-45; security.md rule 102.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from ipaddress import ip_network
from typing import Protocol

from watchword.base.clock import SYSTEM, Clock
from watchword.net.address import Network, Target, parse_target, permit
from watchword.net.document import (
    FETCH_SECONDS_MAX,
    Document,
    Resolve,
    addresses_of,
    resolve,
)
from watchword.net.errors import BadAnswer, FetchFailed, Unreachable

__all__ = ["ClientFetcher", "HTTPClient", "HTTPResponse"]


class HTTPResponse(Protocol):
    """What is used of a streamed answer."""

    @property
    def status_code(self) -> int:
        """The status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The fields, found whatever their case."""
        ...

    @property
    def extensions(self) -> Mapping[str, object]:
        """What the transport tells; `network_stream` names the address that answered."""
        ...

    def iter_bytes(self) -> Iterator[bytes]:
        """Return the body as it comes."""
        ...


class HTTPClient(Protocol):
    """What is used of a client: `httpx2.Client` and `httpx.Client` are such."""

    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        follow_redirects: bool,
        timeout: float,
    ) -> AbstractContextManager[HTTPResponse]:
        """Send a request and return its answer, not yet read."""
        ...


class ClientFetcher:
    """Fetches documents by a client, within the bounds of `Fetcher`.

    Args:
        http: a synchronous client; its certificates, proxies and transports are its own.
        networks: what may be reached beside the public internet; a proxy's network is one.
        clock: measures the deadline.
        resolve: turns a name into addresses.

    Raises:
        TypeError: an asynchronous client. Fetches run in a thread of their own.
    """

    __slots__ = ("_clock", "_http", "_networks", "_resolve", "_running")

    def __init__(
        self,
        http: HTTPClient,
        *,
        networks: Iterable[str | Network] = (),
        clock: Clock = SYSTEM,
        resolve: Resolve = resolve,
    ) -> None:
        if hasattr(http, "aclose") or not hasattr(http, "stream"):
            raise TypeError("http= is a synchronous client, such as httpx2.Client()")
        self._http = http
        self._networks = tuple(ip_network(network) for network in networks)
        self._clock = clock
        self._resolve = resolve
        self._running: Future[Document] | None = None

    def fetch(self, url: str, *, bytes_max: int) -> Document:
        """Get one document. Blocks; at most `FETCH_SECONDS_MAX` after the name is resolved.

        Raises:
            AddressRefused: the URL or an address may not be reached.
            Unreachable: the client failed, or was not done in time.
            BadAnswer: not status 200, encoded, or larger than `bytes_max`.
        """
        target = parse_target(url)
        addresses_of(target, self._networks, self._resolve)
        if self._running is not None and not self._running.done():
            raise Unreachable("the HTTP client still hangs in an earlier request")
        # A client's timeout is one of each step, and a head that drips has no end: the whole is
        # bounded by leaving it behind. One thread at most is left.
        flight = self._running = Future[Document]()
        threading.Thread(
            target=self._run,
            args=(flight, url, target, bytes_max),
            name="watchword-http",
            daemon=True,
        ).start()
        try:
            return flight.result(FETCH_SECONDS_MAX)
        except FetchFailed:
            raise
        except TimeoutError:
            raise Unreachable(f"no whole answer within {FETCH_SECONDS_MAX:g} s") from None
        except Exception as error:  # noqa: BLE001 - whatever a foreign client raises
            raise Unreachable("the HTTP client failed", detail=type(error).__name__) from None

    def _run(self, flight: "Future[Document]", url: str, target: Target, bytes_max: int) -> None:
        try:
            flight.set_result(self._get(url, target, bytes_max))
        except BaseException as error:  # noqa: BLE001 - the outermost rim of its thread
            flight.set_exception(error)

    def _get(self, url: str, target: Target, bytes_max: int) -> Document:
        ends_at = self._clock.monotonic() + FETCH_SECONDS_MAX
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        with self._http.stream(
            "GET", url, headers=headers, follow_redirects=False, timeout=FETCH_SECONDS_MAX
        ) as response:
            self._check_peer(response, target)
            if response.status_code != 200:
                raise BadAnswer(f"the answer has status {response.status_code}, not 200")
            if response.headers.get("content-encoding", "identity") != "identity":
                raise BadAnswer("the answer is encoded although that was not accepted")
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > bytes_max:
                    raise BadAnswer(f"the answer is larger than {bytes_max} bytes")
                if self._clock.monotonic() > ends_at:
                    raise Unreachable(f"no whole answer within {FETCH_SECONDS_MAX:g} s")
            said = response.headers
            return Document(
                bytes(body), said.get("cache-control", ""), said.get("content-type", "")
            )

    def _check_peer(self, response: HTTPResponse, target: Target) -> None:
        """Check whom the client asked: it resolved the name again, and may have been turned."""
        stream = response.extensions.get("network_stream")
        tell = getattr(stream, "get_extra_info", None)
        address = tell("server_addr") if tell is not None else None
        if not address:
            return  # a transport without a socket, such as one that answers from memory
        allowed = permit([str(address[0])], self._networks)
        if target.scheme == "http" and not allowed[0].is_loopback:
            raise BadAnswer("plain http was answered by another machine")
