"""What administrators do to clients.

Source: oauth.md S-2, F-3.
"""

from sqlalchemy import and_, delete, exists, literal, select, update

from watchword.oauth.clients import Client
from watchword.oauth.registration.administration import ClientAdded, ClientChange, KeptClient
from watchword.stores.schema import clients, families
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.clients.endings import end_given, end_given_and_tell
from watchword.stores.verbs.clients.records import REGISTERED, client_parameters, insert_client
from watchword.stores.verbs.rows import CLIENT, Row, client
from watchword.stores.verbs.terms import TENANT, blob, number, same_tenant, text
from watchword.stores.verbs.upkeep.tenants import LOCK_TENANT

__all__ = [
    "KEPT",
    "add_client",
    "disable_client",
    "enable_client",
    "find_kept_client",
    "has_added_client",
    "kept",
    "page_clients",
    "remove_client",
    "replace_client_secret",
    "replace_client_ways",
]

_THE_CLIENT = and_(clients.c.tenant == TENANT, clients.c.client_id == text("the_client"))
KEPT = select(*CLIENT, clients.c.is_active, clients.c.is_declared, clients.c.created_at)
_FIND = Statement(KEPT.where(_THE_CLIENT))
_PAGE = Statement(
    KEPT.where(and_(clients.c.tenant == TENANT, clients.c.client_id > text("after")))
    .order_by(clients.c.client_id)
    .limit(number("at_most"))
)
# The second row at the latest: one client at most is the default.
_HAS_ADDED = Statement(
    select(literal(1))
    .where(and_(clients.c.tenant == TENANT, clients.c.is_default.is_(False)))
    .limit(1)
)
_DISABLE = Statement(
    update(clients)
    .where(and_(_THE_CLIENT, clients.c.is_active.is_(True)))
    .values(is_active=False, is_default=False)
    .returning(clients.c.client_id)
)
_ENABLE = Statement(
    update(clients)
    .where(and_(_THE_CLIENT, clients.c.is_active.is_(False)))
    .values(is_active=True)
    .returning(clients.c.client_id)
)
_REPLACE_SECRET = Statement(
    update(clients)
    .where(and_(_THE_CLIENT, clients.c.secret_hash.is_not(None)))
    .values(secret_hash=blob("the_secret"))
    .returning(clients.c.client_id)
)
# All but who brought it and how it proves who it is.
_WAYS = REGISTERED.keys() - {"origin", "auth_methods", "secret_hash"}
_REPLACE_WAYS = Statement(
    update(clients)
    .where(_THE_CLIENT)
    .values(
        name=text("the_name"),
        scopes=text("the_scopes"),
        **{name: REGISTERED[name] for name in _WAYS},
        metadata_hash=None,  # it is its own from here on, and found by nobody else
    )
)
_REMOVE = Statement(
    delete(clients)
    .where(
        and_(
            _THE_CLIENT,
            ~exists().where(
                and_(same_tenant(families, clients), families.c.client_id == clients.c.client_id)
            ),
        )
    )
    .returning(clients.c.client_id)
)


def add_client(tenant: str, added: Client, *, now: int) -> Verb[ClientAdded]:
    """Insert a client of an administrator unless its id is taken."""
    where: Parameters = {"in_tenant": tenant, "the_client": added.client_id}
    yield Step(LOCK_TENANT, {"in_tenant": tenant})
    if (yield Step(_FIND, where)):
        return ClientAdded.ID_TAKEN
    # What was being issued at the very moment of a removal does not live again.
    yield from end_given(tenant, added.client_id, now=now)
    yield from insert_client(tenant, added, is_declared=False, now=now)
    return ClientAdded.ADDED


def page_clients(tenant: str, *, after: str, limit: int) -> Verb[tuple[KeptClient, ...]]:
    """Read clients in the order of their ids, from after one on."""
    where: Parameters = {"in_tenant": tenant, "after": after, "at_most": limit}
    return tuple(kept(row) for row in (yield Step(_PAGE, where)))


def has_added_client(tenant: str) -> Verb[bool]:
    """Read whether there is a client beside the default one."""
    return bool((yield Step(_HAS_ADDED, {"in_tenant": tenant})))


def find_kept_client(tenant: str, client_id: str) -> Verb[KeptClient | None]:
    """Read a client, also one that is switched off."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "the_client": client_id})
    return kept(rows[0]) if rows else None


def disable_client(tenant: str, client_id: str, *, now: int) -> Verb[ClientChange]:
    """Switch a client off, end what it was given, and tell the feed."""
    where: Parameters = {"in_tenant": tenant, "the_client": client_id}
    if not (yield Step(_DISABLE, where)):
        return (yield from _unchanged(where))
    yield from end_given_and_tell(tenant, [client_id], now=now)
    return ClientChange.CHANGED


def enable_client(tenant: str, client_id: str, *, now: int) -> Verb[ClientChange]:
    """Switch a client on.

    What was being issued at the very moment of its end is ended here.
    """
    where: Parameters = {"in_tenant": tenant, "the_client": client_id}
    if not (yield Step(_ENABLE, where)):
        return (yield from _unchanged(where))
    yield from end_given(tenant, client_id, now=now)
    return ClientChange.CHANGED


def replace_client_secret(tenant: str, client_id: str, secret_hash: bytes) -> Verb[ClientChange]:
    """Put another secret in the place of the one that a client has."""
    where: Parameters = {"in_tenant": tenant, "the_client": client_id, "the_secret": secret_hash}
    if (yield Step(_REPLACE_SECRET, where)):
        return ClientChange.CHANGED
    return (yield from _unchanged({"in_tenant": tenant, "the_client": client_id}))


def replace_client_ways(tenant: str, client: Client, *, before: Client) -> Verb[ClientChange]:
    """Write what may be said of a client anew, unless another wrote it first."""
    where: Parameters = {"in_tenant": tenant, "the_client": client.client_id}
    yield Step(LOCK_TENANT, {"in_tenant": tenant})
    rows = yield Step(_FIND, where)
    if not rows:
        return ClientChange.UNKNOWN
    if kept(rows[0]).client != before:
        return ClientChange.UNCHANGED
    yield Step(_REPLACE_WAYS, client_parameters(tenant, client, is_declared=False, now=0))
    return ClientChange.CHANGED


def remove_client(tenant: str, client_id: str, *, now: int) -> Verb[ClientChange]:
    """Delete a client without logins, end what else it was given, and tell the feed as the last."""
    where: Parameters = {"in_tenant": tenant, "the_client": client_id}
    if not (yield Step(_REMOVE, where)):
        return (yield from _unchanged(where))
    yield from end_given_and_tell(tenant, [client_id], now=now)
    return ClientChange.CHANGED


def _unchanged(where: Parameters) -> Verb[ClientChange]:
    return ClientChange.UNCHANGED if (yield Step(_FIND, where)) else ClientChange.UNKNOWN


def kept(row: Row) -> KeptClient:
    """Make the record of the columns `KEPT`."""
    *record, is_active, is_declared, created_at = row
    return KeptClient(client(record), bool(is_active), bool(is_declared), created_at)
