"""The decision point: questions answered from a policy and the stored facts.

A question's properties are the caller's word. Those that the application declared as asserted are
believed for the length of this question; all others are passed over, and the store's facts count.

Source: AuthZEN Authorization API 1.0 sections 5.5, 6.2, 7.2 and 8.3; access.md Z2, Z8, Z11 to Z16,
Z21 and Z22.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from watchword.access.authzen.parse import (
    Action,
    Batch,
    Entity,
    InvalidQuestion,
    Question,
    Semantic,
)
from watchword.access.authzen.world import World
from watchword.access.decision import Decision
from watchword.access.errors import InvalidSubject, PolicyError, Refusal
from watchword.access.lower import lowering
from watchword.access.policy import Policy
from watchword.access.refusals import NEUTRAL_TEXT, refusal
from watchword.access.subject import Context, Facts, Subject
from watchword.access.values import nearest, scalar
from watchword.base.records import dataclass

__all__ = ["DecisionPoint", "Outcome"]

PEOPLE_AT_ONCE = 500

Members = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a question came out.

    Attributes:
        decision: the whole record; None where there was nothing to decide about.
        reason: for whoever asked, when it is no: the rule's public sentence, or a neutral one.
        fault: why nothing could be decided.
        is_hidden: the row may not be read. Whoever asks about themselves gets no id of the decision
            then, since there is none where there is no row.
    """

    allowed: bool
    decision: Decision | None = None
    reason: str = ""
    fault: str = ""
    is_hidden: bool = False

    def members(self, *, tells_all: bool) -> dict[str, object]:
        """Return the answer's members; without ids or times, so that equal questions look equal.

        Args:
            tells_all: whether the caller may ask about others, and is told the operator's reasons.
        """
        context: dict[str, object] = {}
        if self.fault:
            context["error"] = {"status": 400, "message": self.fault}
        if self.reason:
            context["reason_user"] = {"403": self.reason}
        if tells_all and self.decision is not None:
            context["reason_admin"] = {"200" if self.allowed else "403": str(self.decision)}
        return {"decision": self.allowed} | ({"context": context} if context else {})


class DecisionPoint:
    """Answers AuthZEN's questions.

    Args:
        policy: is sealed here.
        types: resource type -> the mapped class that it names.
        asserted: which properties of a request are believed: of `"subject"` (`role`, `roles` and
            declared attributes), of `"action"` and `"context"` (declared attributes of the
            context), and of each resource type (columns).
        subject_type: what subjects are called; there are none of any other type.

    Raises:
        PolicyError: a type without a rule, or a property that nothing could be made of.
        NotListable: an opaque predicate without SQL, which no search could be answered for (P5).
    """

    def __init__(
        self,
        policy: Policy,
        types: Mapping[str, type[object]],
        *,
        asserted: Mapping[str, Collection[str]] = MappingProxyType({}),
        subject_type: str = "user",
    ) -> None:
        policy.seal()
        self.policy = policy
        self.types = dict(types)
        self.subject_type = subject_type
        self._asserted = {name: frozenset(words) for name, words in asserted.items()}
        self._check()

    def evaluate(self, question: Question, world: World) -> Outcome:
        """Decide one question."""
        try:
            me = self._subject(question.subject, world)
            ctx = self._context(question)
        except InvalidSubject as problem:
            return Outcome(allowed=False, fault=str(problem))
        model = self.types.get(question.resource.type)
        if me is None or model is None or question.action.name not in self.policy.words.actions:
            return Outcome(allowed=False, reason=NEUTRAL_TEXT)
        try:
            said = self._said_of(model, question.resource)
        except InvalidQuestion as fault:
            return Outcome(allowed=False, fault=str(fault))
        row = world.row(model, question.resource.id)
        if row is None:
            return self._absent(me, question.action.name, model, ctx)
        with _as_asserted(row, said):
            return self._decide(me, question.action.name, row, ctx)

    def evaluate_all(self, batch: Batch, world: World) -> list[Outcome]:
        """Decide a batch in its order, and stop where its semantic says so (Z13)."""
        outcomes = []
        for item in batch.items:
            if isinstance(item, InvalidQuestion):
                outcome = Outcome(allowed=False, fault=str(item))
            else:
                outcome = self.evaluate(item, world)
            outcomes.append(outcome)
            if (batch.semantic, outcome.allowed) in _LAST:
                break
        return outcomes

    def subjects(self, question: Question, world: World) -> Iterator[str]:
        """Return the ids of all subjects that are allowed it, in their order."""
        if question.subject.type != self.subject_type:
            return
        after = ""
        while people := world.people(after=after, at_most=PEOPLE_AT_ONCE):
            for id_, _ in people:
                asked = Question(
                    Entity(self.subject_type, id_),
                    question.action,
                    question.resource,
                    question.context,
                )
                if self.evaluate(asked, world).allowed:
                    yield id_
            after = people[-1][0]

    def actions(self, question: Question, world: World) -> Iterator[str]:
        """Return the names of all actions that are allowed, in their order."""
        for name in sorted(self.policy.words.actions):
            asked = Question(question.subject, Action(name), question.resource, question.context)
            if self.evaluate(asked, world).allowed:
                yield name

    def condition(self, question: Question, world: World) -> tuple[type[object], Any] | None:
        """Return what the resources of a search have to meet; None when there can be none.

        Raises:
            InvalidQuestion: a property of the subject, the action or the context is of another
                kind than declared.
        """
        try:
            me, ctx = self._subject(question.subject, world), self._context(question)
        except InvalidSubject as problem:
            raise InvalidQuestion(str(problem)) from None
        model = self.types.get(question.resource.type)
        if me is None or model is None or question.action.name not in self.policy.words.actions:
            return None
        return model, self.policy.where(me, question.action.name, model, ctx)

    def _decide(self, me: Subject, action: str, row: object, ctx: Context) -> Outcome:
        decision = self.policy.decide(me, action, row, ctx)
        if decision.allowed:
            return Outcome(allowed=True, decision=decision)
        plan = self.policy.plans[type(row), action]
        is_of_no_row = decision.rule in {rule.id for rule in plan.early}
        if is_of_no_row or self.policy.check(me, "read", row, ctx).allowed:
            return Outcome(allowed=False, decision=decision, reason=str(refusal(decision, plan)))
        # The rule's sentence would tell that there is something.
        return Outcome(allowed=False, decision=decision, reason=NEUTRAL_TEXT, is_hidden=True)

    def _absent(self, me: Subject, action: str, model: type[object], ctx: Context) -> Outcome:
        """Answer about a row that is not there as about one that may not be read (G1)."""
        early = {rule.id for rule in self.policy.plans[model, action].early}
        try:
            self.policy.preflight(me, action, model, ctx)
        except Refusal as refused:
            if refused.decision is not None and refused.decision.rule in early:
                return Outcome(allowed=False, decision=refused.decision, reason=refused.text)
        return Outcome(allowed=False, reason=NEUTRAL_TEXT)

    def _subject(self, entity: Entity, world: World) -> Subject | None:
        facts = world.person(entity.id) if entity.type == self.subject_type else None
        if facts is None:
            return None
        return self.policy.subject(entity.id, **self._believed(facts, entity.properties))

    def _believed(self, facts: Facts, said: Members) -> Facts:
        """Return the stored facts, and what the caller asserts over them."""
        believed = _only(said, self._asserted.get("subject", ()))
        attributes = dict(facts.get("attributes", {}))
        merged: Facts = {**facts, "attributes": attributes}
        for name, value in believed.items():
            if name == "role":
                merged["roles"] = [value]  # type: ignore[list-item]  # Subject checks it
            elif name == "roles":
                merged["roles"] = value  # type: ignore[typeddict-item]  # Subject checks it
            else:
                attributes[name] = value
        return merged

    def _context(self, question: Question) -> Context:
        return self.policy.context(
            **_only(question.action.properties, self._asserted.get("action", ())),
            **_only(question.context, self._asserted.get("context", ())),
        )

    def _said_of(self, model: type[object], entity: Entity) -> Members:
        """Return the values that the caller asserts of a row. Raises InvalidQuestion."""
        said = _only(entity.properties, self._asserted.get(entity.type, ()))
        reading = lowering(model)
        for name, value in said.items():
            try:
                scalar(value, reading.kind(model, name))
            except ValueError:
                raise InvalidQuestion(
                    f"resource.properties.{name} is of another kind than its column"
                ) from None
        return said

    def _check(self) -> None:
        words = self.policy.words
        known: dict[str, Collection[str]] = {
            "subject": {"role", "roles", *words.shape.attributes},
            "action": words.context,
            "context": words.context,
        }
        for name, model in self.types.items():
            try:
                known[name] = lowering(model).columns(model)
                for action in words.actions:  # each may be searched for
                    self.policy.listable(action, model)
            except TypeError as problem:
                raise PolicyError(f"resource type {name}: {problem}") from None
        for name, said in self._asserted.items():
            if name not in known:
                raise PolicyError(f"asserted: there is no {name!r}{nearest(name, known)}")
            for word in said - set(known[name]):
                raise PolicyError(f"asserted: {name} has no {word!r}{nearest(word, known[name])}")


_LAST = frozenset({(Semantic.FIRST_DENY, False), (Semantic.FIRST_PERMIT, True)})


def _only(said: Members, names: Iterable[str]) -> dict[str, object]:
    return {name: said[name] for name in names if name in said}


@contextmanager
def _as_asserted(row: object, said: Members) -> Iterator[None]:
    """Let a row have the values that the caller asserts, and its own again afterwards."""
    before = {name: getattr(row, name) for name in said}
    try:
        _assign(row, said)
        yield
    finally:
        _assign(row, before)


def _assign(row: object, values: Members) -> None:
    for name, value in values.items():
        setattr(row, name, value)
