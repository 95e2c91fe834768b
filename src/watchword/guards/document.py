"""The document of a guarded API, which tells a client where to get a token for it.

Source: RFC 9728 section 3; oauth.md section 11 (Resource); oauth.md E-3 (CORS).
"""

import json
from collections.abc import Callable, Mapping

from watchword.guards.answers import Answer
from watchword.oauth.protected_resource import document, path

__all__ = ["METHODS", "ResourceDocument"]

METHODS = ("GET", "HEAD", "OPTIONS")
CACHE_SECONDS = 300
_COMMON = (("Access-Control-Allow-Origin", "*"), ("X-Content-Type-Options", "nosniff"))
_PREFLIGHT = (
    ("Allow", ", ".join(METHODS)),
    ("Access-Control-Allow-Methods", ", ".join(METHODS)),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, mcp-protocol-version"),
    ("Access-Control-Max-Age", "600"),
)


class ResourceDocument:
    """Says who issues tokens for a resource, and what may be asked for.

    Args:
        resource: its identifier.
        issuer: of its tokens.
        scopes: returns what the routes ask for, with words, when all of them are declared.
        name: of the resource, for people.
    """

    def __init__(
        self, resource: str, *, issuer: str, scopes: Callable[[], Mapping[str, str]], name: str = ""
    ) -> None:
        self._resource, self._issuer, self._scopes, self._name = resource, issuer, scopes, name
        place = path(resource)
        # No route tells queries apart, and a name that is no URL has no document.
        self.paths: tuple[str, ...] = () if place is None or "?" in place else (place,)
        """Where it stands; empty for a resource that can have none."""

    def answer(self, method: str) -> Answer:
        """Return the answer to a request for it, by one of `METHODS`."""
        if method == "OPTIONS":
            return Answer(204, (*_COMMON, *_PREFLIGHT), b"")
        texts = self._scopes()
        told = document(
            self._resource, issuer=self._issuer, scopes=texts, texts=texts, name=self._name
        )
        body = b"" if method == "HEAD" else json.dumps(told).encode()
        headers = (
            *_COMMON,
            ("Cache-Control", f"public, max-age={CACHE_SECONDS}"),
            ("Content-Type", "application/json"),
        )
        return Answer(200, headers, body)
