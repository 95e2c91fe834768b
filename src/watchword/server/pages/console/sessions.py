"""The sessions of everybody: found by whose they are or by their id, and ended one by one.

Source: users.md U40; security.md rules 43 and 45; OWASP ASVS 5.0 V7.4.5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.sessions import SID_PREFIX, OwnedSession
from watchword.accounts.users import NAME_CHARACTERS_MAX
from watchword.base.chance import is_id
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Form, Member, notice_in
from watchword.server.pages.account.sessions import Place, place_seen
from watchword.server.pages.console.deeds import end_session
from watchword.server.pages.console.frame import (
    NO_REASON,
    form_of,
    page_of,
    reason_in,
    show_console,
)
from watchword.server.pages.console.seam import seam, seam_in
from watchword.server.pages.console.several_lists import SESSIONS
from watchword.server.pages.render import see_other

__all__ = ["end_one", "show_sessions"]

PATH = "/admin/sessions"
SESSIONS_SHOWN = 50
OVER = N_("That session is over already.")


@dataclass(frozen=True, slots=True)
class Line:
    """A session of the list."""

    user_id: str
    user_name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Found:
    """What was looked for, and what was found."""

    wanted: str
    sessions: tuple[OwnedSession, ...]
    before: str = ""  # where this page begins; nothing: with the newest
    next: str | None = None  # where the following page begins
    more: int = 0  # of the user who was looked for; used longer ago
    opened: str = ""  # the session whose form lacks something
    user_id: str | None = None  # whose sessions these are, where one person was looked for


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/sessions`: all, or those of a user, or one by its id."""
    found = await _find(request.query_params, desk)
    return _page(found, desk, member, notice=notice_in(request))


async def _end(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin/sessions`: end the session that the form names, and show the same list.

    What was looked for, and the page that was turned to, come with the form.
    """
    sid, reason = form.get("sid", ""), reason_in(form)
    found = await desk.store.find_owned_session(sid, now=desk.now)
    if found is None:
        return await _again(form, desk, member, problem=OVER, status=409)
    if reason is None:
        return await _again(form, desk, member, problem=NO_REASON, status=400)
    desk.permit("delete", "session")
    if not await end_session(found, form, reason, desk):  # it ended between the two
        return await _again(form, desk, member, problem=OVER, status=409)
    wanted, before = _wanted(form), form.get("before", "")
    kept = {"q": wanted, "before": before if seam_in(before) else "", "notice": "admin-done"}
    query = urlencode({name: value for name, value in kept.items() if value})
    return see_other(member.guest.site, f"{member.guest.site.path(PATH)}?{query}")


show_sessions = page_of("session", _show)
end_one = form_of("session", _end)


def _wanted(asked: Mapping[str, str]) -> str:
    """Return whose sessions, or which one, an address or a form asks for; nothing for all."""
    return asked.get("q", "").strip()[:NAME_CHARACTERS_MAX].replace("\x00", "")


async def _find(asked: Mapping[str, str], desk: Desk) -> Found:
    store, now, wanted = desk.store, desk.now, _wanted(asked)
    if not wanted:
        before = seam_in(asked.get("before", ""))
        rows = await store.page_sessions(before=before, limit=SESSIONS_SHOWN + 1, now=now)
        page = rows[:SESSIONS_SHOWN]
        begins = "" if before is None else asked["before"]
        return Found("", page, before=begins, next=_after(page, rows))
    if is_id(wanted, SID_PREFIX):
        one = await store.find_owned_session(wanted, now=now)
        return Found(wanted, () if one is None else (one,))
    user = await store.find_user(wanted.casefold()) or await store.read_user(wanted)
    if user is None:
        return Found(wanted, ())
    theirs = await store.list_sessions(user.id, now=now)
    owned = tuple(OwnedSession(user.id, user.name, one) for one in theirs.listed)
    return Found(wanted, owned, more=theirs.more, user_id=user.id)


def _after(page: Sequence[OwnedSession], rows: Sequence[OwnedSession]) -> str | None:
    """Return where the page after this one begins, where there is one."""
    if len(rows) == len(page):
        return None
    last = page[-1].session
    return seam(last.created_at, last.sid)


async def _again(form: Form, desk: Desk, member: Member, *, problem: str, status: int) -> Response:
    """Show the same list, with the form open that was sent."""
    found = replace(await _find(form, desk), opened=form.get("sid", ""))
    return _page(found, desk, member, problem=problem, status=status)


def _page(
    found: Found,
    desk: Desk,
    member: Member,
    *,
    notice: str | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    places = desk.runtime.places
    values = {
        "lines": [
            Line(one.user_id, one.user_name, place_seen(one.session, member, places))
            for one in found.sessions
        ],
        "found": found,
        "several": SESSIONS,
        "may_change": desk.may("delete", "session"),
        "notice": notice,
        "problem": problem,
        "has_errors": status != 200,
    }
    return show_console(member, "sessions.html", values, here=PATH, status=status)
