"""Refused requests: listed, and each explained as `watchword explain ID` explains it.

Source: users.md U40, U45 and U55; oauth.md section 17.
"""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from watchword.base.reasons import REASONS
from watchword.base.records import dataclass
from watchword.oauth.causes import fix_of
from watchword.oauth.traces import FAILURE_PREFIX, Trace
from watchword.server.administration.desk import Desk
from watchword.server.pages.account.frame import Member
from watchword.server.pages.ago import When, ago
from watchword.server.pages.console.events import EVENTS, TABS
from watchword.server.pages.console.frame import page_of, show_console
from watchword.server.pages.console.seam import seam, seam_in

__all__ = ["show_refusals"]

REFUSALS_SHOWN = 50
ID_CHARACTERS_MAX = 64


@dataclass(frozen=True, slots=True)
class Line:
    """A refused request, and who sent it."""

    trace: Trace
    title: str  # of its code, or the code itself
    when: When
    user: str | None  # by name, where somebody still has the account


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/refusals`: the list, or the one that `id` names."""
    wanted = request.query_params.get("id", "").strip()[:ID_CHARACTERS_MAX].replace("\x00", "")
    if wanted:
        return await _one(wanted, desk, member)
    before = seam_in(request.query_params.get("before", ""))
    found = await desk.store.page_traces(before=before, limit=REFUSALS_SHOWN + 1)
    page = found[:REFUSALS_SHOWN]
    values = {
        "lines": await _lines(page, desk),
        "older": seam(page[-1].at, page[-1].id) if len(found) > len(page) else None,
        "is_first": before is None,
    }
    return _answer(member, "refusals.html", values)


show_refusals = page_of("audit", _show)


async def _one(wanted: str, desk: Desk, member: Member) -> Response:
    trace = await desk.store.find_trace(wanted)
    if trace is None:
        return _answer(member, "refusals.html", {"lines": (), "wanted": wanted}, status=404)
    (line,) = await _lines((trace,), desk)
    reason = REASONS.get(trace.code)
    values = {
        "line": line,
        "reason": reason,
        "cause": fix_of(trace.detail),
        "is_servers": trace.id.startswith(FAILURE_PREFIX),
    }
    return _answer(member, "refusal.html", values)


def _answer(
    member: Member, template: str, values: Mapping[str, object], *, status: int = 200
) -> Response:
    every = {"tabs": TABS, "tab": TABS[2], "older": None, "is_first": True, "wanted": ""}
    return show_console(member, template, {**every, **values}, here=EVENTS, status=status)


async def _lines(traces: Sequence[Trace], desk: Desk) -> list[Line]:
    names: dict[str | None, str] = {}
    for user_id in {one.user_id for one in traces if one.user_id is not None}:
        user = await desk.store.read_user(user_id)
        names[user_id] = user_id if user is None else user.name
    return [
        Line(
            one,
            REASONS[one.code].title if one.code in REASONS else one.code,
            ago(one.at, desk.now),
            names.get(one.user_id),
        )
        for one in traces
    ]
