"""Another secret for an application, and its end: each on a page of its own, which asks why.

Source: users.md U40, U42 and U43; oauth.md S-2 and F-3; security.md rules 43, 61, 95 and 100.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from watchword.base.records import dataclass
from watchword.oauth.registration.administration import KeptClient
from watchword.server.administration import clients
from watchword.server.administration.desk import Desk
from watchword.server.administration.scopes import Action, Thing
from watchword.server.calls import Call
from watchword.server.errors import NotPossible
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Form, Member, go
from watchword.server.pages.console.app import (
    PATH,
    asked,
    has_secret_to_replace,
    is_removable,
    page,
    page_after,
)
from watchword.server.pages.console.calls import WHY, calls_of
from watchword.server.pages.console.frame import (
    NO_REASON,
    Page,
    form_of,
    page_of,
    reason_in,
    refusal,
    show_console,
)
from watchword.server.pages.problem import not_found_page

__all__ = ["remove_client", "replace_secret", "show_other_secret", "show_removal"]

OTHER_NAME = N_("This is not the name of the application. Type it as it stands above.")


@dataclass(frozen=True, slots=True)
class ClientAct:
    """What may be done about an application, as far as its page says it."""

    title: str
    consequence: str
    operation: str  # of the management API
    action: Action
    thing: Thing
    fits: Callable[[KeptClient], bool]
    is_bad: bool = False
    asks_name: bool = False


ANOTHER_SECRET = ClientAct(
    N_("Make another secret"),
    N_("The earlier secret is worth nothing at once. This one is shown once."),
    "replace_secret",
    "update",
    "secret",
    has_secret_to_replace,
)
REMOVAL = ClientAct(
    N_("Remove this application"),
    N_(
        "Its tokens end, and nobody can undo it. "
        "One that people signed in to can only be switched off."
    ),
    "remove_client",
    "delete",
    "client",
    is_removable,
    is_bad=True,
    asks_name=True,
)


async def _replace(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin/apps/secret`: the one time that the secret is shown."""
    found = await _taken(ANOTHER_SECRET, form, desk, member)
    if isinstance(found, Response):
        return found
    kept, reason = found
    made = await clients.replace_secret(kept.client.client_id, reason, desk)
    return await page(kept, desk, member, secret=made)


async def _remove(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin/apps/remove`."""
    found = await _taken(REMOVAL, form, desk, member)
    if isinstance(found, Response):
        return found
    kept, reason = found
    try:
        await clients.remove(kept.client.client_id, reason, desk)
    except NotPossible as error:
        return _show(REMOVAL, kept, desk, member, wrong=(refusal(error), 409))
    return go(member, PATH, notice="admin-done")


def _page_of(act: ClientAct) -> Page:
    async def shown(request: Request, desk: Desk, member: Member) -> Response:
        if not desk.may(act.action, act.thing):
            return not_found_page(member.guest.site)
        kept = await asked(request.query_params.get("id"), desk)
        if kept is None:
            return go(member, PATH)
        if not act.fits(kept):
            return not_found_page(member.guest.site)
        return _show(act, kept, desk, member)

    return shown


show_other_secret = page_of("client", _page_of(ANOTHER_SECRET))
replace_secret = form_of("client", _replace, page=page_after)
show_removal = page_of("client", _page_of(REMOVAL))
remove_client = form_of("client", _remove, page=page_after)


async def _taken(
    act: ClientAct, form: Form, desk: Desk, member: Member
) -> tuple[KeptClient, str] | Response:
    """Return what an act is done to and why; otherwise the answer to a form that is not whole."""
    desk.permit(act.action, act.thing)
    kept, reason = await asked(form.get("client_id"), desk), reason_in(form)
    if kept is None or not act.fits(kept):
        return not_found_page(member.guest.site)
    if act.asks_name and form.get("name", "").strip() != kept.client.name:
        return _show(act, kept, desk, member, wrong=(OTHER_NAME, 400))
    if reason is None:
        return _show(act, kept, desk, member, wrong=(NO_REASON, 400))
    return kept, reason


def _show(
    act: ClientAct,
    kept: KeptClient,
    desk: Desk,
    member: Member,
    *,
    wrong: tuple[str, int] | None = None,  # what has to be mended, and the status that says so
) -> Response:
    problem, status = wrong or (None, 200)
    call = Call(act.operation, {"client_id": kept.client.client_id, "reason": WHY})
    values = {
        "act": act,
        "act_path": member.path,
        "kept": kept,
        "calls": calls_of(desk, [call]),
        "problem": problem,
        "has_errors": status != 200,
    }
    return show_console(member, "app_act.html", values, here=PATH, status=status)
