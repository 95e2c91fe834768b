"""Documents that many read and few change: bytes made once, with a validator for caches.

Source: RFC 9110 sections 8.8.3 and 13.1.2 (ETag, If-None-Match); RFC 8414 section 3.2;
oauth.md E-2.
"""

import hashlib
import json
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from watchword.base.records import dataclass
from watchword.keys.live import LiveRing

__all__ = ["CACHE_SECONDS", "Document", "KeySetDocument", "answer", "document"]

CACHE_SECONDS = 300  # guards learn of a key within five minutes even without an unknown kid


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document as it is served."""

    body: bytes
    etag: str


def document(members: Mapping[str, object]) -> Document:
    """Return the document for `members`, in their order."""
    body = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return Document(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


class KeySetDocument:
    """The public keys that stand at the moment, as they are served.

    Args:
        live: the keys of the server.
    """

    __slots__ = ("_live", "_made")

    def __init__(self, live: LiveRing) -> None:
        self._live = live
        self._made = (live.ring, document(live.ring.publish()))

    @property
    def current(self) -> Document:
        """The document; made again when other keys stand."""
        ring, made = self._made
        if ring is not self._live.ring:
            ring = self._live.ring
            made = document(ring.publish())
            self._made = (ring, made)
        return made


def answer(request: Request, found: Document, *, media_type: str) -> Response:
    """Answer with the document, or with 304 where the reader has this one."""
    headers = {"cache-control": f"public, max-age={CACHE_SECONDS}", "etag": found.etag}
    wanted = request.headers.get("if-none-match", "")
    known = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
    if found.etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(found.body, headers=headers, media_type=media_type)
