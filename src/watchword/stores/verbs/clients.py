"""Clients and resources: declared by code or configuration, read by every request.

Source: RFC 6749 section 2; RFC 8707 section 2; oauth.md L-4.
"""

import json

from sqlalchemy import and_, insert, select, update

from watchword.oauth.clients import Client, Resource
from watchword.stores.schema import clients, resources
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.rows import CLIENT, RESOURCE, client, resource
from watchword.stores.verbs.tenants import LOCK_TENANT
from watchword.stores.verbs.terms import TENANT, flag, text

__all__ = [
    "declare_client",
    "declare_resource",
    "default_client",
    "find_client",
    "list_resources",
]

_THE_CLIENT = and_(clients.c.tenant == TENANT, clients.c.client_id == text("the_client"))
_THE_RESOURCE = and_(resources.c.tenant == TENANT, resources.c.identifier == text("the_resource"))
_ACTIVE_CLIENTS = select(*CLIENT).where(
    and_(clients.c.tenant == TENANT, clients.c.is_active.is_(True))
)

_FIND = Statement(_ACTIVE_CLIENTS.where(clients.c.client_id == text("the_client")))
_DEFAULT = Statement(_ACTIVE_CLIENTS.where(clients.c.is_default.is_(True)))
_LIST = Statement(
    select(*RESOURCE).where(and_(resources.c.tenant == TENANT, resources.c.is_active.is_(True)))
)
_NO_DEFAULT_CLIENT = Statement(
    update(clients)
    .where(and_(clients.c.tenant == TENANT, clients.c.is_default.is_(True)))
    .values(is_default=False)
)
_NO_DEFAULT_RESOURCE = Statement(
    update(resources)
    .where(and_(resources.c.tenant == TENANT, resources.c.is_default.is_(True)))
    .values(is_default=False)
)
_REPLACE_CLIENT = Statement(
    update(clients)
    .where(_THE_CLIENT)
    .values(
        name=text("the_name"),
        is_first_party=flag("first_party"),
        is_default=flag("default"),
        is_active=True,
        scopes=text("the_scopes"),
    )
    .returning(clients.c.client_id)
)
_INSERT_CLIENT = Statement(
    insert(clients).from_select(
        ["tenant", "client_id", "name", "is_first_party", "is_default", "is_active", "scopes"],
        select(
            TENANT, text("the_client"), text("the_name"), flag("first_party"), flag("default"),
            flag("active"), text("the_scopes"),
        ),
    )
)  # fmt: skip
_REPLACE_RESOURCE = Statement(
    update(resources)
    .where(_THE_RESOURCE)
    .values(scopes=text("the_scopes"), is_default=flag("default"), is_active=True)
    .returning(resources.c.identifier)
)
_INSERT_RESOURCE = Statement(
    insert(resources).from_select(
        ["tenant", "identifier", "scopes", "is_default", "is_active"],
        select(TENANT, text("the_resource"), text("the_scopes"), flag("default"), flag("active")),
    )
)


def find_client(tenant: str, client_id: str) -> Verb[Client | None]:
    """Read the client if it is registered and active."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "the_client": client_id})
    return client(rows[0]) if rows else None


def default_client(tenant: str) -> Verb[Client | None]:
    """Read the one default first-party client, if there is one."""
    rows = yield Step(_DEFAULT, {"in_tenant": tenant})
    return client(rows[0]) if rows else None


def list_resources(tenant: str) -> Verb[tuple[Resource, ...]]:
    """Read the active resources, the default first and the others by identifier."""
    rows = yield Step(_LIST, {"in_tenant": tenant})
    found = (resource(row) for row in rows)
    return tuple(sorted(found, key=lambda one: (not one.is_default, one.identifier)))


def declare_client(tenant: str, declared: Client) -> Verb[None]:
    """Insert or replace a client; where it is the default, no other stays it."""
    parameters: Parameters = {
        "in_tenant": tenant,
        "the_client": declared.client_id,
        "the_name": declared.name,
        "first_party": declared.is_first_party,
        "default": declared.is_default,
        "active": True,
        "the_scopes": None if declared.scopes is None else " ".join(sorted(declared.scopes)),
    }
    unset = _NO_DEFAULT_CLIENT if declared.is_default else None
    yield from _declare(parameters, unset, _REPLACE_CLIENT, _INSERT_CLIENT)


def declare_resource(tenant: str, declared: Resource) -> Verb[None]:
    """Insert or replace a resource; where it is the default, no other stays it."""
    parameters: Parameters = {
        "in_tenant": tenant,
        "the_resource": declared.identifier,
        "the_scopes": json.dumps(declared.scopes),
        "default": declared.is_default,
        "active": True,
    }
    unset = _NO_DEFAULT_RESOURCE if declared.is_default else None
    yield from _declare(parameters, unset, _REPLACE_RESOURCE, _INSERT_RESOURCE)


def _declare(
    parameters: Parameters, unset: Statement | None, replace: Statement, add: Statement
) -> Verb[None]:
    yield Step(LOCK_TENANT, parameters)  # declarations of several starting nodes take turns
    if unset is not None:
        yield Step(unset, parameters)
    if not (yield Step(replace, parameters)):
        yield Step(add, parameters)
