"""The matrix of a policy as people read it: a table a resource, a row a role, a column an action.

Source: access.md section 9 (T4); users.md U40; ASVS 5.0 8.1.1.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Literal, TypeAlias

from watchword.access.export.matrix import ANOTHER_TENANT, OTHER, Cell
from watchword.base.records import dataclass

__all__ = ["Entry", "Grid", "Line", "Way", "grids"]

Answer: TypeAlias = Literal["yes", "no", "some", "most"]


@dataclass(frozen=True, slots=True)
class Way:
    """A relation of the person to the thing, and what else has to hold; either may be empty."""

    relation: str
    condition: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a role may do with things of one kind.

    Attributes:
        ways: of `some`, how a role may; of `most`, how it may not.
    """

    action: str
    answer: Answer
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A role; empty for somebody without any."""

    role: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A resource of a policy."""

    resource: str
    actions: tuple[str, ...]
    lines: tuple[Line, ...]


def grids(matrix: Iterable[Cell]) -> tuple[Grid, ...]:
    """Return a grid for each resource."""
    return tuple(
        _grid(resource, list(cells)) for resource, cells in groupby(matrix, attrgetter("resource"))
    )


def _grid(resource: str, cells: Sequence[Cell]) -> Grid:
    actions = tuple(dict.fromkeys(cell.action for cell in cells))
    roles = tuple(dict.fromkeys(cell.role for cell in cells))
    asked: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        asked.setdefault((cell.role, cell.action), []).append(cell)
    lines = (
        Line(role, tuple(_entry(action, asked[role, action]) for action in actions))
        for role in roles
    )
    return Grid(resource, actions, tuple(lines))


def _entry(action: str, cells: Iterable[Cell]) -> Entry:
    # That another tenant's row is out of reach goes without saying.
    told = [cell for cell in cells if (cell.relation, cell.answer) != (ANOTHER_TENANT, "deny")]
    answers = {cell.answer for cell in told}
    if answers == {"allow"}:
        return Entry(action, "yes")
    if answers == {"deny"}:
        return Entry(action, "no")
    if answers == {"depends"} and len({cell.condition for cell in told}) == 1:
        return Entry(action, "some", (Way("", told[0].condition),))
    is_usual = any(cell.relation == OTHER and cell.answer == "allow" for cell in told)
    if is_usual and "depends" not in answers:
        return Entry(action, "most", tuple(_way(cell) for cell in told if cell.answer == "deny"))
    return Entry(action, "some", tuple(_way(cell) for cell in told if cell.answer != "deny"))


def _way(cell: Cell) -> Way:
    return Way(
        "" if cell.relation == OTHER else cell.relation,
        cell.condition if cell.answer == "depends" else "",
    )
