"""What Cedar is told of a request: subject, row and circumstances as entities and a record.

Every attribute that has a value is told, so that no policy is skipped for want of one.

Source: access.md section 1 (2), section 6 (4).
"""

from collections.abc import Mapping
from typing import TypeAlias

from watchword.access.export.cedar import ROLE, SUBJECT, columns, entity_type, plain
from watchword.access.rules import Resource
from watchword.access.subject import Context, Subject
from watchword.access.values import Value

__all__ = ["Entity", "name", "record", "resource", "subject"]

Entity: TypeAlias = dict[str, object]


def subject(me: Subject) -> Entity:
    """Return the principal's entity; its roles are its parents and an attribute."""
    attributes: dict[str, Value] = {
        **me.attributes,
        "id": me.id,
        "roles": me.roles,
        "suspended": me.suspended,
        "scopes": me.scopes,
        "tenant": me.tenant,
        "act": me.act,
        "acr": me.acr,
    }
    return {
        "uid": name(SUBJECT, me.id),
        "attrs": record(attributes),
        "parents": [name(ROLE, role) for role in sorted(me.roles)],
    }


def resource(about: Resource, row: object, key: str = "") -> Entity:
    """Return a row's entity.

    Args:
        about: the row's resource.
        row: an object of its model.
        key: the entity's id, of no meaning to the policies.
    """
    return {
        "uid": name(entity_type(about), key),
        "attrs": record({column: getattr(row, column) for column in columns(about)}),
        "parents": [],
    }


def record(values: "Mapping[str, Value] | Context") -> dict[str, object]:
    """Return attributes as a Cedar record: None is absent."""
    given = values.attributes if isinstance(values, Context) else values
    return {name: _held(value) for name, value in given.items() if value is not None}


def name(kind: str, key: str) -> dict[str, str]:
    """Return an entity's unique name."""
    return {"type": kind, "id": key}


def _held(value: Value) -> object:
    if isinstance(value, frozenset):
        return [plain(item) for item in sorted(value) if item is not None]  # type: ignore[type-var]  # of one kind
    return None if value is None else plain(value)
