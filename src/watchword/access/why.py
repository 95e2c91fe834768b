"""A decision drawn as a tree: every rule that was considered, and what each of its parts came to.

The decision is `Policy.decide`'s own, as the log, the command line and the decision point tell it;
beside it stand the conditions of each rule, whole, so that a reader sees what would have to change.

Source: access.md section 8 (D1 to D3, D6); users.md U45.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias, assert_never

from watchword.access.decision import Considered, Decision
from watchword.access.explain import World, finder, world_of
from watchword.access.export.sentence import sentence
from watchword.access.policy import Policy
from watchword.access.rules import Rule
from watchword.access.subject import Context, Subject
from watchword.access.tree import Atom, Every, Fact, Opaque, Some, Tree
from watchword.base.records import dataclass

__all__ = ["Branch", "Reading", "Why", "why"]

Join: TypeAlias = Literal["every", "some", "leaf"]


@dataclass(frozen=True, slots=True)
class Branch:
    """A condition, and what it came to.

    Attributes:
        join: whether every part has to hold, or one of them; a leaf has no parts.
        said: a leaf in words, with the values that it was asked about.
        holds: None where a value is not of its column's type, so that nothing can be said.
    """

    join: Join
    said: str
    holds: bool | None
    parts: "tuple[Branch, ...]" = ()

    def members(self) -> dict[str, object]:
        """Return the condition for JSON."""
        parts = [part.members() for part in self.parts]
        return {"join": self.join, "said": self.said, "holds": self.holds, "parts": parts}


@dataclass(frozen=True, slots=True)
class Reading:
    """One rule that covers the action.

    Attributes:
        considered: what the decision says of it.
        text: the rule in words, as its author wrote them.
        is_deciding: the decision is this rule's.
        condition: the whole condition.
    """

    considered: Considered
    text: str
    is_deciding: bool
    condition: Branch

    def members(self) -> dict[str, object]:
        """Return the rule for JSON."""
        return {
            **self.considered._asdict(),
            "text": self.text,
            "decides": self.is_deciding,
            "condition": self.condition.members(),
        }


@dataclass(frozen=True, slots=True)
class Why:
    """A decision and its rules, the deciding one first, then the nearest."""

    decision: Decision
    readings: tuple[Reading, ...]

    def members(self) -> dict[str, object]:
        """Return the answer for JSON, as the management API and the command line give it."""
        decision = self.decision
        return {
            "allowed": decision.allowed,
            "kind": decision.kind.value,
            "rule": decision.rule,
            "because": decision.because,
            "text": decision.explanation,
            "policy_version": decision.policy_version,
            "rules": [reading.members() for reading in self.readings],
        }


def why(policy: Policy, me: Subject, action: str, obj: object, ctx: Context | None = None) -> Why:
    """Decide on one object, and draw every rule that covers the action.

    Raises:
        ValueError: the action is not declared.
        TypeError: no rule is about the object.
    """
    decision = policy.decide(me, action, obj, ctx)
    plan = policy.plans[type(obj), action]
    rules = {rule.id: rule for rule in plan.early + plan.late + plan.allows}
    world = world_of(me, obj, policy.context() if ctx is None else ctx)
    readings = (
        _reading(each, rules[each.rule], decision, world, policy.secret)
        for each in decision.considered
    )
    return Why(decision, tuple(sorted(readings, key=lambda each: not each.is_deciding)))


def _reading(
    considered: Considered, rule: Rule, decision: Decision, world: World, secret: frozenset[str]
) -> Reading:
    condition = _branch(rule.tree, world, secret)
    return Reading(considered, rule.text, rule.id == decision.rule, condition)


def _branch(tree: Tree, world: World, secret: frozenset[str]) -> Branch:
    match tree:
        case Fact(holds):
            return Branch("leaf", sentence(tree), holds)
        case Atom() | Opaque():
            return _leaf(tree, world, secret)
        case Every(parts):
            grown = tuple(_branches(parts, world, secret))
            return Branch("every", "", _all(grown), grown)
        case Some(parts):
            grown = tuple(_branches(parts, world, secret))
            return Branch("some", "", _any(grown), grown)
        case _:
            assert_never(tree)


def _branches(parts: tuple[Tree, ...], world: World, secret: frozenset[str]) -> Iterator[Branch]:
    return (_branch(part, world, secret) for part in parts)


def _leaf(tree: Atom | Opaque, world: World, secret: frozenset[str]) -> Branch:
    try:
        holds, (said,) = finder(tree, secret)(world)
    except TypeError:  # a value that its column's type does not have; the check denies on it
        return Branch("leaf", sentence(tree), None)
    return Branch("leaf", said, holds)


def _all(parts: tuple[Branch, ...]) -> bool | None:
    found = {part.holds for part in parts}
    return False if False in found else None if None in found else True


def _any(parts: tuple[Branch, ...]) -> bool | None:
    found = {part.holds for part in parts}
    return True if True in found else None if None in found else False
