"""The newest events as they happen: an answer that waits, for the lists that a script keeps fresh.

The page asks with what it has seen. As soon as there is more, or after a while, the whole list
comes again, made by the same template; without script the page has a link that looks again. Who
asks is looked up before the wait and once more after it. That a page is open is no use of its
session.

Source: users.md U32 and U41; security.md rules 43 and 95.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.oauth.feed import WAIT_SECONDS_MAX
from watchword.server.administration.desk import Desk
from watchword.server.pages.account.frame import Member
from watchword.server.pages.console.events import EVENTS, EVENTS_SHOWN, find, wanted_in
from watchword.server.pages.console.frame import page_of, show_console
from watchword.server.pages.console.happenings import happenings, stream
from watchword.server.pages.console.overview import EVENTS_SHOWN as SHOWN_ON_OVERVIEW
from watchword.server.pages.visit import looked_at
from watchword.server.waiting import longest_wait, unless_gone

__all__ = ["live_events"]

OVERVIEW = "overview"
SEEN_CHARACTERS_MAX = 64


async def _wait(request: Request, desk: Desk, member: Member) -> Response:  # noqa: ARG001  # all pages have one shape
    """Answer `GET /admin/events/live`: at once to a page that has seen nothing."""
    seen, runtime = request.query_params.get("seen", "")[:SEEN_CHARACTERS_MAX], desk.runtime
    if seen:
        wait_seconds = longest_wait(WAIT_SECONDS_MAX, runtime.settings)
        await unless_gone(request, runtime.live.read(seen, wait_seconds=wait_seconds))
    return await _afresh(request, runtime)


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Show the list as it stands, to whoever may look at this moment."""
    is_overview = request.query_params.get("of") == OVERVIEW
    shown = SHOWN_ON_OVERVIEW if is_overview else EVENTS_SHOWN
    wanted = wanted_in(request)
    asked = {"of": OVERVIEW} if is_overview else {"q": wanted.part, "show": wanted.shows}
    goes_on = await stream(desk, **asked)  # before the list, which may hold more than it says
    found = await find(wanted, desk)
    values = {
        "happenings": await happenings(found[:shown], desk, member),
        "stream": goes_on,
        "level": "h3" if is_overview else "h2",
    }
    return show_console(member, "live.html", values, here=EVENTS)


live_events = page_of("audit", _wait, find=looked_at)
_afresh = page_of("audit", _show, find=looked_at)
