"""Export: everything held about a person, as one file.

Source: users.md U39; Regulation (EU) 2016/679 articles 15 and 20.
"""

import json
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.events import Event, EventKind
from watchword.accounts.person.export import document
from watchword.server.pages.account.frame import Member, show
from watchword.server.pages.account.step_up import form_at, page_at
from watchword.server.pages.render import html_headers
from watchword.server.runtime import Runtime

__all__ = ["download_export", "show_export"]

PATH = "/account/export"


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:  # noqa: ARG001  # all pages have one shape
    """Answer `GET /account/export`."""
    return show(member, "export.html", {}, here=PATH)


async def _download(form: Mapping[str, str], runtime: Runtime, member: Member) -> Response:  # noqa: ARG001  # all forms have one shape
    """Answer `POST /account/export` with the file."""
    holdings = await runtime.store.read_holdings(member.user_id)
    told = document(holdings, issuer=runtime.settings.issuer, now=member.now)
    event = Event(
        EventKind.ACCOUNT_EXPORTED,
        member.now,
        user_id=member.user_id,
        origin=member.origin,
        sid=member.session.sid,
    )
    await runtime.store.record_event(event)
    headers = html_headers(member.guest.site) | {
        "Content-Disposition": 'attachment; filename="account.json"'
    }
    body = json.dumps(told, ensure_ascii=False, indent=2).encode("utf-8")
    return Response(body, headers=headers, media_type="application/json")


show_export = page_at(PATH, _show)
download_export = form_at(PATH, _download)
