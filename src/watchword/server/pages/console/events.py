"""What happened, to everybody or to one user: the newest first, page by page; sign-ins alone.

Source: users.md U40 and U41.
"""

from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.events import Event, EventKind, RecordedEvent
from watchword.accounts.users import NAME_CHARACTERS_MAX
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Member
from watchword.server.pages.console.frame import page_of, show_console
from watchword.server.pages.console.happenings import happenings, stream
from watchword.server.pages.console.seam import seam, seam_in

__all__ = [
    "EVENTS",
    "EVENTS_SHOWN",
    "TABS",
    "Tab",
    "find",
    "show_events",
    "wanted_in",
]

EVENTS = "/admin/events"
EVENTS_SHOWN = 50
SIGN_INS = "sign-ins"


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the lists of what happened."""

    path: str
    label: str
    query: str = ""


EVERYTHING = Tab(EVENTS, N_("What happened"))
SIGN_INS_TAB = Tab(EVENTS, N_("Sign-ins"), f"?show={SIGN_INS}")
TABS = (
    EVERYTHING,
    SIGN_INS_TAB,
    Tab("/admin/refusals", N_("Refused requests")),
    Tab("/admin/log", N_("Changes")),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for."""

    part: str  # the name or id of a user, or nothing
    shows: str  # sign-ins alone, or nothing
    before: RecordedEvent | None


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/events`."""
    wanted = wanted_in(request)
    goes_on = await stream(desk, q=wanted.part, show=wanted.shows)
    found = await find(wanted, desk)
    page = found[:EVENTS_SHOWN]
    values = {
        "tabs": TABS,
        "tab": SIGN_INS_TAB if wanted.shows else EVERYTHING,
        "part": wanted.part,
        "shows": wanted.shows,
        "happenings": await happenings(page, desk, member),
        "older": seam(page[-1].event.at, page[-1].id) if len(found) > len(page) else None,
        "is_first": wanted.before is None,
        "stream": None if wanted.before else goes_on,
    }
    return show_console(member, "events.html", values, here=EVENTS)


show_events = page_of("audit", _show)


def wanted_in(request: Request) -> Wanted:
    """Return what an address asks for."""
    asked = request.query_params
    part = asked.get("q", "").strip()[:NAME_CHARACTERS_MAX].replace("\x00", "")
    return Wanted(
        part,
        SIGN_INS if asked.get("show") == SIGN_INS and not part else "",
        _before(asked.get("before", "")),
    )


async def find(wanted: Wanted, desk: Desk) -> Sequence[RecordedEvent]:
    """Return a page of events, and one more where there are more."""
    store, limit = desk.store, EVENTS_SHOWN + 1
    if wanted.part:
        user = await store.find_user(wanted.part.casefold()) or await store.read_user(wanted.part)
        user_id = wanted.part if user is None else user.id  # what happened outlives an account
        return await store.list_events(user_id, before=wanted.before, limit=limit)
    if wanted.shows:
        return await store.page_sign_ins(before=wanted.before, limit=limit)
    return await store.page_events(before=wanted.before, limit=limit)


def _before(text: str) -> RecordedEvent | None:
    """Return the event after which a page begins; of it only time and id are known."""
    found = seam_in(text)
    return None if found is None else RecordedEvent(found[1], replace(_ANY, at=found[0]))


_ANY = Event(EventKind.SIGNED_IN, 0)
