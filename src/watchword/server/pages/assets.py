"""Static files of the pages, addressed by their content so that a browser may keep them.

Source: users.md U93 (cacheable assets by hash).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

__all__ = ["Asset", "load_assets", "own_assets"]

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, as it is served."""

    name: str
    content_type: str
    body: bytes
    version: str  # part of the URL; changes with the content

    @property
    def path(self) -> str:
        """The path below the server's own."""
        return f"/static/{self.version}/{self.name}"


def load_assets(directory: Traversable) -> Mapping[str, Asset]:
    """Read every file of a folder whose type the pages use."""
    found = {}
    for entry in sorted(directory.iterdir(), key=lambda entry: entry.name):
        content_type = CONTENT_TYPES.get(f".{entry.name.rpartition('.')[2]}")
        if content_type is not None:
            body = entry.read_bytes()
            version = hashlib.sha256(body).hexdigest()[:16]
            found[entry.name] = Asset(entry.name, content_type, body, version)
    return MappingProxyType(found)


@cache
def own_assets() -> Mapping[str, Asset]:
    """Return the files of `server/pages/static`, read once."""
    return load_assets(files("watchword.server.pages").joinpath("static"))
