"""The users: found by name, page by page.

Source: users.md U40.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.users import NAME_CHARACTERS_MAX, USERS_MAX, User
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.pages.account.frame import Member, notice_in
from watchword.server.pages.ago import When, ago
from watchword.server.pages.console.frame import page_of, show_console
from watchword.server.pages.console.several_lists import USERS

__all__ = ["users"]

PATH = "/admin/users"


@dataclass(frozen=True, slots=True)
class Line:
    """A user of the list."""

    id: str
    name: str
    is_active: bool
    roles: tuple[str, ...]
    since: When


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/users`."""
    part = request.query_params.get("q", "").strip()[:NAME_CHARACTERS_MAX].replace("\x00", "")
    after = request.query_params.get("after", "")[:NAME_CHARACTERS_MAX].replace("\x00", "")
    found = await desk.store.page_users(part.casefold(), after=after, limit=USERS_MAX + 1)
    page = found[:USERS_MAX]
    values = {
        "lines": [_line(user, member.now) for user in page],
        "part": part,
        "next": page[-1].name if len(found) > USERS_MAX else None,
        "is_first": not after,
        "several": USERS,
        "may_change": desk.may("update", "user"),
        "may_add": desk.may("create", "user"),
        "notice": notice_in(request),
    }
    return show_console(member, "users.html", values, here=PATH)


users = page_of("user", _show)


def _line(user: User, now: int) -> Line:
    since = ago(user.created_at, now)
    return Line(user.id, user.name, user.is_active, tuple(sorted(user.roles)), since)
