"""Stand-ins for classes that SQL text is written of: temporary tables, and objects of the classes.

The text itself runs, in the form of the database's driver. A class declared by `@table` brings the
classes that its rules reach, the tables between them and the table of shares. Foreign keys mostly
meet and are sometimes NULL; those of children sometimes dangle, and those of parents never, because
there a dangling one and one that was not loaded look alike.

Source: access.md T1, section 6 (2).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, fields
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, cast, get_type_hints
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.types import TypeEngine

from watchword.access.lookup import Lookup
from watchword.access.lower.raw_text import Children, Fragment, Mapped, end_of, mapped_of
from watchword.access.shares import Share
from watchword.access.subject import Context, Subject
from watchword.access.values import Kind
from watchword.base.records import dataclass
from watchword.testing.staged import Staged

__all__ = ["TextStage", "is_declared"]

Model = type[Any]
Drawn = dict[str, object]

_TYPES: Final[Mapping[Kind, TypeEngine[Any]]] = MappingProxyType(
    {
        str: Text(),
        int: BigInteger(),
        bool: Boolean(),
        date: Date(),
        datetime: DateTime(),
        UUID: Uuid(),
    }
)
_UNREAD: Final = Text()  # of a column that no rule can compare: it is NULL everywhere
_INTEGERS: Final = 2**63


def is_declared(model: object) -> bool:
    """Tell whether a class says of itself, by `@table`, which table its objects are rows of."""
    return isinstance(getattr(model, "__mapper__", None), Mapped)


@dataclass(frozen=True, slots=True)
class TextStage(Staged):
    """The tables that one class's rules read.

    Attributes:
        rows: what was drawn, by class.
        loaded: the objects of the class, by key.
    """

    rows: dict[Model, list[Drawn]] = field(default_factory=dict)
    loaded: dict[object, object] = field(default_factory=dict)

    def store(self) -> list[Share]:
        """Make the tables, fill them, and return the shares that were drawn with them.

        Raises:
            ValueError: a relation by another column than a key, or a key that cannot be drawn.
        """
        for model in (self.plan.resource.model, *self._reached()):
            self.rows[model] = [self._row(model, number) for number in range(1, self.count + 1)]
        for model, name in self._steps():
            self._relate(model, name)
        for model, drawn in self.rows.items():
            self._insert(mapped_of(model).name, _columns(model), drawn)
        for name, columns, drawn in self._between():
            self._insert(name, columns, drawn)
        keys = {model.__name__.lower(): self._keys(model) for model in self.rows}
        shares = self.samples.shares(keys, self.count)
        if self.policy.words.shares is not None:
            self._insert_shares(cast("Model", self.policy.words.shares), shares)
        return shares

    def load(self) -> dict[object, object]:
        """Make objects of the rows, with all that the rules read."""
        objects = {
            model: {row[mapped_of(model).key]: _object(model, row) for row in drawn}
            for model, drawn in self.rows.items()
        }
        pairs = {name: drawn for name, _, drawn in self._between()}
        for model, name in self._steps():
            relation, found = mapped_of(model).relations[name], objects[model]
            there = objects[end_of(relation)]
            for key, one in found.items():
                if not isinstance(relation, Children):
                    related: object = there.get(getattr(one, relation.local))
                elif relation.through is not None:
                    table, near, far = relation.through
                    related = [there[pair[far]] for pair in pairs[table] if pair[near] == key]
                else:
                    back = relation.remote
                    related = [each for each in there.values() if getattr(each, back) == key]
                object.__setattr__(one, name, related)
        self.loaded.update(objects[self.plan.resource.model])
        return self.loaded

    def listed(self, me: Subject, action: str, ctx: Context) -> Sequence[object]:
        """Return the keys of the rows that the filter gives."""
        model = self.plan.resource.model
        statement = cast("Fragment", self.policy.select(me, action, model, ctx))
        mapped = mapped_of(model)
        place = list(mapped.kinds).index(mapped.key)
        return [_key(mapped, row[place]) for row in self._run(statement)]

    def answer(self, lookup: Lookup[Any]) -> object:
        """Return the row of a look-up. Raises Refusal."""
        mapped = mapped_of(self.plan.resource.model)
        found = next(iter(self._run(cast("Fragment", lookup.statement))), None)
        if found is None:
            return lookup.answer(None)
        key = _key(mapped, found[list(mapped.kinds).index(mapped.key)])
        return lookup.answer((self.loaded[key], bool(found[-2]), bool(found[-1])))

    def _run(self, statement: Fragment) -> list[tuple[Any, ...]]:
        dialect = self.connection.dialect
        if dialect.name == "sqlite":
            text, values = statement.sqlite()
        else:
            text, values = statement.postgresql()
            if dialect.paramstyle != "numeric_dollar":
                text = re.sub(r"\$\d+", "%s", text)
        return [tuple(row) for row in self.connection.exec_driver_sql(text, tuple(values))]

    def _steps(self) -> list[tuple[Model, str]]:
        found: set[tuple[Model, str]] = set()
        for action in self.policy.words.actions:
            for path in self.policy.plans[self.plan.resource.model, action].paths:
                model: Model = self.plan.resource.model
                for step in path:
                    found.add((model, step.name))
                    model = end_of(mapped_of(model).relations[step.name])
        return sorted(found, key=lambda step: (step[0].__name__, step[1]))

    def _reached(self) -> list[Model]:
        reached = {end_of(mapped_of(model).relations[name]) for model, name in self._steps()}
        return sorted(reached - {self.plan.resource.model}, key=lambda model: model.__name__)

    def _keys(self, model: Model) -> list[object]:
        return [row[mapped_of(model).key] for row in self.rows[model]]

    def _row(self, model: Model, number: int) -> Drawn:
        mapped, tenant = mapped_of(model), self.policy.words.tenant
        row: Drawn = {
            name: self.samples.tenant()
            if name == tenant
            else self.samples.cell(kind, integers=_INTEGERS)
            for name, kind in mapped.kinds.items()
        }
        return row | {mapped.key: self.samples.key(number, mapped.kinds[mapped.key])}

    def _relate(self, model: Model, name: str) -> None:
        """Let foreign keys meet; a key itself stays what it is."""
        relation, chance = mapped_of(model).relations[name], self.samples.random
        end, far = end_of(relation), relation.remote
        if not isinstance(relation, Children):
            _by_key(end, far, name)
            for row in self.rows[model]:
                if relation.local != mapped_of(model).key:
                    keys = self._keys(end)
                    row[relation.local] = None if chance.random() < 0.2 else chance.choice(keys)
            return
        _by_key(model, relation.local, name)
        if relation.through is not None:
            _by_key(end, far, name)
        elif far != mapped_of(end).key:
            for row in self.rows[end]:
                if chance.random() < 0.8:
                    row[far] = chance.choice(self._keys(model))

    def _between(self) -> Iterator[tuple[str, dict[str, Kind | None], list[Drawn]]]:
        """Yield the tables between, each once, with the same rows however often asked."""
        told: set[str] = set()
        for model, name in self._steps():
            relation = mapped_of(model).relations[name]
            if isinstance(relation, Children) and relation.through is not None:
                table, near, far = relation.through
                end = end_of(relation)
                columns: dict[str, Kind | None] = {
                    near: mapped_of(model).kinds[relation.local],
                    far: mapped_of(end).kinds[relation.remote],
                }
                if table not in told:
                    told.add(table)
                    yield table, columns, self._pairs(model, near, end, far)

    def _pairs(self, model: Model, near: str, end: Model, far: str) -> list[Drawn]:
        # None, one or two of theirs for each of ours.
        ours, theirs = self._keys(model), self._keys(end)
        return [
            {near: one, far: theirs[(at * 7 + step) % len(theirs)]}
            for at, one in enumerate(ours)
            for step in range(at % 3)
            if step < len(theirs)
        ]

    def _insert_shares(self, model: Model, shares: Iterable[Share]) -> None:
        key = mapped_of(model).key
        rows: list[Drawn] = [
            {each.name: getattr(share, each.name) for each in fields(Share)}
            | {key: self.samples.key(number, mapped_of(model).kinds[key])}
            for number, share in enumerate(shares, start=1)
        ]
        self._insert(mapped_of(model).name, _columns(model), rows)

    def _insert(self, name: str, kinds: Mapping[str, Kind | None], rows: Sequence[Drawn]) -> None:
        """Make a temporary table of the name, without constraints, and fill it."""
        columns = [
            Column(each, _UNREAD if kind is None else _TYPES[kind]) for each, kind in kinds.items()
        ]
        shadow = Table(name, MetaData(), *columns, prefixes=["TEMPORARY"])
        shadow.create(self.connection)
        if rows:
            self.connection.execute(shadow.insert(), list(rows))


def _columns(model: Model) -> dict[str, Kind | None]:
    """Return the columns of a class; None for one that no rule can compare."""
    mapped = mapped_of(model)
    hints = get_type_hints(model, localns={model.__name__: model})
    return {name: mapped.kinds.get(name) for name in hints if name not in mapped.relations}


def _object(model: Model, row: Drawn) -> object:
    """Make an object without its constructor, whose arguments nobody knows."""
    made: object = object.__new__(model)
    empty: Drawn = {
        name: [] if isinstance(relation, Children) else None
        for name, relation in mapped_of(model).relations.items()
    }
    for name, value in {**dict.fromkeys(_columns(model)), **row, **empty}.items():
        object.__setattr__(made, name, value)  # a frozen dataclass too
    return made


def _by_key(model: Model, column: str, name: str) -> None:
    if column != mapped_of(model).key:
        raise ValueError(f"{model.__name__}: laws need {name!r} to go by its key")


def _key(mapped: Mapped, value: object) -> object:
    """Return a key as Python has it; SQLite keeps a UUID as hexadecimal digits."""
    if isinstance(value, str) and mapped.kinds[mapped.key] is UUID:
        return UUID(value)
    return value
