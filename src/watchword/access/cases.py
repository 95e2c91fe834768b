"""Cases: what is left of a condition when some of its comparisons are taken for true or false.

A comparison is taken as a whole, so this needs no values and no solver. It knows three things more:
a value that equals one constant equals no other, a role brings the roles that it inherits, and a
condition and its complement never hold together.

Source: access.md section 9 (T4, T5).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias, assert_never

from watchword.access.tree import (
    MEANING,
    Atom,
    Attr,
    Const,
    Every,
    Fact,
    Op,
    Opaque,
    Some,
    Source,
    Tree,
    every,
    leaves,
    some,
)

__all__ = [
    "Case",
    "Leaf",
    "alternatives",
    "assume",
    "role_of",
    "satisfiable",
]

ALTERNATIVES_MAX: Final = 64  # ways in which one rule's conditions on the row can hold
SPLITS_MAX: Final = 4_096  # cases that are looked at before a condition counts as satisfiable

# What is neither a fact nor joined from parts, as it reads without a complement.
Leaf: TypeAlias = Atom | Opaque
Case: TypeAlias = Mapping[Leaf, bool]
Truth: TypeAlias = Callable[[Leaf], bool | None]
Roles: TypeAlias = Mapping[str, frozenset[str]]


def role_of(leaf: Leaf) -> str | None:
    """Return the role that a leaf asks the subject for; None when it asks something else."""
    match leaf:
        case Atom(Op.IN, Const(str() as role), Attr(Source.SUBJECT, "roles")):
            return role
        case _:
            return None


def assume(tree: Tree, truth: Truth) -> Tree:
    """Fold a tree by what is assumed of its leaves.

    Args:
        tree: any condition.
        truth: says of a leaf without complement whether it holds; None leaves it open.
    """
    match tree:
        case Fact():
            return tree
        case Every(parts):
            return every(assume(part, truth) for part in parts)
        case Some(parts):
            return some(assume(part, truth) for part in parts)
        case Atom() | Opaque():
            holds = truth(replace(tree, positive=True))
            return tree if holds is None else Fact(holds is tree.positive)
        case _:
            assert_never(tree)


def alternatives(tree: Tree, chosen: Callable[[Leaf], bool]) -> list[dict[Leaf, bool]]:
    """Return the ways in which the chosen leaves let a condition hold; the others are left open.

    At most `ALTERNATIVES_MAX`: what goes beyond is not listed.
    """
    match tree:
        case Fact(holds):
            return [{}] if holds else []
        case Every(parts):
            ways: list[dict[Leaf, bool]] = [{}]
            for part in parts:
                joined = (_joined(a, b) for a in ways for b in alternatives(part, chosen))
                ways = _distinct(way for way in joined if way is not None)
            return ways
        case Some(parts):
            return _distinct(way for part in parts for way in alternatives(part, chosen))
        case Atom() | Opaque():
            leaf = replace(tree, positive=True)
            return [{leaf: tree.positive}] if chosen(leaf) else [{}]
        case _:
            assert_never(tree)


def satisfiable(tree: Tree, roles: Roles) -> bool:
    """Tell whether some subject, row and context could make a condition hold.

    True may be wrong, where it takes knowledge of values; false never is.

    Args:
        tree: any condition.
        roles: each role with all that it inherits.
    """
    left = [SPLITS_MAX]

    def split(rest: Tree) -> bool:
        if isinstance(rest, Fact):
            return rest.holds
        left[0] -= 1
        if left[0] < 0:
            return True
        leaf = replace(next(leaves(rest)), positive=True)
        return any(split(assume(rest, _following(leaf, holds, roles))) for holds in (True, False))

    return split(tree)


def _following(leaf: Leaf, holds: bool, roles: Roles) -> Truth:  # noqa: FBT001 - the value itself
    """Return what follows for other leaves when one holds, or does not."""

    def truth(other: Leaf) -> bool | None:
        if other == leaf:
            return holds
        role, asked = role_of(leaf), role_of(other)
        if role is not None and asked is not None:
            if holds:
                return True if asked in roles.get(role, ()) else None
            return False if role in roles.get(asked, ()) else None
        return _by_value(leaf, other) if holds else None

    return truth


def _by_value(leaf: Leaf, other: Leaf) -> bool | None:
    """Return what an equality with a constant says of another comparison of the same attribute."""
    match leaf, other:
        case (
            Atom(Op.EQ, Attr() as known, Const(value)),
            Atom(op, Attr() as asked, Const(constant)),
        ) if known == asked:
            return bool(MEANING[op](value, constant))
        case _:
            return None


def _joined(one: Case, other: Case) -> dict[Leaf, bool] | None:
    """Return both cases as one; None when they contradict each other."""
    if any(one.get(leaf, holds) is not holds for leaf, holds in other.items()):
        return None
    return {**one, **other}


def _distinct(ways: Iterable[dict[Leaf, bool]]) -> list[dict[Leaf, bool]]:
    found: dict[frozenset[tuple[Leaf, bool]], dict[Leaf, bool]] = {}
    for way in ways:
        found.setdefault(frozenset(way.items()), way)
        if len(found) == ALTERNATIVES_MAX:
            break
    return list(found.values())
