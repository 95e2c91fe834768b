"""Expression trees: what a rule function leaves behind, and its one meaning.

A tree is in negation normal form from birth: `negate` pushes to the leaves, where `positive` says
which way an atom is read, so that no reading ever meets a NOT above a comparison (L1).

The meaning is two-valued and total (S2): an absent value is None, equal only to None and in no
order with anything; an absent collection is empty.

Source: access.md sections 5 (S2), 6 and 7 (L1).
"""

import json
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeAlias, assert_never

from watchword.access.values import Kind, Value

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
    "Op",
    "Operand",
    "Some",
    "Source",
    "Tree",
    "atoms",
    "canonical",
    "every",
    "fold",
    "negate",
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
class Attr:
    """A declared attribute, unknown until a reading looks it up."""

    source: Source
    name: str
    kind: Kind
    many: bool = False

    def __str__(self) -> str:
        return f"{self.source.value}.{self.name}"


@dataclass(frozen=True, slots=True)
class Const:
    """A value written in the rule, or known by the time of folding."""

    value: Value


Operand: TypeAlias = Attr | Const


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


Tree: TypeAlias = Fact | Atom | Every | Some

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
        case Atom(positive=positive):
            return replace(tree, positive=not positive)
        case Every(parts):
            return Some(tuple(map(negate, parts)))
        case Some(parts):
            return Every(tuple(map(negate, parts)))
        case _:
            assert_never(tree)


def fold(tree: Tree, known: Callable[[Attr], Operand]) -> Tree:
    """Evaluate what is known; what is left reads only attributes that `known` returned as they are.

    Args:
        tree: any condition.
        known: returns an attribute's value as a `Const`, or the attribute itself.
    """
    match tree:
        case Fact():
            return tree
        case Atom():
            return _fold_atom(tree, known)
        case Every(parts):
            return every(fold(part, known) for part in parts)
        case Some(parts):
            return some(fold(part, known) for part in parts)
        case _:
            assert_never(tree)


def atoms(tree: Tree) -> Iterator[Atom]:
    """Yield the leaves, left to right."""
    match tree:
        case Fact():
            return
        case Atom():
            yield tree
        case Every(parts) | Some(parts):
            for part in parts:
                yield from atoms(part)
        case _:
            assert_never(tree)


def canonical(tree: Tree) -> object:
    """Return the tree as plain lists for JSON: equal trees give equal text, others never."""
    match tree:
        case Fact(holds):
            return holds
        case Atom(op, left, right, positive):
            return [op.value, _canonical_operand(left), _canonical_operand(right), positive]
        case Every(parts):
            return ["and", *map(canonical, parts)]
        case Some(parts):
            return ["or", *map(canonical, parts)]
        case _:
            assert_never(tree)


def _fold_atom(atom: Atom, known: Callable[[Attr], Operand]) -> Tree:
    left = known(atom.left) if isinstance(atom.left, Attr) else atom.left
    right = known(atom.right) if isinstance(atom.right, Attr) else atom.right
    if isinstance(left, Const) and isinstance(right, Const):
        return _fact(MEANING[atom.op](left.value, right.value) is atom.positive)
    if atom.op in ORDERINGS and _NONE in (left, right):
        return _fact(not atom.positive)
    if atom.op is Op.IN and right == _NOTHING:
        return _fact(not atom.positive)
    return Atom(atom.op, left, right, atom.positive)


def _fact(holds: bool) -> Fact:  # noqa: FBT001 - the value itself
    return TRUE if holds else FALSE


def _canonical_operand(operand: Operand) -> list[object]:
    if isinstance(operand, Attr):
        return [operand.source.value, operand.name, operand.kind.__name__, operand.many]
    if isinstance(operand.value, frozenset):
        return ["set", *sorted((_canonical_value(item) for item in operand.value), key=json.dumps)]
    return ["const", *_canonical_value(operand.value)]


def _canonical_value(value: object) -> list[str]:
    return [type(value).__name__, str(value)]
