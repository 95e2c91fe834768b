"""Which pages of other origins may read which answers (CORS).

Metadata, keys, the token endpoint and `/me` are for applications of any origin: they carry no
cookie and no ambient authority. Nothing else is.

Source: Fetch section 3.2; RFC 9700 section 2.6; oauth.md E-3 and L-12.
"""

from enum import Enum

from starlette.requests import Request

from watchword.server.errors import OriginRefused

__all__ = ["Cors", "cors_headers", "is_preflight", "preflight_headers", "require_own_origin"]

_ALLOWED_HEADERS = "Authorization, Content-Type, DPoP, mcp-protocol-version"
_EXPOSED_HEADERS = "DPoP-Nonce, WWW-Authenticate"
_PREFLIGHT_SECONDS = 600  # browsers keep less than this or about this


class Cors(Enum):
    """Who may read the answers of a route from a page."""

    NONE = "none"
    OPEN = "open"  # any origin, never with credentials


def is_preflight(request: Request) -> bool:
    """Whether a browser asks before it sends."""
    return (
        request.method == "OPTIONS"
        and "origin" in request.headers
        and "access-control-request-method" in request.headers
    )


def preflight_headers(methods: str) -> dict[str, str]:
    """Return what a preflight of an open route is told."""
    return {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": methods,
        "access-control-allow-headers": _ALLOWED_HEADERS,
        "access-control-max-age": str(_PREFLIGHT_SECONDS),
    }


def cors_headers(cors: Cors) -> tuple[tuple[str, str], ...]:
    """Return what every answer of a route says, errors included."""
    if cors is Cors.NONE:
        return ()
    return (
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", _EXPOSED_HEADERS),
    )


def require_own_origin(request: Request, own: str) -> None:
    """Refuse a page of another origin.

    Raises:
        OriginRefused: an `Origin` header names another origin than `own`, or is repeated.
    """
    origins = request.headers.getlist("origin")
    if origins and origins != [own]:
        raise OriginRefused("this origin is not registered for the client")
