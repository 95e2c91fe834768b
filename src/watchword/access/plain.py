"""The plain reading: a rule's own function, run over thin wrappers of real values.

It shares nothing with the tree, so that a fault in reading a rule or in the tree's meaning shows
as a difference. Raw values would not do: `str` has no `in_`, and `~True` is -2, which is true.
Used by the laws only.

Source: access.md P3, S2.
"""

import operator
from collections.abc import Callable, Collection
from typing import Any

from watchword.access.plan import Plan
from watchword.access.rules import Rule, apply
from watchword.access.subject import Context, Subject

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
    """A value with the operators of a symbol."""

    __slots__ = ("value",)
    __hash__ = None  # type: ignore[assignment]  # as a symbol's

    def __init__(self, value: object) -> None:
        self.value = value

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
        return Plain(_bare(item)).in_(self)

    def meets(self, pool: object) -> Truth:
        """Hold when the collection and the pool have a value in common."""
        return Truth(any(Plain(item).in_(pool).holds for item in _items(self)))

    def _ordered(self, compare: Callable[[Any, Any], bool], other: object) -> Truth:
        mine, its = self.value, _bare(other)
        if mine is None or its is None:
            return Truth(holds=False)
        return Truth(compare(mine, its))


class Bearer:
    """A subject, row or context whose attributes are wrapped."""

    __slots__ = ("_values",)

    def __init__(self, values: object) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Plain:
        attributes = getattr(self._values, "attributes", {})
        declared = isinstance(self._values, Subject | Context) and name in attributes
        return Plain(attributes[name] if declared else getattr(self._values, name))


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
    given: list[object] = [Bearer(me)]
    if rule.resource is not None:
        given.append(Bearer(row))
    given.append(Bearer(ctx))
    return all(Truth(apply(function, given)).holds for function in rule.functions)


def _bare(value: object) -> object:
    return value.value if isinstance(value, Plain) else value


def _items(pool: object) -> Collection[object]:
    bare = _bare(pool)
    return bare if isinstance(bare, Collection) else ()
