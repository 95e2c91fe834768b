"""Where a password and a token may go.

Source: RFC 6750 section 5.3; RFC 6454 section 4; OWASP ASVS 5.0 V10.3.
"""

import threading
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from watchword.client.errors import OriginRefused

__all__ = ["Locator", "Origin", "Reach", "origin_of", "require_private"]

Origin = tuple[str, str, int]  # scheme, host, port

_PORTS = {"https": 443, "http": 80}


class Locator(Protocol):
    """The URL of a request, as httpx2 and httpx have it."""

    @property
    def scheme(self) -> str:
        """Return the scheme in lower case."""
        ...

    @property
    def host(self) -> str:
        """Return the host in lower case, without brackets."""
        ...

    @property
    def port(self) -> int | None:
        """Return the port if it is not the usual one."""
        ...


class _Parts:
    """The same of a URL given as text."""

    def __init__(self, text: str) -> None:
        try:
            parts = urlsplit(text)
            self.scheme, self.host, self.port = parts.scheme, parts.hostname or "", parts.port
        except ValueError:
            raise ValueError(f"not a URL: {text!r}") from None
        if self.scheme not in _PORTS or not self.host:
            raise ValueError(f"not an http(s) URL: {text!r}")
        if "@" in parts.netloc:
            raise ValueError("credentials do not belong into a URL")


class Reach:
    """The origins that one login's tokens may be sent to.

    Where nothing is listed, the first request to another place than the issuer says where the API
    is: a link in an answer cannot lead the token away later.
    """

    __slots__ = ("_api", "_issuer", "_lock")

    def __init__(self, issuer: str, api: Iterable[str]) -> None:
        self._issuer = require_private(origin_of(issuer))
        self._api = frozenset(require_private(origin_of(url)) for url in api)
        self._lock = threading.Lock()

    def admit(self, url: Locator) -> None:
        """Return if the token may be sent there.

        Raises:
            OriginRefused: another origin, or plain http to another machine.
        """
        origin = require_private(origin_of(url))
        if origin == self._issuer:
            return
        with self._lock:
            self._api = self._api or frozenset({origin})
            admitted = origin in self._api
        if not admitted:
            scheme, host, port = origin
            raise OriginRefused(
                "the request leaves the API that this login is for; name further origins in api=",
                detail=f"{scheme}://{host}:{port}",
            )


def origin_of(url: str | Locator) -> Origin:
    """Return scheme, host and port of a URL.

    Raises:
        ValueError: text that is no http(s) URL.
    """
    parts = _Parts(url) if isinstance(url, str) else url
    return parts.scheme, parts.host, parts.port or _PORTS.get(parts.scheme, 0)


def require_private(origin: Origin) -> Origin:
    """Return the origin if what is sent there cannot be read on the way.

    Raises:
        OriginRefused: plain http to another machine.
    """
    scheme, host, _ = origin
    if scheme == "https" or (scheme == "http" and _is_loopback(host)):
        return origin
    raise OriginRefused(
        "passwords and tokens go over https only (plain http to the machine itself is allowed)",
        detail=f"{scheme}://{host}",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
