"""Scopes: reading the parameter, and what a client may have of a resource.

Source: RFC 6749 section 3.3; oauth.md L-13, T-3.
"""

from watchword.oauth.characters import is_scope_token
from watchword.oauth.clients import Client, Resource
from watchword.oauth.errors import InvalidScope

__all__ = ["SCOPES_MAX", "grant_scopes", "parse_scope"]

SCOPES_MAX = 100  # of one request


def parse_scope(text: str | None) -> tuple[str, ...] | None:
    """Return the scopes of a parameter in the order asked, each once; None where left out.

    Raises:
        InvalidScope: a character that no scope has, or too many scopes.
    """
    if text is None or not text.strip(" "):
        return None
    scopes = tuple(dict.fromkeys(text.strip(" ").split(" ")))
    if not all(is_scope_token(scope) for scope in scopes):
        raise InvalidScope("the scope is malformed; scopes are separated by one space")
    if len(scopes) > SCOPES_MAX:
        raise InvalidScope(f"more than {SCOPES_MAX} scopes")
    return scopes


def grant_scopes(
    asked: tuple[str, ...] | None, client: Client, resource: Resource
) -> tuple[str, ...]:
    """Decide what a login gets: what was asked, or all that the client may have of the resource.

    Raises:
        InvalidScope: a scope that the resource does not have, or the client may not.
    """
    available = tuple(
        name for name, _ in resource.scopes if client.scopes is None or name in client.scopes
    )
    if asked is None:
        return available
    excess = [scope for scope in asked if scope not in available]
    if excess:
        raise InvalidScope(detail=f"{client.client_id} asks {resource.identifier} for {excess}")
    return asked
