"""Stand-ins for SQLAlchemy's models: temporary tables with drawn rows, before the real ones.

A model of a policy brings the models that its rules reach, the tables between them and the table
of shares. Foreign keys mostly meet, are sometimes NULL and sometimes dangle.

Source: access.md T1.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import field, fields
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    FromClause,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    select,
)
from sqlalchemy.orm import Session, lazyload, undefer
from sqlalchemy.types import TypeEngine

from watchword.access.errors import PolicyError
from watchword.access.lookup import Lookup
from watchword.access.lower import Lowering
from watchword.access.plan import Plan
from watchword.access.shares import Share
from watchword.access.subject import Context, Subject
from watchword.access.values import Kind
from watchword.base.records import dataclass
from watchword.testing.samples import Samples
from watchword.testing.staged import Staged
from watchword.testing.stand_ins_text import TextStage, is_declared

__all__ = ["Stage", "staging"]


@contextmanager
def staging(
    engine: Engine | Connection,
) -> Iterator[Callable[[Samples, Plan, int], "Stage | TextStage"]]:
    """Make stages on an engine or a connection.

    A class that SQL text is written of needs no mapping: SQLAlchemy lends its connection.
    """
    with nullcontext(engine) if isinstance(engine, Connection) else engine.connect() as connection:

        def stage(samples: Samples, plan: Plan, count: int) -> Stage | TextStage:
            made = TextStage if is_declared(plan.resource.model) else Stage
            return made(connection, samples, plan, count)

        yield stage


@dataclass(frozen=True, slots=True)
class Stage(Staged):
    """The tables that one model's rules read.

    Attributes:
        keys: drawn primary keys, by table.
    """

    keys: dict[str, list[object]] = field(default_factory=dict)

    def store(self) -> list[Share]:
        """Make the tables, fill them, and return the shares that were drawn with them.

        Raises:
            ValueError: a model whose table no temporary table can stand for.
        """
        tables: dict[str, tuple[Table, type[Any] | None]] = {}
        for model in (self.plan.resource.model, *self._reached()):
            table = _table(model)
            tables[table.name] = (table, model)
            (key,) = table.primary_key.columns
            kind = self._kind(model, key)
            self.keys[table.name] = [self.samples.key(n, kind) for n in range(1, self.count + 1)]
        for between in self._between():
            tables[between.name] = (between, None)
        for table, mapped in tables.values():
            self._fill(table, mapped)
        shares = self.samples.shares(self._resources(), self.count)
        if self.policy.words.shares is not None:
            _fill_shares(self.connection, self.policy.words.shares, shares)
        return shares

    def load(self) -> dict[object, object]:
        """Load the model's rows with all that the rules read, detached from the database."""
        model, policy = self.plan.resource.model, self.policy
        name = _attribute(model, next(iter(_table(model).primary_key.columns)))
        options = {
            option for action in policy.words.actions for option in policy.loads(action, model)
        }
        with Session(self.connection) as session:
            every_column = select(model).options(lazyload("*"), undefer("*"), *options)
            found = {getattr(each, name): each for each in session.scalars(every_column)}
            session.expunge_all()
        return found

    def listed(self, me: Subject, action: str, ctx: Context) -> Sequence[object]:
        """Return the keys of the rows that the filter gives."""
        model: Any = self.plan.resource.model
        (key,) = model.__mapper__.primary_key
        clause = self.policy.where(me, action, model, ctx)
        return self.connection.scalars(select(key).where(clause)).all()

    def answer(self, lookup: Lookup[Any]) -> object:
        """Return the row of a look-up. Raises Refusal."""
        with Session(self.connection) as session:
            return lookup.answer(session.execute(lookup.statement).first())

    def _resources(self) -> dict[str, list[object]]:
        """Return the keys of every model on stage, by its name in shares."""
        models = (self.plan.resource.model, *self._reached())
        return {model.__name__.lower(): self.keys[_table(model).name] for model in models}

    def _steps(self) -> Iterable[tuple[type[Any], str]]:
        for action in self.policy.words.actions:
            for path in self.policy.plans[self.plan.resource.model, action].paths:
                model: type[Any] = self.plan.resource.model
                for step in path:
                    yield model, step.name
                    model = getattr(model, step.name).property.mapper.class_

    def _reached(self) -> list[type[Any]]:
        reached = (getattr(m, name).property.mapper.class_ for m, name in self._steps())
        own = self.plan.resource.model
        return sorted({m for m in reached if m is not own}, key=lambda model: model.__name__)

    def _between(self) -> list[Table]:
        found = (getattr(model, name).property.secondary for model, name in self._steps())
        tables = {table.name: table for table in found if isinstance(table, Table)}
        return [tables[name] for name in sorted(tables)]

    def _fill(self, table: Table, model: type[Any] | None) -> None:
        kinds = {c.name: None if model is None else self._kind(model, c) for c in table.columns}
        shadow = _shadow(table, kinds)
        shadow.create(self.connection)
        drawn: list[dict[str, object]] = []
        for number in range(self.count):
            row = {c.name: self._cell(model, c, kinds[c.name]) for c in table.columns}
            if model is not None:
                row[next(iter(table.primary_key.columns)).name] = self.keys[table.name][number]
                drawn.append(row)
            elif None not in row.values() and row not in drawn:
                drawn.append(row)
        if drawn:
            self.connection.execute(shadow.insert(), drawn)

    def _cell(self, model: type[Any] | None, column: "Column[Any]", kind: Kind | None) -> object:
        chance = self.samples.random
        for foreign in column.foreign_keys:
            keys = self.keys.get(foreign.column.table.name)
            if keys is not None and chance.random() < 0.9:
                return None if chance.random() < 0.15 else chance.choice(keys)
        if model is not None and _attribute(model, column) == self.policy.words.tenant:
            return self.samples.tenant()
        return self.samples.cell(kind, integers=_bound(column.type))

    def _kind(self, model: type[Any], column: "Column[Any]") -> Kind | None:
        lowering: Lowering = self.plan.resource.lowering
        try:
            return lowering.kind(model, _attribute(model, column))
        except PolicyError:
            return None  # no rule can read it


def _table(model: type[Any]) -> Table:
    table = model.__mapper__.local_table
    if (
        not isinstance(table, Table)
        or table.schema is not None
        or len(table.primary_key.columns) != 1
    ):
        raise ValueError(
            f"{model.__name__}: laws need one table, no schema and a key of one column"
        )
    return table


def _attribute(model: type[Any], column: "Column[Any]") -> str:
    return str(model.__mapper__.get_property_by_column(column).key)


def _shadow(table: Table, kinds: Mapping[str, Kind | None]) -> Table:
    """Return a temporary table of the name, without constraints."""
    columns = (_column(column, kinds[column.name]) for column in table.columns)
    return Table(table.name, MetaData(), *columns, prefixes=["TEMPORARY"])


def _column(column: "Column[Any]", kind: Kind | None) -> "Column[Any]":
    """Return the column without a length that samples exceed."""
    type_ = column.type
    if kind is None and not column.foreign_keys:
        type_ = Text()
    elif isinstance(type_, String):
        type_ = Text(collation=type_.collation)
    return Column(column.name, type_, primary_key=column.primary_key, autoincrement=False)


def _fill_shares(connection: Connection, rows: object, shares: Iterable[Share]) -> None:
    """Store shares in a stand-in of the policy's table, whichever columns it has beside theirs."""
    table: Any = rows if isinstance(rows, FromClause) else rows.__mapper__.local_table  # type: ignore[attr-defined]  # a mapped class
    shadow = Table(
        table.name,
        MetaData(),
        *(Column(c.name, c.type) for c in table.columns if c.name in _SHARE_COLUMNS),
        prefixes=["TEMPORARY"],
    )
    shadow.create(connection)
    drawn = [_share_row(share, shadow.columns.keys()) for share in shares]
    if drawn:
        connection.execute(shadow.insert(), drawn)


def _share_row(share: Share, names: Iterable[str]) -> dict[str, object]:
    by_role = share.subject_id is None
    row = {each.name: getattr(share, each.name) for each in fields(Share)}
    row |= {
        "holder": share.role if by_role else share.subject_id,
        "holder_kind": "role" if by_role else "subject",
    }
    return {name: row[name] for name in names}


_SHARE_COLUMNS = frozenset({each.name for each in fields(Share)} | {"holder", "holder_kind"})


def _bound(type_: TypeEngine[object]) -> int:
    if isinstance(type_, BigInteger):
        return 2**63
    return 2**15 if isinstance(type_, SmallInteger) else 2**31
