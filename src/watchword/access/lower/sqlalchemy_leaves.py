"""The leaves of a condition as SQLAlchemy expressions: a column beside a value, a column or a list.

Values travel as bound parameters of the widest type of their kind. Each negative leaf is written as
the exact complement of its positive one, NULL included.

Source: access.md section 7 (L2 to L4, L8, L9).
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    String,
    Uuid,
    and_,
    literal,
    or_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from watchword.access.lower.keys import hyphenated
from watchword.access.lower.walk import OPPOSITE
from watchword.access.tree import ORDERINGS, Op
from watchword.access.values import Kind, Scalar

__all__ = [
    "IN_PARAMETERS_MAX",
    "Clause",
    "KeyText",
    "among",
    "bound",
    "with_column",
    "with_set",
    "with_value",
]

Clause: TypeAlias = ColumnElement[bool]

IN_PARAMETERS_MAX: Final = 500  # longer lists travel as one JSON parameter; SQLite stops at 32,766


# The driver's casts are widest, so that no value is cut or refused: VARCHAR without a length, and
# BIGINT, which PostgreSQL compares with every integer column through its index.
_BIND_TYPES: Final[Mapping[Kind, TypeEngine[Any]]] = MappingProxyType(
    {
        str: String(),
        int: BigInteger(),
        bool: Boolean(),
        date: Date(),
        datetime: DateTime(),
        UUID: Uuid(),
    }
)


def with_value(
    op: Op, column: ColumnElement[Any], value: ColumnElement[Any], *, positive: bool
) -> Clause:
    """Return the comparison of a column with a value, or its complement."""
    if op is Op.EQ:
        # Plain equality may use an index; its NULL counts as false. The complement may not be NULL.
        return column == value if positive else column.is_distinct_from(value)
    if positive:
        return _order(op, column, value)
    return or_(_order(OPPOSITE[op], column, value), column.is_(None))


def with_column(
    op: Op, column: ColumnElement[Any], other: ColumnElement[Any], *, positive: bool
) -> Clause:
    """Return the comparison of two columns, or its complement."""
    if op is Op.EQ:
        same, different = column.is_not_distinct_from(other), column.is_distinct_from(other)
        return same if positive else different
    if positive:
        return _order(op, column, other)
    return or_(_order(OPPOSITE[op], column, other), column.is_(None), other.is_(None))


def with_set(
    column: ColumnElement[Any], pool: frozenset[Scalar | None], *, positive: bool
) -> Clause:
    """Return whether a column has one of several values, None among them, or the complement."""
    # NULL never stands in a list: x NOT IN (..., NULL) is never true (L3).
    values = sorted(value for value in pool if value is not None)
    if positive:
        listed = among(column, values)
        return or_(listed, column.is_(None)) if None in pool else listed
    unlisted = _not_among(column, values)
    return and_(unlisted, column.is_not(None)) if None in pool else or_(unlisted, column.is_(None))


def among(column: ColumnElement[Any], values: list[Scalar]) -> Clause:
    """Return whether a column has one of some values; a NULL is none of them."""
    if _is_packed(values):
        return column.bool_op("IN")(_unpacked(values))
    return column.in_([bound(value) for value in values])


def bound(value: Scalar) -> ColumnElement[Any]:
    """Return a value as a parameter."""
    return literal(value, _BIND_TYPES[type(value)])


class KeyText(FunctionElement[str]):
    """A primary key as it stands in a share row."""

    type = String()
    inherit_cache = True


def _order(op: Op, column: ColumnElement[Any], other: ColumnElement[Any]) -> Clause:
    if isinstance(column.type, String):
        column = _CodePoints(column)
    clause: Clause = ORDERINGS[op](column, other)  # type: ignore[assignment]  # operators are overloaded
    return clause


def _not_among(column: ColumnElement[Any], values: list[Scalar]) -> Clause:
    if _is_packed(values):
        return column.bool_op("NOT IN")(_unpacked(values))
    return column.not_in([bound(value) for value in values])


def _is_packed(values: list[Scalar]) -> bool:
    """Whether a list travels as JSON, which has no dates and no UUIDs."""
    return len(values) > IN_PARAMETERS_MAX and type(values[0]) in {str, int}


def _unpacked(values: list[Scalar]) -> ColumnElement[Any]:
    listed = literal(json.dumps(values), String())
    return _Integers(listed) if type(values[0]) is int else _Texts(listed)


class _CodePoints(FunctionElement[str]):
    """Text whose order is that of its code points, whatever the database's locale (L8)."""

    type = String()
    inherit_cache = True


class _Texts(FunctionElement[str]):
    """The texts of one JSON parameter, as a subquery."""

    inherit_cache = True
    item = "VARCHAR"


class _Integers(_Texts):
    """The integers of one JSON parameter, as a subquery."""

    inherit_cache = True
    item = "BIGINT"


@compiles(_CodePoints)
def _code_points(element: _CodePoints, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(_CodePoints, "postgresql")
def _code_points_postgresql(element: _CodePoints, compiler: SQLCompiler, **kw: Any) -> str:
    return f'{compiler.process(element.clauses, **kw)} COLLATE "C"'


@compiles(KeyText)
def _key_text(element: KeyText, compiler: SQLCompiler, **kw: Any) -> str:
    (key,) = element.clauses
    text = compiler.process(key, **kw)
    if isinstance(key.type, Uuid) and not compiler.dialect.supports_native_uuid:
        return f"({hyphenated(text)})"
    return f"CAST({text} AS VARCHAR)"


@compiles(_Texts, "sqlite")
def _listed_sqlite(element: _Texts, compiler: SQLCompiler, **kw: Any) -> str:
    listed = compiler.process(element.clauses, **kw)
    return f"(SELECT value FROM json_each({listed}))"  # noqa: S608 - a parameter's placeholder


@compiles(_Texts, "postgresql")
def _listed_postgresql(element: _Texts, compiler: SQLCompiler, **kw: Any) -> str:
    listed = compiler.process(element.clauses, **kw)
    rows = f"json_array_elements_text(CAST({listed} AS JSON))"
    return f"(SELECT CAST(value AS {element.item}) FROM {rows})"  # noqa: S608 - as above
