"""Trees as SQLAlchemy expressions, for SQLite and PostgreSQL.

Statements carry values as bound parameters only, in a shape that depends on the rules and on which
conditions are left, so SQLAlchemy's statement cache compiles each shape once. A cache of
expressions would save nothing: substituting parameters in a stored clause takes as long as
building it (35 us each for two conditions).

Source: access.md section 7 (L6, L7, L9 to L12), section 4 (P8).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final, TypeAlias, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    True_,
    and_,
    false,
    func,
    literal_column,
    not_,
    or_,
    true,
)
from sqlalchemy import select as select_
from sqlalchemy.orm import aliased

from watchword.access.errors import PolicyError
from watchword.access.lower.keys import row_key
from watchword.access.lower.sqlalchemy_leaves import (
    Clause,
    KeyText,
    among,
    bound,
    with_column,
    with_set,
    with_value,
)
from watchword.access.lower.sqlalchemy_models import (
    Option,
    assigned,
    columns,
    key,
    kind,
    loads,
    relation,
)
from watchword.access.lower.walk import At, walk
from watchword.access.tree import Fact, Holder, Op, Opaque, Shared, Step, Tree
from watchword.access.values import Scalar

__all__ = [
    "Clause",
    "Option",
    "Probe",
    "Rows",
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

M = TypeVar("M")
Rows: TypeAlias = Select[M]
Probe: TypeAlias = Select[M, bool, bool]
Row: TypeAlias = Any  # a mapped class or an alias of one

_SHARE_COLUMNS: Final = frozenset(
    {"tenant", "resource_type", "resource_id", "relation", "expires_at"}
)
_HOLDERS: Final = frozenset({"subject_id", "role"})  # one of the two
_HOLDER: Final = frozenset({"holder", "holder_kind"})  # the kind is `subject` or `role`


def loading(statement: Probe[M], options: tuple[Option, ...]) -> Probe[M]:
    """Return a statement with the options of `loads`."""
    return statement.options(*options)


def check_shares(table: object) -> None:
    """Refuse a table that cannot hold shares.

    Raises:
        PolicyError: a column is missing.
    """
    named = _share_columns(table)
    for name in sorted(_SHARE_COLUMNS | (_HOLDER if "holder" in named else _HOLDERS)):
        if name not in named:
            raise PolicyError(f"the table of shares has no column {name!r}")


def where(model: type[object], tree: Tree) -> Clause:
    """Return the tree as a boolean expression for WHERE.

    A NULL counts as false there. `probe` shows what use as a column needs on top (L10).

    Args:
        model: the mapped class whose columns the tree reads.
        tree: folded: it reads no subject and no context.
    """
    return walk(_TARGET, model, tree)


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
    name, value = _key_value(model, key)
    if value is None:
        return None
    statement = select_(
        model,
        func.coalesce(where(model, readable), false()).label("readable"),
        func.coalesce(where(model, allowed), false()).label("allowed"),
    ).where(getattr(model, name) == bound(value))
    if lock:
        return statement.with_for_update(of=model).execution_options(populate_existing=True)
    return statement


class _Target:
    """What SQLAlchemy writes. A row is a mapped class or an alias of one."""

    def fact(self, fact: Fact) -> Clause:
        return true() if fact.holds else false()

    def every(self, parts: Sequence[Clause]) -> Clause:
        return and_(*parts)

    def some(self, parts: Sequence[Clause]) -> Clause:
        return or_(*parts)

    def exists(
        self, row: Row, step: Step, inside: Callable[[Row], Clause], *, positive: bool
    ) -> Clause:
        # The relationship's own criterion, so that inheritance and custom joins count (L7).
        relationship = getattr(row, step.name)
        related = aliased(relationship.property.mapper.class_, flat=True)
        among = relationship.of_type(related)
        criterion = inside(related)
        only = None if isinstance(criterion, True_) else criterion
        found: Clause = (among.any if step.many else among.has)(only)
        return found if positive else not_(found)

    def is_null(self, column: At[Row], *, positive: bool) -> Clause:
        return _column(column).is_(None) if positive else _column(column).is_not(None)

    def with_value(self, op: Op, column: At[Row], value: Scalar, *, positive: bool) -> Clause:
        return with_value(op, _column(column), bound(value), positive=positive)

    def with_column(self, op: Op, column: At[Row], other: At[Row], *, positive: bool) -> Clause:
        return with_column(op, _column(column), _column(other), positive=positive)

    def with_set(
        self, column: At[Row], pool: frozenset[Scalar | None], *, positive: bool
    ) -> Clause:
        return with_set(_column(column), pool, positive=positive)

    def shared(self, column: At[Row], rows: Shared, *, positive: bool) -> Clause:
        assert rows.holder is not None, "folding names the holder"  # noqa: S101 - a bug
        # Of its own name, so that a statement that reads the table too keeps the two apart.
        share = _own(rows.table)
        found = (
            select_(literal_column("1"))
            .select_from(share)
            .where(*_share_conditions(_column(column), rows, rows.holder, share))
            .correlate_except(share)
            .exists()
        )
        return found if positive else not_(found)

    def opaque(self, row: Row, predicate: Opaque) -> Clause:
        assert predicate.sql is not None, "the plan is not listable"  # noqa: S101 - a bug
        stated: Clause = predicate.sql(row)
        # It may be NULL, whose complement is NULL too.
        return stated if predicate.positive else not_(func.coalesce(stated, false()))


_TARGET = _Target()


def _column(at: At[Row]) -> ColumnElement[Any]:
    column: ColumnElement[Any] = getattr(at.row, at.attr.name)
    return column


def _own(table: Any) -> Any:
    return table.alias() if isinstance(table, FromClause) else aliased(table, flat=True)


def _share_columns(table: object) -> Collection[str]:
    if isinstance(table, FromClause):
        return list(table.columns.keys())
    if hasattr(table, "__mapper__"):
        return columns(cast("type[object]", table))
    raise PolicyError(f"{table!r} is no table of shares; give a mapped class or a Table")


def _share_conditions(
    key: ColumnElement[Any], rows: Shared, holder: Holder, share: Any
) -> list[Clause]:
    row = share.columns if isinstance(share, FromClause) else _Attributes(share)
    until = row["expires_at"]
    live = until.is_(None)
    conditions = [
        row["resource_type"] == bound(rows.resource),
        row["resource_id"] == (key if rows.kind is str else KeyText(key)),
        row["relation"] == bound(rows.relation),
        or_(*_held("holder" in _share_columns(rows.table), row, holder)),
        live if holder.now is None else or_(live, until > bound(holder.now)),
    ]
    if holder.tenant is not None:
        conditions.append(row["tenant"] == bound(holder.tenant))
    return conditions


def _held(by_kind: bool, row: Any, holder: Holder) -> Iterator[Clause]:  # noqa: FBT001 - the shape
    """Yield the ways in which a share row is the holder's, in either form of such a table."""
    roles: list[Scalar] = sorted(holder.roles)
    if by_kind:
        kind, holds = row["holder_kind"], row["holder"]
        yield and_(kind == bound("subject"), holds == bound(holder.id))
        if roles:
            yield and_(kind == bound("role"), among(holds, roles))
    else:
        yield row["subject_id"] == bound(holder.id)
        if roles:
            yield among(row["role"], roles)


class _Attributes:
    """The attributes of a mapped class or alias, by name."""

    def __init__(self, entity: Any) -> None:
        self.entity = entity

    def __getitem__(self, name: str) -> Any:
        return getattr(self.entity, name)


def _key_value(model: type[object], given: object) -> tuple[str, Scalar | None]:
    name = key(model)
    return name, row_key(given, kind(model, name))
