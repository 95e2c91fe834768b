"""One search for everything that is administered, from any admin page.

Each kind is asked about only where its own page may be seen: what somebody may not see does not
appear, nor that it is there.

Source: users.md U40; security.md rules 87 and 95.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.users import NAME_CHARACTERS_MAX
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.languages import speaking
from watchword.server.pages.account.frame import Member
from watchword.server.pages.console.finders import FOUND_MAX, KINDS, Hit, Kind
from watchword.server.pages.console.frame import page_of, show_console

__all__ = ["search"]

PATH = "/admin/search"
WANTED_CHARACTERS_MAX = 2 * NAME_CHARACTERS_MAX  # an address of mail, the id of an application


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind."""

    kind: Kind
    hits: tuple[Hit, ...]
    has_more: bool


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/search`."""
    asked = request.query_params.get("q", "").strip()[:WANTED_CHARACTERS_MAX]
    wanted = asked.replace("\x00", "")
    values = {
        "wanted": wanted,
        "groups": await _groups(wanted, desk, member) if wanted else [],
        "at_most": FOUND_MAX,
    }
    return show_console(member, "search.html", values, here=PATH)


search = page_of("audit", _show)


async def _groups(wanted: str, desk: Desk, member: Member) -> list[Group]:
    found: list[Group] = []
    with speaking(member.guest.site.language):
        for kind in KINDS:
            if desk.may("read", kind.thing):
                hits = tuple(await kind.find(wanted, desk, member))
                found.append(Group(kind, hits[:FOUND_MAX], len(hits) > FOUND_MAX))
    return [group for group in found if group.hits]
