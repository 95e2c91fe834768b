"""Trees as Django conditions, for SQLite and PostgreSQL.

Source: access.md section 7 (L6, L7, L9 to L11), section 4 (P8).
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from django.db import models
from django.db.models import (
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.lookups import IsNull

from watchword.access.errors import PolicyError
from watchword.access.lower.django_leaves import (
    Above,
    Among,
    Different,
    Equal,
    KeyText,
    NotAmong,
    Reference,
    Same,
    UUIDText,
    bound,
    list_of,
    order,
)
from watchword.access.lower.django_models import (
    assigned,
    columns,
    key,
    kind,
    loads,
    related_field,
    relation,
)
from watchword.access.lower.keys import row_key
from watchword.access.lower.walk import OPPOSITE, At, walk
from watchword.access.shares import Share
from watchword.access.tree import Fact, Op, Opaque, Shared, Step, Tree
from watchword.access.values import Scalar
from watchword.base.records import dataclass

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


def loading(statement: QuerySet[M], options: tuple[str, ...]) -> QuerySet[M]:
    """Return a query with the options of `loads`."""
    return statement.prefetch_related(*options)


def check_shares(table: object) -> None:
    """Refuse a model that cannot hold shares.

    Raises:
        PolicyError: it is none of Django's, or a column of `Share` is missing.
    """
    if not isinstance(table, type) or not issubclass(table, models.Model):
        raise PolicyError(f"{table!r} is no table of shares; give a model of Django's")
    for each in fields(Share):
        if each.name not in columns(table):
            raise PolicyError(f"the table of shares has no column {each.name!r}")


def where(model: type[models.Model], tree: Tree) -> Q:
    """Return the tree as a condition for `filter`.

    A NULL counts as false there. `probe` shows what use as an annotation needs on top (L10).

    Args:
        model: the class whose columns the tree reads.
        tree: folded: it reads no subject and no context.
    """
    return walk(_Target(), _Row(model, 0), tree)


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
    value = _key_value(model, key)
    if value is None:
        return None
    rows = _rows(model).filter(Q(Equal(F("pk"), bound(value))))
    rows = rows.annotate(
        **{READABLE: _verdict(where(model, readable)), ALLOWED: _verdict(where(model, allowed))}
    )
    return rows.select_for_update(of=("self",)) if lock else rows


def answered(row: M | None) -> tuple[M, bool, bool] | None:
    """Return what a query of `probe` gave, for `Lookup.answer`."""
    return None if row is None else (row, getattr(row, READABLE), getattr(row, ALLOWED))


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the statement: of the query set itself, or of an EXISTS at some depth inside."""

    model: type[models.Model]
    depth: int


class _Target:
    """What Django writes. Each EXISTS is a query of its own, so it knows how deep inside it is."""

    def __init__(self) -> None:
        self._depth = 0

    def fact(self, fact: Fact) -> Q:
        return ~Q(pk__in=[]) if fact.holds else Q(pk__in=[])

    def every(self, parts: Sequence[Q]) -> Q:
        return Q(*parts)

    def some(self, parts: Sequence[Q]) -> Q:
        return Q(*parts, _connector=Q.OR)

    def exists(self, row: _Row, step: Step, inside: Callable[[_Row], Q], *, positive: bool) -> Q:
        self._depth += 1
        try:
            field = related_field(row.model, step.name)
            related = _related(field, lambda name: self._reference(row, name))
            found = Exists(related.filter(inside(_Row(field.related_model, self._depth))))
        finally:
            self._depth -= 1
        return Q(found if positive else ~found)

    def is_null(self, column: At[_Row], *, positive: bool) -> Q:
        return Q(IsNull(self._column(column), positive))

    def with_value(self, op: Op, column: At[_Row], value: Scalar, *, positive: bool) -> Q:
        left = self._column(column)
        if op is Op.EQ:
            # Plain equality may use an index; its NULL counts as false. The complement may not be
            # NULL.
            return Q((Equal if positive else Different)(left, bound(value)))
        if positive:
            return order(op, column, left, bound(value))
        return order(OPPOSITE[op], column, left, bound(value)) | Q(IsNull(left, True))

    def with_column(self, op: Op, column: At[_Row], other: At[_Row], *, positive: bool) -> Q:
        left, right = self._column(column), self._column(other)
        if op is Op.EQ:
            return Q((Same if positive else Different)(left, right))
        if positive:
            return order(op, column, left, right)
        nulls = Q(IsNull(left, True)) | Q(IsNull(right, True))
        return order(OPPOSITE[op], column, left, right) | nulls

    def with_set(self, column: At[_Row], pool: frozenset[Scalar | None], *, positive: bool) -> Q:
        # NULL never stands in a list: x NOT IN (..., NULL) is never true (L3).
        left = self._column(column)
        values = list_of(sorted(value for value in pool if value is not None))
        if positive:
            listed = Q(Among(left, values))
            return listed | Q(IsNull(left, True)) if None in pool else listed
        unlisted = Q(NotAmong(left, values))
        if None in pool:
            return unlisted & Q(IsNull(left, False))
        return unlisted | Q(IsNull(left, True))

    def shared(self, column: At[_Row], rows: Shared, *, positive: bool) -> Q:
        self._depth += 1
        try:
            found = Exists(_shares(rows, self._column(column)))
        finally:
            self._depth -= 1
        return Q(found if positive else ~found)

    def opaque(self, row: _Row, predicate: Opaque) -> Q:
        assert predicate.sql is not None, "the plan is not listable"  # noqa: S101 - a bug
        stated: Q = predicate.sql(row.model)
        # It may be NULL, whose complement is NULL too.
        return stated if predicate.positive else Q(Equal(_verdict(stated), Value(value=False)))

    def _column(self, column: At[_Row]) -> Reference:
        return self._reference(column.row, column.attr.name)

    def _reference(self, row: _Row, name: str) -> Reference:
        """Return a column as seen from the query that is being written."""
        reference: Any = F(name)
        for outward in range(self._depth - row.depth):
            reference = OuterRef(reference if outward else name)
        return cast("Reference", reference)


def _related(field: Any, outer: Callable[[str], Reference]) -> QuerySet[models.Model]:
    """Return the rows behind a relation, of those that reading its attribute gives (L7).

    Args:
        field: the relation.
        outer: returns a column of the row that it starts from.
    """
    related: type[models.Model] = field.related_model
    if isinstance(field, models.ForeignKey):  # by its key, which is the column itself: no JOIN
        rows = related._base_manager.get_queryset()
        return rows.filter(Equal(F(field.target_field.attname), outer(field.attname)))
    if isinstance(field, models.ManyToManyField):
        rows, name = related._default_manager.get_queryset(), field.related_query_name()
        return rows.filter(**{name: outer("pk")})
    if isinstance(field, models.ManyToManyRel):
        rows = related._default_manager.get_queryset()
        return rows.filter(**{field.field.name: outer("pk")})
    # A child's foreign key; a row that is one child's only is read past the default manager.
    manager = related._base_manager if field.one_to_one else related._default_manager
    key, target = field.field.attname, field.field.target_field.attname
    return manager.get_queryset().filter(Equal(F(key), outer(target)))


def _shares(rows: Shared, key: Reference) -> QuerySet[Any]:
    """Return the live share rows of a holder for the row that has the key."""
    assert rows.holder is not None, "folding names the holder"  # noqa: S101 - a bug
    table, holder = cast("type[models.Model]", rows.table), rows.holder
    text = key if rows.kind is str else (UUIDText if rows.kind is UUID else KeyText)(key)
    held = Q(Equal(F("subject_id"), bound(holder.id)))
    if holder.roles:
        held |= Q(Among(F("role"), list_of(sorted(holder.roles))))
    live = Q(IsNull(F("expires_at"), True))
    if holder.now is not None:
        live |= Q(Above(F("expires_at"), bound(holder.now)))
    found = table._base_manager.filter(
        Equal(F("resource_type"), bound(rows.resource)),
        Equal(F("resource_id"), text),
        Equal(F("relation"), bound(rows.relation)),
        held,
        live,
    )
    if holder.tenant is not None:
        found = found.filter(Equal(F("tenant"), bound(holder.tenant)))
    return found


def _verdict(condition: Q) -> Case:
    """Return a condition as a column, where a NULL would not be false by itself (L10)."""
    held = When(condition, then=Value(value=True))
    return Case(held, default=Value(value=False), output_field=models.BooleanField())


def _rows(model: type[M]) -> QuerySet[M]:
    return model._default_manager.get_queryset()


def _key_value(model: type[models.Model], given: object) -> Scalar | None:
    return row_key(given, kind(model, key(model)))
