"""What all admin pages have in common: who may see them, the menu, changes with a reason.

Whoever may not look finds nothing at the address. A change asks for a proof of the last minutes,
says why, and is refused by the same policy as the management API.

Source: users.md U40, U42 and U43; security.md rules 43, 47 and 95.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.administration.audit import REASON_CHARACTERS_MAX
from watchword.accounts.confirmation import is_proven
from watchword.accounts.levels import Level
from watchword.server.administration.desk import Desk
from watchword.server.administration.scopes import Thing
from watchword.server.administration.step_up import level_asked
from watchword.server.errors import NotPossible
from watchword.server.languages import N_
from watchword.server.pages.account.frame import (
    Area,
    Form,
    Handler,
    Member,
    for_member,
    form_of_member,
    show,
)
from watchword.server.pages.account.step_up import ask
from watchword.server.pages.console.offer import offered
from watchword.server.pages.problem import not_found_page
from watchword.server.pages.visit import SessionFinder, in_use
from watchword.server.runtime import Runtime

__all__ = [
    "NO_REASON",
    "Page",
    "form_of",
    "long_form_page_of",
    "own_form_of",
    "page_of",
    "reason_in",
    "refusal",
    "show_console",
]

AREAS = (
    Area("/admin", N_("Overview"), "home"),
    Area("/admin/users", N_("Users"), "people"),
    Area("/admin/access", N_("Access"), "gate"),
    Area("/admin/apps", N_("Applications"), "apps"),
    Area("/admin/sessions", N_("Sessions"), "devices"),
    Area("/admin/keys", N_("Keys"), "key"),
    Area("/admin/events", N_("Events"), "pulse"),
    Area("/admin/tools", N_("Tools"), "terminal"),
    Area("/admin/settings", N_("Settings"), "sheet"),
)
NO_REASON = N_("Say why, in at most 500 characters: the reason is written into the log.")
REFUSED: Mapping[str, str] = {
    "client_declared": N_(
        "The application is declared by the code of the server, which also says its secret."
    ),
    "client_in_use": N_("Records of sign-ins name the application, so it is not removed."),
    "last_administrator": N_(
        "Nobody could administer the server any more. Give somebody else the role first."
    ),
    "role_cycle": N_("That role would include itself."),
    "role_in_use": N_("Somebody holds that role, or it takes part in an inheritance."),
    "too_many_roles": N_("There are too many roles. Strike out one that nobody holds."),
    "unknown_holder": N_("There is nobody of that name."),
}

Page = Callable[[Request, Desk, Member], Awaitable[Response]]
Sent = Callable[[Form, Desk, Member], Awaitable[Response]]


def _own(_: Form, member: Member) -> str:
    """Return the address of the request itself, where most forms are found."""
    return member.here


def page_of(thing: Thing, shown: Page, *, find: SessionFinder = in_use) -> Handler:
    """Return the handler of a page that only those see who may look at the thing.

    Args:
        thing: what the page is about.
        shown: answers those who may look.
        find: what the request means to the session.
    """

    async def handler(request: Request, runtime: Runtime, member: Member) -> Response:
        desk = _desk(member, runtime)
        if not desk.may("read", thing):
            return not_found_page(member.guest.site)
        undo = await offered(request, desk)
        return await shown(request, desk, replace(member, undo=undo) if undo else member)

    return for_member(handler, find=find)


def long_form_page_of(thing: Thing, shown: Page) -> Handler:
    """Return the handler of a page on which much is typed: it asks for the proof before that.

    The form asks once more, and what was typed would be lost on the way.
    """

    async def proven(request: Request, desk: Desk, member: Member) -> Response:
        query = request.url.query
        there = f"{member.path}?{query}" if query else member.path
        return await _lacking(desk, member, there) or await shown(request, desk, member)

    return page_of(thing, proven)


def form_of(thing: Thing, sent: Sent, *, page: Callable[[Form, Member], str] = _own) -> Handler:
    """Return the handler of a form that changes something; each asks the policy once more.

    It is taken only after a proof of the last minutes, of a second factor where there is one.

    Args:
        thing: what the form is about.
        sent: answers it after that.
        page: the address at which the form is found again after the proof.
    """

    async def handler(form: Form, runtime: Runtime, member: Member) -> Response:
        desk = _desk(member, runtime)
        if not desk.may("read", thing):
            return not_found_page(member.guest.site)
        lacking = await _lacking(desk, member, page(form, member))
        return lacking or await sent(form, desk, member)

    return form_of_member(handler)


def own_form_of(thing: Thing, sent: Sent) -> Handler:
    """Return the handler of a form that changes only what its sender sees of a page.

    It asks for no proof: nothing of anybody else hangs on it.
    """

    async def handler(form: Form, runtime: Runtime, member: Member) -> Response:
        desk = _desk(member, runtime)
        if not desk.may("read", thing):
            return not_found_page(member.guest.site)
        return await sent(form, desk, member)

    return form_of_member(handler)


def show_console(
    member: Member, template: str, values: Mapping[str, object], *, here: str, status: int = 200
) -> Response:
    """Render an admin page; see `show` of the account."""
    every = {"areas": AREAS, "menu": N_("Administration"), **values}
    return show(member, f"console/{template}", every, here=here, status=status)


def reason_in(form: Form) -> str | None:
    """Return why a change is made; None where the form does not say it, or too much of it."""
    reason = form.get("reason", "").strip()
    return reason if 0 < len(reason) <= REASON_CHARACTERS_MAX else None


def refusal(error: NotPossible) -> str:
    """Return the sentence for a change that what is stored does not allow."""
    return REFUSED[error.code]


async def _lacking(desk: Desk, member: Member, there: str) -> Response | None:
    """Ask for the proof that a session lacks, and lead to an address then; None: it lacks none."""
    runtime = desk.runtime
    asked = await level_asked(member.user_id, runtime)
    seconds = runtime.settings.admin_proof_seconds
    if is_proven(member.session.proofs, asked, within_seconds=seconds, now=member.now):
        return None
    return ask(member, level=asked if asked is Level.TWO_FACTORS else None, there=there)


def _desk(member: Member, runtime: Runtime) -> Desk:
    """Return the administrator, without a ceiling of scopes: nothing was delegated."""
    from watchword.server.administration.policy import administrator  # noqa: PLC0415  # sqlalchemy.orm

    me = administrator(member.session.user, tenant=runtime.store.tenant, scopes=None)
    return Desk(me, member.origin, runtime)
