"""The page that a person sees when something went wrong.

Source: users.md U58; security.md rule 110.
"""

from dataclasses import dataclass

from starlette.responses import Response

from watchword.base.reasons import REASONS
from watchword.server.pages.render import page, site_of
from watchword.server.settings import Settings

__all__ = ["not_found_page", "problem_page"]


@dataclass(frozen=True, slots=True)
class _WayOut:
    path: str
    label: str


@dataclass(frozen=True, slots=True)
class _Problem:
    status: int
    title: str
    what: str
    fault: str
    fix: str
    id: str
    way_out: _WayOut


_WAY_HOME = _WayOut("/", "To the start page")


def problem_page(code: str, settings: Settings, *, status: int, failure_id: str = "") -> Response:
    """Render the page of one failure from the row of its code."""
    reason = REASONS[code]
    fix = reason.fix_at(settings.issuer)
    problem = _Problem(status, reason.title, reason.what, reason.fault, fix, failure_id, _WAY_HOME)
    return page(site_of(settings.issuer), "error.html", {"problem": problem}, status=status)


def not_found_page(settings: Settings) -> Response:
    """Render the page of an address without anything."""
    return problem_page("not_found", settings, status=404)
