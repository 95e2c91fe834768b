"""The engine over a decision point elsewhere, ours or anybody's, by AuthZEN. It does I/O.

    point = RemotePoint("https://pdp.example.com", authorization=basic("notes", secret))
    engine = AuthZENEngine(point, {"note": Note})
    note = engine.require(me, "update", session.get(Note, 7))

Whatever is no clear yes is a no: an outage, an answer that is none and a decision that is not the
value true raise or deny. Nothing is kept between two questions. It blocks; an event loop asks by
`asyncio.to_thread`.

Source: access.md section 14 (5); AuthZEN Authorization API 1.0; security.md rules 88, 89 and 91.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from watchword.access import (
    Context,
    Decision,
    InsufficientScope,
    NotAllowed,
    NotFound,
    NotListable,
    Policy,
    Refusal,
    StepUpRequired,
    Subject,
    Verdict,
)
from watchword.access.authzen.answers import (
    Answered,
    Endpoint,
    MalformedAnswer,
    read_answer,
    read_answers,
    read_found,
)
from watchword.access.decision import EFFECTS, Kind
from watchword.access.lower import lowering
from watchword.access.lower.keys import row_key
from watchword.access.plan import ceiling, reaching
from watchword.access.refusals import NEUTRAL_TEXT, SCOPE_TEXT, STEP_UP_TEXT
from watchword.access.tree import FALSE, Atom, Attr, Const, Op, Source
from watchword.base.chance import SYSTEM as SYSTEM_CHANCE
from watchword.base.chance import Chance, new_id
from watchword.guards.engines.questions import Questions
from watchword.guards.errors import DecisionsUnavailable
from watchword.net.decisions import RemotePoint
from watchword.net.errors import FetchFailed

if TYPE_CHECKING:
    from watchword.access.lower.sqlalchemy import Clause

__all__ = ["IDS_MAX", "QUESTIONS_MAX", "AuthZENEngine"]

QUESTIONS_MAX = 200  # in one batch
IDS_MAX = 10_000  # of one list; a longer one is an error, never cut (access.md P8)
PAGES_MAX = 100
RETRY_AFTER_SECONDS = 2

M = TypeVar("M")
Members = Mapping[str, object]
R = TypeVar("R")


class AuthZENEngine:
    """Decisions of a point elsewhere.

    Args:
        point: whom to ask, and with which proof.
        types: resource type -> the mapped class that it names.
        tells: which properties a question carries: of `"subject"` (`roles`, `acr`, and what is
            declared), of `"action"` and `"context"` (declared attributes of the context), and of
            each resource type (columns). Without it a question names ids alone.
        subject_type: what subjects are called.
        declares: scopes, attributes of subjects and of the context, and roles. Its rules are not
            asked; a token's scopes stay a ceiling.
        chance: where the ids of questions come from.

    Raises:
        PolicyError: no type, a class without a key of one column, or a property that there is not.
    """

    def __init__(
        self,
        point: RemotePoint,
        types: Mapping[str, type[object]],
        *,
        tells: Mapping[str, Collection[str]] = MappingProxyType({}),
        subject_type: str = "user",
        declares: Policy | None = None,
        chance: Chance = SYSTEM_CHANCE,
    ) -> None:
        self.policy = declares or Policy()
        """The declarations, for a guard's `policy=`: subjects are made by them."""
        self.policy.seal()
        self._point = point
        self._chance = chance
        self._questions = Questions(
            types, tells=tells, subject_type=subject_type, words=self.policy.words
        )

    def check(self, me: Subject, action: str, obj: object, ctx: Context | None = None) -> Verdict:
        """Decide on one object.

        Raises:
            DecisionsUnavailable: the point gave no answer.
        """
        return Verdict(self.decide(me, action, obj, ctx).allowed, None)

    def check_all(
        self, me: Subject, action: str, objs: Sequence[object], ctx: Context | None = None
    ) -> list[Verdict]:
        """Decide on several objects, in their order, in one request where the point answers such.

        Raises:
            DecisionsUnavailable: the point gave no answer.
            ValueError: more objects than `QUESTIONS_MAX`.
        """
        if len(objs) > QUESTIONS_MAX:
            raise ValueError(f"{len(objs)} objects, at most {QUESTIONS_MAX} at once")
        if not objs or self._lacking(me, action) is not None:
            return [Verdict(allowed=False, rule=None) for _ in objs]
        if not self._trying(lambda: self._point.offers(Endpoint.EVALUATIONS)):
            return [self.check(me, action, obj, ctx) for obj in objs]
        rows = [{"resource": self._questions.resource(obj)} for obj in objs]
        batch = {**self._questions.about(me, action, ctx), "evaluations": rows}
        answers = self._ask(
            Endpoint.EVALUATIONS, batch, lambda body: read_answers(body, len(objs)), self._id()
        )
        return [Verdict(answer.allowed, None) for answer in answers]

    def decide(self, me: Subject, action: str, obj: object, ctx: Context | None = None) -> Decision:
        """Decide on one object, with the reasons that the point gives.

        Raises:
            DecisionsUnavailable: the point gave no answer.
        """
        return self._decided(me, action, obj, ctx)[0]

    def explain(self, me: Subject, action: str, obj: object, ctx: Context | None = None) -> str:
        """Return the decision and its reasons, for the operator.

        Raises:
            DecisionsUnavailable: the point gave no answer.
        """
        decision = self.decide(me, action, obj, ctx)
        return f"{decision.kind.value}: {decision}"

    def require(
        self,
        me: Subject,
        action: str,
        obj: M | None,
        ctx: Context | None = None,
        *,
        kind: type[M] | None = None,
    ) -> M:
        """Return the object if the action is allowed on it. Guards answer what is raised.

        A row that may not be read gets the answer that None gets, as late, and while the point is
        away too: it is asked as many questions about a row that there is not. Scopes that do not
        reach the action are told before either; the point is asked about neither then.

        Args:
            me: who asks.
            action: what they want to do.
            obj: the row, or None where there is none.
            ctx: the circumstances.
            kind: of which class a row would be. Without it, None is asked about as a row of the
                first of the engine's types.

        Raises:
            NotFound: the object is None, or the subject may not read it.
            NotAllowed: the subject may read it, and not do this; or no scope reaches the action.
            StepUpRequired: a stronger login would be allowed.
            InsufficientScope: the token does not reach the action.
            DecisionsUnavailable: the point gave no answer, whether there is a row or not.
        """
        scopes = self._lacking(me, action)
        if scopes is not None:
            raise self._beyond(me, action, scopes)
        if obj is None:
            self._ask_in_vain(me, action, ctx, kind)
            raise NotFound(detail="no such row")
        decision, answer = self._decided(me, action, obj, ctx)
        if decision.allowed:
            return obj
        if action == "read" or not self.check(me, "read", obj, ctx).allowed:
            raise NotFound(detail=f"the subject may not read it; {action}: {decision}")
        if answer.acr_values:
            raise StepUpRequired(STEP_UP_TEXT, decision=decision, acr_values=answer.acr_values)
        raise NotAllowed(answer.reason_user or NEUTRAL_TEXT, decision=decision)

    def filter(
        self, me: Subject, action: str, model: type[object], ctx: Context | None = None
    ) -> "Clause":
        """Return the condition on the rows that the point lists, for WHERE.

        Raises:
            DecisionsUnavailable: the point gave no answer.
            NotListable: it answers no search for resources, or found more than `IDS_MAX`.
        """
        type_, name = self._questions.named(model)
        lowered = lowering(model)
        kind = lowered.kind(model, name)
        is_within = self._lacking(me, action) is None
        found = self._ids(self._questions.about(me, action, ctx), type_) if is_within else ()
        # An id that no row of the table can have lists nothing.
        keys = frozenset(key for key in (row_key(each, kind) for each in found) if key is not None)
        among = Atom(Op.IN, Attr(Source.RESOURCE, name, kind), Const(keys)) if keys else FALSE
        return lowered.where(model, among)

    def _decided(
        self, me: Subject, action: str, obj: object, ctx: Context | None
    ) -> tuple[Decision, Answered]:
        scopes = self._lacking(me, action)
        if scopes is not None:
            return self._beyond_decision(me, action, scopes), Answered(allowed=False)
        about = self._questions.about(me, action, ctx)
        question = {**about, "resource": self._questions.resource(obj)}
        decision_id = self._id()
        answer = self._ask(Endpoint.EVALUATION, question, read_answer, decision_id)
        kind = Kind.ALLOWED if answer.allowed else Kind.NOT_ALLOWED
        if answer.acr_values and not answer.allowed:
            kind = Kind.STEP_UP
        because = answer.reason_admin or answer.reason_user or "the decision point says no more"
        return self._decision(me, kind, because, decision_id), answer

    def _ask_in_vain(
        self, me: Subject, action: str, ctx: Context | None, kind: type[object] | None
    ) -> None:
        """Ask what a hidden row would be asked about. Whatever the answers are, there is no row."""
        for asked in dict.fromkeys((action, "read")):
            if self._lacking(me, asked) is None:
                row = self._questions.absent(kind, new_id(self._chance, "absent"))
                question = {**self._questions.about(me, asked, ctx), "resource": row}
                self._ask(Endpoint.EVALUATION, question, read_answer, self._id())

    def _beyond(self, me: Subject, action: str, scopes: tuple[str, ...]) -> Refusal:
        """Return the refusal of a token that does not reach an action, whatever the row."""
        decision = self._beyond_decision(me, action, scopes)
        if scopes:
            return InsufficientScope(SCOPE_TEXT, decision=decision, scopes=scopes)
        return NotAllowed(NEUTRAL_TEXT, decision=decision)

    def _beyond_decision(self, me: Subject, action: str, scopes: tuple[str, ...]) -> Decision:
        return self._decision(me, *ceiling(action, scopes), self._id())

    def _decision(self, me: Subject, kind: Kind, because: str, decision_id: str) -> Decision:
        return Decision(
            allowed=kind is Kind.ALLOWED,
            kind=kind,
            rule=None,
            effect=EFFECTS[kind],
            because=because,
            considered=(),
            policy_version=self._point.identifier,
            subject_source=me.source,
            subject_age=me.age,
            id=decision_id,
        )

    def _ids(self, about: Members, type_: str) -> Sequence[str]:
        """Return what a search finds, all pages of it."""
        if not self._trying(lambda: self._point.offers(Endpoint.RESOURCES)):
            raise NotListable(f"the decision point answers no search for resources: {type_!r}")
        ids: list[str] = []
        question = {**about, "resource": {"type": type_}}
        for _ in range(PAGES_MAX):
            found = self._ask(
                Endpoint.RESOURCES, question, lambda body: read_found(body, type_), self._id()
            )
            ids += found.ids
            if len(ids) > IDS_MAX:
                break
            if not found.token:
                return ids
            question["page"] = {"token": found.token}
        raise NotListable(
            f"the decision point lists more than {IDS_MAX} of {type_!r}, or on {PAGES_MAX} pages"
        )

    def _ask(
        self,
        endpoint: Endpoint,
        question: Members,
        read: Callable[[object], R],
        request_id: str,
    ) -> R:
        return self._trying(
            lambda: read(self._point.ask(endpoint, question, request_id=request_id))
        )

    def _trying(self, work: Callable[[], R]) -> R:
        try:
            return work()
        except FetchFailed as error:
            detail = f"{self._point.identifier}: {error} {error.detail}".rstrip()
        except MalformedAnswer as error:
            detail = f"{self._point.identifier}: the answer is malformed: {error}"
        raise DecisionsUnavailable(retry_after=RETRY_AFTER_SECONDS, detail=detail)

    def _lacking(self, me: Subject, action: str) -> tuple[str, ...] | None:
        """Return the scopes of which a token has none, though it needs one for an action."""
        words = self.policy.words
        if me.scopes is None or not words.scopes:
            return None
        scopes = reaching(action, words)
        return tuple(sorted(scopes)) if scopes.isdisjoint(me.scopes) else None

    def _id(self) -> str:
        return new_id(self._chance, "decision")
