"""The rules: who may do what, read from the policies themselves.

Source: access.md section 9 (T4); users.md U40; ASVS 5.0 8.1.1.
"""

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from watchword.access.rules import Rule
from watchword.server.administration.desk import Desk
from watchword.server.pages.account.frame import Member
from watchword.server.pages.console.frame import page_of, show_console
from watchword.server.pages.console.grid import Grid, grids

__all__ = ["show_rules"]

PATH = "/admin/access"


@dataclass(frozen=True, slots=True)
class Said:
    """A rule in words and as a condition."""

    rule: Rule
    actions: str
    condition: str


@dataclass(frozen=True, slots=True)
class Book:
    """A policy as the page shows it."""

    rules: str  # whose: `server` or `application`
    version: str
    grids: tuple[Grid, ...]
    said: tuple[Said, ...]


async def _show(request: Request, desk: Desk, member: Member) -> Response:  # noqa: ARG001  # all pages have one shape
    """Answer `GET /admin/access/rules`."""
    from watchword.access.export.sentence import sentence  # noqa: PLC0415  # as below
    from watchword.server.administration.questions import rulebooks  # noqa: PLC0415  # sqlalchemy.orm

    books = tuple(
        Book(
            book.rules.value,
            book.policy.version,
            tuple(
                replace(grid, resource=book.things(grid.resource))
                for grid in grids(book.policy.matrix())
            ),
            tuple(
                Said(rule, ", ".join(sorted(rule.heading.actions)), sentence(rule.tree))
                for rule in book.policy.rules
            ),
        )
        for book in rulebooks(desk)
    )
    return show_console(member, "rules.html", {"books": books}, here=PATH)


show_rules = page_of("policy", _show)
