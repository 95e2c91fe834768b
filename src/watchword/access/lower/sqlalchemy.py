"""Trees as SQLAlchemy expressions, for SQLite and PostgreSQL.

Statements carry values as bound parameters only, in a shape that depends on the rules and on which
conditions are left, so SQLAlchemy's statement cache compiles each shape once. A cache of
expressions would save nothing: substituting parameters in a stored clause takes as long as
building it (35 us each for two conditions).

Source: access.md section 7 (L2 to L4, L8 to L12).
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar, assert_never
from uuid import UUID

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Enum,
    Integer,
    Select,
    String,
    Uuid,
    and_,
    false,
    func,
    literal,
    or_,
    true,
)
from sqlalchemy import select as select_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from watchword.access.errors import PolicyError
from watchword.access.lower.keys import row_key
from watchword.access.tree import ORDERINGS, Atom, Attr, Every, Fact, Op, Operand, Some, Tree
from watchword.access.values import Kind, Scalar, nearest

__all__ = ["Clause", "Probe", "Rows", "assigned", "columns", "kind", "probe", "select", "where"]

M = TypeVar("M")
Clause: TypeAlias = ColumnElement[bool]
Rows: TypeAlias = Select[M]
Probe: TypeAlias = Select[M, bool, bool]

IN_PARAMETERS_MAX: Final = 500  # longer lists travel as one JSON parameter; SQLite stops at 32,766

# Collations under which both databases compare text by code point.
EXACT_COLLATIONS: Final = frozenset({None, "BINARY", "C", "POSIX", "ucs_basic"})

_DIALECTS: Final[tuple[Dialect, ...]] = (
    sqlite.dialect(),
    postgresql.dialect(),  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
)
_MIRRORED: Final = {Op.LT: Op.GT, Op.LE: Op.GE, Op.GT: Op.LT, Op.GE: Op.LE, Op.EQ: Op.EQ}
_OPPOSITE: Final = {Op.LT: Op.GE, Op.LE: Op.GT, Op.GT: Op.LE, Op.GE: Op.LT}

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


def columns(model: type[object]) -> frozenset[str]:
    """Return the attribute names of the model's columns."""
    return frozenset(_mapper(model).columns.keys())


def kind(model: type[object], name: str) -> Kind:
    """Return the kind of a column.

    Raises:
        PolicyError: no such column, or one whose values the databases and Python compare
            differently.
    """
    mapper = _mapper(model)
    label = f"{model.__name__}.{name}"
    if name not in mapper.columns:
        if hasattr(model, name):
            raise PolicyError(f"{label} is no column; rules read columns of their own row only")
        raise PolicyError(f"{model.__name__} has no {name!r}{nearest(name, mapper.columns.keys())}")
    column = mapper.columns[name]
    if not isinstance(column, Column):
        raise PolicyError(f"{label} is an expression, not a column")
    kinds = {_kind(label, column.type.dialect_impl(dialect)) for dialect in _DIALECTS}
    if len(kinds) > 1:
        raise PolicyError(f"{label} has different types on SQLite and PostgreSQL")
    return kinds.pop()


def assigned(obj: object) -> frozenset[str]:
    """Return the columns that a proposed object sets; defaults come when it is stored."""
    given = vars(obj)
    return frozenset(name for name in columns(type(obj)) if given.get(name) is not None)


def where(model: type[object], tree: Tree) -> Clause:
    """Return the tree as a boolean expression for WHERE.

    A NULL counts as false there. `probe` shows what use as a column needs on top (L10).

    Args:
        model: the mapped class whose columns the tree reads.
        tree: folded: it reads no subject and no context.
    """
    match tree:
        case Fact(holds):
            return true() if holds else false()
        case Atom():
            return _atom(model, tree)
        case Every(parts):
            return and_(*(where(model, part) for part in parts))
        case Some(parts):
            return or_(*(where(model, part) for part in parts))
        case _:
            assert_never(tree)


def select(model: type[M], tree: Tree) -> Rows[M]:
    """Return a statement that gives the rows for which the tree holds."""
    return select_(model).where(where(model, tree))


def probe(
    model: type[M], key: object, readable: Tree, allowed: Tree, *, lock: bool
) -> Probe[M] | None:
    """Return a statement for one row and two verdicts, None where no row can have the key.

    Args:
        model: a mapped class with a primary key of one column.
        key: its value, or the text that a path carries.
        readable: whether the row may be read at all.
        allowed: whether the action may be done.
        lock: lock the row until the transaction ends, where the database can, and refresh the
            object from it.
    """
    (name,) = _primary_key(model)
    value = row_key(key, kind(model, name))
    if value is None:
        return None
    statement = select_(
        model,
        func.coalesce(where(model, readable), false()).label("readable"),
        func.coalesce(where(model, allowed), false()).label("allowed"),
    ).where(getattr(model, name) == _bound(value))
    if lock:
        return statement.with_for_update(of=model).execution_options(populate_existing=True)
    return statement


def _atom(model: type[object], atom: Atom) -> Clause:
    op, left, right = _column_first(atom)
    column: ColumnElement[Any] = getattr(model, left.name)
    if isinstance(right, Attr):
        return _with_column(op, column, getattr(model, right.name), positive=atom.positive)
    if isinstance(right.value, frozenset):
        return _with_set(column, right.value, positive=atom.positive)
    if right.value is None:
        return column.is_(None) if atom.positive else column.is_not(None)
    return _with_value(op, column, _bound(right.value), positive=atom.positive)


def _column_first(atom: Atom) -> tuple[Op, Attr, Operand]:
    if isinstance(atom.left, Attr):
        return atom.op, atom.left, atom.right
    if isinstance(atom.right, Attr):
        # The operator turns with its operands: 5 < x is x > 5 (L4).
        return _MIRRORED[atom.op], atom.right, atom.left
    raise AssertionError("folding left an atom without a column")


def _with_value(
    op: Op, column: ColumnElement[Any], value: ColumnElement[Any], *, positive: bool
) -> Clause:
    if op is Op.EQ:
        # Plain equality may use an index; its NULL counts as false. The complement may not be NULL.
        return column == value if positive else column.is_distinct_from(value)
    if positive:
        return _order(op, column, value)
    return or_(_order(_OPPOSITE[op], column, value), column.is_(None))


def _with_column(
    op: Op, column: ColumnElement[Any], other: ColumnElement[Any], *, positive: bool
) -> Clause:
    if op is Op.EQ:
        same, different = column.is_not_distinct_from(other), column.is_distinct_from(other)
        return same if positive else different
    if positive:
        return _order(op, column, other)
    return or_(_order(_OPPOSITE[op], column, other), column.is_(None), other.is_(None))


def _with_set(
    column: ColumnElement[Any], pool: frozenset[Scalar | None], *, positive: bool
) -> Clause:
    # NULL never stands in a list: x NOT IN (..., NULL) is never true (L3).
    values = sorted(value for value in pool if value is not None)
    if not values:
        return column.is_(None) if positive else column.is_not(None)
    if positive:
        listed = _in(column, values)
        return or_(listed, column.is_(None)) if None in pool else listed
    unlisted = _not_in(column, values)
    return and_(unlisted, column.is_not(None)) if None in pool else or_(unlisted, column.is_(None))


def _order(op: Op, column: ColumnElement[Any], other: ColumnElement[Any]) -> Clause:
    if isinstance(column.type, String):
        column = _CodePoints(column)
    clause: Clause = ORDERINGS[op](column, other)  # type: ignore[assignment]  # operators are overloaded
    return clause


def _in(column: ColumnElement[Any], values: list[Scalar]) -> Clause:
    if len(values) > IN_PARAMETERS_MAX:
        return column.bool_op("IN")(_unpacked(values))
    return column.in_([_bound(value) for value in values])


def _not_in(column: ColumnElement[Any], values: list[Scalar]) -> Clause:
    if len(values) > IN_PARAMETERS_MAX:
        return column.bool_op("NOT IN")(_unpacked(values))
    return column.not_in([_bound(value) for value in values])


def _unpacked(values: list[Scalar]) -> ColumnElement[Any]:
    listed = literal(json.dumps(values), String())
    return _Integers(listed) if type(values[0]) is int else _Texts(listed)


def _bound(value: Scalar) -> ColumnElement[Any]:
    return literal(value, _BIND_TYPES[type(value)])


def _primary_key(model: type[object]) -> list[str]:
    mapper = _mapper(model)
    names = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
    if len(names) != 1:
        raise PolicyError(
            f"{model.__name__} has a primary key of {len(names)} columns; write where()"
        )
    return names


def _kind(label: str, type_: TypeEngine[Any]) -> Kind:
    match type_:
        case Enum() | CHAR() | postgresql.CITEXT():
            pass  # kinds of String: a closed list, blank-padded, case-folded
        case String(collation=collation):
            if collation in EXACT_COLLATIONS:
                return str
            raise PolicyError(f"{label} is compared by collation {collation!r}, not exactly")
        case DateTime(timezone=False):
            return datetime
        case Uuid(as_uuid=True):
            return UUID
        case Boolean():
            return bool
        case Integer():
            return int
        case Date():
            return date
    raise PolicyError(
        f"{label} is {type_!r}; rules compare columns of String, Text, Integer, Boolean, Date, "
        "DateTime without zone and Uuid, which Python, SQLite and PostgreSQL compare alike"
    )


def _mapper(model: type[Any]) -> Mapper[Any]:
    # Not sqlalchemy.inspect(): that configures relationships, whose models may not be imported yet.
    mapper: Mapper[Any] = model.__mapper__
    return mapper


@compiles(_CodePoints)
def _code_points(element: _CodePoints, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(_CodePoints, "postgresql")
def _code_points_postgresql(element: _CodePoints, compiler: SQLCompiler, **kw: Any) -> str:
    return f'{compiler.process(element.clauses, **kw)} COLLATE "C"'


@compiles(_Texts, "sqlite")
def _listed_sqlite(element: _Texts, compiler: SQLCompiler, **kw: Any) -> str:
    listed = compiler.process(element.clauses, **kw)
    return f"(SELECT value FROM json_each({listed}))"  # noqa: S608 - a parameter's placeholder


@compiles(_Texts, "postgresql")
def _listed_postgresql(element: _Texts, compiler: SQLCompiler, **kw: Any) -> str:
    listed = compiler.process(element.clauses, **kw)
    rows = f"json_array_elements_text(CAST({listed} AS JSON))"
    return f"(SELECT CAST(value AS {element.item}) FROM {rows})"  # noqa: S608 - as above
