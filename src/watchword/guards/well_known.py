"""The route of a guarded API's document, in applications of Starlette and FastAPI.

Source: RFC 9728 section 3; oauth.md section 11 (Resource).
"""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from watchword.guards.document import ResourceDocument
from watchword.guards.door import response_of

__all__ = ["document_routes", "resource_routes"]


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
    return document_routes(ResourceDocument(resource, issuer=issuer, scopes=scopes, name=name))


def document_routes(document: ResourceDocument) -> list[Route]:
    """Return the routes of a document."""

    def answer(request: Request) -> Response:
        return response_of(document.answer(request.method))

    return [
        Route(place, answer, methods=["GET", "OPTIONS"], name=f"watchword:{place}")
        for place in document.paths
    ]
