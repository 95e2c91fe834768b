"""The leaves of a condition as Django expressions: a column beside a value, a column or a list.

Each is an expression of this module rather than a registered lookup: an application may register
lookups of its own under any name, and Django's own answer for some values without asking the
database.

Source: access.md section 7 (L2 to L4, L8, L9).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, F, Func, Lookup, OuterRef, Q, Value
from django.db.models.sql.compiler import SQLCompiler

from watchword.access.lower.keys import UUID_PARTS, hyphenated
from watchword.access.lower.walk import At
from watchword.access.tree import Op
from watchword.access.values import Kind, Scalar

__all__ = [
    "IN_PARAMETERS_MAX",
    "Above",
    "Among",
    "Different",
    "Equal",
    "KeyText",
    "NotAmong",
    "Reference",
    "Same",
    "UUIDText",
    "bound",
    "list_of",
    "order",
]

Reference = F | OuterRef

IN_PARAMETERS_MAX: Final = 500  # longer lists travel as one JSON parameter

# Values travel as the widest type of their kind, so that none is cut or refused on the way.
_BIND_FIELDS: Final[Mapping[Kind, "models.Field[Any, Any]"]] = MappingProxyType(
    {
        str: models.TextField(),
        int: models.BigIntegerField(),
        bool: models.BooleanField(),
        date: models.DateField(),
        datetime: models.DateTimeField(),
        UUID: models.UUIDField(),
    }
)


def order(op: Op, column: At[Any], left: Reference, right: Expression | Reference) -> Q:
    """Return an ordering of a column and something else, which is exact for text (L8)."""
    exact = _CodePoints(left) if column.attr.kind is str else left
    return Q(_ORDERED[op](exact, right))


def list_of(values: Sequence[Scalar]) -> Func:
    """Return values as the right side of IN (L9)."""
    if len(values) > IN_PARAMETERS_MAX and type(values[0]) in {str, int}:  # what JSON has
        item = "BIGINT" if type(values[0]) is int else "VARCHAR"
        return _Unpacked(bound(json.dumps(values)), item=item)
    return _Listed(*map(bound, values))


def bound(value: Scalar) -> Value:
    """Return a value as a parameter."""
    return Value(value, output_field=_BIND_FIELDS[type(value)])


class _Comparison(Lookup):
    """An operator between two expressions; subclasses name it for each database."""

    prepare_rhs = False  # the value is bound with a type of its own
    sign: ClassVar[str]
    sqlite_sign: ClassVar[str]

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        """Write the comparison for the database of the query."""
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        sign = self.sqlite_sign if connection.vendor == "sqlite" else self.sign
        return f"{left} {sign} {right}", (*left_values, *right_values)


class Equal(_Comparison):
    """Plain equality, which may use an index; it is NULL where a side is."""

    sign = sqlite_sign = "="


class Same(_Comparison):
    """Equality for which a NULL is another's equal; never NULL."""

    sign, sqlite_sign = "IS NOT DISTINCT FROM", "IS"


class Different(_Comparison):
    """The complement of `Same`; never NULL."""

    sign, sqlite_sign = "IS DISTINCT FROM", "IS NOT"


class _Below(_Comparison):
    sign = sqlite_sign = "<"


class _AtMost(_Comparison):
    sign = sqlite_sign = "<="


class Above(_Comparison):
    """Greater than."""

    sign = sqlite_sign = ">"


class _AtLeast(_Comparison):
    sign = sqlite_sign = ">="


class Among(_Comparison):
    """One of a list."""

    sign = sqlite_sign = "IN"


class NotAmong(_Comparison):
    """None of a list; it is NULL where the left side is."""

    sign = sqlite_sign = "NOT IN"


class _Listed(Func):
    """Values in parentheses, for IN."""

    template = "(%(expressions)s)"
    arg_joiner = ", "


class _Unpacked(Func):
    """The values of one JSON parameter, as a subquery (L9)."""

    template = "(SELECT value FROM json_each(%(expressions)s))"

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, Any]:
        """Write it for PostgreSQL."""
        rows = "json_array_elements_text(CAST(%(expressions)s AS JSON))"
        template = f"(SELECT CAST(value AS %(item)s) FROM {rows})"  # noqa: S608 - a placeholder
        return super().as_sql(compiler, connection, template=template, **extra)


class KeyText(Func):
    """A primary key as it stands in a share row."""

    template = "CAST(%(expressions)s AS VARCHAR)"
    arity = 1


class UUIDText(KeyText):
    """A UUID as text with hyphens; SQLite stores 32 hexadecimal digits."""

    def as_sqlite(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,  # noqa: ARG002 - Django's signature
        **extra_context: Any,  # noqa: ARG002 - as above
    ) -> tuple[str, Any]:
        """Write it for SQLite."""
        (key,) = self.get_source_expressions()
        text, values = compiler.compile(key)
        return f"({hyphenated(text)})", [*values] * len(UUID_PARTS)


class _CodePoints(Func):
    """Text whose order is that of its code points, whatever the database's locale (L8)."""

    template = "%(expressions)s"
    arity = 1

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, Any]:
        """Write it for PostgreSQL."""
        template = '%(expressions)s COLLATE "C"'
        return super().as_sql(compiler, connection, template=template, **extra)


_ORDERED: Final[Mapping[Op, type[_Comparison]]] = MappingProxyType(
    {Op.LT: _Below, Op.LE: _AtMost, Op.GT: Above, Op.GE: _AtLeast}
)
