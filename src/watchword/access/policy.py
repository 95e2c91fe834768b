"""The policy: rules in, decisions, filters and reasons out.

Deciding is CPU work and therefore synchronous; statements are built here and executed by the
caller, so they serve asynchronous drivers as they are (P7).

Source: access.md sections 4, 5 and 8.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar, Unpack

from watchword.access.book import Book
from watchword.access.decision import EFFECTS, Answer, Decision, Kind, Verdict
from watchword.access.errors import InvalidSubject, NotFound, NotListable, PolicyError, Refusal
from watchword.access.explain import UNKNOWN_ROW
from watchword.access.export.document import parse
from watchword.access.lookup import Lookup
from watchword.access.plan import REFUSED, Plan
from watchword.access.refusals import refusal, refused_fields, unexplained
from watchword.access.rules import Body, Heading, RuleFunction, RuleSQL
from watchword.access.said import Said
from watchword.access.subject import Context, Facts, Subject
from watchword.access.subjects import Subjects, subjects
from watchword.access.tree import FALSE, TRUE, Tree
from watchword.access.values import nearest
from watchword.access.words import words
from watchword.base.chance import SYSTEM, Chance, new_id

if TYPE_CHECKING:
    from watchword.access.lower.sqlalchemy import Clause, Option, Rows

__all__ = ["Policy"]

M = TypeVar("M")
F = TypeVar("F", bound=RuleFunction)


class Policy(Said):
    """Rules about mapped models, and every question that they answer.

    A policy is a module of decorated functions, one a rule. Deny rules come first and nothing
    overrides them; without an allow rule the answer is no.

    Args:
        roles: role -> the roles that it inherits; `{"admin": ["user"]}` declares both.
        scopes: scope -> the actions that a delegated token with it reaches, `"*"` for all. A policy
            that declares none sets no ceiling.
        subject: further attributes of subjects with their kinds, `{"team": str}`; a collection is
            `frozenset[str]` or `frozenset[int]`.
        context: the same for the circumstances of a request.
        tenant: the column of every model that names the row's tenant; rows of another tenant are
            out of reach, whatever the rules say. Tenants are text, or of the kind of an attribute
            `tenant` in `subject`.
        shares: the mapped class or table of share rows, where it stands beside the rows; without it
            the shares come with the subject.
        actions: action names beside read, create, update and delete.
        secret: attributes whose values no explanation shows.

    Raises:
        PolicyError: a declaration that cannot hold.
    """

    def __init__(  # noqa: PLR0913 - declarations, all optional and by keyword
        self,
        *,
        roles: Mapping[str, Iterable[str]] | None = None,
        scopes: Mapping[str, Iterable[str]] | None = None,
        subject: Mapping[str, object] | None = None,
        context: Mapping[str, object] | None = None,
        actions: Iterable[str] = (),
        tenant: str | None = None,
        shares: object | None = None,
        secret: Iterable[str] = (),
    ) -> None:
        declared = replace(
            words(roles or {}, scopes or {}, subject or {}, context or {}, actions),
            shares=shares,
            tenant=tenant,
        )
        self._book = Book(declared, secret)
        # What the hot path reads, one step away.
        self._plans = self._book.plans
        self._shape, self._no_context = declared.shape, self._book.no_context
        self._declared = declared.context
        self._chance: Chance = SYSTEM

    def allow(
        self,
        *actions: str,
        on: type[object] | None = None,
        role: str | Collection[str] | None = None,
        fields: Collection[str] | None = None,
        when: RuleFunction | None = None,
        acr: str | Collection[str] | None = None,
        sql: RuleSQL | Body | None = Body.EXPRESSION,
    ) -> Callable[[F], F]:
        """Declare that a function's condition allows the actions.

        Args:
            actions: names, or `"*"`.
            on: the mapped model; without it the rule is about every model.
            role: a role, or several of which one is enough.
            fields: the columns that the actions may set; without it all of them.
            when: a further condition of the same shape as the rule.
            acr: the authentication context class that the login needs, or several of which one is
                enough. Who would be allowed with it is asked to log in again.
            sql: makes the function an opaque predicate, which runs with the subject and the row
                themselves; it answers True or False, and denies when it raises. The value is a
                function of subject and model that returns the same condition for a statement, or
                None: then the action's rows cannot be listed.
        """
        heading = Heading("allow", frozenset(actions), on, _several(role), _several(fields), when)
        return partial(self._read, replace(heading, acr=_ordered(acr), sql=sql))

    def deny(
        self,
        *actions: str,
        on: type[object] | None = None,
        role: str | Collection[str] | None = None,
        when: RuleFunction | None = None,
        sql: RuleSQL | Body | None = Body.EXPRESSION,
    ) -> Callable[[F], F]:
        """Declare that a function's condition forbids the actions, whatever allows them."""
        heading = Heading("deny", frozenset(actions), on, _several(role), None, when, sql=sql)
        return partial(self._read, heading)

    def seal(self, *, chance: Chance = SYSTEM) -> None:
        """Freeze the policy; guards do so when they are installed, else the first question does.

        Args:
            chance: where decision ids come from.
        """
        self._chance = chance
        self._book.seal()

    def subject(self, id: str, /, **facts: Unpack[Facts]) -> Subject:  # noqa: A002 - the field's name
        """Build a subject that fits this policy; see `Subject` for the facts.

        Raises:
            InvalidSubject: a value of another kind than declared, or an undeclared attribute.
        """
        return Subject(id, shape=self._book.words.shape, **facts)  # type: ignore[arg-type]  # Subject turns iterables into frozensets

    def context(self, **attributes: object) -> Context:
        """Build the circumstances of a request, as declared.

        Raises:
            InvalidSubject: a value of another kind than declared, or an undeclared attribute.
        """
        return Context(attributes, self._book.words.context)  # type: ignore[arg-type]  # Context checks the values

    def check(self, me: Subject, action: str, obj: object, ctx: Context | None = None) -> Verdict:
        """Decide on one object: the verdict and the rule, nothing else computed."""
        if me.shape is not self._shape or (ctx is not None and ctx.declared is not self._declared):
            ctx = self._book.fitting(me, ctx)
        elif ctx is None:
            ctx = self._no_context
        plan = self._plans.get((type(obj), action)) or self._book.plan(type(obj), action)
        try:
            for holds, verdict in plan.steps:
                if holds(me, obj, ctx):
                    return verdict
        except TypeError:  # an attribute of a proposed object that has not its column's type
            pass
        return REFUSED

    def decide(self, me: Subject, action: str, obj: object, ctx: Context | None = None) -> Decision:
        """Decide on one object, with all reasons."""
        return self._decide(self._book.plan(type(obj), action), me, obj, ctx)

    def allows(self, me: Subject, action: str, obj: object, ctx: Context | None = None) -> Answer:
        """Decide for an assertion: `assert policy.allows(bo, "update", note)`."""
        return Answer(self.decide(me, action, obj, ctx))

    def explain(self, me: Subject, action: str, obj: object, ctx: Context | None = None) -> str:
        """Return the decision and every rule that was considered, one a line, for the operator."""
        return self.decide(me, action, obj, ctx).explanation

    def preflight(
        self, me: Subject, action: str, model: type[object], ctx: Context | None = None
    ) -> None:
        """Refuse what no row can change, before a row is loaded (G2).

        Raises:
            Forbidden: a deny rule applies whatever the row, or no rule could allow it.
            InsufficientScope: the token does not reach the action.
        """
        plan = self._book.plan(model, action)
        if self._residual(plan, me, ctx) == FALSE:
            raise refusal(self._decide(plan, me, UNKNOWN_ROW, ctx), plan)

    def possible(
        self, me: Subject, action: str, model: type[object], ctx: Context | None = None
    ) -> bool:
        """Tell whether any object of the model could be allowed (S9)."""
        return self._residual(self._book.plan(model, action), me, ctx) != FALSE

    def require(self, me: Subject, action: str, obj: M | None, ctx: Context | None = None) -> M:
        """Return the object if the action is allowed on it.

        A row that may not be read gets the answer that None gets. Of None not even the kind is
        known, so for both only what is true of every row of every kind comes before "not found": a
        deny rule without `on=` that applies, and scopes of the token that do not reach the action.
        What is true of one kind is told of rows that may be read; `preflight`, which knows the
        kind, tells it before a row is loaded, as `get` and the guards' `may` do.

        Raises:
            NotFound: the object is None, or the subject may not read it.
            Forbidden: no row may be treated so, or the subject may read this one, and not do this.
            StepUpRequired: a stronger login would be allowed.
            InsufficientScope: the token does not reach the action; whether there is a row is
                not told.
        """
        if obj is None:
            self._preflight_of_any_kind(me, action, ctx)
            raise NotFound(detail="no such row")
        verdict = self.check(me, action, obj, ctx)
        if not verdict.allowed:
            self._preflight_of_any_kind(me, action, ctx)
            if action != "create" and not self.check(me, "read", obj, ctx).allowed:
                raise NotFound(detail=f"the subject may not read it; {action}: {verdict}")
            raise self._refused(me, action, ctx, obj)
        if action == "create":
            lowering = self._book.plan(type(obj), action).resource.lowering
            self._check_fields(me, action, obj, ctx, lowering.assigned(obj))
        return obj

    def change(
        self, me: Subject, action: str, obj: object, ctx: Context | None = None, /, **values: object
    ) -> None:
        """Set attributes if the stored object, the fields and the result are allowed (S7).

        The object keeps its values when any of them is refused.

        Raises:
            NotFound: the object may not be read.
            Forbidden: the object, a field or the result is refused.
            InsufficientScope: the token does not reach the action.
            TypeError: the model has no such column.
        """
        self.require(me, action, obj, ctx)
        self._check_fields(me, action, obj, ctx, values)
        before = {name: getattr(obj, name) for name in values}
        decision = None
        try:
            _assign(obj, values)
            decision = self.decide(me, action, obj, ctx)
        finally:
            if decision is None or not decision.allowed:
                _assign(obj, before)
        if not decision.allowed:
            raise refusal(decision, self._book.plan(type(obj), action))

    def where(
        self, me: Subject, action: str, model: type[object], ctx: Context | None = None
    ) -> "Clause":
        """Return the condition under which the action is allowed on a row, for WHERE.

        It serves bulk UPDATE and DELETE as well (S12). As a column it may be NULL.
        """
        plan = self._listable(model, action)
        return plan.resource.lowering.where(model, self._residual(plan, me, ctx))

    def select(
        self, me: Subject, action: str, model: type[M], ctx: Context | None = None
    ) -> "Rows[M]":
        """Return a SELECT of all rows that the action is allowed on; add where, order and limit.

        It is empty for a refused subject and never raises for one (G5).
        """
        plan = self._listable(model, action)
        return plan.resource.lowering.select(model, self._residual(plan, me, ctx))

    def listable(self, action: str, model: type[object]) -> None:
        """Refuse a list that the rules cannot filter; whoever declares a list asks at import.

        Raises:
            NotListable: an opaque predicate covers the action and states no SQL.
        """
        self._listable(model, action)

    def get(
        self,
        me: Subject,
        action: str,
        model: type[M],
        key: object,
        ctx: Context | None = None,
        *,
        lock: bool = False,
    ) -> Lookup[M]:
        """Return a look-up of one row that tells absent, hidden, refused and allowed apart.

        Args:
            me: who asks.
            action: what is to be done with the row.
            model: its class.
            key: the primary key, or the text that a path carries.
            ctx: the circumstances.
            lock: lock the row until the transaction ends, where the database can (S12).

        Raises:
            Forbidden, InsufficientScope: no row can be allowed, so none is loaded (G2).
            NotFound: no row can have this key.
        """
        self.preflight(me, action, model, ctx)
        plan, reading = self._book.plan(model, action), self._book.plan(model, "read")
        judge: Callable[[object], tuple[bool, bool]] | None = None
        readable: Tree = TRUE
        allowed: Tree = TRUE
        if plan.unlistable or reading.unlistable:  # an opaque predicate sees the loaded row
            judge = partial(self._judged, me, action, ctx)
        else:
            readable, allowed = (self._residual(each, me, ctx) for each in (reading, plan))
        statement = plan.resource.lowering.probe(model, key, readable, allowed, lock=lock)
        if statement is None:
            raise NotFound(detail="no row can have this key")
        statement = plan.resource.lowering.loading(statement, self.loads(action, model))
        return Lookup(statement, partial(self._refused, me, action, ctx), judge)

    def loads(self, action: str, model: type[object]) -> "tuple[Option, ...]":
        """Return the options of a statement that load what the rules read behind relations.

        `get` applies them itself. A list whose rows are checked one by one takes them as
        `.options(*policy.loads("update", Note))`, so that no check loads lazily.
        """
        plan, reading = self._book.plan(model, action), self._book.plan(model, "read")
        return plan.resource.lowering.loads(model, plan.paths | reading.paths)

    def actions(
        self, me: Subject, rows: Iterable[object], ctx: Context | None = None
    ) -> list[frozenset[str]]:
        """Return the actions allowed on each row, in the order of the rows: a page's buttons."""
        names = self._book.words.actions - {"create"}
        return [
            frozenset(name for name in names if self.check(me, name, row, ctx).allowed)
            for row in rows
        ]

    def fields(
        self, me: Subject, action: str, obj: object, ctx: Context | None = None
    ) -> frozenset[str]:
        """Return the columns that the action may set on the object; none when it is refused."""
        decision = self.decide(me, action, obj, ctx)
        if not decision.allowed:
            return frozenset()
        plan = self._book.plan(type(obj), action)
        fired = {each.rule for each in decision.considered if each.fired}
        limits = [rule.heading.fields for rule in plan.allows if rule.id in fired]
        return frozenset().union(*(plan.resource.columns if f is None else f for f in limits))

    def subjects(self, action: str, obj: object, ctx: Context | None = None) -> Subjects:
        """Return who may do this to the object: the same rules, with the subject unknown."""
        plan = self._book.plan(type(obj), action)
        given = self._book.no_context if ctx is None else ctx

        def holds(me: Subject) -> bool:
            return self.check(replace(me, scopes=None), action, obj, given).allowed

        return subjects(plan, obj, given, self._book.words.shape.roles, holds)

    @classmethod
    def load(cls, text: str, *, models: Iterable[type[object]] = ()) -> "Policy":
        """Read a policy from its declarative form; it is sealed.

        Args:
            text: what `export("json")` wrote, or the same written by hand without `version`.
            models: the application's classes, found by name. A resource without one gets a
                stand-in of its declared columns, which decides about objects and lists nothing.

        Raises:
            PolicyError: no such form; a rule that cannot be meant; or a version that is not the
                digest of what is said.
        """
        document = parse(text, models)
        policy = cls(**document.words)
        for heading, function in document.rules:
            policy._book.add(function, heading)
        if document.version not in {None, policy.version}:
            raise PolicyError("the version is not the digest of what the policy says")
        return policy

    def _read(self, heading: Heading, function: F) -> F:
        self._book.add(function, heading)
        return function

    def _listable(self, model: type[object], action: str) -> Plan:
        plan = self._book.plan(model, action)
        if plan.unlistable:
            raise NotListable(
                f"{action!r} on {plan.resource.name} cannot be listed: "
                f"{' and '.join(plan.unlistable)} states no sql="
            )
        return plan

    def _preflight_of_any_kind(self, me: Subject, action: str, ctx: Context | None) -> None:
        plan = self._book.plan_of_any_kind(action)
        decision = self._decide(plan, me, UNKNOWN_ROW, ctx)
        if decision.kind is Kind.FORBIDDEN or not plan.within(me.scopes):
            raise refusal(decision, plan)

    def _judged(
        self, me: Subject, action: str, ctx: Context | None, row: object
    ) -> tuple[bool, bool]:
        """Return whether a loaded row may be read, and the action done."""
        readable = self.check(me, "read", row, ctx).allowed
        return readable, self.check(me, action, row, ctx).allowed

    def _residual(self, plan: Plan, me: Subject, ctx: Context | None) -> Tree:
        return plan.residual(me, self._book.fitting(me, ctx))

    def _decide(self, plan: Plan, me: Subject, row: object, ctx: Context | None) -> Decision:
        explain = self._book.explainer(plan)
        kind, rule, because, considered = explain(me, row, self._book.fitting(me, ctx))
        return Decision(
            allowed=kind is Kind.ALLOWED,
            kind=kind,
            rule=rule,
            effect=EFFECTS[kind],
            because=because,
            considered=considered,
            policy_version=self._book.seal(),
            subject_source=me.source,
            subject_age=me.age,
            id=new_id(self._chance, "decision"),
        )

    def _refused(self, me: Subject, action: str, ctx: Context | None, obj: object) -> Refusal:
        try:
            decision = self.decide(me, action, obj, ctx)
        except InvalidSubject as problem:  # the database knows the shares, this process does not
            return unexplained(problem)
        return refusal(decision, self._book.plan(type(obj), action))

    def _check_fields(
        self,
        me: Subject,
        action: str,
        obj: object,
        ctx: Context | None,
        given: Iterable[str],
    ) -> None:
        columns = self._book.plan(type(obj), action).resource.columns
        for name in given:
            if name not in columns:
                raise TypeError(
                    f"{type(obj).__name__} has no column {name!r}{nearest(name, columns)}"
                )
        beyond = frozenset(given) - self.fields(me, action, obj, ctx)
        if beyond:
            raise refused_fields(self.decide(me, action, obj, ctx), beyond)


def _ordered(words: str | Collection[str] | None) -> tuple[str, ...] | None:
    return None if words is None else (words,) if isinstance(words, str) else tuple(words)


def _several(words: str | Collection[str] | None) -> frozenset[str] | None:
    return None if words is None else frozenset({words} if isinstance(words, str) else words)


def _assign(obj: object, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(obj, name, value)
