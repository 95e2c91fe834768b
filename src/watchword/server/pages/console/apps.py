"""The applications, page by page: what each is, switched off and on.

Source: users.md U40; oauth.md S-2.
"""

from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from watchword.oauth.clients import CLIENT_ID_CHARACTERS_MAX
from watchword.oauth.registration.administration import CLIENTS_MAX
from watchword.server.administration.desk import Desk
from watchword.server.pages.account.frame import Form, Member, notice_in
from watchword.server.pages.console.app import at, page, page_after, show_client
from watchword.server.pages.console.deeds import switch_off, switch_on
from watchword.server.pages.console.frame import (
    NO_REASON,
    form_of,
    page_of,
    reason_in,
    show_console,
)
from watchword.server.pages.console.offer import done
from watchword.server.pages.console.several_lists import APPS
from watchword.server.pages.problem import not_found_page

__all__ = ["change_clients", "show_clients"]

PATH = "/admin/apps"
OWN_PAGE = "own_page"  # in a form: of the page of the application, not of the list
SWITCHES = MappingProxyType({"off": switch_off, "on": switch_on})


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/apps`: a page of the list, or the one that `id` names."""
    if wanted := _seam(request.query_params.get("id", "")):
        return await show_client(wanted, desk, member, notice=notice_in(request))
    after = _seam(request.query_params.get("after", ""))
    return await _page(after, desk, member, notice=notice_in(request))


async def _change(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin/apps`: switch one off or on."""
    switch = SWITCHES.get(form.get("action", ""))
    kept = await desk.store.find_kept_client(form.get("client_id", ""))
    if switch is None or kept is None:
        return not_found_page(member.guest.site)
    after, reason = _seam(form.get("after", "")), reason_in(form)
    if reason is None and OWN_PAGE in form:
        return await page(kept, desk, member, problem=NO_REASON)
    if reason is None:
        return await _page(after, desk, member, problem=NO_REASON, status=400)
    desk.permit("update", "client")
    is_changed = await switch(kept, form, reason, desk)
    path = at(kept.client.client_id) if OWN_PAGE in form else PATH
    return await done(desk, member, path, is_changed=is_changed, after=after)


def _page_after(form: Form, member: Member) -> str:
    """Return where the form is found again after a proof."""
    return page_after(form, member) if OWN_PAGE in form else member.here


show_clients = page_of("client", _show)
change_clients = form_of("client", _change, page=_page_after)


def _seam(asked: str) -> str:
    """Return the id after which a page begins, as far as it may be one."""
    return asked[:CLIENT_ID_CHARACTERS_MAX].replace("\x00", "")


async def _page(
    after: str,
    desk: Desk,
    member: Member,
    *,
    notice: str | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    found = await desk.store.page_clients(after=after, limit=CLIENTS_MAX + 1)
    kept = found[:CLIENTS_MAX]
    values = {
        "kept": kept,
        "after": after,
        "next": kept[-1].client.client_id if len(found) > CLIENTS_MAX else None,
        "several": APPS,
        "may_add": desk.may("create", "client"),
        "may_change": desk.may("update", "client"),
        "notice": notice,
        "problem": problem,
        "has_errors": status != 200,
    }
    return show_console(member, "apps.html", values, here=PATH, status=status)
