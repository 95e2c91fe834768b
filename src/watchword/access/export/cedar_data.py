"""What Cedar is told of a request: subject, row and circumstances as entities and a record.

Every attribute that has a value is told, so that no policy is skipped for want of one.

Source: access.md section 1 (2), section 6 (4).
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from watchword.access.compile import look, shared_keys
from watchword.access.export.cedar import columns, entity_type, reached, shared
from watchword.access.export.cedar_expression import ROLE, SUBJECT, attribute, flag, plain
from watchword.access.rules import Resource, Rule
from watchword.access.subject import Context, Subject
from watchword.access.values import Scalar, Value

__all__ = ["Entity", "name", "record", "resource", "subject"]

Entity: TypeAlias = dict[str, object]


def subject(me: Subject, ctx: Context, rules: Sequence[Rule]) -> Entity:
    """Return the principal's entity; its roles are its parents and an attribute.

    Args:
        me: who asks.
        ctx: tells the time, until which shares count.
        rules: the policy's, which name the relations by which rows are shared.
    """
    attributes: dict[str, Value] = {
        **me.attributes,
        "id": me.id,
        "roles": me.roles,
        "suspended": me.suspended,
        "scopes": me.scopes,
        "tenant": me.tenant,
        "act": me.act,
        "acr": me.acr,
        **{str(each): shared_keys(each, me, ctx) for each in shared(rules)},
    }
    return {
        "uid": name(SUBJECT, me.id),
        "attrs": record(attributes),
        "parents": [name(ROLE, role) for role in sorted(me.roles)],
    }


def resource(about: Resource, row: object, rules: Sequence[Rule], key: str = "") -> Entity:
    """Return a row's entity.

    Args:
        about: the row's resource.
        row: an object of its model, with the rows behind it that rules read.
        rules: the policy's.
        key: the entity's id, of no meaning to the policies.
    """
    attributes: dict[str, Value] = {column: getattr(row, column) for column in columns(about)}
    for attr in reached(rules, about):
        value: Value = look(attr)(row)
        attributes[attribute(attr)] = value
        if isinstance(value, frozenset):
            attributes[flag(attr)] = None in value
    return {"uid": name(entity_type(about), key), "attrs": record(attributes), "parents": []}


def record(values: Mapping[str, Value]) -> dict[str, object]:
    """Return attributes as a Cedar record: None is absent."""
    return {name: _held(value) for name, value in values.items() if value is not None}


def name(kind: str, key: str) -> dict[str, str]:
    """Return an entity's unique name."""
    return {"type": kind, "id": key}


def _held(value: Scalar | frozenset[Scalar | None]) -> object:
    if isinstance(value, frozenset):
        return sorted((plain(item) for item in value if item is not None), key=str)
    return plain(value)
