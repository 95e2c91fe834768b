"""The plain reading: a rule's own function, run over thin wrappers of real values.

It shares nothing with the tree, so that a fault in reading a rule or in the tree's meaning shows
as a difference. Raw values would not do: `str` has no `in_`, and `~True` is -2, which is true.
Used by the laws only.

Source: access.md P3, S2.
"""

import operator
from collections.abc import Callable, Collection
from typing import Any

from watchword.access.lower import lowering
from watchword.access.plan import Plan
from watchword.access.rules import Rule, apply
from watchword.access.subject import Context, Subject
from watchword.access.values import KINDS

__all__ = ["allowed", "holds"]


class Truth:
    """A truth value with the operators of a condition."""

    __slots__ = ("holds",)

    def __init__(self, holds: object) -> None:
        self.holds: bool = holds.holds if isinstance(holds, Truth) else bool(holds)

    def __and__(self, other: "Truth | bool") -> "Truth":
        return Truth(self.holds and Truth(other).holds)

    def __or__(self, other: "Truth | bool") -> "Truth":
        return Truth(self.holds or Truth(other).holds)

    __rand__ = __and__
    __ror__ = __or__

    def __invert__(self) -> "Truth":
        return Truth(not self.holds)


class Plain:
    """A value with the operators of a symbol: a scalar, a collection, a related row or several."""

    __slots__ = ("now", "value")
    __hash__ = None  # type: ignore[assignment]  # as a symbol's

    def __init__(self, value: object, now: object = None) -> None:
        self.value, self.now = value, now

    def __getattr__(self, name: str) -> Any:
        if name == "shared" and not hasattr(self.value, name):
            return self._shared
        if self.value is None:
            return Plain(None, self.now)
        if isinstance(self.value, list):
            return Plain([each for row in self.value for each in _reached(row, name)], self.now)
        found = _reached(self.value, name)
        return Plain(found if _is_many(self.value, name) else found[0], self.now)

    def _shared(self, relation: str, me: "Bearer") -> Truth:
        rows = self.value if isinstance(self.value, list) else [self.value]
        return Truth(any(_is_shared(row, relation, me.values, self.now) for row in rows))

    def __eq__(self, other: object) -> Truth:  # type: ignore[override]  # as a symbol's
        mine, its = self.value, _bare(other)
        if mine is None or its is None:
            return Truth(mine is its)
        return Truth(mine == its)

    def __ne__(self, other: object) -> Truth:  # type: ignore[override]  # as a symbol's
        return ~(self == other)

    def __lt__(self, other: object) -> Truth:
        return self._ordered(operator.lt, other)

    def __le__(self, other: object) -> Truth:
        return self._ordered(operator.le, other)

    def __gt__(self, other: object) -> Truth:
        return self._ordered(operator.gt, other)

    def __ge__(self, other: object) -> Truth:
        return self._ordered(operator.ge, other)

    def in_(self, pool: object) -> Truth:
        """Hold when the value is one of the pool's."""
        return Truth(any((Plain(item) == self).holds for item in _items(pool)))

    def has(self, item: object) -> Truth:
        """Hold when the collection contains the item."""
        return Plain(_bare(item)).in_(Plain(_keys(self)))

    def meets(self, pool: object) -> Truth:
        """Hold when the collection and the pool have a value in common."""
        return Truth(any(Plain(item).in_(Plain(_keys(pool))).holds for item in _keys(self)))

    def _ordered(self, compare: Callable[[Any, Any], bool], other: object) -> Truth:
        mine, its = self.value, _bare(other)
        if mine is None or its is None:
            return Truth(holds=False)
        return Truth(compare(mine, its))


class Bearer:
    """A subject or context whose attributes are wrapped."""

    __slots__ = ("values",)

    def __init__(self, values: Subject | Context) -> None:
        self.values = values

    def __getattr__(self, name: str) -> Plain:
        attributes = self.values.attributes
        return Plain(attributes[name] if name in attributes else getattr(self.values, name))


def allowed(plan: Plan, me: Subject, row: object, ctx: Context) -> bool:
    """Return the verdict on a row: no deny, within the scopes, and some allow."""
    fired = {rule.heading.effect for rule in plan.rules if holds(rule, me, row, ctx)}
    reached = me.scopes is None or plan.scopes is None or bool(plan.scopes & me.scopes)
    return reached and "deny" not in fired and "allow" in fired


def holds(rule: Rule, me: Subject, row: object, ctx: Context) -> bool:
    """Tell whether a rule applies: its role, its `when` and its body."""
    roles = rule.heading.roles
    if roles is not None and not roles & me.roles:
        return False
    if rule.heading.acr is not None and me.acr not in rule.heading.acr:
        return False
    if rule.predicate is not None and not rule.predicate.holds(me, row, ctx):
        return False
    given: list[object] = [Bearer(me)]
    if rule.resource is not None:
        given.append(Plain(row, ctx.attributes.get("now")))
    given.append(Bearer(ctx))
    return all(Truth(apply(function, given)).holds for function in rule.functions)


def _bare(value: object) -> object:
    return value.value if isinstance(value, Plain) else value


def _reached(row: object, name: str) -> list[object]:
    """Return what an attribute of a row holds: one value, or each of many."""
    if row is None:
        return [None]
    relation = lowering(type(row)).relation(type(row), name)
    if relation is None:
        return [getattr(row, name)]
    # Not the attribute itself: Django's raises where a parent is gone.
    value = relation.read(row)
    return list(value) if relation.many else [value]


def _is_many(row: object, name: str) -> bool:
    relation = lowering(type(row)).relation(type(row), name)
    return relation is not None and relation.many


def _keys(pool: object) -> list[object]:
    """Return the values of a collection; of rows their primary keys."""
    return [
        each
        if each is None or type(each) in KINDS
        else getattr(each, lowering(type(each)).key(type(each)))
        for each in _items(pool)
    ]


def _is_shared(row: object, relation: str, me: Subject | Context, now: object) -> bool:
    if row is None or not isinstance(me, Subject) or me.shares is None:
        return False
    key = getattr(row, lowering(type(row)).key(type(row)))
    held = me.shares.rows.get((type(row).__name__.lower(), relation), {})
    if str(key) not in held:
        return False
    until = held[str(key)]
    return until is None or (isinstance(now, int) and now < until)


def _items(pool: object) -> Collection[object]:
    bare = _bare(pool)
    return bare if isinstance(bare, Collection) else ()
