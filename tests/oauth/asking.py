"""Token requests as the endpoint takes them: the client is proved, then the grant runs."""

from watchword.accounts.origin import NOWHERE
from watchword.oauth.grants import admit, exchange


async def ask(form, ctx, authorization=()):
    """Answer a token request."""
    return await exchange(await admit(authorization, form, ctx), NOWHERE, ctx)


async def refresh_with(members, ctx, authorization=()):
    """Answer a request of the refresh grant."""
    return await ask({"grant_type": "refresh_token", **members}, ctx, authorization)
