"""What Django says of a model: its columns, their kinds, its key and its relations.

Source: access.md P2, section 7 (L7, L8).
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import connections, models, router

from watchword.access.errors import PolicyError
from watchword.access.lower import Relation
from watchword.access.tree import Step
from watchword.access.values import Kind, nearest

__all__ = ["assigned", "columns", "key", "kind", "loads", "related_field", "relation"]

# Collations under which both databases compare text by code point.
EXACT_COLLATIONS: Final = frozenset({None, "", "BINARY", "C", "POSIX", "ucs_basic"})
VENDORS: Final = frozenset({"sqlite", "postgresql"})

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
        if hasattr(model, name):
            raise PolicyError(f"{label} is neither a column nor a relation")
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
    """Return the attribute name of the primary key.

    Raises:
        PolicyError: the key is of several columns.
    """
    fields = model._meta.pk_fields
    if len(fields) != 1:
        raise PolicyError(
            f"{model.__name__} has a primary key of {len(fields)} columns; write where()"
        )
    return fields[0].attname


def relation(model: type[models.Model], name: str) -> Relation | None:
    """Return a relation by the name of its attribute; None when the model has none of this name."""
    field = related_field(model, name)
    if field is None:
        return None
    many = bool(field.one_to_many or field.many_to_many)
    return Relation(field.related_model, many, not many, _members(name) if many else _parent(name))


def related_field(model: type[models.Model], name: str) -> Any:
    """Return the field of Django's that a relation's attribute stands for; None for another.

    Generic relations have no related model of their own, and rules do not follow them.
    """
    for field in model._meta.get_fields():
        is_plain = isinstance(field, models.ForeignKey | models.ManyToManyField)
        if is_plain and field.name == name:
            return field
        if isinstance(field, models.ForeignObjectRel) and field.get_accessor_name() == name:
            return field
    return None


def loads(
    model: type[models.Model],  # noqa: ARG001 - the protocol's signature
    paths: Iterable[tuple[Step, ...]],
) -> tuple[str, ...]:
    """Return what `prefetch_related` takes to load the rows behind paths, without any JOIN."""
    return tuple(sorted("__".join(step.name for step in path) for path in paths if path))


def _parent(name: str) -> Callable[[Any], Any]:
    def read(row: Any) -> Any:
        try:
            return getattr(row, name)
        except ObjectDoesNotExist:
            return None

    return read


def _members(name: str) -> Callable[[Any], Any]:
    # A row that is not stored yet has no children, and Django does not ask for them.
    return lambda row: () if row._state.adding else getattr(row, name).all()


def _fields(model: type[models.Model]) -> "dict[str, models.Field[Any, Any]]":
    fields = model._meta.concrete_fields
    return {field.attname: field for field in fields}


def _is_computed(field: "models.Field[Any, Any]") -> bool:
    return field.has_default() and callable(field.default)


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
