"""Who asked: the client behind the pages that a person passes on the way to it.

A page knows it by the way back, which leads to an interaction of this very browser.

Source: users.md U31 and U36; oauth.md S-9 and A-7.
"""

from dataclasses import replace
from urllib.parse import quote, urlencode

from watchword.base.chance import is_id
from watchword.base.secrets import digest
from watchword.oauth.authorize.interactions import INTERACTION_ID_PREFIX, Interaction
from watchword.oauth.authorize.pipeline import Endpoint, Refusal
from watchword.oauth.clients import Client
from watchword.oauth.errors import OAuthError
from watchword.server.pages.authorizing.answering import check
from watchword.server.pages.render import Site
from watchword.server.pages.visit import Asking, Visit
from watchword.server.runtime import Runtime

__all__ = ["accompanied", "find_interaction", "interaction_address"]

INTERACTION_PATH = "/interaction/"
LOGO_BYTES_MAX = 8 * 1_024  # the sign-in page weighs at most 40 kB with all that it loads
LOCALES_CHARACTERS_MAX = 100  # a way back has a length too; a person reads a few languages


def interaction_address(begun: Interaction, site: Site) -> str:
    """Return the address of an interaction's page, in the languages that the request asks for."""
    path = site.path(INTERACTION_PATH) + begun.id
    locales = begun.asked.members.get("ui_locales", "")
    if not 0 < len(locales) <= LOCALES_CHARACTERS_MAX:
        return path
    return f"{path}?{urlencode({'ui_locales': locales}, quote_via=quote)}"


async def find_interaction(
    interaction_id: str, guest: Visit, runtime: Runtime
) -> Interaction | None:
    """Return a live interaction that this browser began."""
    cookie = guest.interaction_cookie
    if cookie is None or not is_id(interaction_id, INTERACTION_ID_PREFIX):
        return None
    return await runtime.store.find_interaction(
        interaction_id, digest(cookie), now=runtime.clock.now()
    )


async def accompanied(guest: Visit, back: str | None, runtime: Runtime) -> Visit:
    """Return the visit with who asked, where the way back leads to them.

    Args:
        guest: the visit so far.
        back: the path of this host that the page leads to.
        runtime: where interactions are.
    """
    start = guest.site.path(INTERACTION_PATH)
    if back is None or not back.startswith(start):
        return guest
    interaction_id = back.removeprefix(start).partition("?")[0]
    found = await find_interaction(interaction_id, guest, runtime)
    if found is None:
        return guest
    try:
        checked = await check(Endpoint.INTERACTION, found.asked, runtime)
    except OAuthError:  # the client is gone, as the page of the interaction will say
        return guest
    target = checked.destination.redirect.form_target
    guest = replace(guest, site=replace(guest.site, form_target=target))
    if isinstance(checked, Refusal):
        return guest
    hint = checked.members.get("login_hint")
    logo = await _logo_of(checked.client, runtime)
    return replace(guest, asking=Asking(checked.client.name, hint, logo))


async def _logo_of(client: Client, runtime: Runtime) -> str | None:
    """Return the logo of a client, where the page may bear it.

    Nothing is fetched for a stranger before anybody has signed in.
    """
    if not client.is_registered:
        return None
    picture = await runtime.logos.find(client)
    is_light = picture is not None and len(picture.body) <= LOGO_BYTES_MAX
    return picture.data_url if picture is not None and is_light else None
