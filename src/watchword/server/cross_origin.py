"""Which pages of other origins may read which answers (CORS).

Metadata, keys, the token endpoint and `/me` are for applications of any origin: they carry no
cookie and no ambient authority. The login API is for the origins that its clients list: a preflight
does not say its client, so it is answered for an origin that any first-party client lists, and the
request itself is held against the one client that it names. Nothing else is open.

Source: Fetch section 3.2; RFC 9700 section 2.6; oauth.md E-3 and L-12.
"""

from enum import Enum
from typing import Protocol

from starlette.requests import Request

from watchword.server.errors import OriginRefused

__all__ = [
    "Cors",
    "Listing",
    "cors_headers",
    "foreign_page",
    "is_preflight",
    "listed_headers",
    "preflight_headers",
]

_ALLOWED_HEADERS = "Authorization, Content-Type, DPoP, mcp-protocol-version"
_EXPOSED_HEADERS = "DPoP-Nonce, WWW-Authenticate, Watchword-Trace"
_PREFLIGHT_SECONDS = 600  # browsers keep less than this or about this


class Cors(Enum):
    """Who may read the answers of a route from a page."""

    NONE = "none"
    LISTED = "listed"  # the origins that first-party clients list, never with credentials
    OPEN = "open"  # any origin, never with credentials


class Listing(Protocol):
    """Where the listed origins are."""

    async def list_allowed_origins(self) -> frozenset[str]:
        """Return the origins of pages that active first-party clients list."""
        ...


def is_preflight(request: Request) -> bool:
    """Whether a browser asks before it sends."""
    return (
        request.method == "OPTIONS"
        and "origin" in request.headers
        and "access-control-request-method" in request.headers
    )


def preflight_headers(methods: str) -> dict[str, str]:
    """Return what a preflight of a page that may ask is told, beside `cors_headers`."""
    return {
        "access-control-allow-methods": methods,
        "access-control-allow-headers": _ALLOWED_HEADERS,
        "access-control-max-age": str(_PREFLIGHT_SECONDS),
    }


def cors_headers(cors: Cors) -> tuple[tuple[str, str], ...]:
    """Return what every answer of a route says, errors included."""
    match cors:
        case Cors.NONE:
            return ()
        case Cors.LISTED:
            return (("vary", "Origin"),)
        case Cors.OPEN:
            return _readable_by("*")


async def listed_headers(
    request: Request, own: str, clients: Listing
) -> tuple[tuple[str, str], ...]:
    """Return what the answer to a page says whose origin some first-party client lists."""
    origins = request.headers.getlist("origin")
    if not origins or origins == [own] or origins[0] not in await clients.list_allowed_origins():
        return ()
    return _readable_by(origins[0])


def foreign_page(request: Request, own: str) -> str | None:
    """Return the origin of the page that sent a request; None for a program or an own page.

    Raises:
        OriginRefused: the header is repeated.
    """
    origins = request.headers.getlist("origin")
    if len(origins) > 1:
        raise OriginRefused("this origin is not registered for the client")
    return None if not origins or origins == [own] else origins[0]


def _readable_by(origin: str) -> tuple[tuple[str, str], ...]:
    return (
        ("access-control-allow-origin", origin),
        ("access-control-expose-headers", _EXPOSED_HEADERS),
    )
