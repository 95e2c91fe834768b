"""`/authorize`: where a client sends a browser for an authorization code.

A request that needs nothing of its person is answered at once; for any other one an interaction
begins, whose pages ask for what is missing.

Source: RFC 6749 section 3.1; OpenID Connect Core section 3.1.2.1; oauth.md A-1, A-5, N-6 to N-10.
"""

from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.throttle import network_buckets
from watchword.base.chance import new_secret
from watchword.oauth.authorize.errors import RedirectMismatch
from watchword.oauth.authorize.interactions import INTERACTIONS, new_interaction
from watchword.oauth.authorize.pipeline import Endpoint, Refusal
from watchword.oauth.authorize.request import Asked, read_asked
from watchword.oauth.errors import TooManyRequests
from watchword.oidc.prompt import Need, Prompt, silently
from watchword.server.bodies import query_pairs, read_pairs
from watchword.server.pages.authorizing.answering import (
    answer_with_code,
    answer_with_error,
    check,
    consider,
    offer_error,
)
from watchword.server.pages.authorizing.asking import interaction_address
from watchword.server.pages.authorizing.mismatch import is_administrator, mismatch_page
from watchword.server.pages.render import see_other
from watchword.server.pages.visit import Visit, visit
from watchword.server.runtime import Runtime

__all__ = ["AUTHORIZE_PATH", "authorize", "authorize_by_form"]

AUTHORIZE_PATH = "/authorize"


async def authorize(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /authorize`.

    Raises:
        OAuthError, Rejected: nobody may be redirected.
    """
    asked = read_asked(query_pairs(request))
    guest = await visit(request, runtime)
    try:
        checked = await check(Endpoint.AUTHORIZE, asked, runtime)
    except RedirectMismatch as mismatch:
        client = await runtime.clients.find_client(asked.members["client_id"])
        if client is None or not is_administrator(guest):
            raise
        return mismatch_page(guest, client, asked.members.get("redirect_uri"), mismatch)
    if isinstance(checked, Refusal):
        return await _refuse(checked, asked, guest, runtime)
    point = await consider(checked, guest, runtime)
    if isinstance(point, Refusal):
        return await _refuse(point, asked, guest, runtime)
    if point.need is Need.NOTHING:
        return await answer_with_code(point, guest, runtime, begun=None)
    error = silently(point.need) if point.wishes.is_silent else None
    if error is not None:
        refusal = Refusal(point.request.destination, error)
        return await answer_with_error(refusal, guest, runtime, begun=None)
    return await _begin(asked, guest, runtime)


async def authorize_by_form(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /authorize`: the same request, from here on as a GET.

    A page of another site sends the form, so the browser leaves its cookies out; with the redirect
    they come along.

    Raises:
        OAuthError, Rejected: nobody may be redirected.
    """
    pairs = await read_pairs(request)
    asked = read_asked(pairs)
    checked = await check(Endpoint.AUTHORIZE, asked, runtime)
    guest = await visit(request, runtime)
    if isinstance(checked, Refusal):
        return await _refuse(checked, asked, guest, runtime)
    members = [*asked.members.items(), *(("resource", one) for one in asked.resources)]
    query = urlencode(members, quote_via=quote)
    return see_other(guest.site, f"{guest.site.path(AUTHORIZE_PATH)}?{query}")


async def _refuse(refusal: Refusal, asked: Asked, guest: Visit, runtime: Runtime) -> Response:
    """Tell the client; where nobody checked it, ask first, unless pages are forbidden."""
    is_silent = Prompt.NONE.value in asked.members.get("prompt", "").split()
    if not refusal.destination.is_known and not is_silent:
        return offer_error(refusal, guest, runtime)
    return await answer_with_error(refusal, guest, runtime, begun=None)


async def _begin(asked: Asked, guest: Visit, runtime: Runtime) -> Response:
    """Begin an interaction, and send the browser to its page.

    Raises:
        TooManyRequests: more were begun from this network than people can.
    """
    cookie = guest.interaction_cookie
    held = new_secret(runtime.chance) if cookie is None else cookie
    now = runtime.clock.now()
    buckets = network_buckets(
        "interactions", guest.origin, INTERACTIONS, key=runtime.devices.throttle_key
    )
    delayed = await runtime.store.take_turn(buckets, now=now)
    if delayed is not None:
        raise TooManyRequests(retry_after=delayed.retry_after)
    begun = new_interaction(
        asked, cookie=held, seen=guest.cookie_hash, now=now, chance=runtime.chance
    )
    await runtime.store.add_interaction(begun, now=now)
    response = see_other(guest.site, interaction_address(begun, guest.site))
    if cookie is None:
        guest.rules.write(response, guest.rules.interaction, held)
    return response
