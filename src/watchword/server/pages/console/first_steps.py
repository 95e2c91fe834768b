"""What a server still lacks before people rely on it; a step that is done is not shown.

Each administrator dismisses the list for themselves, and has it shown again from the tools.

Source: users.md U41; decisions/0285.
"""

from starlette.responses import Response

from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Form, Member, go
from watchword.server.pages.console.frame import own_form_of
from watchword.server.pages.problem import not_found_page

__all__ = ["Step", "first_steps", "set_first_steps"]

PATH = "/admin"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    title: str
    why: str
    path: str  # of the page where it is done
    label: str


ADDRESS = Step(
    N_("Give the server its address"),
    N_("It answers on this machine alone until the setting url names the https address."),
    "/admin/settings#url",
    N_("Settings"),
)
MAIL = Step(
    N_("Have mails sent"),
    N_("Nobody can verify an address or set a forgotten password until smtp_host is set."),
    "/admin/settings#smtp_host",
    N_("Settings"),
)
APPLICATION = Step(
    N_("Add an application"),
    N_("Register whatever will sign people in here: a name, and where people come back to."),
    "/admin/apps/add",
    N_("Add an application"),
)
COLLEAGUE = Step(
    N_("Have a second administrator"),
    N_("Whoever administers alone cannot be let in again by anybody on these pages."),
    "/admin/users/new",
    N_("Add a user"),
)


async def first_steps(desk: Desk, member: Member) -> list[Step]:
    """Return what is still to be done, the most pressing first; nothing once it is dismissed."""
    settings, store = desk.runtime.settings, desk.store
    if await store.has_dismissed_first_steps(member.user_id):
        return []
    lacking = {
        ADDRESS: settings.url is None,
        MAIL: settings.smtp_host is None,
        APPLICATION: not await store.has_added_client(),
        COLLEAGUE: await store.count_administrators() < 2,
    }
    return [step for step, is_lacking in lacking.items() if is_lacking]


async def _set(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin`: dismiss the list, or have it shown again."""
    match form.get("action"):
        case "dismiss-steps":
            await desk.store.dismiss_first_steps(member.user_id, now=desk.now)
            return go(member, PATH, notice="admin-steps-dismissed")
        case "recall-steps":
            await desk.store.recall_first_steps(member.user_id)
            return go(member, PATH)
        case _:
            return not_found_page(member.guest.site)


set_first_steps = own_form_of("audit", _set)
