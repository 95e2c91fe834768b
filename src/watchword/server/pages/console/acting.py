"""The page from which an administrator acts as a user.

Source: users.md U42 and U43; security.md rules 43 and 95; decisions/0281.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.acting import may_be_acted_as
from watchword.accounts.users import User
from watchword.server.administration.desk import Desk
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Form, Member
from watchword.server.pages.acting import begin
from watchword.server.pages.console.act_page import ShownAct, act_page
from watchword.server.pages.console.frame import NO_REASON, form_of, page_of, reason_in
from watchword.server.pages.problem import not_found_page

__all__ = ["act_as", "may_act_as", "show_act_as"]

REFUSED = N_("Nobody may act as this account at this moment.")

ACT = ShownAct(
    title=N_("Act as this user"),
    consequence=N_(
        "You see what this person sees, for 30 minutes at most. The person is told, and your name "
        "is on all that you do. How they sign in stays out of your reach."
    ),
    button=N_("Act as this user"),
)


def may_act_as(user: User, desk: Desk) -> bool:
    """Whether whoever looks may act as a user, for what a page offers."""
    return desk.may("create", "acting") and may_be_acted_as(user, by=desk.me.id)


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/users/{user_id}/act-as`."""
    user = await desk.store.read_user(request.path_params["user_id"])
    if user is None or not may_act_as(user, desk):
        return not_found_page(member.guest.site)
    return act_page(user, ACT, member)


async def _begin(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin/users/{user_id}/act-as`."""
    user = await desk.store.read_user(member.path.split("/")[-2])
    if user is None:
        return not_found_page(member.guest.site)
    desk.permit("create", "acting")
    reason = reason_in(form)
    if reason is None:
        return act_page(user, ACT, member, wrong=(NO_REASON, 400))
    begun = await begin(member.session, user.id, reason, member.guest, desk.runtime)
    if begun is None:
        return act_page(user, ACT, member, wrong=(REFUSED, 409))
    return begun


show_act_as = page_of("user", _show)
act_as = form_of("user", _begin)
