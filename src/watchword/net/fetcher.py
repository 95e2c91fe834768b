"""The fetcher: every document from outside comes through here.

A name is resolved once, every address behind it is checked, and the connection goes to a checked
address, so that a second answer of the resolver cannot turn it. One deadline covers the whole
request, down to a header that arrives byte by byte. Redirects are not followed and proxies not
asked.

Source: security.md rule 102; tokens.md J-41.
"""

import contextlib
import ssl
from collections.abc import Iterable, Iterator
from ipaddress import ip_network

import httpcore2

from watchword.base.clock import SYSTEM, Clock
from watchword.net.address import LOOPBACK, Network, Target, is_loopback_host, parse_target
from watchword.net.document import (
    Answer,
    Document,
    Request,
    Resolve,
    addresses_of,
    resolve,
)
from watchword.net.errors import BadAnswer, Unreachable

__all__ = ["JSON_TYPES", "Fetcher", "fetcher_for"]

JSON_TYPES = "application/json, application/jwk-set+json"
HEAD_BYTES_MAX = 32 * 1024  # status line, headers and chunk framing; common servers send under 2


def fetcher_for(url: str, *, accept: str = JSON_TYPES) -> "Fetcher":
    """Return a fetcher for documents named by the operator at `url`.

    Only where that is on the machine itself may anything on the machine be reached: an issuer
    elsewhere cannot name a local service as the place of its keys.
    """
    local = is_loopback_host(parse_target(url).host)
    return Fetcher(networks=LOOPBACK if local else (), accept=accept)


class Fetcher:
    """Fetches documents over https, within bounds.

    Args:
        networks: what may be reached beside the public internet, such as `["10.0.0.0/8"]`.
        tls: a context of the caller's own, for a private certificate authority.
        clock: measures the deadline.
        resolve: turns a name into addresses.
        accept: the media types that are asked for.
    """

    __slots__ = ("_accept", "_clock", "_networks", "_resolve", "_tls")

    def __init__(
        self,
        *,
        networks: Iterable[str | Network] = (),
        tls: ssl.SSLContext | None = None,
        clock: Clock = SYSTEM,
        resolve: Resolve = resolve,
        accept: str = JSON_TYPES,
    ) -> None:
        self._accept = accept
        self._networks = tuple(ip_network(network) for network in networks)
        self._tls = tls or httpcore2.default_ssl_context()
        self._clock = clock
        self._resolve = resolve

    def fetch(self, url: str, *, bytes_max: int) -> Document:
        """Get one document. Blocks; at most `FETCH_SECONDS_MAX` after the name is resolved.

        Args:
            url: https, or http to the machine itself where that is among the networks.
            bytes_max: the largest accepted body.

        Raises:
            AddressRefused: the URL or its address may not be reached.
            Unreachable: no connection, or not in time.
            BadAnswer: not status 200, encoded, or larger than `bytes_max`.
        """
        answer = self.send(Request(url=url, bytes_max=bytes_max))
        if answer.status != 200:
            raise BadAnswer(f"the answer has status {answer.status}, not 200")
        return Document(answer.body, answer.header("cache-control"), answer.header("content-type"))

    def send(self, request: Request) -> Answer:
        """Send one request and return the answer, whatever its status. Blocks within its bound.

        Raises:
            AddressRefused: the URL or its address may not be reached.
            Unreachable: no connection, or not in time.
            BadAnswer: no HTTP, encoded, or larger than the request allows.
        """
        target = parse_target(request.url)
        backend = _PinnedBackend(
            addresses_of(target, self._networks, self._resolve),
            deadline=_Deadline(self._clock, request.seconds_max),
            bytes_max=request.bytes_max,
        )
        with (
            _translated(request.seconds_max),
            httpcore2.ConnectionPool(
                ssl_context=self._tls, network_backend=backend, max_connections=1
            ) as pool,
        ):
            url = httpcore2.URL(
                scheme=target.scheme.encode(),
                host=target.host.encode(),
                port=target.port,
                target=target.path.encode(),
            )
            headers = self._headers(target, request)
            with pool.stream(
                request.method, url, headers=headers, content=request.body or None
            ) as response:
                return _read(response, request.bytes_max)

    def _headers(self, target: Target, request: Request) -> list[tuple[bytes, bytes]]:
        host = f"[{target.host}]" if ":" in target.host else target.host
        fields = {
            "Host": f"{host}:{target.port}",
            "Accept": self._accept,
            "Accept-Encoding": "identity",
            "User-Agent": "watchword",
            **({"Content-Length": str(len(request.body))} if request.body else {}),
            **request.headers,
        }
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields.items()]


def _read(response: httpcore2.Response, bytes_max: int) -> Answer:
    headers = tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in response.headers
    )
    answer = Answer(response.status, headers, b"")
    if answer.header("content-encoding") not in {"", "identity"}:
        raise BadAnswer("the answer is encoded although that was not accepted")
    body = bytearray()
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > bytes_max:
            raise BadAnswer(f"the answer is larger than {bytes_max} bytes")
    return Answer(response.status, headers, bytes(body))


@contextlib.contextmanager
def _translated(seconds_max: float) -> Iterator[None]:
    """Turn the library's exceptions into ours."""
    try:
        yield
    except httpcore2.TimeoutException:
        raise Unreachable(f"no whole answer within {seconds_max:g} s") from None
    except httpcore2.NetworkError as error:
        raise Unreachable("no connection", detail=str(error)) from None
    except httpcore2.ProtocolError as error:
        raise BadAnswer("the answer is not HTTP", detail=str(error)) from None


class _Deadline:
    """The end of one request, on the monotonic clock."""

    __slots__ = ("_clock", "_ends_at")

    def __init__(self, clock: Clock, seconds_max: float) -> None:
        self._clock = clock
        self._ends_at = clock.monotonic() + seconds_max

    def seconds_left(self) -> float:
        """Return what is left, as a timeout for one more system call."""
        left = self._ends_at - self._clock.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("deadline passed")
        return left


class _PinnedBackend(httpcore2.NetworkBackend):
    """Connects to the checked addresses only, whatever name is asked for."""

    def __init__(self, addresses: tuple[str, ...], *, deadline: _Deadline, bytes_max: int) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._bytes_max = bytes_max + HEAD_BYTES_MAX
        self._system = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002  # the name was resolved and checked before
        port: int,
        timeout: float | None = None,  # noqa: ARG002  # the deadline replaces it
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers."""
        failure: Exception = httpcore2.ConnectError("no address")
        for address in self._addresses:
            try:
                stream = self._system.connect_tcp(
                    address, port, self._deadline.seconds_left(), local_address, socket_options
                )
            except httpcore2.ConnectError as error:
                failure = error
            else:
                return _BoundedStream(stream, deadline=self._deadline, bytes_max=self._bytes_max)
        raise failure


class _BoundedStream(httpcore2.NetworkStream):
    """A connection whose every read and write stays inside one deadline and one size."""

    def __init__(
        self, inner: httpcore2.NetworkStream, *, deadline: _Deadline, bytes_max: int
    ) -> None:
        self._inner = inner
        self._deadline = deadline
        self._bytes_left = bytes_max

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  # deadline
        """Read what has come, or fail at the deadline."""
        data = self._inner.read(max_bytes, self._deadline.seconds_left())
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise BadAnswer("the answer is larger than its bound")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  # deadline
        """Write, or fail at the deadline."""
        self._inner.write(buffer, self._deadline.seconds_left())

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  # the deadline replaces it
    ) -> httpcore2.NetworkStream:
        """Begin TLS under the name of the URL, not under the address."""
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.seconds_left())
        return _BoundedStream(inner, deadline=self._deadline, bytes_max=self._bytes_left)

    def get_extra_info(self, info: str) -> object:
        """Pass on what the connection says about itself."""
        return self._inner.get_extra_info(info)
