"""Symbols: what a rule function is called with, once, at import.

A symbol stands for a value that is not there yet. Comparing symbols builds a condition; everything
that would need the value at once (a truth value, a length, a loop, a format) raises with the
sentence to write instead.

Source: access.md P1, P2, P4.
"""

from collections.abc import Callable, Collection
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Generic, Never, TypeAlias, TypeVar

from watchword.access.errors import PolicyError
from watchword.access.places import Place
from watchword.access.shares import KEY_KINDS
from watchword.access.tree import (
    Atom,
    Attr,
    Const,
    Fact,
    Op,
    Operand,
    Shared,
    Tree,
    every,
    negate,
    some,
)
from watchword.access.values import Scalar, scalar

__all__ = ["Condition", "Context", "Me", "Reached", "Row", "Symbol"]

Look: TypeAlias = Callable[[str], Attr]
M_co = TypeVar("M_co", covariant=True)

SHARED = "shared"  # the word of share rows; a column of that name keeps it

RULE_SET_ITEMS_MAX = 500  # a set written in a rule; more is data, and belongs to a table

_COMPARE_INSTEAD = "a rule is read once, without values: compare, and join with & | ~"


class _Unread:
    """Refuses what needs a value while the rule is being read."""

    __slots__ = ()

    def _refuse(self, *_: object) -> Never:
        raise PolicyError(f"{self!r} has no value here; {_COMPARE_INSTEAD}")

    def __bool__(self) -> Never:
        raise PolicyError(
            f"{self!r} has no truth value here: write & for `and`, | for `or`, ~ for `not`, "
            "x.in_(y) for `x in y`, (a < x) & (x < b) for `a < x < b`, and no `if`"
        )

    def __contains__(self, item: object) -> Never:
        raise PolicyError(f"write x.in_({self!r}) or {self!r}.has(x) for `x in {self!r}`")

    __iter__ = __len__ = __str__ = __format__ = __int__ = __float__ = __index__ = _refuse


class Condition(_Unread):
    """What comparing symbols gives. Join with `&`, `|` and `~`."""

    __slots__ = ("tree",)
    __hash__ = None  # type: ignore[assignment]  # a set of conditions would compare them

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def __and__(self, other: "Condition | bool") -> "Condition":
        return Condition(every((self.tree, condition(other))))

    def __or__(self, other: "Condition | bool") -> "Condition":
        return Condition(some((self.tree, condition(other))))

    __rand__ = __and__
    __ror__ = __or__

    def __invert__(self) -> "Condition":
        return Condition(negate(self.tree))

    def __eq__(self, other: object) -> Never:
        raise PolicyError("== compares values; join conditions with & | ~, in parentheses")

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__

    def __repr__(self) -> str:
        return "a condition"


class Symbol(_Unread):
    """An attribute of the subject, the resource or the context."""

    __slots__ = ("attr",)
    __hash__ = None  # type: ignore[assignment]  # a set of symbols would compare them

    def __init__(self, attr: Attr) -> None:
        self.attr = attr

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]  # builds a condition
        return self._compare(Op.EQ, other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]  # builds a condition
        return ~self._compare(Op.EQ, other)

    def __lt__(self, other: object) -> Condition:
        return self._order(Op.LT, other)

    def __le__(self, other: object) -> Condition:
        return self._order(Op.LE, other)

    def __gt__(self, other: object) -> Condition:
        return self._order(Op.GT, other)

    def __ge__(self, other: object) -> Condition:
        return self._order(Op.GE, other)

    def in_(self, pool: "Symbol | Collection[Scalar | None]") -> Condition:
        """Hold when this value is one of `pool`: a collection attribute or a set of constants."""
        self._one("in_")
        return Condition(Atom(Op.IN, self._value(), self._pool(pool)))

    def has(self, item: object) -> Condition:
        """Hold when this collection contains `item`."""
        self._many("has")
        return Condition(Atom(Op.IN, self._operand(item), self._value()))

    def meets(self, pool: "Symbol | Collection[Scalar | None]") -> Condition:
        """Hold when this collection and `pool` have a value in common."""
        self._many("meets")
        return Condition(Atom(Op.MEETS, self._value(), self._pool(pool)))

    def _misplaced(self, *_: object) -> Never:
        raise PolicyError(
            f"{self!r} is a value: put each comparison in parentheses, and write "
            f"({self!r} == True) for a flag"
        )

    __and__ = __or__ = __rand__ = __ror__ = _misplaced

    def __invert__(self) -> Never:
        self._misplaced()

    def __getattr__(self, name: str) -> "Symbol":
        if name.startswith("__"):
            raise AttributeError(name)
        raise PolicyError(
            f"{self!r} has no .{name}: rules compare with == != < <= > >= .in_ .has .meets"
        )

    def __repr__(self) -> str:
        return str(self.attr)

    def _compare(self, op: Op, other: object) -> Condition:
        self._one(op.value)
        return Condition(Atom(op, self._value(), self._operand(other)))

    def _value(self) -> Attr:
        return self.attr

    def _order(self, op: Op, other: object) -> Condition:
        if self.attr.kind is bool:
            raise PolicyError(f"{self!r} is a flag and has no order")
        if other is None:
            raise PolicyError(f"nothing is {op.value} None; write {self!r} == None")
        return self._compare(op, other)

    def _one(self, word: str) -> None:
        if self.attr.many:
            raise PolicyError(f"{self!r} is a collection: write .has or .meets, not {word}")

    def _many(self, word: str) -> None:
        if not self.attr.many:
            raise PolicyError(f"{self!r} is one value and has no {word}; write == or .in_")

    def _operand(self, other: object) -> Operand:
        if isinstance(other, Symbol):
            if other.attr.many:
                raise PolicyError(f"{other!r} is a collection: write .in_({other!r})")
            self._same_kind(other)
            return other._value()  # noqa: SLF001 - of its own kind
        if isinstance(other, Condition):
            raise PolicyError(f"{self!r} is compared with a condition: parentheses are missing")
        return Const(self._constant(other))

    def _pool(self, pool: object) -> Operand:
        if isinstance(pool, Symbol):
            if not pool.attr.many:
                raise PolicyError(f"{pool!r} is one value: write {self!r} == {pool!r}")
            self._same_kind(pool)
            return pool._value()  # noqa: SLF001 - of its own kind
        if isinstance(pool, str) or not isinstance(pool, AbstractSet | list | tuple):
            raise PolicyError(f"{pool!r} is no set of values")
        if len(pool) > RULE_SET_ITEMS_MAX:
            raise PolicyError(f"{len(pool)} values in a rule, at most {RULE_SET_ITEMS_MAX}")
        return Const(frozenset(self._constant(item) for item in pool))

    def _constant(self, value: object) -> Scalar | None:
        try:
            return scalar(value, self.attr.kind)
        except ValueError as problem:
            raise PolicyError(f"{self!r}: {problem}") from None

    def _same_kind(self, other: "Symbol") -> None:
        if self.attr.kind is not other.attr.kind:
            raise PolicyError(
                f"{self!r} is {self.attr.kind.__name__}, {other!r} is {other.attr.kind.__name__}: "
                "they never compare alike everywhere"
            )


class Reached(Symbol):
    """What a row's attribute is: a column, or the rows behind a relation with theirs."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> "Reached": ...

    def __call__(self, _relation: str, _me: "Me") -> Condition:
        """Hold when the row is shared: `note.shared("editor", me)`."""
        raise PolicyError(f"{self!r} is a value; share rows are asked by row.shared(relation, me)")


class _Bearer(_Unread):
    """A symbol whose attributes are symbols."""

    __slots__ = ("_look",)

    def __init__(self, look: Look) -> None:
        self._look = look

    def __getattr__(self, name: str) -> Symbol:
        if name.startswith("__"):
            raise AttributeError(name)
        # Of the class of a row's columns: Python asks the more special operand first, which would
        # turn comparisons around.
        return Reached(self._look(name))

    def _misplaced(self, *_: object) -> Never:
        raise PolicyError(f"{self!r} has no value; compare its attributes, such as {self!r}.id")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _misplaced


class Me(_Bearer):
    """The subject: `id`, `roles`, `suspended`, and what the policy declares."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "subject"


class Row(_Unread, Generic[M_co]):
    """A row of the rule's model: its mapped columns and relations, and `shared`."""

    __slots__ = ("_place",)

    def __init__(self, place: Place) -> None:
        self._place = place

    def __getattr__(self, name: str) -> Reached:
        return _reached(self._place, name)

    def _misplaced(self, *_: object) -> Never:
        raise PolicyError(f"{self!r} has no value; compare its attributes, such as {self!r}.id")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _misplaced

    def __repr__(self) -> str:
        return str(self._place)


class _Parent(Reached):
    """The row behind a to-one path; it compares with None only, which asks whether it is there."""

    __slots__ = ("_place",)

    def __init__(self, place: Place) -> None:
        super().__init__(place.key())
        self._place = place

    def __getattr__(self, name: str) -> Reached:
        return _reached(self._place, name)

    def __repr__(self) -> str:
        return str(self._place)

    def _compare(self, op: Op, other: object) -> Condition:
        if op is Op.EQ and other is None:
            return Condition(Atom(op, self.attr, Const(None)))
        return super()._compare(op, other)

    def _value(self) -> Never:
        raise PolicyError(f"{self!r} is a row: compare its attributes, such as {self.attr}")


class _Children(Reached):
    """The rows behind a path to many: `has` and `meets` compare their primary keys."""

    __slots__ = ("_place",)

    def __init__(self, place: Place) -> None:
        super().__init__(place.key())
        self._place = place

    def __getattr__(self, name: str) -> Reached:
        return _reached(self._place, name)

    def __repr__(self) -> str:
        return str(self._place)


class _Sharing(Reached):
    """The question whether a row is shared with the subject."""

    __slots__ = ("_place",)

    def __init__(self, place: Place) -> None:
        super().__init__(place.key())
        self._place = place

    def __call__(self, relation: str, me: "Me") -> Condition:
        """Hold when a share row gives this relation to the subject or one of its roles."""
        if type(me) is not Me or type(relation) is not str:
            raise PolicyError(f'write {self!r}("editor", me)')
        place, key = self._place, self.attr
        if key.kind not in KEY_KINDS:
            raise PolicyError(f"{key} is no key that a share row can name")
        place.check_shares()
        rows = Shared(place.name, relation, key.kind, place.shares)
        return Condition(Atom(Op.MEETS if place.many else Op.IN, key, rows))

    def __repr__(self) -> str:
        return f"{self._place}.{SHARED}"

    def _value(self) -> Never:
        raise PolicyError(f'{self!r} is a question: write {self!r}("editor", me)')


class Context(_Bearer):
    """The request's circumstances, as the policy declares them."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "context"


def _reached(place: Place, name: str) -> Reached:
    if name.startswith("__"):
        raise AttributeError(name)
    further = place.step(name)
    if further is not None:
        return _Children(further) if further.many else _Parent(further)
    if name == SHARED and name not in place.lowering.columns(place.model):
        return _Sharing(place)
    return Reached(place.attr(name))


def condition(value: object) -> Tree:
    """Return the tree of what a rule returned or joined."""
    if isinstance(value, Condition):
        return value.tree
    if isinstance(value, bool):
        return Fact(value)
    if value is None:
        raise PolicyError("the rule returns nothing: `return` is missing")
    if isinstance(value, Symbol) and value.attr.kind is bool and not value.attr.many:
        raise PolicyError(f"write {value!r} == True")
    raise PolicyError(f"{value!r} is no condition; {_COMPARE_INSTEAD}")
