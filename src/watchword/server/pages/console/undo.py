"""Undo a change: one button, which turns it back while nothing was said about the same thing since.

Source: users.md U40; security.md rules 43, 95 and 100.
"""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.administration.audit import AuditEntry
from watchword.accounts.administration.undoing import ChangedSince
from watchword.server.administration.desk import Desk
from watchword.server.administration.undoing import undo
from watchword.server.errors import NotPossible
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Form, Member, go
from watchword.server.pages.console.events import EVENTS
from watchword.server.pages.console.frame import form_of, page_of, refusal, show_console
from watchword.server.pages.console.log import line_of
from watchword.server.pages.console.offer import stands, undoable
from watchword.server.pages.problem import not_found_page

__all__ = ["show_undo", "undo_change"]

CHANGED_SINCE = N_("It was changed again since, so it is not undone. See how it stands first.")

# Where what an entry is about is seen, by the kind of its target.
PLACES: Mapping[str, str] = MappingProxyType(
    {
        "client": "/admin/apps",
        "role": "/admin/access",
        "share": "/admin/access",
        "user": "/admin/users/{target}",
    }
)


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/log/{position}/undo`."""
    entry = await undoable(request.path_params["position"], desk)
    if entry is None:
        return not_found_page(member.guest.site)
    problem = None if await stands(entry, desk) else CHANGED_SINCE
    return await _page(entry, desk, member, problem=problem)


async def _undo(form: Form, desk: Desk, member: Member) -> Response:  # noqa: ARG001  # all forms have one shape
    """Answer `POST /admin/log/{position}/undo`."""
    entry = await undoable(member.path.rpartition("/undo")[0].rpartition("/")[2], desk)
    if entry is None:
        return not_found_page(member.guest.site)
    try:
        await undo(entry, desk)
    except ChangedSince:
        return await _page(entry, desk, member, problem=CHANGED_SINCE)
    except NotPossible as error:
        return await _page(entry, desk, member, problem=refusal(error))
    return go(member, _place(entry), notice="admin-undone")


show_undo = page_of("audit", _show)
undo_change = form_of("audit", _undo)


def _place(entry: AuditEntry) -> str:
    return PLACES[entry.deed.kind].format(target=entry.deed.target)


async def _page(
    entry: AuditEntry, desk: Desk, member: Member, *, problem: str | None = None
) -> Response:
    values = {
        "line": await line_of(entry, desk),
        "undo_path": member.path,
        "place": _place(entry),
        "problem": problem,
        "has_errors": problem is not None,
    }
    status = 200 if problem is None else 409
    return show_console(member, "undo.html", values, here=EVENTS, status=status)
