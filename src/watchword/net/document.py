"""What fetching a document means, whoever does it: the protocol, the answer, the checked address.

Source: security.md rule 102; tokens.md J-41.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from socket import IPPROTO_TCP, SOCK_STREAM, gaierror, getaddrinfo
from typing import Protocol

from watchword.base.records import dataclass
from watchword.net.address import Network, Target, permit
from watchword.net.errors import AddressRefused, Unreachable

__all__ = [
    "FETCH_SECONDS_MAX",
    "JSON_TYPES",
    "Answer",
    "Document",
    "Fetching",
    "Request",
    "Resolve",
    "Sending",
    "addresses_of",
    "resolve",
]

FETCH_SECONDS_MAX = 5.0  # from the resolver's answer to the last byte
JSON_TYPES = "application/json, application/jwk-set+json"
ADDRESSES_MAX = 4  # tried in turn, inside the one deadline

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Document:
    """What was fetched: the body, whole, what it says it is, and how long it may be kept."""

    body: bytes
    cache_control: str
    content_type: str = ""


class Fetching(Protocol):
    """Whoever brings documents from outside: `Fetcher`, or `ClientFetcher` over a client."""

    def fetch(self, url: str, *, bytes_max: int) -> Document:
        """Get one document, or raise FetchFailed. Blocks."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that is more than the wish for a document."""

    url: str  # https, or http to the machine itself
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # may hold a credential
    body: bytes = field(default=b"", repr=False)
    bytes_max: int = 64 * 1024  # the largest accepted body of the answer
    seconds_max: float = FETCH_SECONDS_MAX


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: tuple[tuple[str, str], ...]  # in their order; names in lower case
    body: bytes

    def header(self, name: str) -> str:
        """Return the values of one field, joined as one; empty where it is not there."""
        return ", ".join(value for each, value in self.headers if each == name)


class Sending(Protocol):
    """Whoever sends requests: `Fetcher`."""

    def send(self, request: Request) -> Answer:
        """Send one request, or raise FetchFailed. Blocks."""
        ...


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, by the system's resolver."""
    found = getaddrinfo(host, port, type=SOCK_STREAM, proto=IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def addresses_of(target: Target, networks: Iterable[Network], resolver: Resolve) -> tuple[str, ...]:
    """Return the addresses of a target, all of which may be reached.

    Raises:
        Unreachable: the name does not resolve.
        AddressRefused: one of the addresses may not be reached.
    """
    try:
        found = resolver(target.host, target.port)
    except (gaierror, UnicodeError):
        raise Unreachable("the name does not resolve", detail=target.host) from None
    if not found:
        raise Unreachable("the name does not resolve", detail=target.host)
    allowed = permit(found, networks)
    # Plain http was admitted by its name; the address must agree that it is this machine.
    if target.scheme == "http" and not all(address.is_loopback for address in allowed):
        raise AddressRefused("plain http is for the machine itself only; use https")
    return tuple(str(address) for address in allowed[:ADDRESSES_MAX])
