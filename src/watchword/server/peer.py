"""Where a request came from: the address of its client and what its browser says it is.

Source: security.md rule 97; OWASP ASVS 5.0 V7.5.2.
"""

from collections.abc import Sequence
from contextvars import ContextVar

from starlette.requests import HTTPConnection

from watchword.accounts.origin import DEVICE_CHARACTERS_MAX, Origin
from watchword.accounts.throttle import network_of
from watchword.server.addresses import Network, client_address

__all__ = ["answering", "network_being_answered", "origin_of"]

# Whoever looks a client up does not know for whom; only a fetch, which is rare, asks.
_answered: ContextVar[HTTPConnection | None] = ContextVar("watchword_answered", default=None)


def origin_of(request: HTTPConnection, proxies: Sequence[Network]) -> Origin:
    """Return the origin of a request, as far as the server can know it."""
    peer = None if request.client is None else request.client.host
    forwarded = request.headers.getlist("x-forwarded-for") if proxies else ()
    address = client_address(peer, forwarded, proxies)
    return Origin(address, _device(request.headers.get("user-agent", "")))


class answering:  # noqa: N801  # reads as contextlib.suppress does, and is entered by each request
    """Say which request is being answered, for as long as it takes."""

    __slots__ = ("_before", "_request")

    def __init__(self, request: HTTPConnection) -> None:
        self._request = request

    def __enter__(self) -> None:
        self._before = _answered.set(self._request)

    def __exit__(self, *raised: object) -> None:
        _answered.reset(self._before)


def network_being_answered(proxies: Sequence[Network]) -> str | None:
    """Return the network whose request is being answered; None where there is none."""
    request = _answered.get()
    return None if request is None else network_of(origin_of(request, proxies))


def _device(user_agent: str) -> str | None:
    """Return what a browser says it is, in characters that a page and a log can show."""
    shown = user_agent[:DEVICE_CHARACTERS_MAX]
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else " " for c in shown)
    return shown.strip() or None
