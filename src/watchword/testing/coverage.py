"""Rule coverage: which rules were seen to apply, and which to miss.

A rule that never applied in a suite may be anything; so may one that never missed.

Source: access.md section 9 (T5).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field, replace

from watchword.access.compile import Check, compiled
from watchword.access.explain import Explained, Explainer
from watchword.access.plan import REFUSED, Plan
from watchword.access.policy import Policy
from watchword.access.subject import Context, Subject
from watchword.access.tree import TRUE
from watchword.base.records import dataclass
from watchword.testing.rewiring import rewired

__all__ = ["RuleCoverage", "covering"]


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """What was seen of each rule in the questions about one object.

    Attributes:
        rules: the ids of all rules.
        fired: those that applied at least once.
        missed: those that were asked and did not apply at least once. A rule without a condition
            cannot miss and counts as having missed.
    """

    rules: tuple[str, ...]
    fired: set[str] = field(default_factory=set)
    missed: set[str] = field(default_factory=set)

    @property
    def gaps(self) -> tuple[str, ...]:
        """One sentence for each rule that was not seen both to apply and to miss."""
        told = [f"{rule} never applied" for rule in self.rules if rule not in self.fired]
        return (*told, *(f"{rule} never missed" for rule in self.rules if rule not in self.missed))

    def note(self, rule: str, *, fired: bool) -> None:
        """Take down one rule's part in one decision."""
        (self.fired if fired else self.missed).add(rule)


@contextmanager
def covering(policy: Policy) -> Iterator[RuleCoverage]:
    """Watch a policy while a suite runs; seal it first.

    Lists are not watched: their rows are decided in the database.
    """
    seen = RuleCoverage(tuple(rule.id for rule in policy.rules))
    seen.missed.update(rule.id for rule in policy.rules if rule.tree == TRUE)

    def watched(plan: Plan, explain: Explainer) -> tuple[Plan, Explainer]:
        stage = (_watching_checks(plan, seen), REFUSED)
        return replace(plan, steps=(stage, *plan.steps)), _watching_explanations(explain, seen)

    with rewired(policy, watched):
        yield seen


def _watching_checks(plan: Plan, seen: RuleCoverage) -> Check:
    """Return a first step that takes down every rule's truth and never decides."""
    rules = [(rule.id, compiled(rule.tree)) for rule in plan.rules]

    def watch(me: Subject, row: object, ctx: Context) -> bool:
        for name, holds in rules:
            seen.note(name, fired=holds(me, row, ctx))
        return False

    return watch


def _watching_explanations(explain: Explainer, seen: RuleCoverage) -> Explainer:
    def watch(me: Subject, row: object, ctx: Context) -> Explained:
        explained = explain(me, row, ctx)
        for each in explained[3]:
            seen.note(each.rule, fired=each.fired)
        return explained

    return watch
