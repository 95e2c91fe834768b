"""The walk from a tree to a statement's condition, the same for every library.

A path becomes EXISTS by the table below, so that a list admits no row that the check refuses; a
target writes EXISTS and the comparisons of columns in its own language.

    to-one, false for an absent parent    EXISTS (parent AND leaf)
    to-one, true for an absent parent     NOT EXISTS (parent AND complement)
    to-one, as the other side says        EXISTS (parent AND leaf) OR (no parent AND None's leaf)
    to-many                               EXISTS (child AND leaf), or NOT EXISTS of the same

Source: access.md section 7 (L1, L2, L6, L7).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, assert_never

from watchword.access.tree import (
    MEANING,
    ORDERINGS,
    TRUE,
    Atom,
    Attr,
    Const,
    Every,
    Fact,
    Op,
    Opaque,
    Operand,
    Shared,
    Some,
    Step,
    Tree,
)
from watchword.access.values import Scalar
from watchword.base.records import dataclass

__all__ = ["MIRRORED", "OPPOSITE", "At", "Target", "walk"]

R = TypeVar("R")  # a row of the statement: a mapped class, an alias, a name
C = TypeVar("C")  # a condition

MIRRORED: Mapping[Op, Op] = MappingProxyType(
    {
        Op.LT: Op.GT,
        Op.LE: Op.GE,
        Op.GT: Op.LT,
        Op.GE: Op.LE,
        Op.EQ: Op.EQ,
        Op.MEETS: Op.MEETS,
    }
)
OPPOSITE: Mapping[Op, Op] = MappingProxyType(
    {Op.LT: Op.GE, Op.LE: Op.GT, Op.GT: Op.LE, Op.GE: Op.LT}
)


@dataclass(frozen=True, slots=True)
class At(Generic[R]):
    """An attribute as seen from a row of the statement: a column, when no path is left."""

    row: R
    attr: Attr


class Target(Protocol[R, C]):
    """What a library or dialect writes."""

    def fact(self, fact: Fact, /) -> C:
        """Write a constant."""
        ...

    def every(self, parts: Sequence[C], /) -> C:
        """Join by AND."""
        ...

    def some(self, parts: Sequence[C], /) -> C:
        """Join by OR."""
        ...

    def exists(self, row: R, step: Step, inside: Callable[[R], C], /, *, positive: bool) -> C:
        """Write EXISTS, or NOT EXISTS, over the rows behind a relation of `row`."""
        ...

    def is_null(self, column: At[R], /, *, positive: bool) -> C:
        """Write IS NULL, or IS NOT NULL."""
        ...

    def with_value(self, op: Op, column: At[R], value: Scalar, /, *, positive: bool) -> C:
        """Write a comparison with a value, true for NULL when negative."""
        ...

    def with_column(self, op: Op, column: At[R], other: At[R], /, *, positive: bool) -> C:
        """Write a comparison of two columns."""
        ...

    def with_set(self, column: At[R], pool: frozenset[Scalar | None], /, *, positive: bool) -> C:
        """Write IN, or NOT IN; the pool is not empty."""
        ...

    def shared(self, column: At[R], rows: Shared, /, *, positive: bool) -> C:
        """Write EXISTS, or NOT EXISTS, of a live share row for the key in the column."""
        ...

    def opaque(self, row: R, predicate: Opaque, /) -> C:
        """Write the SQL that an opaque predicate stated."""
        ...


def walk(target: Target[R, C], row: R, tree: Tree) -> C:
    """Return a folded tree, one that reads no subject and no context, as a target's condition."""
    return _Walk(target).tree(row, tree)


Side: TypeAlias = At[R] | Const | Shared
Question: TypeAlias = tuple[Op, Side[R], Side[R]]

_NONE = Const(None)
_NOTHING = Const(frozenset())


@dataclass(frozen=True, slots=True)
class _Walk(Generic[R, C]):
    target: Target[R, C]

    def tree(self, row: R, tree: Tree) -> C:
        match tree:
            case Fact():
                return self.target.fact(tree)
            case Atom(op, left, right, positive):
                return self._atom((op, _side(row, left), _side(row, right)), positive=positive)
            case Opaque():
                return self.target.opaque(row, tree)
            case Every(parts):
                return self.target.every([self.tree(row, part) for part in parts])
            case Some(parts):
                return self.target.some([self.tree(row, part) for part in parts])
            case _:
                assert_never(tree)

    def _atom(self, question: Question[R], *, positive: bool) -> C:
        op, left, right = question
        if isinstance(left, At) and left.attr.path:
            return self._behind(op, left, right, positive=positive)
        if isinstance(right, At) and right.attr.path:
            if op is Op.IN:
                return self._among(left, right, positive=positive)
            return self._atom((MIRRORED[op], right, left), positive=positive)
        if isinstance(left, At):
            return self._leaf(op, left, right, positive=positive)
        assert isinstance(right, At), "folding left an atom without a column"  # noqa: S101 - a bug
        # The operator turns with its operands: 5 < x is x > 5 (L4).
        return self._leaf(MIRRORED[op], right, left, positive=positive)

    def _behind(self, op: Op, left: At[R], right: Side[R], *, positive: bool) -> C:
        """Take the first step of the path on the left."""
        step, nearer = _nearer(left.attr)
        if step.many:
            op = Op.MEETS if nearer.many else Op.IN
            return self._child(
                left.row, step, lambda row: (op, At(row, nearer), right), positive=positive
            )
        return self._parent(
            left.row,
            step,
            lambda row: (op, At(row, nearer), right),
            (op, _NOTHING if nearer.many else _NONE, right),
            positive=positive,
        )

    def _among(self, left: Side[R], right: At[R], *, positive: bool) -> C:
        """Take the first step of the path to a collection that may hold what is on the left."""
        step, nearer = _nearer(right.attr)
        if step.many:
            op = Op.IN if nearer.many else Op.EQ
            return self._child(
                right.row, step, lambda row: (op, left, At(row, nearer)), positive=positive
            )
        return self._parent(
            right.row,
            step,
            lambda row: (Op.IN, left, At(row, nearer)),
            (Op.IN, left, _NOTHING),
            positive=positive,
        )

    def _child(self, row: R, step: Step, ask: Callable[[R], Question[R]], *, positive: bool) -> C:
        return self.target.exists(
            row, step, lambda child: self._atom(ask(child), positive=True), positive=positive
        )

    def _parent(
        self,
        row: R,
        step: Step,
        ask: Callable[[R], Question[R]],
        absent: Question[R],
        *,
        positive: bool,
    ) -> C:
        exists, alone = self.target.exists, _known(absent)
        if alone is None:
            there = exists(
                row, step, lambda parent: self._atom(ask(parent), positive=positive), positive=True
            )
            nobody = exists(row, step, lambda _: self.target.fact(TRUE), positive=False)
            return self.target.some(
                [there, self.target.every([nobody, self._atom(absent, positive=positive)])]
            )
        admits = alone is positive
        return exists(
            row,
            step,
            lambda parent: self._atom(ask(parent), positive=positive is not admits),
            positive=not admits,
        )

    def _leaf(self, op: Op, column: At[R], other: Side[R], *, positive: bool) -> C:
        target = self.target
        if isinstance(other, At):
            return target.with_column(op, column, other, positive=positive)
        if isinstance(other, Shared):
            return target.shared(column, other, positive=positive)
        if isinstance(other.value, frozenset) and not other.value <= {None}:
            return target.with_set(column, other.value, positive=positive)
        if other.value is None or isinstance(other.value, frozenset):
            return target.is_null(column, positive=positive)
        return target.with_value(op, column, other.value, positive=positive)


def _side(row: R, operand: Operand) -> Side[R]:
    return At(row, operand) if isinstance(operand, Attr) else operand


def _nearer(attr: Attr) -> tuple[Step, Attr]:
    """Return the first step of a path, and the attribute as seen from there."""
    step, *path = attr.path
    many = any(step.many for step in path)
    return step, replace(attr, path=tuple(path), many=many)


def _known(question: "Question[Any]") -> bool | None:
    """Return the truth of a question about an absent row; None when another row decides."""
    op, left, right = question
    if isinstance(left, Const) and isinstance(right, Const):
        return MEANING[op](left.value, right.value)
    # Only equality and membership of None can hold for an absent row.
    if op in ORDERINGS or isinstance(right, Shared) or _NOTHING in {left, right}:
        return False
    return None
