"""Plans: for one resource and action, the rules that cover it, in the order of deciding.

Deny rules that need no row come first, then the ceiling of a delegated token, the other deny rules,
and the allow rules. The order names the reason; it never changes the verdict (S1).

Source: access.md section 5 (S1, S5), section 6 (1, 2).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from watchword.access.compile import Check, compiled, look, now, shared_keys
from watchword.access.decision import Kind, Verdict
from watchword.access.rules import Resource, Rule
from watchword.access.subject import Context, Subject
from watchword.access.tree import (
    FALSE,
    Attr,
    Const,
    Fact,
    Holder,
    Opaque,
    Operand,
    Shared,
    Source,
    Step,
    Tree,
    atoms,
    every,
    fold,
    leaves,
    negate,
    reads_row,
    some,
)
from watchword.access.words import EVERY_ACTION, Words
from watchword.base.records import dataclass

__all__ = ["REFUSED", "Plan", "ceiling", "plan", "reaching"]

REFUSED = Verdict(allowed=False, rule=None)

Stage = tuple[Check, Verdict]


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides one action on one resource.

    Attributes:
        early: deny rules that read no row.
        late: deny rules that read the row.
        allows: allow rules.
        scopes: those that reach this action; None when the policy declares no scopes.
        tree: no deny rule and at least one allow rule.
        paths: the ways to other rows that the rules read.
        unlistable: rules whose opaque predicate states no SQL.
        steps: the same as checks in the order of deciding; the first that holds gives the verdict.
    """

    resource: Resource
    action: str
    early: tuple[Rule, ...]
    late: tuple[Rule, ...]
    allows: tuple[Rule, ...]
    scopes: frozenset[str] | None
    tree: Tree
    steps: tuple[Stage, ...]
    paths: frozenset[tuple[Step, ...]]
    unlistable: tuple[str, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule that covers the action."""
        return self.early + self.late + self.allows

    def within(self, scopes: frozenset[str] | None) -> bool:
        """Tell whether a token with these scopes reaches the action; None was not delegated."""
        return scopes is None or self.scopes is None or not self.scopes.isdisjoint(scopes)

    def residual(self, me: Subject, ctx: Context) -> Tree:
        """Return what is left to ask of a row; `FALSE` when no row can be allowed."""
        return fold(self.tree, _World(me, ctx)) if self.within(me.scopes) else FALSE


def plan(resource: Resource, action: str, rules: Iterable[Rule], words: Words) -> Plan:
    """Collect the rules that cover an action on a resource."""
    covering = [rule for rule in rules if rule.covers(action, resource.model)]
    denies = [rule for rule in covering if rule.heading.effect == "deny"]
    early = tuple(rule for rule in denies if not any(map(reads_row, leaves(rule.tree))))
    late = tuple(rule for rule in denies if any(map(reads_row, leaves(rule.tree))))
    allows = tuple(rule for rule in covering if rule.heading.effect == "allow")
    scopes = reaching(action, words) if words.scopes else None
    tree = every((*(negate(rule.tree) for rule in early + late), some(r.tree for r in allows)))
    return Plan(
        resource=resource,
        action=action,
        early=early,
        late=late,
        allows=allows,
        scopes=scopes,
        tree=tree,
        steps=(*_steps(early), *_ceiling(scopes), *_steps(late), *_steps(allows)),
        paths=frozenset(_paths(tree)),
        unlistable=tuple(_unlistable(tree)),
    )


def _paths(tree: Tree) -> Iterator[tuple[Step, ...]]:
    for atom in atoms(tree):
        for operand in (atom.left, atom.right):
            if isinstance(operand, Attr) and operand.path:
                yield operand.path


def _unlistable(tree: Tree) -> Iterator[str]:
    for leaf in leaves(tree):
        if isinstance(leaf, Opaque) and leaf.reads_row and leaf.sql is None:
            yield leaf.rule


def _steps(rules: Iterable[Rule]) -> tuple[Stage, ...]:
    return tuple(
        (compiled(rule.tree), Verdict(allowed=rule.heading.effect == "allow", rule=rule.id))
        for rule in rules
    )


def _ceiling(scopes: frozenset[str] | None) -> tuple[Stage, ...]:
    if scopes is None:
        return ()

    def beyond(me: Subject, _row: object, _ctx: Context) -> bool:
        return me.scopes is not None and scopes.isdisjoint(me.scopes)

    return ((beyond, REFUSED),)


def reaching(action: str, words: Words) -> frozenset[str]:
    """Return the scopes of which one is enough for an action."""
    reached = {action, EVERY_ACTION}
    return frozenset(scope for scope, actions in words.scopes.items() if actions & reached)


def ceiling(action: str, scopes: Iterable[str]) -> tuple[Kind, str]:
    """Return how a token without any of the scopes that reach an action is refused, and why.

    Where no declared scope reaches the action, no login helps: the policy lacks a declaration, and
    the refusal is the one that an action without a rule gets.
    """
    needed = " or ".join(map(repr, sorted(scopes)))
    if needed:
        return Kind.SCOPE, f"{needed} reaches {action!r}"
    return Kind.NOT_ALLOWED, f"no scope reaches {action!r}: Policy(scopes=...) gives it to none"


@dataclass(frozen=True, slots=True)
class _World:
    """A subject and a context, for folding."""

    me: Subject
    ctx: Context

    def operand(self, operand: Attr | Shared) -> Operand:
        if isinstance(operand, Attr):
            if operand.source is Source.RESOURCE:
                return operand
            return Const(look(operand)(self.me if operand.source is Source.SUBJECT else self.ctx))
        if operand.table is None:
            return Const(shared_keys(operand, self.me, self.ctx))
        me = self.me
        tenant = None if me.tenant is None else str(me.tenant)
        return replace(operand, holder=Holder(me.id, me.roles, tenant, now(self.ctx)))

    def opaque(self, predicate: Opaque) -> Fact | Opaque:
        if not predicate.reads_row:
            return Fact(predicate.holds(self.me, None, self.ctx) is predicate.positive)
        if predicate.sql is None:
            return predicate
        return replace(predicate, sql=partial(predicate.sql, self.me, self.ctx))
