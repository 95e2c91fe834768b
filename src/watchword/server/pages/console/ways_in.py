"""How a user gets in: the second factors of the account, and the page that makes a link.

The link stands in the answer to the form that makes it and nowhere else: a reload makes another,
and the earlier one dies. Of factors names and times are shown, never a key or a code.

Source: users.md U24, U42, U47 and U48; security.md rules 43 and 96; decisions/0253 and 0310.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.links import LinkPurpose
from watchword.accounts.users import User
from watchword.base.records import dataclass
from watchword.server.administration.accounts import MadeLink, add_setup_link
from watchword.server.administration.desk import Desk
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Form, Member
from watchword.server.pages.ago import When, ago
from watchword.server.pages.console.act_page import ShownAct, act_page
from watchword.server.pages.console.calls import calls_of, of_act
from watchword.server.pages.console.frame import (
    NO_REASON,
    form_of,
    page_of,
    reason_in,
    show_console,
)
from watchword.server.pages.problem import not_found_page

__all__ = ["Factors", "factors_of", "hand_over", "make_link", "show_link"]

PATH = "/admin/users"


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor, by its name."""

    icon: str  # a macro of `account/icons.html`
    name: str
    added: When
    used: When | None


@dataclass(frozen=True, slots=True)
class Factors:
    """What an account has beside the password."""

    named: tuple[Factor, ...]
    codes_left: int | None  # of the recovery codes; None where there was never a sheet

    @property
    def are_none(self) -> bool:
        """Whether there is nothing of it."""
        return not self.named and self.codes_left is None


ACT = ShownAct(
    title=N_("Make a link to set a password"),
    consequence=N_(
        "Whoever opens it chooses the password of this account. Earlier links stop working at "
        "once, the password of before only then."
    ),
    button=N_("Make the link"),
)


async def factors_of(user: User, desk: Desk) -> Factors:
    """Return the second factors of a user that count."""
    store, now = desk.store, desk.now
    found = [
        ("key", one.name, one.created_at, one.used_at) for one in await store.list_passkeys(user.id)
    ]
    found += [
        ("code", one.name, one.confirmed_at, one.used_at)
        for one in await store.list_totps(user.id)
        if one.confirmed_at is not None
    ]
    sheet = await store.read_recovery_sheet(user.id)
    return Factors(
        tuple(
            Factor(icon, name, ago(added, now), None if used is None else ago(used, now))
            for icon, name, added, used in found
        ),
        None if sheet.made_at is None else sheet.left,
    )


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/users/{user_id}/link`."""
    user = await desk.store.read_user(request.path_params["user_id"])
    if user is None or not desk.may("create", "link"):
        return not_found_page(member.guest.site)
    return act_page(user, ACT, member, calls=calls_of(desk, [of_act("link", user, "")]))


async def _make(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin/users/{user_id}/link`: the one time that the link is shown."""
    user = await desk.store.read_user(member.path.split("/")[-2])
    if user is None:
        return not_found_page(member.guest.site)
    desk.permit("create", "link")
    reason = reason_in(form)
    if reason is None:
        return act_page(user, ACT, member, wrong=(NO_REASON, 400))
    made = await add_setup_link(user.id, reason, desk)
    return hand_over(user.id, user.name, made, member)


show_link = page_of("user", _show)
make_link = form_of("user", _make)


def hand_over(user_id: str, name: str, made: MadeLink, member: Member) -> Response:
    """Show a link to whoever hands it to its user. No cache keeps the page, and no log the link."""
    values = {
        "user_id": user_id,
        "name": name,
        "link": made.url,
        "minutes": LinkPurpose.SET_PASSWORD.lifetime_seconds // 60,
    }
    return show_console(member, "link.html", values, here=PATH)
