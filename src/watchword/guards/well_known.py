"""The document of a guarded API, which tells a client where to get a token for it.

Source: RFC 9728 section 3; oauth.md section 11 (Resource); oauth.md E-3 (CORS).
"""

import json
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from watchword.oauth.protected_resource import document, path

__all__ = ["resource_routes"]

CACHE_SECONDS = 300
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
}
_PREFLIGHT = {
    "Allow": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, mcp-protocol-version",
    "Access-Control-Max-Age": "600",
}


def resource_routes(
    resource: str, *, issuer: str, scopes: Callable[[], Mapping[str, str]], name: str = ""
) -> list[Route]:
    """Return the route of the document of a resource; none for a name that can have none.

    Args:
        resource: its identifier.
        issuer: of its tokens.
        scopes: returns what the routes ask for, with words, when all of them are declared.
        name: of the resource, for people.
    """
    place = path(resource)
    if place is None or "?" in place:  # no route tells queries apart
        return []

    def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_HEADERS | _PREFLIGHT)
        texts = scopes()
        told = document(resource, issuer=issuer, scopes=texts, texts=texts, name=name)
        cached = {"Cache-Control": f"public, max-age={CACHE_SECONDS}"}
        return Response(json.dumps(told), headers=_HEADERS | cached, media_type="application/json")

    return [Route(place, answer, methods=["GET", "OPTIONS"], name=f"watchword:{place}")]
