"""SQL text of trees: what SQLite and PostgreSQL are written, and the records that say of what.

Text is written as tokens, so that parameters stay in their places until the database is known.

Source: access.md section 7 (L1 to L11).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from itertools import count
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from watchword.access.errors import PolicyError
from watchword.access.lower.keys import hyphenated
from watchword.access.lower.walk import OPPOSITE, At
from watchword.access.tree import Fact, Op, Opaque, Shared, Step
from watchword.access.values import Kind, Scalar
from watchword.base.records import dataclass

__all__ = [
    "Bound",
    "Children",
    "Fragment",
    "Mapped",
    "Parent",
    "Row",
    "Stated",
    "Tokens",
    "Writer",
    "end_of",
    "mapped_of",
    "quoted",
]

Dialect: TypeAlias = Literal["sqlite", "postgresql"]

IN_PARAMETERS_MAX: Final = 500  # of SQLite; longer lists travel as one JSON parameter

_TYPES: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        str: "text",
        int: "bigint",
        bool: "boolean",
        date: "date",
        datetime: "timestamp",
        UUID: "uuid",
    }
)


@dataclass(frozen=True, slots=True)
class Parent:
    """A relation to one row, which may be absent: `model.remote = this.local`.

    Attributes:
        model: the class of the row; None for the declared class itself.
    """

    model: type[Any] | None
    local: str
    remote: str = "id"


@dataclass(frozen=True, slots=True)
class Children:
    """A relation to many rows: `model.remote = this.local`.

    Attributes:
        model: the class of the rows; None for the declared class itself.
        through: a table between, as its name, its column that is `local`, and its column that is
            `remote`.
    """

    model: type[Any] | None
    remote: str
    local: str = "id"
    through: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a class says of its table; stands where a mapping library keeps its mapper."""

    name: str
    key: str
    kinds: Mapping[str, Kind]
    relations: Mapping[str, Parent | Children]


@dataclass(frozen=True, slots=True)
class Stated:
    """What `sql=` of an opaque predicate returns here: SQL text with `?` for each parameter."""

    text: str
    parameters: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """A parameter in its place in a text."""

    value: Scalar | tuple[Scalar, ...]
    kind: Kind


Tokens: TypeAlias = tuple[str | Bound, ...]


@dataclass(frozen=True, slots=True)
class Fragment:
    """A condition or statement, written for a database when it is known which."""

    write: Callable[["Writer"], Tokens] = field(repr=False)

    def sqlite(self) -> tuple[str, list[object]]:
        """Return text with `?` and its parameters."""
        tokens = self.write(Writer("sqlite"))
        text = "".join("?" if isinstance(each, Bound) else each for each in tokens)
        return text, [_sqlite_value(each) for each in tokens if isinstance(each, Bound)]

    def postgresql(self, *, first: int = 1) -> tuple[str, list[object]]:
        """Return text with `$1`, `$2` and so on and its parameters.

        Args:
            first: the number of the first parameter, for text within a larger statement.
        """
        text, values = "", list[object]()
        for each in self.write(Writer("postgresql")):
            if isinstance(each, Bound):
                many = isinstance(each.value, tuple)
                text += f"${first + len(values)}::{_TYPES[each.kind]}{'[]' if many else ''}"
                values.append(list(each.value) if isinstance(each.value, tuple) else each.value)
            else:
                text += each
        return text, values


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the statement: its class, and the quoted name that it has there."""

    model: type[Any]
    name: str


@dataclass(frozen=True, slots=True)
class Writer:
    """What a database is written. One writes one statement, in which no name is given twice."""

    dialect: Dialect
    names: Iterator[int] = field(default_factory=count)

    def word(self, sqlite: str, postgresql: str) -> str:
        """Return the word of the database."""
        return sqlite if self.dialect == "sqlite" else postgresql

    def fact(self, fact: Fact) -> Tokens:
        """Write a constant."""
        return (self.word("1", "true") if fact.holds else self.word("0", "false"),)

    def every(self, parts: Sequence[Tokens]) -> Tokens:
        """Join by AND."""
        return _joined(" AND ", parts)

    def some(self, parts: Sequence[Tokens]) -> Tokens:
        """Join by OR."""
        return _joined(" OR ", parts)

    def exists(
        self, row: Row, step: Step, inside: Callable[[Row], Tokens], *, positive: bool
    ) -> Tokens:
        """Write EXISTS, or NOT EXISTS, over the rows behind a relation."""
        found = mapped_of(row.model).relations[step.name]
        child = Row(end_of(found), f"row{next(self.names)}")
        here = f"{row.name}.{quoted(found.local)}"
        there = f"{child.name}.{quoted(found.remote)}"
        tables, meets = (
            f"{quoted(mapped_of(end_of(found)).name)} AS {child.name}",
            f"{there} = {here}",
        )
        if isinstance(found, Children) and found.through is not None:
            name, near, far = found.through
            between = f"row{next(self.names)}"
            tables = f"{quoted(name)} AS {between}, {tables}"
            meets = f"{between}.{quoted(near)} = {here} AND {there} = {between}.{quoted(far)}"
        return _exists(tables, (meets, " AND (", *inside(child), ")"), positive=positive)

    def is_null(self, column: At[Row], *, positive: bool) -> Tokens:
        """Write IS NULL, or IS NOT NULL."""
        return (f"{_column(column)} IS {'' if positive else 'NOT '}NULL",)

    def with_value(self, op: Op, column: At[Row], value: Scalar, *, positive: bool) -> Tokens:
        """Write a comparison with a value."""
        bound = Bound(value, column.attr.kind)
        if op is Op.EQ:
            # Plain equality may use an index; the complement may not be NULL.
            sign = "=" if positive else self.word("IS NOT", "IS DISTINCT FROM")
            return (f"{_column(column)} {sign} ", bound)
        if positive:
            return (f"{self._ordered(column)} {op.value} ", bound)
        opposite = (f"{self._ordered(column)} {OPPOSITE[op].value} ", bound)
        return self.some([opposite, self.is_null(column, positive=True)])

    def with_column(self, op: Op, column: At[Row], other: At[Row], *, positive: bool) -> Tokens:
        """Write a comparison of two columns."""
        if op is Op.EQ:
            same = self.word("IS", "IS NOT DISTINCT FROM")
            different = self.word("IS NOT", "IS DISTINCT FROM")
            return (f"{_column(column)} {same if positive else different} {_column(other)}",)
        if positive:
            return (f"{self._ordered(column)} {op.value} {_column(other)}",)
        opposite = (f"{self._ordered(column)} {OPPOSITE[op].value} {_column(other)}",)
        return self.some([opposite, *(self.is_null(o, positive=True) for o in (column, other))])

    def with_set(
        self, column: At[Row], pool: frozenset[Scalar | None], *, positive: bool
    ) -> Tokens:
        """Write IN, or NOT IN."""
        # NULL never stands in a list: x NOT IN (..., NULL) is never true (L3).
        values = sorted(value for value in pool if value is not None)
        listed = self._listed(_column(column), values, column.attr.kind, positive=positive)
        if positive:
            null = self.is_null(column, positive=True)
            return self.some([listed, null]) if None in pool else listed
        if None in pool:
            return self.every([listed, self.is_null(column, positive=False)])
        return self.some([listed, self.is_null(column, positive=True)])

    def shared(self, column: At[Row], rows: Shared, *, positive: bool) -> Tokens:
        """Write EXISTS, or NOT EXISTS, of a live share row for the key in the column."""
        assert rows.holder is not None, "folding names the holder"  # noqa: S101 - a bug
        mapped, name = mapped_of(rows.table), f"row{next(self.names)}"

        def equal(attribute: str, value: str) -> Tokens:
            return (f"{name}.{quoted(attribute)} = ", Bound(value, str))

        holder, until = rows.holder, f"{name}.{quoted('expires_at')}"
        held = [equal("subject_id", holder.id)]
        if holder.roles:
            role = f"{name}.{quoted('role')}"
            held.append(self._listed(role, sorted(holder.roles), str, positive=True))
        live: list[Tokens] = [(f"{until} IS NULL",)]
        if holder.now is not None:
            live.append((f"{until} > ", Bound(holder.now, int)))
        conditions = [
            equal("resource_type", rows.resource),
            (f"{name}.{quoted('resource_id')} = {self._key_text(column)}",),
            equal("relation", rows.relation),
            self.some(held),
            self.some(live),
        ]
        if holder.tenant is not None:
            conditions.append(equal("tenant", holder.tenant))
        return _exists(
            f"{quoted(mapped.name)} AS {name}", self.every(conditions), positive=positive
        )

    def opaque(self, row: Row, predicate: Opaque) -> Tokens:
        """Write what `sql=` stated."""
        assert predicate.sql is not None, "the plan is not listable"  # noqa: S101 - a bug
        stated: Stated = predicate.sql(row.model)
        first, *others = stated.text.split("?")
        if len(others) != len(stated.parameters):
            raise PolicyError(f"{predicate.rule}: a ? for each parameter, and none beside")
        tokens: Tokens = (first,)
        for value, text in zip(stated.parameters, others, strict=True):
            tokens = (*tokens, Bound(value, type(value)), text)
        if predicate.positive:
            return ("(", *tokens, ")")
        # It may be NULL, whose complement is NULL too.
        return ("NOT coalesce((", *tokens, f"), {self.word('0', 'false')})")

    def _listed(
        self, column: str, values: Sequence[Scalar], kind: Kind, *, positive: bool
    ) -> Tokens:
        if self.dialect == "postgresql":
            sign = "= ANY" if positive else "<> ALL"
            return (f"{column} {sign}(", Bound(tuple(values), kind), ")")
        sign = "IN" if positive else "NOT IN"
        if len(values) > IN_PARAMETERS_MAX:
            listed = Bound(json.dumps([_sqlite_scalar(value) for value in values]), str)
            head = f"{column} {sign} (SELECT value FROM json_each("  # noqa: S608 - a quoted name
            return (head, listed, "))")
        bound = [(Bound(value, kind),) for value in values]
        return (f"{column} {sign} (", *_between(", ", bound), ")")

    def _ordered(self, column: At[Row]) -> str:
        """Return a column that orders by code points, whatever the database's locale (L8)."""
        collated = column.attr.kind is str and self.dialect == "postgresql"
        return f'{_column(column)} COLLATE "C"' if collated else _column(column)

    def _key_text(self, column: At[Row]) -> str:
        """Return a primary key as it stands in a share row."""
        name = _column(column)
        if column.attr.kind is str:
            return name
        if column.attr.kind is UUID and self.dialect == "sqlite":
            return hyphenated(name)
        return f"CAST({name} AS {self.word('TEXT', 'text')})"


def _exists(tables: str, condition: Tokens, *, positive: bool) -> Tokens:
    word = "EXISTS" if positive else "NOT EXISTS"
    return (f"{word} (SELECT 1 FROM {tables} WHERE ", *condition, ")")  # noqa: S608 - quoted names


def _joined(word: str, parts: Sequence[Tokens]) -> Tokens:
    if len(parts) == 1:
        return parts[0]
    return tuple(_between(word, [("(", *part, ")") for part in parts]))


def _between(word: str, parts: Sequence[Tokens]) -> Iterator[str | Bound]:
    for number, part in enumerate(parts):
        if number:
            yield word
        yield from part


def _column(at: At[Row]) -> str:
    return f"{at.row.name}.{quoted(at.attr.name)}"


def quoted(name: str) -> str:
    """Return a name as both databases quote it."""
    return '"' + name.replace('"', '""') + '"'


def end_of(relation: Parent | Children) -> type[Any]:
    """Return the class that a relation leads to."""
    assert relation.model is not None, "declaring names the class itself"  # noqa: S101 - a bug
    return relation.model


def mapped_of(model: Any) -> Mapped:
    """Return what a class says of its table."""
    mapped: Mapped = model.__mapper__
    return mapped


def _sqlite_value(bound: Bound) -> object:
    return _sqlite_scalar(bound.value)


def _sqlite_scalar(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat(" ", "microseconds")
        case date():
            return value.isoformat()
        case UUID():
            return value.hex
        case _:
            return value
