"""Mutation of a policy: does its suite notice when a rule says something else?

Each mutant changes one thing: a rule is taken out, a comparison is turned into its complement, a
condition or a role is dropped, an order is moved to its edge, an action is taken away. A mutant
that no test kills is a rule that no test holds.

Source: access.md section 9 (T7).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import assert_never

from watchword.access.cases import satisfiable
from watchword.access.explain import Explainer, explainer
from watchword.access.export.sentence import sentence
from watchword.access.plan import Plan, plan
from watchword.access.policy import Policy
from watchword.access.rules import Rule, body, with_said
from watchword.access.tree import (
    ORDERINGS,
    Atom,
    Every,
    Fact,
    Op,
    Opaque,
    Some,
    Tree,
    every,
    negate,
    some,
)
from watchword.base.records import dataclass
from watchword.testing.rewiring import rewired

__all__ = ["Mutant", "mutants", "survivors"]

_EDGE = {Op.LT: Op.LE, Op.LE: Op.LT, Op.GT: Op.GE, Op.GE: Op.GT}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A policy with one change.

    Attributes:
        rule: the id of the rule that is changed.
        change: what is changed, in words.
        rules: all rules of the mutant.
    """

    rule: str
    change: str
    rules: tuple[Rule, ...]

    def __str__(self) -> str:
        return f"{self.rule}: {self.change}"

    def installed(self, policy: Policy) -> AbstractContextManager[None]:
        """Let the policy decide as the mutant does, for the time of a `with` block."""

        def mutated(kept: Plan, _told: Explainer) -> tuple[Plan, Explainer]:
            changed = plan(kept.resource, kept.action, self.rules, policy.words)
            return changed, explainer(changed, policy.secret)

        return rewired(policy, mutated)


def mutants(policy: Policy) -> tuple[Mutant, ...]:
    """Return every mutant that is not certain to decide as the policy does."""
    rules, roles = policy.rules, policy.words.shape.roles
    found = []
    for number, rule in enumerate(rules):
        before, after = rules[:number], rules[number + 1 :]
        found.append(Mutant(rule.id, "taken out", (*before, *after)))
        for change, changed in _changed(rule):
            is_other = changed.heading is not rule.heading
            if is_other or _differ(changed.tree, rule.tree, roles):
                found.append(Mutant(rule.id, change, (*before, changed, *after)))
    return tuple(found)


def survivors(policy: Policy, suite: Callable[[], bool]) -> tuple[Mutant, ...]:
    """Run a suite against each mutant and return those that it lets pass.

    Args:
        policy: the live object that the suite asks.
        suite: returns whether all its tests passed.

    Raises:
        ValueError: the suite fails on the policy itself.
    """
    if not suite():
        raise ValueError("the suite fails on the policy itself: mend that first")
    alive = []
    for mutant in mutants(policy):
        with mutant.installed(policy):
            if suite():
                alive.append(mutant)
    return tuple(alive)


def _changed(rule: Rule) -> Iterator[tuple[str, Rule]]:
    heading = rule.heading
    if heading.roles is not None:
        asked = " or ".join(sorted(heading.roles))
        bare = replace(heading, roles=None)
        yield f"without its role {asked}", replace(rule, heading=bare, tree=body(rule))
    if heading.acr is not None:
        bare = replace(heading, acr=None)
        yield "without its login class", replace(rule, heading=bare, tree=rule.stepless)
    for action in sorted(heading.actions) if len(heading.actions) > 1 else ():
        fewer = replace(heading, actions=heading.actions - {action})
        yield f"not for {action}", replace(rule, heading=fewer)
    for change, tree in _trees(rule.said):
        yield change, with_said(rule, tree)


def _trees(tree: Tree) -> Iterator[tuple[str, Tree]]:
    match tree:
        case Fact():
            return
        case Every(parts):
            yield from _dropped(parts, every)
            yield from _inside(parts, every)
        case Some(parts):
            yield from _dropped(parts, some)
            yield from _inside(parts, some)
        case Atom() | Opaque():
            yield f"{sentence(tree)} turned round", negate(tree)
            if isinstance(tree, Atom) and tree.op in ORDERINGS:
                edge = replace(tree, op=_EDGE[tree.op])
                yield f"{sentence(tree)} read as {sentence(edge)}", edge
        case _:
            assert_never(tree)


def _dropped(
    parts: Sequence[Tree], joined: Callable[[Sequence[Tree]], Tree]
) -> Iterator[tuple[str, Tree]]:
    for number, part in enumerate(parts):
        yield f"without {sentence(part)}", joined((*parts[:number], *parts[number + 1 :]))


def _inside(
    parts: Sequence[Tree], joined: Callable[[Sequence[Tree]], Tree]
) -> Iterator[tuple[str, Tree]]:
    for number, part in enumerate(parts):
        for change, changed in _trees(part):
            yield change, joined((*parts[:number], changed, *parts[number + 1 :]))


def _differ(one: Tree, other: Tree, roles: Mapping[str, frozenset[str]]) -> bool:
    """Tell whether two conditions may differ; false is certain."""
    ways = (every((one, negate(other))), every((other, negate(one))))
    return any(satisfiable(way, roles) for way in ways)
