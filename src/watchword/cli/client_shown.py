"""A client as `watchword app` shows it: a line of a list, or all of it.

Source: oauth.md C-1; decisions/0165.
"""

import json
from datetime import UTC, datetime

from watchword.cli.printing import harmless
from watchword.oauth.clients import Client
from watchword.oauth.registration.administration import KeptClient

__all__ = ["as_json", "line"]


def line(kept: KeptClient) -> str:
    """Return a client as one line of a list."""
    client = kept.client
    kind = "first-party" if client.is_first_party else client.origin.value
    proof = "confidential" if client.is_confidential else "public"
    state = "active" if kept.is_active else "disabled"
    return f"{client.client_id:24} {state:9} {kind:14} {proof:13} {harmless(client.name)}"


def as_json(kept: KeptClient) -> dict[str, object]:
    """Return a client as the members of a JSON object, without what is empty."""
    client = kept.client
    members: dict[str, object] = {
        "client_id": client.client_id,
        "name": client.name,
        "state": "active" if kept.is_active else "disabled",
        "origin": client.origin.value,
        "created_at": datetime.fromtimestamp(kept.created_at, UTC).isoformat(),
        "first_party": client.is_first_party,
        "default": client.is_default,
        "auth_methods": sorted(method.value for method in client.auth_methods),
        "grant_types": sorted(client.grant_types),
        "scopes": None if client.scopes is None else sorted(client.scopes),
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "allowed_origins": list(client.allowed_origins),
        "require_pkce": client.requires_pkce,
        "id_token_alg": client.id_token_alg,
        **_keys(client),
        **client.details,
    }
    return {member: value for member, value in members.items() if value not in (None, [])}


def _keys(client: Client) -> dict[str, object]:
    jwks = None if client.jwks is None else json.loads(client.jwks)
    return {"jwks": jwks, "jwks_uri": client.jwks_uri}
