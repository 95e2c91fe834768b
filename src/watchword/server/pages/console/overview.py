"""The overview: how much there is, how sign-ins go, what happened last, and what is still lacking.

Source: users.md U41.
"""

from collections.abc import Mapping
from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.administration.figures import FIGURE_MAX, Figures
from watchword.base.database_url import parse_address
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Member, notice_in
from watchword.server.pages.ago import ago
from watchword.server.pages.console.first_steps import first_steps
from watchword.server.pages.console.frame import page_of, show_console
from watchword.server.pages.console.happenings import happenings, stream
from watchword.server.pages.console.key_timeline import timeline
from watchword.server.pages.console.sign_ins import (
    STRETCH_SECONDS,
    WEEK_SECONDS,
    Week,
    week_of,
)
from watchword.server.runtime import Runtime

__all__ = ["overview"]

PATH = "/admin"
EVENTS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the four numbers."""

    label: str
    value: str
    path: str | None = None  # of the page that tells more


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin`."""
    store, since = desk.store, member.now + 1 - WEEK_SECONDS  # this second is the last of the week
    counted = await store.count_sign_ins(since=since, stretch_seconds=STRETCH_SECONDS)
    week = week_of(counted, since=since)
    figures = await store.read_figures(now=member.now)
    rotation = desk.runtime.settings.rotation
    goes_on = await stream(desk, of="overview")
    events = await store.page_events(limit=EVENTS_SHOWN)
    values = {
        "figures": _figures(figures, week),
        "week": week,
        "begins": ago(since, member.now),
        "apps": await _names(week, desk),
        "timeline": timeline(await store.list_signing_keys(), rotation, now=member.now),
        "happenings": await happenings(events, desk, member),
        "stream": goes_on,
        "steps": await first_steps(desk, member),
        "notice": notice_in(request),
        "server": _server(desk.runtime),
    }
    return show_console(member, "overview.html", values, here=PATH)


overview = page_of("audit", _show)


def _figures(figures: Figures, week: Week) -> tuple[Figure, ...]:
    return (
        Figure(N_("Accounts"), _value(figures.users), "/admin/users"),
        Figure(N_("Live sessions"), _value(figures.sessions), "/admin/sessions"),
        Figure(N_("Sign-ins of the last 24 hours"), str(week.granted_today), "/admin/events"),
        Figure(
            N_("Requests refused in the last 24 hours"), _value(figures.refusals), "/admin/refusals"
        ),
    )


def _value(count: int) -> str:
    return f"{count}+" if count >= FIGURE_MAX else str(count)


async def _names(week: Week, desk: Desk) -> list[tuple[str, int]]:
    """Return the applications by name; one that is gone keeps its id."""
    found = [(await desk.store.find_kept_client(one), one, count) for one, count in week.apps]
    return [(one if kept is None else kept.client.name, count) for kept, one, count in found]


def _server(runtime: Runtime) -> Mapping[str, str]:
    """Return what the server is and where its rows are, without any password."""
    settings = runtime.settings
    return {
        N_("Version"): version("watchword"),
        N_("Issuer"): settings.issuer,
        N_("Store"): parse_address(settings.database).masked,
        N_("Signs with"): settings.signing_alg,
    }
