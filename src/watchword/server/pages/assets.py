"""Static files of the pages, addressed by their content so that a browser may keep them.

Source: users.md U93 (cacheable assets by hash).
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from watchword.base.records import dataclass

__all__ = ["Asset", "load_assets", "make_asset", "own_assets"]

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
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
    """Read every file of a folder whose type the pages use.

    Scripts import one another by a relative address, which leaves the version as it is: so all
    scripts of a folder have one version, and none of them meets one of another release.
    """
    entries = sorted(directory.iterdir(), key=lambda entry: entry.name)
    bodies = {
        entry.name: entry.read_bytes() for entry in entries if entry.is_file() and _type(entry.name)
    }
    scripts = _version(b"".join(bodies[name] for name in bodies if name.endswith(".js")))
    return MappingProxyType(
        {
            name: Asset(
                name, _type(name), body, scripts if name.endswith(".js") else _version(body)
            )
            for name, body in bodies.items()
        }
    )


def make_asset(name: str, body: bytes) -> Asset:
    """Return an asset that is no file of this package."""
    return Asset(name, _type(name), body, _version(body))


@cache
def own_assets() -> Mapping[str, Asset]:
    """Return the files of `server/pages/static` and of the inspector's script, read once."""
    folder = files("watchword.server.pages").joinpath("static")
    scripts = load_assets(folder.joinpath("inspector"))
    return MappingProxyType({**load_assets(folder), **scripts})


def _type(name: str) -> str:
    """Return the content type of a file, or "" for what the pages do not use."""
    return CONTENT_TYPES.get(f".{name.rpartition('.')[2]}", "")


def _version(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]
