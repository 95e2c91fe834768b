"""The documents that clients and guards fetch: metadata and keys.

Source: RFC 8414 section 3; OpenID Connect Discovery section 4; RFC 7517 section 5;
RFC 9728 section 3; oauth.md M-1.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.server.documents import answer
from watchword.server.runtime import Runtime

__all__ = ["jwks", "metadata", "own_resource"]


async def metadata(request: Request, runtime: Runtime) -> Response:
    """Answer with the one metadata document."""
    return answer(request, runtime.metadata, media_type="application/json")


async def jwks(request: Request, runtime: Runtime) -> Response:
    """Answer with the public keys."""
    return answer(request, runtime.jwks.current, media_type="application/jwk-set+json")


async def own_resource(request: Request, runtime: Runtime) -> Response:
    """Answer with the document of the server's own APIs, such as `/me`."""
    return answer(request, runtime.own_resource, media_type="application/json")
