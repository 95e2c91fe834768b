"""Rules that do nothing, found on the trees without a solver.

What is found is certain within the policy's own words; what is not found may still be there, where
seeing it takes knowledge of values.

Source: access.md section 9 (T5).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias, assert_never

from watchword.access.cases import satisfiable
from watchword.access.rules import Rule
from watchword.access.tree import every, negate
from watchword.access.words import EVERY_ACTION
from watchword.base.records import dataclass

__all__ = ["Finding", "dead_rules"]

Roles: TypeAlias = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule without effect.

    Attributes:
        fault: `never`, no subject and row make it apply; `implied`, `by` does the same wherever it
            applies; `shadowed`, the deny rule `by` forbids whatever it allows.
    """

    rule: str
    fault: Literal["never", "implied", "shadowed"]
    by: str = ""

    def __str__(self) -> str:
        match self.fault:
            case "never":
                return f"{self.rule} never applies"
            case "implied":
                return f"{self.rule} changes nothing: {self.by} applies wherever it does"
            case "shadowed":
                return f"{self.rule} allows nothing: {self.by} forbids all of it"
            case _:
                assert_never(self.fault)


def dead_rules(rules: Sequence[Rule], roles: Roles) -> tuple[Finding, ...]:
    """Return the rules without effect, in their order.

    Args:
        rules: of one policy.
        roles: each role with all that it inherits.
    """
    return tuple(_findings(rules, roles))


def _findings(rules: Sequence[Rule], roles: Roles) -> Iterator[Finding]:
    dead: set[str] = set()
    for rule in rules:
        finding = _finding(rule, [each for each in rules if each.id not in dead], roles)
        if finding is not None:
            dead.add(rule.id)
            yield finding


def _finding(rule: Rule, others: Sequence[Rule], roles: Roles) -> Finding | None:
    if not satisfiable(rule.tree, roles):
        return Finding(rule.id, "never")
    for other in others:
        if other.id == rule.id or not _reaches(other, rule):
            continue
        if other.heading.effect != rule.heading.effect and rule.heading.effect == "deny":
            continue
        if satisfiable(every((rule.tree, negate(other.tree))), roles):
            continue
        same = other.heading.effect == rule.heading.effect
        return Finding(rule.id, "implied" if same else "shadowed", other.id)
    return None


def _reaches(wide: Rule, narrow: Rule) -> bool:
    """Tell whether a rule is about all that another is about, and limits fields no further."""
    one, other = wide.heading, narrow.heading
    if one.on not in {None, other.on}:
        return False
    if EVERY_ACTION not in one.actions and not other.actions <= one.actions:
        return False
    return one.fields is None or (other.fields is not None and other.fields <= one.fields)
