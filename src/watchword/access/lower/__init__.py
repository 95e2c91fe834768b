"""Lowerings: the second reading, a tree as a boolean SQL expression over a mapped model.

One module a mapping library, reached through the table below and imported when the first model of
that library is declared, so that a process without a policy pays for no database library. A
lowering builds expressions and executes nothing. Implements access.md section 7.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from watchword.access.errors import PolicyError
from watchword.access.tree import Step, Tree
from watchword.access.values import Kind
from watchword.base.records import dataclass

if TYPE_CHECKING:
    from watchword.access.lower.sqlalchemy import Clause, Option, Probe, Rows

__all__ = ["LOWERINGS", "Lowering", "Relation", "lowering"]

M = TypeVar("M")

# The library or module that maps the model -> the module that lowers for it.
LOWERINGS: Mapping[str, str] = MappingProxyType(
    {
        "django": "watchword.access.lower.django",
        "sqlalchemy": "watchword.access.lower.sqlalchemy",
        "watchword.access.lower.declared": "watchword.access.lower.declared",
        "watchword.access.lower.raw_text": "watchword.access.lower.raw",
    }
)


@dataclass(frozen=True, slots=True)
class Relation:
    """A mapped relation of a model.

    Attributes:
        model: the class that it leads to.
        many: to a collection of rows.
        optional: to one row, which may be absent.
        read: returns the related row, None, or the related rows of a loaded row. For a row that is
            not stored yet it raises TypeError when the row names a parent that is not loaded: such
            a row must not pass for one without a parent.
    """

    model: type[object]
    many: bool
    optional: bool
    read: Callable[[Any], Any]


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

    def key(self, model: type[object], /) -> str:
        """Return the attribute name of the primary key. Raises PolicyError when it is not one."""
        ...

    def relation(self, model: type[object], name: str, /) -> Relation | None:
        """Return a mapped relation; None when the model has none of this name."""
        ...

    def loads(
        self, model: type[object], paths: Iterable[tuple[Step, ...]], /
    ) -> "tuple[Option, ...]":
        """Return the options of a statement that load the rows behind paths with their row."""
        ...

    def loading(self, statement: "Probe[M]", options: "tuple[Option, ...]", /) -> "Probe[M]":
        """Return a statement with the options of `loads`."""
        ...

    def check_shares(self, table: object, /) -> None:
        """Refuse what is no table of shares. Raises PolicyError when a column is missing."""
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
    library = type(mapper).__module__
    if library not in LOWERINGS:
        library = library.partition(".")[0]
    if library not in LOWERINGS:
        raise PolicyError(
            f"{model!r} is no mapped model; `on=` takes a class mapped by SQLAlchemy or Django"
        )
    return cast("Lowering", import_module(LOWERINGS[library]))
