"""The matrix drawn for people: a grid for each resource.

Source: access.md section 9 (T4).
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from watchword.access.export.matrix import Cell

__all__ = ["grids"]


def grids(cells: Iterable[Cell]) -> Iterator[str]:
    """Yield the lines of one grid a resource: a row for role and action, a column a relation."""
    for resource, of_resource in groupby(cells, attrgetter("resource")):
        rows = [list(row) for _, row in groupby(of_resource, attrgetter("action", "role"))]
        head = [resource, "role", *(cell.relation for cell in rows[0])]
        table = [head, *([row[0].action, row[0].role or "-", *map(_shown, row)] for row in rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        yield ""
        for line in table:
            padded = (text.ljust(width) for text, width in zip(line, widths, strict=True))
            yield "  ".join(padded).rstrip()


def _shown(cell: Cell) -> str:
    return cell.answer if cell.answer != "depends" else f"if {cell.condition}"
