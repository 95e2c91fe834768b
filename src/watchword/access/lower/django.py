"""Trees as Django conditions, for SQLite and PostgreSQL.

Every leaf is an expression of this module rather than a registered lookup: an application may
register lookups of its own under any name, and Django's own answer for some values without asking
the database.

Source: access.md section 7 (L2 to L4, L8 to L11).
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeVar, assert_never
from uuid import UUID

from django.conf import settings
from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, Expression, F, Func, Lookup, Q, QuerySet, Value, When
from django.db.models.sql.compiler import SQLCompiler

from watchword.access.errors import PolicyError
from watchword.access.lower import Relation
from watchword.access.lower.keys import row_key
from watchword.access.tree import (
    Atom,
    Attr,
    Const,
    Every,
    Fact,
    Op,
    Opaque,
    Operand,
    Some,
    Step,
    Tree,
)
from watchword.access.values import Kind, Scalar, nearest

__all__ = [
    "answered",
    "assigned",
    "check_shares",
    "columns",
    "key",
    "kind",
    "loading",
    "loads",
    "probe",
    "relation",
    "select",
    "where",
]

M = TypeVar("M", bound=models.Model)

READABLE: Final = "watchword_readable"
ALLOWED: Final = "watchword_allowed"
IN_PARAMETERS_MAX: Final = 500  # longer lists travel as one JSON parameter

# Collations under which both databases compare text by code point.
EXACT_COLLATIONS: Final = frozenset({None, "", "BINARY", "C", "POSIX", "ucs_basic"})
VENDORS: Final = frozenset({"sqlite", "postgresql"})

_MIRRORED: Final = {Op.LT: Op.GT, Op.LE: Op.GE, Op.GT: Op.LT, Op.GE: Op.LE, Op.EQ: Op.EQ}
_OPPOSITE: Final = {Op.LT: Op.GE, Op.LE: Op.GT, Op.GT: Op.LE, Op.GE: Op.LT}

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

# A subclass that defines one of these may give Python another value than the database compares.
_CONVERTING: Final = frozenset(
    {
        *("db_type", "from_db_value", "get_db_converters", "get_db_prep_value"),
        *("get_internal_type", "get_prep_value", "rel_db_type", "to_python"),
    }
)
# The first that a field is an instance of: moments are a kind of day, automatic keys of integer.
_KINDS: Final[tuple[tuple["type[models.Field[Any, Any]]", Kind], ...]] = (
    (models.CharField, str),
    (models.TextField, str),
    (models.IntegerField, int),
    (models.BooleanField, bool),
    (models.DateTimeField, datetime),
    (models.DateField, date),
    (models.UUIDField, UUID),
)


def columns(model: type[models.Model]) -> frozenset[str]:
    """Return the attribute names of the model's columns; a foreign key's ends in `_id`."""
    return frozenset(_fields(model))


def kind(model: type[models.Model], name: str) -> Kind:
    """Return the kind of a column.

    Raises:
        PolicyError: no such column, or one whose values the databases and Python compare
            differently.
    """
    label = f"{model.__name__}.{name}"
    fields = _fields(model)
    if name not in fields:
        names = {field.name: attribute for attribute, field in fields.items()}
        if name in names:
            raise PolicyError(f"{label} is a row of another model; compare {names[name]!r}")
        if hasattr(model, name):
            raise PolicyError(f"{label} is no column; rules read columns of their own row only")
        raise PolicyError(f"{model.__name__} has no {name!r}{nearest(name, fields)}")
    _check_databases(model)
    return _kind(label, fields[name])


def assigned(obj: models.Model) -> frozenset[str]:
    """Return the columns that a proposed object sets: what differs from an untouched one's.

    Django gives every column its default at once. A default that is computed cannot be told from
    a value that was given, so it counts as given.
    """
    return frozenset(
        name
        for name, field in _fields(type(obj)).items()
        if (value := vars(obj).get(name)) is not None
        and (_is_computed(field) or value != field.get_default())
    )


def key(model: type[models.Model]) -> str:
    """Return the attribute name of the primary key. Raises PolicyError when it is not one."""
    return _primary_key(model)


def relation(_model: type[models.Model], _name: str) -> Relation | None:
    """Return None: rules about Django's models read columns of their own row."""
    return None


def loads(_model: type[models.Model], _paths: Iterable[tuple[Step, ...]]) -> tuple[Any, ...]:
    """Return what `prefetch_related` takes; nothing, because rules reach no other row."""
    return ()


def loading(statement: QuerySet[M], options: tuple[Any, ...]) -> QuerySet[M]:
    """Return a query with what `loads` gave."""
    return statement.prefetch_related(*options)


def check_shares(table: object) -> None:
    """Refuse every table: shares of Django's models come with the subject."""
    raise PolicyError(f"{table!r}: shares of Django's models come with the subject")


def where(model: type[models.Model], tree: Tree) -> Q:
    """Return the tree as a condition for `filter`.

    A NULL counts as false there. `probe` shows what use as an annotation needs on top (L10).

    Args:
        model: the class whose columns the tree reads.
        tree: folded: it reads no subject and no context.
    """
    match tree:
        case Fact(holds):
            return ~Q(pk__in=[]) if holds else Q(pk__in=[])
        case Atom():
            return Q(_atom(tree))
        case Opaque(sql=sql, positive=positive):
            assert sql is not None, "the plan is not listable"  # noqa: S101 - a bug
            # It may be NULL, whose complement is NULL too.
            stated: Q = sql(model)
            return stated if positive else Q(_Equal(_verdict(stated), Value(value=False)))
        case Every(parts):
            return Q(*(where(model, part) for part in parts))
        case Some(parts):
            return Q(*(where(model, part) for part in parts), _connector=Q.OR)
        case _:
            assert_never(tree)


def select(model: type[M], tree: Tree) -> QuerySet[M]:
    """Return the rows for which the tree holds, of those that the model's manager shows."""
    return _rows(model).filter(where(model, tree))


def probe(
    model: type[M], key: object, readable: Tree, allowed: Tree, *, lock: bool
) -> QuerySet[M] | None:
    """Return a query for one row and two verdicts, None where no row can have the key.

    Args:
        model: a class with a primary key of one column.
        key: its value, or the text that a path carries.
        readable: whether the row may be read at all.
        allowed: whether the action may be done.
        lock: lock the row until the transaction ends, where the database can; needs one.
    """
    value = row_key(key, kind(model, _primary_key(model)))
    if value is None:
        return None
    rows = _rows(model).filter(Q(_Equal(F("pk"), _bound(value))))
    rows = rows.annotate(
        **{READABLE: _verdict(where(model, readable)), ALLOWED: _verdict(where(model, allowed))}
    )
    return rows.select_for_update(of=("self",)) if lock else rows


def answered(row: M | None) -> tuple[M, bool, bool] | None:
    """Return what a query of `probe` gave, for `Lookup.answer`."""
    return None if row is None else (row, getattr(row, READABLE), getattr(row, ALLOWED))


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


class _Equal(_Comparison):
    sign = sqlite_sign = "="


class _Same(_Comparison):
    sign, sqlite_sign = "IS NOT DISTINCT FROM", "IS"


class _Different(_Comparison):
    sign, sqlite_sign = "IS DISTINCT FROM", "IS NOT"


class _Below(_Comparison):
    sign = sqlite_sign = "<"


class _AtMost(_Comparison):
    sign = sqlite_sign = "<="


class _Above(_Comparison):
    sign = sqlite_sign = ">"


class _AtLeast(_Comparison):
    sign = sqlite_sign = ">="


class _Among(_Comparison):
    sign = sqlite_sign = "IN"


class _NotAmong(_Comparison):
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
    {Op.LT: _Below, Op.LE: _AtMost, Op.GT: _Above, Op.GE: _AtLeast}
)


def _atom(atom: Atom) -> _Comparison | Q:
    op, left, right = _column_first(atom)
    if isinstance(right, Attr):
        return _with_column(op, left, right, positive=atom.positive)
    assert isinstance(right, Const), "shares come with the subject"  # noqa: S101 - a bug
    if isinstance(right.value, frozenset):
        return _with_set(left, right.value, positive=atom.positive)
    if right.value is None:
        return _null(left, holds=atom.positive)
    return _with_value(op, left, _bound(right.value), positive=atom.positive)


def _column_first(atom: Atom) -> tuple[Op, Attr, Operand]:
    if isinstance(atom.left, Attr):
        return atom.op, atom.left, atom.right
    if isinstance(atom.right, Attr):
        # The operator turns with its operands: 5 < x is x > 5 (L4).
        return _MIRRORED[atom.op], atom.right, atom.left
    raise AssertionError("folding left an atom without a column")


def _with_value(op: Op, column: Attr, value: Value, *, positive: bool) -> _Comparison | Q:
    if op is Op.EQ:
        # Plain equality may use an index; its NULL counts as false. The complement may not be NULL.
        return (_Equal if positive else _Different)(F(column.name), value)
    if positive:
        return _order(op, column, value)
    return Q(_order(_OPPOSITE[op], column, value)) | _null(column)


def _with_column(op: Op, column: Attr, other: Attr, *, positive: bool) -> _Comparison | Q:
    if op is Op.EQ:
        return (_Same if positive else _Different)(F(column.name), F(other.name))
    if positive:
        return _order(op, column, F(other.name))
    return Q(_order(_OPPOSITE[op], column, F(other.name))) | _null(column) | _null(other)


def _with_set(column: Attr, pool: frozenset[Scalar | None], *, positive: bool) -> _Comparison | Q:
    # NULL never stands in a list: x NOT IN (..., NULL) is never true (L3).
    values = sorted(value for value in pool if value is not None)
    if not values:
        return _null(column, holds=positive)
    if positive:
        listed = _Among(F(column.name), _list(values))
        return Q(listed) | _null(column) if None in pool else listed
    unlisted = Q(_NotAmong(F(column.name), _list(values)))
    return unlisted & _null(column, holds=False) if None in pool else unlisted | _null(column)


def _order(op: Op, column: Attr, other: Expression | F) -> _Comparison:
    left = F(column.name)
    return _ORDERED[op](_CodePoints(left) if column.kind is str else left, other)


def _null(column: Attr, *, holds: bool = True) -> Q:
    return Q((f"{column.name}__isnull", holds))


def _list(values: list[Scalar]) -> Func:
    if len(values) > IN_PARAMETERS_MAX:
        item = "BIGINT" if type(values[0]) is int else "VARCHAR"
        return _Unpacked(_bound(json.dumps(values)), item=item)
    return _Listed(*map(_bound, values))


def _bound(value: Scalar) -> Value:
    return Value(value, output_field=_BIND_FIELDS[type(value)])


def _verdict(condition: Q) -> Case:
    """Return a condition as a column, where a NULL would not be false by itself (L10)."""
    held = When(condition, then=Value(value=True))
    return Case(held, default=Value(value=False), output_field=models.BooleanField())


def _rows(model: type[M]) -> QuerySet[M]:
    return model._default_manager.get_queryset()  # noqa: SLF001 - Django's documented name


def _fields(model: type[models.Model]) -> "dict[str, models.Field[Any, Any]]":
    fields = model._meta.concrete_fields  # noqa: SLF001 - as above
    return {field.attname: field for field in fields}


def _is_computed(field: "models.Field[Any, Any]") -> bool:
    return field.has_default() and callable(field.default)


def _primary_key(model: type[models.Model]) -> str:
    fields = model._meta.pk_fields  # noqa: SLF001 - as above
    if len(fields) != 1:
        raise PolicyError(
            f"{model.__name__} has a primary key of {len(fields)} columns; write where()"
        )
    return fields[0].attname


def _check_databases(model: type[models.Model]) -> None:
    for alias in {router.db_for_read(model), router.db_for_write(model)}:
        vendor = connections[alias].vendor
        if vendor not in VENDORS:
            raise PolicyError(
                f"{model.__name__} is kept in {vendor}; lists and checks agree on SQLite and "
                "PostgreSQL, which compare text by code point"
            )


def _kind(label: str, field: "models.Field[Any, Any]") -> Kind:
    if isinstance(field, models.ForeignKey):
        return _kind(label, field.target_field)
    found = next((kind for class_, kind in _KINDS if isinstance(field, class_)), None)
    if found is None or _is_converting(field):
        raise PolicyError(
            f"{label} is a {type(field).__name__}; rules compare CharField, TextField, "
            "IntegerField, BooleanField, DateField, DateTimeField without zones, UUIDField and "
            "keys to them, which Python, SQLite and PostgreSQL compare alike"
        )
    collation = getattr(field, "db_collation", None)
    if collation not in EXACT_COLLATIONS:
        raise PolicyError(f"{label} is compared by collation {collation!r}, not exactly")
    if found is datetime and (settings.USE_TZ or settings.TIME_ZONE != "UTC"):
        raise PolicyError(
            f"{label} is a moment, and rules compare those without a zone: set USE_TZ = False and "
            "TIME_ZONE = 'UTC', or compare a DateField"
        )
    return found


def _is_converting(field: "models.Field[Any, Any]") -> bool:
    """Whether a class outside of Django changes how the field's values are stored or read."""
    own = [each for each in type(field).__mro__ if each.__module__.startswith("django.db.models")]
    return any(
        not _CONVERTING.isdisjoint(vars(each))
        for each in type(field).__mro__
        if each not in own and each is not object
    )
