"""The page that adds a user, and hands over the link by which they set a password.

Source: users.md U24, U40 and U42; security.md rules 43 and 96; decisions/0002 and 0310.
"""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.users import canonical_name
from watchword.base.records import dataclass
from watchword.server.administration.accounts import add_account, add_setup_link
from watchword.server.administration.desk import Desk
from watchword.server.errors import NotPossible
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Form, Member
from watchword.server.pages.console.calls import calls_of, of_new_user
from watchword.server.pages.console.frame import (
    NO_REASON,
    form_of,
    page_of,
    reason_in,
    show_console,
)
from watchword.server.pages.console.roles import known_roles
from watchword.server.pages.console.ways_in import hand_over
from watchword.server.pages.fields import Field
from watchword.server.pages.problem import not_found_page

__all__ = ["add_user", "show_new_user"]

PATH = "/admin/users"
ROLES_SHOWN = 40  # to tick; any other is given on the page of the user
BAD_NAME = N_("A user name has 1 to 128 characters, without spaces.")
NAME_TAKEN = N_("Somebody has this name. Choose another one.")
TICK = "role."  # before the name of a role, in the names of the fields


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What has to be mended, beside its field."""

    name: str | None = None
    reason: str | None = None
    status: int = 400


async def _show(request: Request, desk: Desk, member: Member) -> Response:  # noqa: ARG001  # all pages have one shape
    """Answer `GET /admin/users/new`."""
    if not desk.may("create", "user"):
        return not_found_page(member.guest.site)
    return await _page({}, desk, member)


async def _add(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin/users/new`: the one time that the link is shown."""
    desk.permit("create", "user")
    desk.permit("create", "link")
    name, reason = _name_in(form), reason_in(form)
    if name is None or reason is None:
        wrong = _Wrong(BAD_NAME if name is None else None, NO_REASON if reason is None else None)
        return await _page(form, desk, member, wrong=wrong)
    roles = _ticked(form, await known_roles(desk))
    try:
        user_id = await add_account(name, roles, reason, desk)
    except NotPossible:
        return await _page(form, desk, member, wrong=_Wrong(NAME_TAKEN, status=409))
    return hand_over(user_id, name, await add_setup_link(user_id, reason, desk), member)


show_new_user = page_of("user", _show)
add_user = form_of("user", _add)


async def _page(form: Form, desk: Desk, member: Member, *, wrong: _Wrong | None = None) -> Response:
    known = await known_roles(desk)
    name = Field(
        name="name",
        label=N_("User name"),
        type="text",
        autocomplete="off",
        value=form.get("name"),
        is_first=wrong is None,
    )
    values = {
        "name": name if wrong is None else replace(name, error=wrong.name),
        "roles": known[:ROLES_SHOWN],
        "ticked": _ticked(form, known),
        "tick": TICK,
        "reason": form.get("reason", ""),
        "reason_error": None if wrong is None else wrong.reason,
        "calls": calls_of(desk, [of_new_user()]),
        "has_errors": wrong is not None,
    }
    status = 200 if wrong is None else wrong.status
    return show_console(member, "new_user.html", values, here=PATH, status=status)


def _name_in(form: Form) -> str | None:
    try:
        return canonical_name(form.get("name", "").strip())
    except ValueError:
        return None


def _ticked(form: Form, known: list[str]) -> frozenset[str]:
    return frozenset(role for role in known if form.get(f"{TICK}{role}"))
