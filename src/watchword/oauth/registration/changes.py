"""What an administrator says anew of a client that is kept, whichever door it comes by.

Who a client is to its people, first-party or a stranger, and how it proves who it is were looked at
when it was added. They stay: another client is added in its place.

Source: oauth.md C-1, F-3; users.md U64.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypedDict

from watchword.oauth.clients import AuthMethod, Client
from watchword.oauth.registration.client_rules import check_client
from watchword.oauth.registration.errors import ClientRefused

__all__ = ["ClientChanges", "changed"]


class ClientChanges(TypedDict, total=False):
    """What may be said anew, each in the place of all that was said before; see `ClientMembers`.

    What is left out stays. None takes a member away; of scopes, it lets the client ask for all that
    there are. Keys by value take the place of keys by address, and the other way round.
    """

    name: str
    redirect_uris: Iterable[str]
    post_logout_redirect_uris: Iterable[str]
    allowed_origins: Iterable[str]
    scopes: Iterable[str] | None
    grant_types: Iterable[str]
    jwks: Mapping[str, object] | str
    jwks_uri: str
    require_pkce: bool
    id_token_alg: str | None
    logo_uri: str | None


def changed(client: Client, changes: ClientChanges) -> Client:
    """Return a client with what was said of it, checked.

    Raises:
        ClientRefused: names the member and what to do.
    """
    scopes = changes.get("scopes", client.scopes)
    jwks, jwks_uri = _keys(client, changes)
    found = replace(
        client,
        name=changes.get("name", client.name),
        redirect_uris=tuple(changes.get("redirect_uris", client.redirect_uris)),
        post_logout_redirect_uris=tuple(
            changes.get("post_logout_redirect_uris", client.post_logout_redirect_uris)
        ),
        allowed_origins=tuple(changes.get("allowed_origins", client.allowed_origins)),
        scopes=None if scopes is None else frozenset(scopes),
        grant_types=frozenset(changes.get("grant_types", client.grant_types)),
        jwks=jwks,
        jwks_uri=jwks_uri,
        requires_pkce=changes.get("require_pkce", client.requires_pkce),
        id_token_alg=changes.get("id_token_alg", client.id_token_alg),
        details=_shown(client.details, changes),
    )
    check_client(found)
    return found


def _keys(client: Client, changes: ClientChanges) -> tuple[str | None, str | None]:
    """Return the public keys, by value or by address."""
    said = [member for member in ("jwks", "jwks_uri") if member in changes]
    if not said:
        return client.jwks, client.jwks_uri
    if AuthMethod.PRIVATE_KEY_JWT not in client.auth_methods:
        text = "is for clients that prove themselves by keys, and this one does not"
        raise ClientRefused(said[0], text, fix="Add another client that has keys")
    jwks = changes.get("jwks")
    as_text = jwks if jwks is None or isinstance(jwks, str) else json.dumps(jwks)
    return as_text, changes.get("jwks_uri")


def _shown(details: Mapping[str, str], changes: ClientChanges) -> Mapping[str, str]:
    """Return what pages show of a client, with another logo, or without one."""
    if "logo_uri" not in changes:
        return details
    others = {name: value for name, value in details.items() if name != "logo_uri"}
    logo = changes["logo_uri"]
    return others if logo is None else {**others, "logo_uri": logo}
