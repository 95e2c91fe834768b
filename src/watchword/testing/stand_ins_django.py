"""Stand-ins for Django's models: temporary tables with drawn rows, before the real ones.

A model of a policy brings the models that its rules reach, the tables between them and the table
of shares. Foreign keys mostly meet, are sometimes NULL and sometimes dangle.

Source: access.md T1.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, fields
from functools import partial
from typing import Any, cast

from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from watchword.access.errors import PolicyError
from watchword.access.lookup import Lookup
from watchword.access.lower.django import answered
from watchword.access.lower.django_models import key, kind, related_field
from watchword.access.plan import Plan
from watchword.access.policy import Policy
from watchword.access.shares import Share
from watchword.access.subject import Context, Subject
from watchword.access.values import Kind
from watchword.base.records import dataclass
from watchword.testing.samples import Samples

__all__ = ["Stage", "staging"]

Model = type[models.Model]


@contextmanager
def staging(
    connection: BaseDatabaseWrapper,
) -> Iterator[Callable[[Samples, Plan, int], "Stage"]]:
    """Make stages on a connection of Django's."""
    yield partial(Stage, connection)


@dataclass(frozen=True, slots=True)
class Stage:
    """The tables that one model's rules read.

    Attributes:
        count: rows of each table.
        keys: drawn primary keys, by model.
    """

    connection: BaseDatabaseWrapper
    samples: Samples
    plan: Plan
    count: int
    keys: dict[Model, list[object]] = field(default_factory=dict)

    @property
    def policy(self) -> Policy:
        """Whose rules are held to the laws."""
        return self.samples.policy

    @property
    def model(self) -> Model:
        """The class whose rows are asked about."""
        return cast("Model", self.plan.resource.model)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Undo in the end whatever is done to the database."""
        using = self.connection.alias
        with transaction.atomic(using=using):
            try:
                yield
            finally:
                transaction.set_rollback(True, using=using)

    def store(self) -> list[Share]:
        """Make the tables, fill them, and return the shares that were drawn with them.

        Raises:
            ValueError: a model whose table no temporary table can stand for.
        """
        reached = [self.model, *self._reached()]
        for model in reached:
            own = _kind(model, key(model))
            self.keys[model] = [self.samples.key(n, own) for n in range(1, self.count + 1)]
        for model in reached:
            self._fill(model)
        for between in self._between():
            self._fill_between(between)
        resources = {model.__name__.lower(): self.keys[model] for model in reached}
        shares = self.samples.shares(resources, self.count)
        if self.policy.words.shares is not None:
            self._fill_shares(cast("Model", self.policy.words.shares), shares)
        return shares

    def load(self) -> dict[object, object]:
        """Load the model's rows with all that the rules read."""
        options = {
            cast("str", option)
            for action in self.policy.words.actions
            for option in self.policy.loads(action, self.model)
        }
        rows = self.model._default_manager.using(self.connection.alias)
        return {row.pk: row for row in rows.prefetch_related(*sorted(options))}

    def listed(self, me: Subject, action: str, ctx: Context) -> Sequence[object]:
        """Return the keys of the rows that the filter gives."""
        rows = cast("models.QuerySet[Any]", self.policy.select(me, action, self.model, ctx))
        return list(rows.using(self.connection.alias).values_list("pk", flat=True))

    def answer(self, lookup: Lookup[Any]) -> object:
        """Return the row of a look-up. Raises Refusal."""
        rows = cast("models.QuerySet[Any]", lookup.statement).using(self.connection.alias)
        return lookup.answer(answered(next(iter(rows), None)))

    def _steps(self) -> Iterable[Any]:
        for action in self.policy.words.actions:
            for path in self.policy.plans[self.model, action].paths:
                model: Any = self.model
                for step in path:
                    found = related_field(model, step.name)
                    yield found
                    model = found.related_model

    def _reached(self) -> list[Model]:
        reached = {step.related_model for step in self._steps()}
        return sorted(reached - {self.model}, key=lambda model: model.__name__)

    def _between(self) -> list[Model]:
        found = {
            getattr(step, "through", None) or step.remote_field.through
            for step in self._steps()
            if step.many_to_many
        }
        return sorted(found, key=lambda model: model.__name__)

    def _fill(self, model: Model) -> None:
        kinds = {field.attname: _kind(model, field.attname) for field in _columns(model)}
        rows = [
            {each.attname: self._cell(model, each, kinds[each.attname]) for each in _columns(model)}
            | {key(model): own}
            for own in self.keys[model]
        ]
        self._create(model, {name for name, kind in kinds.items() if kind is None})
        self._insert(model, rows)

    def _fill_between(self, model: Model) -> None:
        drawn: list[dict[str, object]] = []
        for number in range(1, self.count + 1):
            row = {
                each.attname: self._cell(model, each, None)
                for each in _columns(model)
                if isinstance(each, models.ForeignKey)
            }
            if None not in row.values() and row not in drawn:
                drawn.append(row | {key(model): number})
        self._create(model, set())
        self._insert(model, drawn)

    def _fill_shares(self, model: Model, shares: Iterable[Share]) -> None:
        self._create(model, set())
        rows = [
            {each.name: getattr(share, each.name) for each in fields(Share)}
            | {key(model): self.samples.key(number, _kind(model, key(model)))}
            for number, share in enumerate(shares, start=1)
        ]
        self._insert(model, rows)

    def _cell(self, model: Model, column: "models.Field[Any, Any]", kind: Kind | None) -> object:
        chance = self.samples.random
        keys = self.keys.get(column.related_model) if column.is_relation else None  # type: ignore[arg-type]  # of a foreign key
        if keys is not None and chance.random() < 0.9:
            return None if chance.random() < 0.15 else chance.choice(keys)
        if column.attname == self.policy.words.tenant and model is self.model:
            return self.samples.tenant()
        return self.samples.cell(kind, integers=_bound(column))

    def _create(self, model: Model, unread: set[str]) -> None:
        """Make a temporary table of the model's name, without constraints."""
        columns = ", ".join(
            f"{self._named(each)} {self._type(each, each.attname in unread)}"
            for each in _columns(model)
        )
        table = self.connection.ops.quote_name(_table(model))
        with self.connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {table} ({columns})")

    def _insert(self, model: Model, rows: Sequence[Mapping[str, object]]) -> None:
        columns = [each for each in _columns(model) if any(each.attname in row for row in rows)]
        if not rows:
            return
        names = ", ".join(self._named(each) for each in columns)
        places = ", ".join("%s" for _ in columns)
        values = [
            [_stored(each, row.get(each.attname), self.connection) for each in columns]
            for row in rows
        ]
        table = self.connection.ops.quote_name(_table(model))
        statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - names of a model
        with self.connection.cursor() as cursor:
            cursor.executemany(statement, values)

    def _named(self, column: "models.Field[Any, Any]") -> str:
        return self.connection.ops.quote_name(column.column or column.attname)

    def _type(self, column: "models.Field[Any, Any]", is_unread: bool) -> str:  # noqa: FBT001 - told of each column
        """Return a column's type, without a length that samples exceed."""
        target = column.target_field if isinstance(column, models.ForeignKey) else column
        if is_unread or isinstance(target, models.CharField | models.TextField):
            return "text"
        return cast("str", column.db_type(self.connection))


def _columns(model: Model) -> "Sequence[models.Field[Any, Any]]":
    return model._meta.local_concrete_fields


def _table(model: Model) -> str:
    if model._meta.parents:
        raise ValueError(f"{model.__name__}: laws need one table")
    return model._meta.db_table


def _kind(model: Model, name: str) -> Kind | None:
    try:
        return kind(model, name)
    except PolicyError:
        return None  # no rule can read it


def _stored(
    column: "models.Field[Any, Any]", value: object, connection: BaseDatabaseWrapper
) -> Any:
    return None if value is None else column.get_db_prep_value(value, connection, prepared=False)


def _bound(column: "models.Field[Any, Any]") -> int:
    target = column.target_field if isinstance(column, models.ForeignKey) else column
    if isinstance(target, models.SmallIntegerField):
        return 2**15
    return 2**63 if isinstance(target, models.BigIntegerField) else 2**31
