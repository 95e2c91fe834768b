"""The page of one act about a user: it names the account, says what follows, and asks why.

Source: users.md U40 and U43.
"""

from collections.abc import Sequence

from starlette.responses import Response

from watchword.accounts.administration.roles import is_role_name
from watchword.accounts.users import User
from watchword.base.records import dataclass
from watchword.server.calls import CurlLine
from watchword.server.pages.account.frame import Member
from watchword.server.pages.console.frame import show_console

__all__ = ["ShownAct", "act_page"]

PATH = "/admin/users"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAct:
    """What the page shows of an act."""

    title: str  # what the act is called
    consequence: str  # what follows from it
    button: str  # what does it
    is_bad: bool = False  # it takes something away
    asks_name: bool = False  # the name of the account has to be typed


def act_page(
    user: User,
    act: ShownAct,
    member: Member,
    *,
    role: str = "",
    calls: Sequence[CurlLine] = (),
    wrong: tuple[str, int] | None = None,
) -> Response:
    """Show the page.

    Args:
        user: whom the act is about.
        act: as it is shown.
        member: who is asked.
        role: that the act is about, if any.
        calls: what does the same.
        wrong: what has to be mended, and the status that says so.
    """
    problem, status = wrong or (None, 200)
    values = {
        "user": user,
        "act": act,
        "calls": calls,
        "act_path": member.path,
        "role": role if is_role_name(role) else "",
        "problem": problem,
        "has_errors": status != 200,
    }
    return show_console(member, "act.html", values, here=PATH, status=status)
