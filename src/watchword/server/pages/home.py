"""The start page: what this server is, or who you are.

Source: users.md U14 (pages live at `/`, `/signin`, `/setup`).
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.sessions import Session
from watchword.base.records import dataclass
from watchword.server.pages.notices import NOTICES
from watchword.server.pages.render import page
from watchword.server.pages.times import Moment, moment
from watchword.server.pages.visit import visit
from watchword.server.runtime import Runtime

__all__ = ["SessionView", "home", "view_session"]


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its owner sees it."""

    name: str
    user_id: str
    roles: tuple[str, ...]
    since: Moment
    until: Moment


def view_session(session: Session) -> SessionView:
    """Return what a page shows of a session."""
    return SessionView(
        name=session.user.name,
        user_id=session.user.id,
        roles=tuple(sorted(session.user.roles)),
        since=moment(session.auth_time),
        until=moment(session.expires_at),
    )


async def home(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /`."""
    guest = await visit(request, runtime)
    response = page(
        guest.site,
        "home.html",
        {
            "session": None if guest.session is None else view_session(guest.session),
            "notice": NOTICES.get(request.query_params.get("notice", "")),
            "form_token": guest.form_token,
        },
    )
    return guest.remember(response)
