"""Client ID metadata documents, kept for every node.

Source: oauth.md D-4, D-6.
"""

from sqlalchemy import and_, func, select, update

from watchword.oauth.clients import ClientOrigin
from watchword.oauth.registration.document import KeptDocument, NotKept
from watchword.oauth.registration.records import UNUSED_SECONDS
from watchword.stores.schema import clients, families
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.clients.records import REGISTERED, client_parameters
from watchword.stores.verbs.clients.strangers import (
    count_of_an_hour,
    hour_before,
    insert_unless_there,
)
from watchword.stores.verbs.rows import CLIENT, client
from watchword.stores.verbs.terms import NOW, TENANT, number, text
from watchword.stores.verbs.upkeep.sweep import sweep_clients

__all__ = ["count_former_keys", "find_document", "keep_document"]

_THE_CLIENT = and_(clients.c.tenant == TENANT, clients.c.client_id == text("the_client"))
_FIND = Statement(
    select(*CLIENT, clients.c.is_active, clients.c.fetched_at, clients.c.fresh_until).where(
        _THE_CLIENT
    )
)
# A document never takes the place of a client that code or an administrator made of its address.
_REPLACE = Statement(
    update(clients)
    .where(
        and_(
            _THE_CLIENT,
            clients.c.is_active.is_(True),
            clients.c.origin == ClientOrigin.DOCUMENT.value,
        )
    )
    .values(name=text("the_name"), fetched_at=NOW, fresh_until=number("fresh"), **REGISTERED)
    .returning(clients.c.client_id)
)
# Each is flagged once, with the first change after it was opened (D-6).
_FLAG = Statement(
    update(families)
    .where(
        and_(
            families.c.tenant == TENANT,
            families.c.client_id == text("the_client"),
            families.c.revoked_at.is_(None),
            families.c.client_changed_at.is_(None),
        )
    )
    .values(client_changed_at=NOW)
)
_COUNT_FLAGGED = Statement(
    select(func.count()).where(
        and_(
            families.c.tenant == TENANT,
            families.c.client_id == text("the_client"),
            families.c.revoked_at.is_(None),
            families.c.client_changed_at.is_not(None),
        )
    )
)
_COUNT = count_of_an_hour(ClientOrigin.DOCUMENT)
_INSERT = insert_unless_there(fetched_at=NOW, fresh_until=number("fresh"))


def find_document(tenant: str, client_id: str) -> Verb[KeptDocument | None]:
    """Read what is kept under a client_id, also where it is switched off."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "the_client": client_id})
    if not rows:
        return None
    *record, is_active, fetched_at, fresh_until = rows[0]
    return KeptDocument(client(record), bool(is_active), fetched_at or 0, fresh_until or 0)


def keep_document(
    tenant: str, kept: KeptDocument, *, unknown_max: int
) -> Verb[KeptDocument | NotKept]:
    """Keep what a document says, unless it is switched off, or too many are unknown."""
    now = kept.fetched_at
    before = yield from find_document(tenant, kept.client.client_id)
    row: Parameters = {
        **client_parameters(tenant, kept.client, is_declared=False, now=now),
        "fresh": kept.fresh_until,
        "end": now + UNUSED_SECONDS,
    }
    if before is not None:
        if not (yield Step(_REPLACE, row)):
            return NotKept.SWITCHED_OFF
        if kept.has_other_keys_than(before):
            yield Step(_FLAG, {"in_tenant": tenant, "the_client": kept.client.client_id, "at": now})
        return kept
    ((count,),) = yield Step(_COUNT, hour_before(tenant, now))
    if count >= unknown_max:
        return NotKept.TOO_MANY
    yield Step(_INSERT, row)  # where another node was first, its row says the same
    yield from sweep_clients(tenant, now=now)
    return kept


def count_former_keys(tenant: str, client_id: str) -> Verb[int]:
    """Count the families of a client that it was given under keys that are its no more."""
    ((count,),) = yield Step(_COUNT_FLAGGED, {"in_tenant": tenant, "the_client": client_id})
    return int(count)
