"""The rules: who may do what, read from the policies themselves.

Source: access.md section 9 (T4); users.md U40; ASVS 5.0 8.1.1.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from watchword.access.export.sentence import sentence
from watchword.access.rules import Rule
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.pages.account.frame import Member
from watchword.server.pages.console.frame import page_of, show_console
from watchword.server.pages.console.grid import Grid, grids

if TYPE_CHECKING:  # imported by the first question, with the mapper that the policy needs
    from watchword.server.administration.questions import Rulebook

__all__ = ["grids_of", "show_rules"]

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


async def grids_of(book: "Rulebook") -> tuple[Grid, ...]:
    """Return the matrix of a policy, made in a thread: of a large one it is much work."""
    matrix = await run_in_threadpool(book.policy.matrix)
    return tuple(replace(grid, resource=book.things(grid.resource)) for grid in grids(matrix))


async def _show(request: Request, desk: Desk, member: Member) -> Response:  # noqa: ARG001  # all pages have one shape
    """Answer `GET /admin/access/rules`."""
    from watchword.server.administration.questions import rulebooks  # noqa: PLC0415  # sqlalchemy.orm

    books = [_book(each, await grids_of(each)) for each in rulebooks(desk)]
    return show_console(member, "rules.html", {"books": books}, here=PATH)


show_rules = page_of("policy", _show)


def _book(book: "Rulebook", matrix: tuple[Grid, ...]) -> Book:
    said = (
        Said(rule, ", ".join(sorted(rule.heading.actions)), sentence(rule.tree))
        for rule in book.policy.rules
    )
    return Book(book.rules.value, book.policy.version, matrix, tuple(said))
