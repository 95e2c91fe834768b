"""`/interaction/{id}`: the pages of an authorization request, one need at a time.

The page itself asks for consent or for the account; everything else has a page of its own, which
leads back here.

Source: oauth.md S-9, A-5 and A-6; OpenID Connect Core sections 3.1.2.3 and 3.1.2.4; security.md
rules 47 and 69.
"""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.levels import Level
from watchword.oauth.authorize.consent import told
from watchword.oauth.authorize.errors import AccessDenied
from watchword.oauth.authorize.interactions import Interaction
from watchword.oauth.authorize.pipeline import Refusal
from watchword.oidc.prompt import Need
from watchword.server.bodies import read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.errors import RequestOver
from watchword.server.pages.authorizing.answering import (
    answer_with_code,
    answer_with_error,
    resume,
)
from watchword.server.pages.authorizing.asking import find_interaction, interaction_address
from watchword.server.pages.authorizing.consent import consent_page
from watchword.server.pages.begun_session import STALE
from watchword.server.pages.render import see_other
from watchword.server.pages.visit import Visit, refuse_foreign, visit
from watchword.server.pages.way_back import address
from watchword.server.runtime import Runtime

__all__ = ["interaction", "take_decision"]


_ASKED_HERE = frozenset({Need.CONSENT, Need.CHOOSE_ACCOUNT})
# The page that sees to a need, and the level that it is to reach.
_ELSEWHERE: Mapping[Need, tuple[str, str | None]] = MappingProxyType(
    {
        Need.SIGN_UP: ("/signup", None),
        Need.SIGN_IN: ("/signin", None),
        Need.PROVE_ANEW: ("/account/confirm", None),
        Need.SECOND_FACTOR: ("/account/confirm", Level.TWO_FACTORS.value),
    }
)


async def interaction(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /interaction/{id}`: with the next page, or with the end of it all.

    Raises:
        RequestOver: it was answered, took too long, or belongs to another browser.
        OAuthError: client or address were taken away meanwhile.
    """
    guest = await visit(request, runtime)
    begun = await _find(request, guest, runtime)
    return await _go_on(begun, guest, runtime)


async def take_decision(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /interaction/{id}`: yes, no, or as somebody else.

    Raises:
        Rejected: the form comes from another site, or is no form; RequestOver as above.
        OAuthError: as above.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await visit(request, runtime)
    begun = await _find(request, guest, runtime)
    if not guest.owns(form.get(FORM_TOKEN)):
        return await _go_on(begun, guest, runtime, problem=STALE)
    return await _decide(form, begun, guest, runtime)


async def _find(request: Request, guest: Visit, runtime: Runtime) -> Interaction:
    begun = await find_interaction(request.path_params["id"], guest, runtime)
    if begun is None:
        raise RequestOver
    return begun


async def _go_on(
    begun: Interaction, guest: Visit, runtime: Runtime, *, problem: str | None = None
) -> Response:
    point = await resume(begun, guest, runtime)
    if isinstance(point, Refusal):
        return await answer_with_error(point, guest, runtime, begun=begun)
    if point.need is Need.NOTHING:
        return await answer_with_code(point, guest, runtime, begun=begun)
    if point.need in _ASKED_HERE:
        return await consent_page(point, begun, guest, runtime, problem=problem)
    path, acr = _ELSEWHERE[point.need]
    return _lead(begun, guest, path, acr=acr)


def _lead(begun: Interaction, guest: Visit, path: str, *, acr: str | None = None) -> Response:
    """Send the browser to a page that leads back here, in the languages that are asked for."""
    there = address(guest.site.path(path), back=interaction_address(begun, guest.site), acr=acr)
    locales = urlsplit(interaction_address(begun, guest.site)).query
    return see_other(guest.site, f"{there}&{locales}" if locales else there)


async def _decide(
    form: Mapping[str, str], begun: Interaction, guest: Visit, runtime: Runtime
) -> Response:
    point = await resume(begun, guest, runtime)
    if isinstance(point, Refusal):
        return await answer_with_error(point, guest, runtime, begun=begun)
    match form.get("decision"):
        case "deny":
            refusal = Refusal(point.request.destination, AccessDenied())
            return await answer_with_error(refusal, guest, runtime, begun=begun)
        case "switch":
            return _lead(begun, guest, "/signin")
        case "allow" if point.need in {Need.CHOOSE_ACCOUNT, Need.NOTHING}:
            return await answer_with_code(point, guest, runtime, begun=begun)
        case "allow" if point.need is Need.CONSENT and form.get("told") == told(point.request):
            return await answer_with_code(point, guest, runtime, begun=begun, is_allowed=True)
    return see_other(guest.site, interaction_address(begun, guest.site))
