"""The metadata of a protected resource: who issues tokens for it, and what may be asked for.

Source: RFC 9728 sections 2, 3 and 5; oauth.md M-5 and section 11 (Resource).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

__all__ = ["WELL_KNOWN", "address", "document", "path"]

WELL_KNOWN = "/.well-known/oauth-protected-resource"
_NO_TEXTS: Mapping[str, str] = MappingProxyType({})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Not of a resource: what a client may ask of any server, and what it need not be told to ask.
_NOT_OF_A_RESOURCE = frozenset({"offline_access"})


def path(resource: str) -> str | None:
    """Return where the document of a resource stands; None for a name that has none.

    Args:
        resource: its identifier, as `aud` names it. Only an https URL has a document, and for
            development http on this machine.
    """
    try:
        parts = urlsplit(resource)
        host = parts.hostname
    except ValueError:
        return None
    is_secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not (is_secure and host) or parts.fragment or "@" in parts.netloc:
        return None
    query = f"?{parts.query}" if parts.query else ""
    return WELL_KNOWN + ("" if parts.path == "/" else parts.path) + query


def address(resource: str) -> str | None:
    """Return the URL of a resource's document; None for a name that has none."""
    found = path(resource)
    if found is None:
        return None
    parts = urlsplit(resource)
    return f"{parts.scheme}://{parts.netloc}{found}"


def document(
    resource: str,
    *,
    issuer: str,
    scopes: Iterable[str] = (),
    texts: Mapping[str, str] = _NO_TEXTS,
    name: str = "",
) -> dict[str, object]:
    """Return the document; what is not known is left out.

    Args:
        resource: exactly as clients send it in `resource` and as `aud` names it.
        issuer: of its tokens.
        scopes: what its operations ask for.
        texts: what scopes mean, in words for people.
        name: of the resource, for people.
    """
    members: dict[str, object] = {
        "resource": resource,
        "authorization_servers": [issuer],
        "bearer_methods_supported": ["header"],
    }
    offered = [scope for scope in scopes if scope not in _NOT_OF_A_RESOURCE]
    if offered:
        members["scopes_supported"] = offered
    if name:
        members["resource_name"] = name
    if told := {scope: texts[scope] for scope in offered if texts.get(scope)}:
        members["watchword_scope_texts"] = told
    return members
