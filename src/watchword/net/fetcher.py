"""The fetcher: every document from outside comes through here.

A name is resolved once, every address behind it is checked, and the connection goes to a checked
address, so that a second answer of the resolver cannot turn it. One deadline covers the whole
request, down to a header that arrives byte by byte. Redirects are not followed and proxies not
asked.

Source: security.md rule 102; tokens.md J-41.
"""

import ssl
from collections.abc import Iterable
from ipaddress import ip_network

import httpcore2

from watchword.base.clock import SYSTEM, Clock
from watchword.net.address import LOOPBACK, Network, Target, is_loopback_host, parse_target
from watchword.net.bounded import BoundedBackend, Spending, translated
from watchword.net.document import (
    JSON_TYPES,
    Answer,
    Document,
    Request,
    Resolve,
    addresses_of,
    resolve,
)
from watchword.net.errors import BadAnswer

__all__ = ["Fetcher", "fetcher_for"]


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
        addresses = addresses_of(target, self._networks, self._resolve)
        backend = BoundedBackend(lambda _target: addresses)
        spending = Spending.begin(request, target, self._clock)
        with (
            translated(spending),
            backend.within(spending),
            httpcore2.ConnectionPool(
                ssl_context=self._tls, network_backend=backend, max_connections=1
            ) as pool,
        ):
            return self._exchange(pool, target, request)

    def _exchange(self, pool: httpcore2.ConnectionPool, target: Target, request: Request) -> Answer:
        """Send a request over a connection of the pool and read the answer."""
        url = httpcore2.URL(
            scheme=target.scheme.encode(),
            host=target.host.encode(),
            port=target.port,
            target=target.path.encode(),
        )
        with pool.stream(
            request.method,
            url,
            headers=self._headers(target, request),
            content=request.body or None,
            extensions={"timeout": {"pool": request.seconds_max}},
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
