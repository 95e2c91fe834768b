"""The page that a person sees when something went wrong.

Source: users.md U58; security.md rule 110.
"""

from dataclasses import replace

from starlette.responses import Response

from watchword.base.reasons import REASONS
from watchword.base.records import dataclass
from watchword.server.languages import N_
from watchword.server.pages.render import Site, page

__all__ = ["WAY_HOME", "WayOut", "not_found_page", "problem_page"]


@dataclass(frozen=True, slots=True)
class WayOut:
    """What a person does next: a page of this server, and what its button says."""

    path: str
    label: str
    fix: str = ""  # the step in words, where the row of the code does not know it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    status: int
    title: str
    what: str
    fault: str
    fix: str
    said: str
    id: str
    way_out: WayOut


WAY_HOME = WayOut("/", N_("To the start page"))


def problem_page(
    code: str,
    site: Site,
    *,
    status: int,
    failure_id: str = "",
    said: str = "",
    way_out: WayOut = WAY_HOME,
) -> Response:
    """Render the page of one failure from the row of its code.

    Args:
        code: has a row.
        site: where the page is.
        status: of the answer.
        failure_id: under which the log has it.
        said: the description in the protocol's English, where the row refers to it.
        way_out: what a person does next.
    """
    reason = REASONS[code]
    problem = _Problem(
        status=status,
        title=reason.title,
        what=reason.what,
        fault=reason.fault,
        fix=way_out.fix or reason.fix,
        said=said,
        id=failure_id,
        way_out=way_out,
    )
    # Its own address is left: what was wrong there may be in the address itself.
    site = replace(site, here=site.path(WAY_HOME.path))
    return page(site, "error.html", {"problem": problem}, status=status)


def not_found_page(site: Site) -> Response:
    """Render the page of an address without anything."""
    return problem_page("not_found", site, status=404)
