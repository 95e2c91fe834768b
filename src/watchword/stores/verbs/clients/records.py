"""Clients and resources: registered by administrators, declared by code, read by every request.

A row remembers whether code made it: only such a row is retired when code omits it.

Source: RFC 6749 section 2; RFC 8707 section 2; oauth.md L-4.
"""

import json

from sqlalchemy import and_, insert, null, or_, select, true, update

from watchword.keys.ring import SIGNING_ALGORITHMS
from watchword.oauth.clients import Client, Declared, Resource
from watchword.stores.schema import clients, resources
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.clients.endings import end_given, end_given_and_tell
from watchword.stores.verbs.rows import CLIENT, RESOURCE, client, resource
from watchword.stores.verbs.terms import NOW, TENANT, blob, flag, text
from watchword.stores.verbs.upkeep.tenants import LOCK_TENANT

__all__ = [
    "REGISTERED",
    "client_parameters",
    "declare",
    "default_client",
    "find_client",
    "insert_client",
    "list_allowed_origins",
    "list_id_token_algorithms",
    "list_resources",
    "register_client",
    "register_resource",
]

_THE_CLIENT = and_(clients.c.tenant == TENANT, clients.c.client_id == text("the_client"))
_THE_RESOURCE = and_(resources.c.tenant == TENANT, resources.c.identifier == text("the_resource"))
_ACTIVE_CLIENTS = select(*CLIENT).where(
    and_(clients.c.tenant == TENANT, clients.c.is_active.is_(True))
)

_FIND = Statement(_ACTIVE_CLIENTS.where(clients.c.client_id == text("the_client")))
_ORIGINS = Statement(
    select(clients.c.allowed_origins).where(
        and_(
            clients.c.tenant == TENANT,
            clients.c.is_first_party == true(),  # as its index says
            clients.c.is_active.is_(True),
        )
    )
)
_ASKED_ALGORITHM = Statement(
    select(clients.c.id_token_alg)
    .where(
        and_(
            clients.c.tenant == TENANT,
            clients.c.id_token_alg == text("the_alg"),
            clients.c.is_active.is_(True),
        )
    )
    .limit(1)
)
_DEFAULT = Statement(_ACTIVE_CLIENTS.where(clients.c.is_default == true()))  # as its index says
_LIST = Statement(
    select(*RESOURCE).where(and_(resources.c.tenant == TENANT, resources.c.is_active.is_(True)))
)
_NO_DEFAULT_CLIENT = Statement(
    update(clients)
    .where(and_(clients.c.tenant == TENANT, clients.c.is_default == true()))
    .values(is_default=False)
)
_NO_DEFAULT_RESOURCE = Statement(
    update(resources)
    .where(and_(resources.c.tenant == TENANT, resources.c.is_default.is_(True)))
    .values(is_default=False)
)
_DECLARED_CLIENTS = Statement(
    select(clients.c.client_id).where(
        and_(
            clients.c.tenant == TENANT,
            clients.c.is_declared.is_(True),
            clients.c.is_active.is_(True),
        )
    )
)
_RETIRE_CLIENT = Statement(
    update(clients)
    .where(and_(_THE_CLIENT, clients.c.is_declared.is_(True), clients.c.is_active.is_(True)))
    .values(is_active=False, is_default=False)
    .returning(clients.c.client_id)
)
_RETIRED = Statement(
    select(clients.c.client_id).where(and_(_THE_CLIENT, clients.c.is_active.is_(False)))
)
_RETIRE_RESOURCES = Statement(
    update(resources)
    .where(and_(resources.c.tenant == TENANT, resources.c.is_declared.is_(True)))
    .values(is_active=False, is_default=False)
)
# Code that declares a row of an administrator changes it without making it its own.
_OWNED = flag("declared")
# What registrations say (RFC 7591 section 2), by column.
REGISTERED = {
    "origin": text("the_origin"),
    "grant_types": text("the_grants"),
    "auth_methods": text("the_methods"),
    "secret_hash": blob("the_secret"),
    "jwks": text("the_jwks"),
    "jwks_uri": text("the_jwks_uri"),
    "redirect_uris": text("the_redirects"),
    "post_logout_redirect_uris": text("the_logouts"),
    "allowed_origins": text("the_origins"),
    "requires_pkce": flag("pkce"),
    "id_token_alg": text("the_id_alg"),
    "details": text("the_details"),
}
_REPLACE_CLIENT = Statement(
    update(clients)
    .where(_THE_CLIENT)
    .values(
        name=text("the_name"),
        is_first_party=flag("first_party"),
        is_default=flag("default"),
        is_active=True,
        is_declared=and_(clients.c.is_declared.is_(True), _OWNED.is_(True)),
        scopes=text("the_scopes"),
        # Whoever came by itself before is somebody's own: no sweep takes it, nobody manages it.
        expires_at=null(),
        metadata_hash=null(),
        registration_hash=null(),
        software_hash=null(),
        fetched_at=null(),
        fresh_until=null(),
        **REGISTERED,
    )
    .returning(clients.c.client_id)
)
_INSERT_CLIENT = Statement(
    insert(clients).from_select(
        [
            "tenant", "client_id", "name", "is_first_party", "is_default", "is_active",
            "is_declared", "scopes", "created_at", *REGISTERED,
        ],
        select(
            TENANT, text("the_client"), text("the_name"), flag("first_party"), flag("default"),
            flag("active"), _OWNED, text("the_scopes"), NOW, *REGISTERED.values(),
        ),
    )
)  # fmt: skip
_REPLACE_RESOURCE = Statement(
    update(resources)
    .where(_THE_RESOURCE)
    .values(
        scopes=text("the_scopes"),
        secret_hash=blob("the_secret"),
        token_format=text("the_format"),
        had_scopes=or_(resources.c.had_scopes.is_(True), flag("scoped").is_(True)),
        is_default=flag("default"),
        is_active=True,
        is_declared=and_(resources.c.is_declared.is_(True), _OWNED.is_(True)),
    )
    .returning(resources.c.identifier)
)
_INSERT_RESOURCE = Statement(
    insert(resources).from_select(
        [
            "tenant", "identifier", "scopes", "is_default", "is_active", "is_declared",
            "secret_hash", "token_format", "had_scopes",
        ],
        select(
            TENANT, text("the_resource"), text("the_scopes"), flag("default"), flag("active"),
            _OWNED, blob("the_secret"), text("the_format"), flag("scoped"),
        ),
    )
)  # fmt: skip


def find_client(tenant: str, client_id: str) -> Verb[Client | None]:
    """Read the client if it is registered and active."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "the_client": client_id})
    return client(rows[0]) if rows else None


def default_client(tenant: str) -> Verb[Client | None]:
    """Read the one default first-party client, if there is one."""
    rows = yield Step(_DEFAULT, {"in_tenant": tenant})
    return client(rows[0]) if rows else None


def list_id_token_algorithms(tenant: str) -> Verb[tuple[str, ...]]:
    """Read which algorithms active clients ask for: a look for each that there is."""
    asked = []
    for alg in SIGNING_ALGORITHMS:
        if (yield Step(_ASKED_ALGORITHM, {"in_tenant": tenant, "the_alg": alg})):
            asked.append(alg)
    return tuple(asked)


def list_allowed_origins(tenant: str) -> Verb[frozenset[str]]:
    """Read the origins of pages that active first-party clients list."""
    rows = yield Step(_ORIGINS, {"in_tenant": tenant})
    return frozenset(origin for (listed,) in rows for origin in json.loads(listed))


def list_resources(tenant: str) -> Verb[tuple[Resource, ...]]:
    """Read the active resources, the default first and the others by identifier."""
    rows = yield Step(_LIST, {"in_tenant": tenant})
    found = (resource(row) for row in rows)
    return tuple(sorted(found, key=lambda one: (not one.is_default, one.identifier)))


def register_client(tenant: str, registered: Client) -> Verb[None]:
    """Insert or replace a client; where it is the default, no other stays it."""
    yield Step(LOCK_TENANT, {"in_tenant": tenant})
    if registered.is_default:
        yield Step(_NO_DEFAULT_CLIENT, {"in_tenant": tenant})
    yield from _put_client(tenant, registered, is_declared=False, now=0)


def register_resource(tenant: str, registered: Resource) -> Verb[None]:
    """Insert or replace a resource; where it is the default, no other stays it."""
    yield Step(LOCK_TENANT, {"in_tenant": tenant})
    if registered.is_default:
        yield Step(_NO_DEFAULT_RESOURCE, {"in_tenant": tenant})
    yield from _put_resource(tenant, registered, is_declared=False)


def declare(tenant: str, said: Declared, *, now: int) -> Verb[None]:
    """Retire the declared rows that are omitted, then write those that are declared still."""
    where: Parameters = {"in_tenant": tenant}
    # Once before the row of the tenant is held, which is the order of `endings`, and once more for
    # what another start declared until then.
    yield from _retire_omitted(tenant, said, now=now)
    yield Step(LOCK_TENANT, where)  # starting nodes take turns
    yield from _retire_omitted(tenant, said, now=now)
    yield Step(_NO_DEFAULT_CLIENT, where)
    for one in said.clients:
        # What was being issued at the very moment of a retirement does not live again.
        if (yield Step(_RETIRED, {"in_tenant": tenant, "the_client": one.client_id})):
            yield from end_given(tenant, one.client_id, now=now)
        yield from _put_client(tenant, one, is_declared=True, now=now)
    yield Step(_RETIRE_RESOURCES, where)
    if any(api.is_default for api in said.resources):
        yield Step(_NO_DEFAULT_RESOURCE, where)
    for api in said.resources:
        yield from _put_resource(tenant, api, is_declared=True)
    if not (yield Step(_LIST, where)):
        yield from _put_resource(tenant, said.only_resource, is_declared=True)
    for api in said.beside:
        yield from _put_resource(tenant, api, is_declared=True)


def insert_client(tenant: str, put: Client, *, is_declared: bool, now: int) -> Verb[None]:
    """Insert a client whose id nobody has."""
    yield Step(_INSERT_CLIENT, client_parameters(tenant, put, is_declared=is_declared, now=now))


def _retire_omitted(tenant: str, said: Declared, *, now: int) -> Verb[None]:
    """Switch off what code declared and omits, and end what it was given."""
    kept = {one.client_id for one in said.clients}
    declared = yield Step(_DECLARED_CLIENTS, {"in_tenant": tenant})
    omitted = sorted(client_id for (client_id,) in declared if client_id not in kept)
    retired = []
    for client_id in omitted:
        if (yield Step(_RETIRE_CLIENT, {"in_tenant": tenant, "the_client": client_id})):
            retired.append(client_id)
    yield from end_given_and_tell(tenant, retired, now=now)


def _put_client(tenant: str, put: Client, *, is_declared: bool, now: int) -> Verb[None]:
    parameters = client_parameters(tenant, put, is_declared=is_declared, now=now)
    if not (yield Step(_REPLACE_CLIENT, parameters)):
        yield Step(_INSERT_CLIENT, parameters)


def client_parameters(tenant: str, put: Client, *, is_declared: bool, now: int) -> Parameters:
    """Return all that a row of a client is written with."""
    return {
        "in_tenant": tenant,
        "the_client": put.client_id,
        "the_name": put.name,
        "first_party": put.is_first_party,
        "default": put.is_default,
        "active": True,
        "declared": is_declared,
        "the_scopes": None if put.scopes is None else " ".join(sorted(put.scopes)),
        "at": now,
        **_registered(put),
    }


def _registered(put: Client) -> Parameters:
    return {
        "the_origin": put.origin.value,
        "the_grants": " ".join(sorted(put.grant_types)),
        "the_methods": " ".join(sorted(method.value for method in put.auth_methods)),
        "the_secret": put.secret_hash,
        "the_jwks": put.jwks,
        "the_jwks_uri": put.jwks_uri,
        "the_redirects": json.dumps(put.redirect_uris),
        "the_logouts": json.dumps(put.post_logout_redirect_uris),
        "the_origins": json.dumps(put.allowed_origins),
        "pkce": put.requires_pkce,
        "the_id_alg": put.id_token_alg,
        "the_details": json.dumps(dict(put.details)),
    }


def _put_resource(tenant: str, put: Resource, *, is_declared: bool) -> Verb[None]:
    parameters: Parameters = {
        "in_tenant": tenant,
        "the_resource": put.identifier,
        "the_scopes": json.dumps(put.scopes),
        "the_secret": put.secret_hash,
        "the_format": put.token_format.value,
        "scoped": put.is_narrowed,
        "default": put.is_default,
        "active": True,
        "declared": is_declared,
    }
    if not (yield Step(_REPLACE_RESOURCE, parameters)):
        yield Step(_INSERT_RESOURCE, parameters)
