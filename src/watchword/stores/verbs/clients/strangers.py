"""What dynamic registrations and documents have in common: they are counted, and insert themselves.

Source: oauth.md C-6, D-4.
"""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, func, select

from watchword.oauth.clients import ClientOrigin
from watchword.stores.schema import clients
from watchword.stores.statement import Parameters, Statement
from watchword.stores.verbs.clients.records import REGISTERED
from watchword.stores.verbs.terms import NOW, TENANT, flag, number, text
from watchword.stores.verbs.upsert import insert

__all__ = ["count_of_an_hour", "hour_before", "insert_unless_there"]

HOUR_SECONDS = 3600


def count_of_an_hour(origin: ClientOrigin, *further: ColumnElement[Any]) -> Statement:
    """Return the statement that counts the clients of one origin, and what else is asked."""
    columns: tuple[ColumnElement[Any], ...] = (func.count(), *further)
    return Statement(
        select(*columns).where(
            and_(
                clients.c.tenant == TENANT,
                clients.c.created_at > number("since"),
                clients.c.origin == origin.value,
            )
        )
    )


def hour_before(tenant: str, now: int) -> Parameters:
    """Return what `count_of_an_hour` is asked with."""
    return {"in_tenant": tenant, "since": now - HOUR_SECONDS}


def insert_unless_there(**further: BindParameter[Any]) -> Statement:
    """Return the statement that inserts a client, unless its id or its metadata is there."""
    return Statement(
        insert(clients)
        .values(
            tenant=TENANT,
            client_id=text("the_client"),
            name=text("the_name"),
            is_first_party=flag("first_party"),
            is_default=flag("default"),
            is_active=flag("active"),
            is_declared=flag("declared"),
            scopes=text("the_scopes"),
            created_at=NOW,
            expires_at=number("end"),
            **REGISTERED,
            **further,
        )
        .on_conflict_do_nothing()
        .returning(clients.c.client_id)
    )
