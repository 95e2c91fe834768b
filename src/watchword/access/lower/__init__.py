"""Lowerings: the second reading, a tree as a boolean SQL expression over a mapped model.

One module a mapping library, reached through the table below and imported when the first model of
that library is declared, so that a process without a policy pays for no database library. A
lowering builds expressions and executes nothing. Implements access.md section 7; relationships,
raw SQL and other libraries are no part of it.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from watchword.access.errors import PolicyError
from watchword.access.tree import Tree
from watchword.access.values import Kind

if TYPE_CHECKING:
    from watchword.access.lower.sqlalchemy import Clause, Probe, Rows

__all__ = ["LOWERINGS", "Lowering", "lowering"]

M = TypeVar("M")

# The library that maps the model -> the module that lowers for it.
LOWERINGS: Mapping[str, str] = MappingProxyType(
    {
        "django": "watchword.access.lower.django",
        "sqlalchemy": "watchword.access.lower.sqlalchemy",
        "watchword": "watchword.access.lower.declared",
    }
)


class Lowering(Protocol):
    """What a lowering module offers."""

    def columns(self, model: type[object], /) -> frozenset[str]:
        """Return the attribute names of the model's columns."""
        ...

    def kind(self, model: type[object], name: str, /) -> Kind:
        """Return the kind of a column. Raises PolicyError when rules cannot compare it."""
        ...

    def assigned(self, obj: object, /) -> frozenset[str]:
        """Return the columns that a proposed object sets."""
        ...

    def where(self, model: type[object], tree: Tree, /) -> "Clause":
        """Return the tree as a boolean expression for WHERE."""
        ...

    def select(self, model: type[M], tree: Tree, /) -> "Rows[M]":
        """Return a statement that gives the rows for which the tree holds."""
        ...

    def probe(
        self, model: type[M], key: object, readable: Tree, allowed: Tree, /, *, lock: bool
    ) -> "Probe[M] | None":
        """Return a statement for one row with two verdicts, None where no row can have the key."""
        ...


def lowering(model: type[object]) -> Lowering:
    """Return the lowering for a mapped model.

    Raises:
        PolicyError: no known library maps the class.
    """
    # SQLAlchemy keeps its mapper in the one, Django its options in the other.
    mapper = getattr(model, "__mapper__", getattr(model, "_meta", None))
    library = type(mapper).__module__.partition(".")[0]
    if library not in LOWERINGS:
        raise PolicyError(
            f"{model!r} is no mapped model; `on=` takes a class mapped by SQLAlchemy or Django"
        )
    return cast("Lowering", import_module(LOWERINGS[library]))
