"""Who asked: the client behind the pages that a person passes on the way to it.

A page knows it by the way back, which leads to an interaction of this very browser.

Source: users.md U31 and U36; oauth.md S-9 and A-7.
"""

import re
from dataclasses import replace

from watchword.base.secrets import digest
from watchword.oauth.authorize.interactions import Interaction
from watchword.oauth.authorize.pipeline import Endpoint, Refusal
from watchword.oauth.errors import OAuthError
from watchword.server.pages.answering import check
from watchword.server.pages.visit import Asking, Visit
from watchword.server.runtime import Runtime

__all__ = ["INTERACTION_PATH", "accompanied", "find_interaction"]

INTERACTION_PATH = "/interaction/"
_ID = re.compile(r"interaction_[A-Za-z0-9_-]{22}", re.ASCII)


async def find_interaction(
    interaction_id: str, guest: Visit, runtime: Runtime
) -> Interaction | None:
    """Return a live interaction that this browser began."""
    cookie = guest.interaction_cookie
    if cookie is None or _ID.fullmatch(interaction_id) is None:
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
    found = await find_interaction(back.removeprefix(start), guest, runtime)
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
    return replace(guest, asking=Asking(checked.client.name, hint))
