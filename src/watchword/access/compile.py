"""The first reading: a tree becomes a Python closure, for one row at a time.

Source: access.md section 6 (1), B1. Constants are bound, never formatted into source text.
"""

import operator
from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NoReturn, TypeAlias, assert_never

from watchword.access.errors import InvalidSubject
from watchword.access.subject import BUILT_IN, Context, Subject
from watchword.access.tree import (
    MEANING,
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
    Source,
    Step,
    Tree,
)
from watchword.access.values import Scalar, Value

__all__ = ["PLACE", "Check", "Look", "compiled", "look", "reader", "shared_keys"]

# The row is whatever the application maps; its attributes are known to exist by then.
Check: TypeAlias = Callable[[Subject, object, Context], bool]
Compare: TypeAlias = Callable[[Any, Any], bool]
Look: TypeAlias = Callable[[Any], Any]

PLACE = {Source.SUBJECT: 0, Source.RESOURCE: 1, Source.CONTEXT: 2}


def compiled(tree: Tree) -> Check:
    """Return a function of subject, row and context that computes the tree's truth."""
    match tree:
        case Fact(holds):
            return lambda _me, _row, _ctx: holds
        case Atom():
            return _atom(tree)
        case Opaque(holds=predicate, positive=positive):
            return predicate if positive else _denied(predicate)
        case Every(parts):
            return _every(tuple(map(compiled, parts)))
        case Some(parts):
            return _some(tuple(map(compiled, parts)))
        case _:
            assert_never(tree)


def _denied(holds: Check) -> Check:
    return lambda me, row, ctx: not holds(me, row, ctx)


def look(attr: Attr) -> Look:
    """Return the function that reads an attribute from its subject, row or context."""
    if attr.path:
        return _behind_many(attr) if attr.many else _behind(attr)
    if attr.source is Source.RESOURCE:
        return _own(attr.name)
    if attr.source is Source.SUBJECT and attr.name in BUILT_IN:
        return attrgetter(attr.name)
    name = attr.name
    return lambda bearer: bearer.attributes[name]


def _own(name: str) -> Look:
    # SQLAlchemy's attributes look into the row's dictionary too, one call of Python later, which
    # is half of what a comparison costs; what has not been loaded is not in it.
    def read(row: Any) -> Any:
        try:
            return row.__dict__[name]
        except (AttributeError, KeyError):
            return getattr(row, name)

    return read


def reader(operand: Operand) -> Callable[[Subject, object, Context], Any]:
    """Return the function that reads an operand of any kind."""
    match operand:
        case Attr():
            place, read = PLACE[operand.source], look(operand)
            return lambda *world: read(world[place])
        case Const(value):
            return lambda _me, _row, _ctx: value
        case Shared():
            return lambda me, _row, ctx: shared_keys(operand, me, ctx)
        case _:
            assert_never(operand)


def shared_keys(rows: Shared, me: Subject, ctx: Context) -> frozenset[Scalar | None]:
    """Return the keys of the rows that are shared with the subject.

    Raises:
        InvalidSubject: its shares were not read, so nothing can be said.
    """
    held = me.shares if me.shares is not None else _unread(rows)
    return held.keys(rows.resource, rows.relation, rows.kind, now(ctx))


def _unread(rows: Shared) -> NoReturn:
    raise InvalidSubject(
        f"the rule asks for every {rows}: read the subject's shares and give them to subject()"
    )


def now(ctx: Context) -> int | None:
    """Return the time of the request, in seconds since the epoch."""
    return ctx.attributes["now"]  # type: ignore[return-value]  # declared as an integer


def _behind(attr: Attr) -> Look:
    """Read behind an absent parent None (S2)."""
    steps, name = [step.read for step in attr.path], attr.name

    def read(row: Any) -> Any:
        for step in steps:
            row = step(row)
            if row is None:
                return None
        return getattr(row, name)

    return read


def _behind_many(attr: Attr) -> Look:
    """Read the values of every row that the path leads to."""
    path, name = attr.path, attr.name
    return lambda row: frozenset(
        None if end is None else getattr(end, name) for end in _ends(row, path)
    )


def _ends(row: Any, path: tuple[Step, ...]) -> list[Any]:
    # In front of a collection an absent parent leaves it empty; behind one it is a None in it.
    rows = [row]
    for step in path:
        if step.many:
            rows = [each for one in rows if one is not None for each in step.read(one)]
        else:
            rows = [None if one is None else step.read(one) for one in rows]
    return rows


def _atom(atom: Atom) -> Check:
    match atom.left, atom.right:
        case Attr(), Attr():
            return _two_attributes(_COMPARE[atom.op, atom.positive], atom.left, atom.right)
        case Attr(), Const(value):
            return _one_attribute(_COMPARE[atom.op, atom.positive], atom.left, value)
        case Const(value), Attr():
            return _one_attribute(_COMPARE_FLIPPED[atom.op, atom.positive], atom.right, value)
        case Attr(), Shared():
            if atom.op is Op.IN:
                return _shared(atom.left, atom.right, atom.positive)
            compare = _COMPARE[atom.op, atom.positive]
            left, right = reader(atom.left), reader(atom.right)
            return lambda *world: compare(left(*world), right(*world))
        case _:
            raise AssertionError("an atom reads at least one attribute")


def _two_attributes(compare: Compare, left: Attr, right: Attr) -> Check:
    first, second = look(left), look(right)
    if left.source is Source.RESOURCE and right.source is Source.SUBJECT:
        # Nearly every rule; a quarter faster than indexing.
        return lambda me, row, _ctx: compare(first(row), second(me))
    i, j = PLACE[left.source], PLACE[right.source]
    return lambda *world: compare(first(world[i]), second(world[j]))


def _one_attribute(compare: Compare, attr: Attr, value: Value) -> Check:
    read = look(attr)
    match attr.source:
        case Source.SUBJECT:
            return lambda me, _row, _ctx: compare(read(me), value)
        case Source.RESOURCE:
            return lambda _me, row, _ctx: compare(read(row), value)
        case Source.CONTEXT:
            return lambda _me, _row, ctx: compare(read(ctx), value)
        case _:
            assert_never(attr.source)


def _shared(key: Attr, rows: Shared, positive: bool) -> Check:  # noqa: FBT001 - the atom's sign
    # Asks for the one row, so that the cost does not grow with the number of shares (B1).
    read, place, kind = look(key), (rows.resource, rows.relation), rows.kind

    def holds(me: Subject, row: object, ctx: Context) -> bool:
        held = me.shares if me.shares is not None else _unread(rows)
        return held.have(place, read(row), kind, now(ctx)) is positive

    return holds


def _complement(compare: Compare) -> Compare:
    return lambda left, right: not compare(left, right)


def _flipped(compare: Compare) -> Compare:
    return lambda left, right: compare(right, left)


# An atom's comparison by its sign; C functions where there are some.
_COMPARE: Mapping[tuple[Op, bool], Compare] = MappingProxyType(
    {
        **{(op, True): meaning for op, meaning in MEANING.items()},
        **{(op, False): _complement(meaning) for op, meaning in MEANING.items()},
        (Op.EQ, False): operator.ne,
    }
)
_COMPARE_FLIPPED: Mapping[tuple[Op, bool], Compare] = MappingProxyType(
    {
        **{key: _flipped(compare) for key, compare in _COMPARE.items()},
        (Op.IN, True): operator.contains,
    }
)


def _every(parts: tuple[Check, ...]) -> Check:
    if len(parts) == 2:
        first, second = parts
        return lambda me, row, ctx: first(me, row, ctx) and second(me, row, ctx)

    def holds(me: Subject, row: object, ctx: Context) -> bool:
        for part in parts:  # noqa: SIM110 - all() over a generator costs 0.3 us more
            if not part(me, row, ctx):
                return False
        return True

    return holds


def _some(parts: tuple[Check, ...]) -> Check:
    if len(parts) == 2:
        first, second = parts
        return lambda me, row, ctx: first(me, row, ctx) or second(me, row, ctx)

    def holds(me: Subject, row: object, ctx: Context) -> bool:
        for part in parts:  # noqa: SIM110 - any() over a generator costs 0.3 us more
            if part(me, row, ctx):
                return True
        return False

    return holds
