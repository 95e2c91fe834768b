"""What an ASGI connection presents to a guard.

Source: ASGI specification 3.0 (HTTP connection scope), and its TLS extension 0.2.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

from watchword.guards.core import Core
from watchword.guards.presented import Presented
from watchword.oauth.certificates import certificate_of

__all__ = ["endpoint_of", "presented"]

_PATH_CHARACTERS = "/:@!$&'()*+,;=-._~"


def presented(core: Core, scope: MutableMapping[str, Any]) -> Presented:
    """Return what one connection presents."""
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    raw: bytes | None = scope.get("raw_path")
    path = quote(scope["path"], safe=_PATH_CHARACTERS) if not raw else raw.decode("latin-1")
    return core.presented(
        headers,
        method=scope.get("method", "GET"),
        path=path.partition("?")[0],
        query=scope.get("query_string", b""),
        certificate=_certificate(scope.get("extensions")),
    )


def endpoint_of(scope: MutableMapping[str, Any]) -> str:
    """Return method and path of the route that a connection has reached."""
    path = getattr(scope.get("route"), "path", None) or scope["path"]
    return f"{scope.get('method', 'GET')} {path}"


def _certificate(extensions: Mapping[str, Any] | None) -> bytes | None:
    """Return the client's certificate as the server saw it, where it tells."""
    chain = ((extensions or {}).get("tls") or {}).get("client_cert_chain") or ()
    return certificate_of(tuple(chain)[:1])
