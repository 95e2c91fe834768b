"""Expression trees: what a rule function leaves behind, and its one meaning.

A tree is in negation normal form from birth: `negate` pushes to the leaves, where `positive` says
which way an atom is read, so that no reading ever meets a NOT above a comparison (L1).

The meaning is two-valued and total (S2): an absent value is None, equal only to None and in no
order with anything; an absent collection is empty. Behind an absent parent every attribute is
absent.

Source: access.md sections 4 (P5, P8), 5 (S2, S3), 6 and 7 (L1).
"""

import json
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from enum import Enum
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias, assert_never

from watchword.access.values import Kind, Value
from watchword.base.records import dataclass

__all__ = [
    "FALSE",
    "MEANING",
    "ORDERINGS",
    "TRUE",
    "Atom",
    "Attr",
    "Const",
    "Every",
    "Fact",
    "Holder",
    "Known",
    "Op",
    "Opaque",
    "Operand",
    "Shared",
    "Some",
    "Source",
    "Step",
    "Tree",
    "atoms",
    "canonical",
    "every",
    "fold",
    "leaves",
    "meaning",
    "negate",
    "reads_row",
    "some",
]


class Source(Enum):
    """Where an attribute's value comes from."""

    SUBJECT = "subject"
    RESOURCE = "resource"
    CONTEXT = "context"


class Op(Enum):
    """What an atom compares by."""

    EQ = "=="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    IN = "in"
    MEETS = "meets"


@dataclass(frozen=True, slots=True)
class Step:
    """A mapped relation that a path follows.

    Attributes:
        name: the relation's attribute on the row that it starts from.
        many: it leads to a collection of rows.
        optional: it leads to one row, which may be absent.
        read: returns the related row, None, or the related rows of a row.
    """

    name: str
    many: bool
    optional: bool
    read: Callable[[Any], Any] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Attr:
    """A declared attribute, unknown until a reading looks it up.

    Attributes:
        many: a collection, because it is declared as one or its path leads to many rows.
        path: the relations between the row in question and the one that has the attribute.
    """

    source: Source
    name: str
    kind: Kind
    many: bool = False
    path: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return ".".join((self.source.value, *(step.name for step in self.path), self.name))


@dataclass(frozen=True, slots=True)
class Const:
    """A value written in the rule, or known by the time of folding."""

    value: Value


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose share rows count, once that is known.

    Attributes:
        tenant: that the share rows belong to; None for an application without tenants.
        now: seconds since the epoch; when it is None, a share that ends does not count.
    """

    id: str
    roles: frozenset[str]
    tenant: str | None
    now: int | None


@dataclass(frozen=True, slots=True)
class Shared:
    """The keys of the rows of a resource that are shared with the subject by a relation.

    A collection. Folding makes it a `Const` where the shares came with the subject, and names the
    holder where they lie in a table beside the rows.

    Attributes:
        kind: of the resource's key.
        table: the mapped class or table of share rows, if the policy names one.
    """

    resource: str
    relation: str
    kind: Kind
    table: object | None = field(default=None, compare=False, repr=False)
    holder: Holder | None = None

    def __str__(self) -> str:
        return f"{self.resource} shared as {self.relation!r}"


Operand: TypeAlias = Attr | Const | Shared


@dataclass(frozen=True, slots=True)
class Fact:
    """A condition that is known."""

    holds: bool


@dataclass(frozen=True, slots=True)
class Atom:
    """One comparison, or with `positive` false its exact complement."""

    op: Op
    left: Operand
    right: Operand
    positive: bool = True


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold. Build with `every`."""

    parts: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds. Build with `some`."""

    parts: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Opaque:
    """A predicate in Python that no reading looks into.

    Attributes:
        rule: the id of the rule whose body it is.
        holds: computes it for a subject, a row and a context; never raises (S3).
        reads_row: its value depends on the row.
        sql: makes the condition on a model that stands for it; None where there is none (P5).
        positive: false for its exact complement.
    """

    rule: str
    holds: Callable[[Any, Any, Any], bool] = field(compare=False, repr=False)
    reads_row: bool
    sql: Callable[..., Any] | None = field(compare=False, repr=False)
    positive: bool = True


Tree: TypeAlias = Fact | Atom | Opaque | Every | Some


class Known(Protocol):
    """What is known by the time of folding: a subject and a context."""

    def operand(self, operand: "Attr | Shared", /) -> Operand:
        """Return a value as a `Const`, or the operand as far as it is unknown."""
        ...

    def opaque(self, predicate: Opaque, /) -> "Fact | Opaque":
        """Return the predicate's truth, or the predicate with what is known bound to it."""
        ...


_NONE = Const(None)
_NOTHING = Const(frozenset())

TRUE = Fact(True)
FALSE = Fact(False)

ORDERINGS: Mapping[Op, Callable[[Any, Any], bool]] = MappingProxyType(
    {Op.LT: operator.lt, Op.LE: operator.le, Op.GT: operator.gt, Op.GE: operator.ge}
)


def _ordered(op: Op) -> Callable[[Any, Any], bool]:
    compare = ORDERINGS[op]
    return lambda left, right: left is not None and right is not None and compare(left, right)


# What a positive atom means for two values. Operands reach it typed and collections completed.
MEANING: Mapping[Op, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        Op.EQ: operator.eq,
        **{op: _ordered(op) for op in ORDERINGS},
        Op.IN: lambda item, pool: item in pool,
        Op.MEETS: lambda left, right: not left.isdisjoint(right),
    }
)


def every(parts: Iterable[Tree]) -> Tree:
    """Join conditions by AND; constants are folded away."""
    kept: list[Tree] = []
    for part in parts:
        if isinstance(part, Fact):
            if not part.holds:
                return FALSE
        elif isinstance(part, Every):
            kept.extend(part.parts)
        else:
            kept.append(part)
    return Every(tuple(kept)) if len(kept) > 1 else kept[0] if kept else TRUE


def some(parts: Iterable[Tree]) -> Tree:
    """Join conditions by OR; constants are folded away."""
    kept: list[Tree] = []
    for part in parts:
        if isinstance(part, Fact):
            if part.holds:
                return TRUE
        elif isinstance(part, Some):
            kept.extend(part.parts)
        else:
            kept.append(part)
    return Some(tuple(kept)) if len(kept) > 1 else kept[0] if kept else FALSE


def negate(tree: Tree) -> Tree:
    """Return the exact complement, with the negation pushed to the leaves by De Morgan."""
    match tree:
        case Fact(holds):
            return Fact(not holds)
        case Atom(positive=positive) | Opaque(positive=positive):
            return replace(tree, positive=not positive)
        case Every(parts):
            return Some(tuple(map(negate, parts)))
        case Some(parts):
            return Every(tuple(map(negate, parts)))
        case _:
            assert_never(tree)


def fold(tree: Tree, known: Known) -> Tree:
    """Evaluate what is known; what is left reads only what `known` returned as it is.

    Args:
        tree: any condition.
        known: the subject and the context.
    """
    match tree:
        case Fact():
            return tree
        case Atom():
            return _fold_atom(tree, known)
        case Opaque():
            return known.opaque(tree)
        case Every(parts):
            return every(fold(part, known) for part in parts)
        case Some(parts):
            return some(fold(part, known) for part in parts)
        case _:
            assert_never(tree)


def leaves(tree: Tree) -> Iterator[Atom | Opaque]:
    """Yield the comparisons and opaque predicates, left to right."""
    match tree:
        case Fact():
            return
        case Atom() | Opaque():
            yield tree
        case Every(parts) | Some(parts):
            for part in parts:
                yield from leaves(part)
        case _:
            assert_never(tree)


def atoms(tree: Tree) -> Iterator[Atom]:
    """Yield the comparisons, left to right."""
    return (leaf for leaf in leaves(tree) if isinstance(leaf, Atom))


def reads_row(leaf: Atom | Opaque) -> bool:
    """Tell whether a leaf depends on the row."""
    if isinstance(leaf, Opaque):
        return leaf.reads_row
    return any(
        isinstance(operand, Attr) and operand.source is Source.RESOURCE
        for operand in (leaf.left, leaf.right)
    )


def meaning(op: Op, left: Value, right: Value, *, positive: bool) -> Fact:
    """Return what an atom on two known values comes to."""
    return _fact(MEANING[op](left, right) is positive)


def canonical(tree: Tree) -> object:
    """Return the tree as plain lists for JSON: equal trees give equal text, others never."""
    match tree:
        case Fact(holds):
            return holds
        case Atom(op, left, right, positive):
            return [op.value, _canonical_operand(left), _canonical_operand(right), positive]
        case Opaque(rule, sql=sql, positive=positive):
            return ["opaque", rule, sql is not None, positive]
        case Every(parts):
            return ["and", *map(canonical, parts)]
        case Some(parts):
            return ["or", *map(canonical, parts)]
        case _:
            assert_never(tree)


def _fold_atom(atom: Atom, known: Known) -> Tree:
    left = atom.left if isinstance(atom.left, Const) else known.operand(atom.left)
    right = atom.right if isinstance(atom.right, Const) else known.operand(atom.right)
    if isinstance(left, Const) and isinstance(right, Const):
        return meaning(atom.op, left.value, right.value, positive=atom.positive)
    if atom.op in ORDERINGS and _NONE in (left, right):
        return _fact(not atom.positive)
    if atom.op in {Op.IN, Op.MEETS} and _NOTHING in (left, right):
        return _fact(not atom.positive)
    return Atom(atom.op, left, right, atom.positive)


def _fact(holds: bool) -> Fact:  # noqa: FBT001 - the value itself
    return TRUE if holds else FALSE


def _canonical_operand(operand: Operand) -> list[object]:
    if isinstance(operand, Attr):
        path = [[step.name, step.many] for step in operand.path]
        kind = operand.kind.__name__
        return [operand.source.value, *([path] if path else []), operand.name, kind, operand.many]
    if isinstance(operand, Shared):
        return ["shared", operand.resource, operand.relation, operand.kind.__name__]
    if isinstance(operand.value, frozenset):
        return ["set", *sorted((_canonical_value(item) for item in operand.value), key=json.dumps)]
    return ["const", *_canonical_value(operand.value)]


def _canonical_value(value: object) -> list[str]:
    return [type(value).__name__, str(value)]
