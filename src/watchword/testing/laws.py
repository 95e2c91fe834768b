"""The laws: every reading of every rule gives the same answer.

Rows live in a temporary table that stands before the application's own and is rolled back, so no
row and no table of the application is touched.

Source: access.md section 9 (T1, T2); security.md 86.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from importlib import import_module
from random import Random  # noqa: TID251 - seeded samples, not secrets
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, cast

from watchword.access import plain
from watchword.access.errors import Refusal
from watchword.access.lookup import Lookup
from watchword.access.plan import Plan
from watchword.access.policy import Policy
from watchword.access.shares import Share
from watchword.access.subject import Context, Subject
from watchword.access.tree import Attr, Source, Tree, atoms
from watchword.base.records import dataclass
from watchword.testing.samples import Samples

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from sqlalchemy import Connection, Engine

__all__ = ["LawBroken", "Report", "Stage", "laws"]

Rows = Mapping[object, object]  # by primary key

# The library of the engine -> the module that puts its models on stage.
_STAGES: Mapping[str, str] = MappingProxyType(
    {
        "django": "watchword.testing.stand_ins_django",
        "sqlalchemy": "watchword.testing.stand_ins",
    }
)


class Stage(Protocol):
    """The tables that one model's rules read, in a database."""

    def opened(self) -> AbstractContextManager[None]:
        """Undo in the end whatever is done to the database."""
        ...

    def store(self) -> list[Share]:
        """Make and fill temporary tables, and return the shares that were drawn with them."""
        ...

    def load(self) -> Rows:
        """Load the model's rows with all that the rules read."""
        ...

    def listed(self, me: Subject, action: str, ctx: Context) -> Sequence[object]:
        """Return the keys of the rows that the filter gives."""
        ...

    def answer(self, lookup: Lookup[Any], /) -> object:
        """Return the row of a look-up. Raises Refusal."""
        ...


Staging = Callable[[Samples, Plan, int], Stage]


class LawBroken(AssertionError):
    """Two readings of a policy differ, or more rights came from less."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was compared.

    Attributes:
        decisions: subject, action and row triples on which every reading agreed.
        exempt: deny rules that name roles, which a further role may bring into force.
    """

    decisions: int
    exempt: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One subject asking for one action on the rows of one model."""

    policy: Policy
    plan: Plan
    me: Subject
    ctx: Context

    @property
    def model(self) -> type[Any]:
        """The mapped class."""
        return self.plan.resource.model

    def allowed(self, row: object) -> bool:
        """Return the compiled check's verdict."""
        return self.policy.check(self.me, self.plan.action, row, self.ctx).allowed


def laws(
    policy: Policy,
    engine: "Engine | Connection | BaseDatabaseWrapper",
    *,
    seed: int = 0,
    subjects: int = 30,
    rows: int = 40,
) -> Report:
    """Compare all readings of a policy on generated subjects and rows.

    For every subject, action and row: compiled check == plain function == SQL filter ==
    explanation == look-up by key. Suspending, a narrower token and a lost role never allow more,
    nobody sees a row of another tenant, and a row that may not be read is answered as one that is
    not there. Rows come with those that the rules reach and with shares.

    Args:
        policy: is sealed by this.
        engine: an engine, or a connection (`await connection.run_sync(...)` for asynchronous ones),
            for classes declared by `@table` too; for Django's models a connection of Django's:
            `django.db.connection`.
        seed: the same seed gives the same subjects and rows.
        subjects: how many to draw for each model.
        rows: how many to draw for each model.

    Raises:
        LawBroken: names the law, the subject and the row, with the explanation.
        ValueError: a model whose table or relations no temporary table can stand for.
        TypeError: neither an engine nor a connection.
    """
    samples = Samples(policy, Random(seed))  # noqa: S311 - samples, not secrets
    models = {plan.resource.model: plan for plan in policy.plans.values()}
    with _staging(engine) as stage:
        decisions = sum(
            _model_laws(samples, stage(samples, plan, rows), plan, subjects)
            for plan in models.values()
        )
    return Report(decisions, _naming_roles(policy))


def _staging(engine: object) -> AbstractContextManager[Staging]:
    library = type(engine).__module__.partition(".")[0]
    if library not in _STAGES:
        raise TypeError(f"{engine!r} is no engine or connection of SQLAlchemy or Django")
    module = import_module(_STAGES[library])
    return cast("AbstractContextManager[Staging]", module.staging(engine))


def _model_laws(samples: Samples, stage: Stage, plan: Plan, subjects: int) -> int:
    policy, model = samples.policy, plan.resource.model
    with stage.opened():
        shares = stage.store()
        found = stage.load()
        for _ in range(subjects):
            me, ctx = samples.subject(shares), samples.context()
            for action in sorted(policy.words.actions):
                case = Case(policy, policy.plans[model, action], me, ctx)
                listed = _listed(stage, case)
                _agree(case, found, listed)
                _monotone(case, found, samples)
                _tenants(case, found)
                key, row = samples.random.choice(list(found.items()))
                _look_up(case, stage, key, row)
                _hidden(case, row)
    return subjects * len(policy.words.actions) * len(found)


def _listed(stage: Stage, case: Case) -> Collection[object] | None:
    """Return the keys that the filter gives; None where an opaque predicate states no SQL."""
    if case.plan.unlistable:
        return None
    listed = stage.listed(case.me, case.plan.action, case.ctx)
    if len(set(listed)) != len(listed):
        raise LawBroken(_told("a list names each row once", case, None))
    return frozenset(listed)


def _agree(case: Case, rows: Rows, listed: Collection[object] | None) -> None:
    policy, me, action, ctx = case.policy, case.me, case.plan.action, case.ctx
    for key, row in rows.items():
        verdict = case.allowed(row)
        readings = {
            "the plain function": plain.allowed(case.plan, me, row, ctx),
            "the SQL filter": verdict if listed is None else key in listed,
            "the explanation": policy.decide(me, action, row, ctx).allowed,
        }
        for reading, other in readings.items():
            if other is not verdict:
                raise LawBroken(_told(f"the check says {verdict}, {reading} {other}", case, row))
    if listed and not policy.possible(me, action, case.model, ctx):
        raise LawBroken(_told("what is listed is possible", case, None))


def _monotone(case: Case, rows: Rows, samples: Samples) -> None:
    me, random = case.me, samples.random
    less = {"suspending never allows": replace(me, suspended=True)}
    scopes = sorted(case.policy.words.scopes) if me.scopes is None else sorted(me.scopes)
    less["a narrower token never allows"] = replace(me, scopes=frozenset(samples.some(scopes)))
    if not any(_names_roles(rule.tree) for rule in case.plan.early + case.plan.late):
        kept = me.roles - {random.choice(sorted(me.roles))} if me.roles else me.roles
        less["a further role never removes"] = replace(me, roles=kept)
    for law, lesser in less.items():
        for row in rows.values():
            if replace(case, me=lesser).allowed(row) and not case.allowed(row):
                raise LawBroken(_told(law, case, row))


def _tenants(case: Case, rows: Rows) -> None:
    column = case.policy.words.tenant
    if column is None:
        return
    for row in rows.values():
        own = case.me.tenant is not None and getattr(row, column) == case.me.tenant
        if not own and case.allowed(row):
            raise LawBroken(_told("another tenant never sees", case, row))


def _look_up(case: Case, stage: Stage, key: object, row: object) -> None:
    policy, me, action, ctx = case.policy, case.me, case.plan.action, case.ctx
    try:
        stage.answer(policy.get(me, action, case.model, key, ctx))
    except Refusal as refusal:
        said = refusal.code
    else:
        said = "allowed"
    if (said == "allowed") is not case.allowed(row):
        raise LawBroken(_told(f"the look-up says {said}", case, row))


def _hidden(case: Case, row: object) -> None:
    policy, me, ctx = case.policy, case.me, case.ctx
    is_known = policy.check(me, "read", row, ctx).allowed or case.allowed(row)
    if case.plan.action != "create" and not is_known and _said(case, row) != _said(case, None):
        raise LawBroken(_told("a hidden row is answered as an absent one", case, row))


def _said(case: Case, row: object | None) -> tuple[object, ...] | None:
    """Return what the peer is told of a refusal, None where there is none."""
    try:
        case.policy.require(case.me, case.plan.action, row, case.ctx)
    except Refusal as refusal:
        helps = getattr(refusal, "scopes", None), getattr(refusal, "acr_values", None)
        return refusal.code, refusal.text, *helps
    return None


def _told(law: str, case: Case, row: object) -> str:
    told = [law, f"subject: {case.me}", f"action: {case.plan.action}"]
    if row is not None:
        told.append(f"row: { {n: getattr(row, n) for n in sorted(case.plan.resource.columns)} }")
        told.append(case.policy.explain(case.me, case.plan.action, row, case.ctx))
    return "\n".join(told)


def _naming_roles(policy: Policy) -> tuple[str, ...]:
    denies = {rule.id: rule for plan in policy.plans.values() for rule in plan.early + plan.late}
    return tuple(name for name, rule in sorted(denies.items()) if _names_roles(rule.tree))


def _names_roles(tree: Tree) -> bool:
    return any(
        isinstance(operand, Attr) and operand.source is Source.SUBJECT and operand.name == "roles"
        for atom in atoms(tree)
        for operand in (atom.left, atom.right)
    )
