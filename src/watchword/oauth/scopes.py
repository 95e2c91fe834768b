"""Scopes: reading the parameter, and what a client may have of a resource.

Source: RFC 6749 section 3.3; OpenID Connect Core sections 3.1.2.1, 5.4 and 11; oauth.md L-13, T-3.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from watchword.oauth.causes import NO_SCOPE
from watchword.oauth.characters import is_scope_token
from watchword.oauth.clients import Client, ClientOrigin, Resource
from watchword.oauth.errors import InvalidScope

__all__ = [
    "IDENTITY_SCOPES",
    "OFFLINE_ACCESS",
    "OPENID",
    "PROFILE",
    "SCOPES_MAX",
    "TOLD_SCOPES",
    "excess",
    "grant_scopes",
    "is_administrative",
    "may_have",
    "parse_scope",
]

SCOPES_MAX = 100  # of one request
NAMED_CHARACTERS_MAX = 100  # of a scope that is refused; of several, twice as many
OPENID = "openid"
PROFILE = "profile"
STRANGERS = frozenset({ClientOrigin.DYNAMIC, ClientOrigin.DOCUMENT})
_WORDS = re.compile(r"[:./_-]")
OFFLINE_ACCESS = "offline_access"

# Scopes that belong to no resource, with what they allow in plain words. They are about the person
# who signs in, so every client may ask for them, whatever it is entitled to of a resource.
TOLD_SCOPES: Mapping[str, str] = MappingProxyType(
    {
        OPENID: "Know that it is you, each time you sign in",
        PROFILE: "See your name, your user name and your language",
        "email": "See your e-mail address",
        OFFLINE_ACCESS: "Keep its access while you are signed out",
    }
)
# Clients ask by habit for the two others of the standard, for which nothing is stored here: they
# are granted, tell nothing, and are listed nowhere (OpenID Connect Core section 5.3.2).
IDENTITY_SCOPES = frozenset({*TOLD_SCOPES, "address", "phone"})


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


def is_administrative(scope: str) -> bool:
    """Whether a scope is for those who run a service: `admin` is one of its words, in any case.

    It is listed nowhere, because common clients ask for all that is (oauth.md M-3).
    """
    return "admin" in _WORDS.split(scope.casefold())


def may_have(client: Client, scope: str) -> bool:
    """Whether a client is entitled to a scope of a resource.

    One that brought itself is entitled to what people may allow it, and never to an administrator's
    scope, whoever allows it (oauth.md C-5).
    """
    if client.origin in STRANGERS and is_administrative(scope):
        return False
    return client.scopes is None or scope in client.scopes


def excess(scopes: Sequence[str], *, whose: str) -> InvalidScope:
    """Return the refusal of scopes that are not to be had, which names them.

    The peer sent them and is told the first; whether it exists anywhere is not said.

    Args:
        scopes: one at least, well formed.
        whose: what they are of, for the operator.
    """
    text = f"the scope {scopes[0][:NAMED_CHARACTERS_MAX]} is unknown or more than may be granted"
    named = " ".join(scopes)[: 2 * NAMED_CHARACTERS_MAX]
    return InvalidScope(text, detail=f"{whose}: {named}: {NO_SCOPE}")


def grant_scopes(
    asked: tuple[str, ...] | None, client: Client, resource: Resource
) -> tuple[str, ...]:
    """Decide what a login gets: what was asked, or all that the client may have of the resource.

    The scopes of a person's identity come only to whoever asks for them.

    Raises:
        InvalidScope: a scope that the resource does not have, or the client may not.
    """
    available = tuple(name for name, _ in resource.scopes if may_have(client, name))
    if asked is None:
        return available
    further = [scope for scope in asked if scope not in IDENTITY_SCOPES.union(available)]
    if further:
        raise excess(further, whose=f"{client.client_id} at {resource.identifier}")
    return asked
