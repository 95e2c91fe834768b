"""Where a request came from: the address of its client and what its browser says it is.

Source: security.md rule 97; OWASP ASVS 5.0 V7.5.2.
"""

from collections.abc import Sequence

from starlette.requests import HTTPConnection

from watchword.accounts.origin import DEVICE_CHARACTERS_MAX, Origin
from watchword.server.addresses import Network, client_address

__all__ = ["origin_of"]


def origin_of(request: HTTPConnection, proxies: Sequence[Network]) -> Origin:
    """Return the origin of a request, as far as the server can know it."""
    peer = None if request.client is None else request.client.host
    forwarded = request.headers.getlist("x-forwarded-for") if proxies else ()
    address = client_address(peer, forwarded, proxies)
    return Origin(address, _device(request.headers.get("user-agent", "")))


def _device(user_agent: str) -> str | None:
    """Return what a browser says it is, in characters that a page and a log can show."""
    shown = user_agent[:DEVICE_CHARACTERS_MAX]
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else " " for c in shown)
    return shown.strip() or None
