"""What SQLAlchemy's mapping says of a model: its columns, their kinds, its key and its relations.

Source: access.md P2, section 7 (L7, L8).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import (
    CHAR,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Enum,
    Integer,
    String,
    Uuid,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Mapper, RelationshipProperty, selectinload
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.types import TypeEngine

from watchword.access.errors import PolicyError
from watchword.access.lower import Relation
from watchword.access.tree import Step
from watchword.access.values import Kind, nearest

__all__ = ["Option", "assigned", "columns", "key", "kind", "loads", "relation"]

Option: TypeAlias = ExecutableOption

# Collations under which both databases compare text by code point.
EXACT_COLLATIONS: Final = frozenset({None, "BINARY", "C", "POSIX", "ucs_basic"})

_DIALECTS: Final[tuple[Dialect, ...]] = (
    sqlite.dialect(),
    postgresql.dialect(),  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
)

# How relationships load that a loaded row has as the value of an attribute.
_LOADED: Final = frozenset({"select", "joined", "subquery", "selectin", "immediate", "raise"})


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
            raise PolicyError(f"{label} is neither a column nor a relation")
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


def key(model: type[object]) -> str:
    """Return the attribute name of the primary key.

    Raises:
        PolicyError: the key is of several columns.
    """
    mapper = _mapper(model)
    names = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
    if len(names) != 1:
        raise PolicyError(
            f"{model.__name__} has a primary key of {len(names)} columns; write where()"
        )
    return names[0]


def relation(model: type[object], name: str) -> Relation | None:
    """Return a mapped relation; None when the model has none of this name.

    Raises:
        PolicyError: a relation that is not loaded as an attribute, or whose target is not imported.
    """
    found = _mapper(model)._props.get(name)  # noqa: SLF001 - get_property() raises, and configures
    if not isinstance(found, RelationshipProperty):
        return None
    label = f"{model.__name__}.{name}"
    if found.lazy not in _LOADED:
        raise PolicyError(f"{label} is loaded by {found.lazy!r}: its rows are no attribute's value")
    try:
        target = found.mapper.class_
    except InvalidRequestError as problem:
        raise PolicyError(f"{label}: import its model before the policy; {problem}") from None
    many = bool(found.uselist)
    return Relation(target, many, not many, _reader(found))


def loads(model: type[object], paths: Iterable[tuple[Step, ...]]) -> tuple[Option, ...]:
    """Return the options that load the rows behind paths, one statement a step and no JOIN."""
    options: list[Option] = []
    for path in sorted(paths, key=lambda path: [step.name for step in path]):
        here, option = model, None
        for step in path:
            attribute = getattr(here, step.name)
            option = selectinload(attribute) if option is None else option.selectinload(attribute)
            here = attribute.property.mapper.class_
        if option is not None:
            options.append(option)
    return tuple(options)


def _reader(found: "RelationshipProperty[Any]") -> Callable[[Any], Any]:
    """Return what reads a relationship's value."""
    name = found.key
    if found.uselist:
        return lambda row: _members(getattr(row, name))
    columns_ = [
        found.parent.get_property_by_column(column).key
        for column in found.local_columns
        if not column.primary_key
    ]

    def read(row: Any) -> Any:
        related = getattr(row, name)
        proposed = related is None and row._sa_instance_state.key is None  # noqa: SLF001 - what inspect() returns
        if proposed and columns_ and all(getattr(row, each) is not None for each in columns_):
            raise TypeError(f"{name} of a proposed row is not loaded: assign the object")
        return related

    return read


def _members(collection: Any) -> Any:
    return collection.values() if isinstance(collection, Mapping) else collection


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
