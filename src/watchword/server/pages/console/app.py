"""One application: how it is known here, and what has to be said to it so that it signs people in.

Source: users.md U40 and U43.
"""

import json
import shlex
from collections.abc import Mapping

from starlette.responses import Response

from watchword.oauth.clients import Client
from watchword.oauth.registration.administration import KeptClient
from watchword.server.administration.desk import Desk
from watchword.server.pages.account.frame import Member
from watchword.server.pages.ago import ago
from watchword.server.pages.console.calls import calls_of, of_client
from watchword.server.pages.console.frame import show_console
from watchword.server.pages.problem import not_found_page

__all__ = ["show_client", "variables", "written"]

PATH = "/admin/apps"


async def show_client(client_id: str, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/apps?id=...`."""
    kept = await desk.store.find_kept_client(client_id)
    if kept is None:
        return not_found_page(member.guest.site)
    issuer = desk.runtime.settings.issuer
    values = {
        "kept": kept,
        "facts": _facts(kept),
        "since": ago(kept.created_at, member.now) if kept.created_at else None,
        "variables": variables(kept.client, issuer),
        "written": written(kept.client, issuer),
        "calls": calls_of(desk, [of_client(kept)]) if desk.may("update", "client") else [],
    }
    return show_console(member, "app.html", values, here=PATH)


def variables(client: Client, issuer: str) -> str:
    """Return the lines of an environment file. A secret is left to be filled in."""
    values = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": client.client_id}
    if client.secret_hash is not None:
        values["OIDC_CLIENT_SECRET"] = ""
    if client.redirect_uris:
        values["OIDC_REDIRECT_URI"] = client.redirect_uris[0]
    lines = (f"{name}={shlex.quote(value) if value else ''}" for name, value in values.items())
    return "\n".join(lines)


def written(client: Client, issuer: str) -> str:
    """Return the same as JSON, in the words of RFC 7591 section 2."""
    members: dict[str, object] = {
        "issuer": issuer,
        "client_id": client.client_id,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": sorted(client.grant_types),
        "token_endpoint_auth_method": min(one.value for one in client.auth_methods),
    }
    if client.scopes is not None:
        members["scope"] = " ".join(sorted(client.scopes))
    return json.dumps(members, indent=2)


def _facts(kept: KeptClient) -> Mapping[str, tuple[str, ...]]:
    """Return what is registered, by its name in the standards, which no language translates."""
    client = kept.client
    return {
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "grant_types": tuple(sorted(client.grant_types)),
        "token_endpoint_auth_method": tuple(sorted(one.value for one in client.auth_methods)),
        "scope": tuple(sorted(client.scopes or ())),
    }
