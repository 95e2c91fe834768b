"""Token requests as the endpoint takes them: the client is proved, then the grant runs."""

from dataclasses import replace

from watchword.accounts.origin import NOWHERE
from watchword.oauth.grants import admit, exchange
from watchword.oauth.issue import draft_pair, issue
from watchword.testing.store_conformance import World


async def ask(form, ctx, authorization=()):
    """Answer a token request."""
    return await exchange(await admit(authorization, form, ctx), NOWHERE, ctx)


async def refresh_with(members, ctx, authorization=()):
    """Answer a request of the refresh grant."""
    return await ask({"grant_type": "refresh_token", **members}, ctx, authorization)


async def open_for(granted, server, client_id="web"):
    """Open a family of Ada's for several resources, each with its scopes, the first one first."""
    (resource, scopes), *further = granted.items()
    draft = draft_pair(server.issue)
    opening = World(server.store).opening("user_ada", now=server.clock.now())
    family = replace(
        opening.family,
        client_id=client_id,
        resource=resource,
        scopes=scopes,
        refresh=draft.stored,
        choices=dict(further),
    )
    opening = replace(opening, password_hash=None, family=family)
    return await issue(opening, draft, server.issue)
