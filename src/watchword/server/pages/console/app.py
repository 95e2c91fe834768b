"""One application: how it is known here, and what has to be said to it so that it signs people in.

Source: users.md U40 and U43.
"""

import json
import shlex
from collections.abc import Mapping
from urllib.parse import quote

from starlette.responses import Response

from watchword.base.secrets import Secret
from watchword.oauth.clients import Client, ClientOrigin
from watchword.oauth.registration.administration import KeptClient
from watchword.server.administration import clients
from watchword.server.administration.desk import Desk
from watchword.server.pages.account.frame import Form, Member
from watchword.server.pages.ago import ago
from watchword.server.pages.console.calls import calls_of, of_client, told_of
from watchword.server.pages.console.frame import show_console
from watchword.server.pages.problem import not_found_page

__all__ = [
    "PATH",
    "asked",
    "at",
    "has_secret_to_replace",
    "is_changeable",
    "is_removable",
    "page",
    "page_after",
    "show_client",
    "variables",
    "written",
]

PATH = "/admin/apps"


async def asked(client_id: str | None, desk: Desk) -> KeptClient | None:
    """Return the application of which an address or a form speaks; None where it speaks of none.

    Raises:
        NotHere: there is none of that id.
    """
    text = (client_id or "").replace("\x00", "")
    return await clients.find(text, desk) if text else None


def at(client_id: str) -> str:
    """Return the address of an application's page, below the issuer."""
    return f"{PATH}?id={quote(client_id, safe='')}"


def page_after(form: Form, member: Member) -> str:
    """Return where the page of a form about one application is found again after a proof."""
    client_id = form.get("client_id")
    return member.here if client_id is None else f"{member.path}?id={quote(client_id, safe='')}"


async def show_client(
    client_id: str, desk: Desk, member: Member, *, notice: str | None = None
) -> Response:
    """Answer `GET /admin/apps?id=...`."""
    kept = await desk.store.find_kept_client(client_id)
    if kept is None:
        return not_found_page(member.guest.site)
    return await page(kept, desk, member, notice=notice)


async def page(
    kept: KeptClient,
    desk: Desk,
    member: Member,
    *,
    secret: Secret | None = None,
    notice: str | None = None,
    problem: str | None = None,
) -> Response:
    """Return the page of an application, with a secret that was just made: never again after."""
    client, issuer = kept.client, desk.runtime.settings.issuer
    may_change = desk.may("update", "client")
    told = await told_of(client.client_id, desk) if may_change else []
    values = {
        "kept": kept,
        "facts": _facts(kept),
        "since": ago(kept.created_at, member.now) if kept.created_at else None,
        "secret": None if secret is None else secret.reveal(),
        "variables": variables(client, issuer, secret),
        "written": written(client, issuer),
        "calls": calls_of(desk, of_client(kept, told)) if may_change else [],
        "may_change": may_change,
        "is_changeable": may_change and is_changeable(kept),
        "has_secret_to_replace": has_secret_to_replace(kept) and desk.may("update", "secret"),
        "is_removable": is_removable(kept) and desk.may("delete", "client"),
        "notice": notice,
        "problem": problem,
        "has_errors": problem is not None,
    }
    status = 200 if problem is None else 400
    return show_console(member, "app.html", values, here=PATH, status=status)


def is_changeable(kept: KeptClient) -> bool:
    """Whether an administrator says what it is, and neither code nor a document."""
    return not kept.is_declared and kept.client.origin is not ClientOrigin.DOCUMENT


def has_secret_to_replace(kept: KeptClient) -> bool:
    """Whether it has a secret that is no matter of code."""
    return not kept.is_declared and kept.client.secret_hash is not None


def is_removable(kept: KeptClient) -> bool:
    """Whether it may go, as far as can be seen here: code would add it again at its next start."""
    return not (kept.is_declared and kept.is_active)


def variables(client: Client, issuer: str, secret: Secret | None = None) -> str:
    """Return the lines of an environment file. A secret of before is left to be filled in."""
    values = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": client.client_id}
    if client.secret_hash is not None:
        values["OIDC_CLIENT_SECRET"] = "" if secret is None else secret.reveal()
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
