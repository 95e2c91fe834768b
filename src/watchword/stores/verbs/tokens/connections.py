"""Connected applications: live families with their clients, and the end of them.

Source: users.md U39; security.md rule 45.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from watchword.accounts.events import Event, EventKind
from watchword.accounts.origin import Origin
from watchword.oauth.connections import ConnectedFamily, Disconnect, Disconnection
from watchword.oauth.families import RevokedBecause
from watchword.oauth.feed import RevocationKind
from watchword.stores.schema import clients, families, refresh_tokens, sessions, tenants
from watchword.stores.statement import Lock, Parameters, Statement, Step, Verb
from watchword.stores.verbs.choices import parse_choices
from watchword.stores.verbs.consents import forget_consents
from watchword.stores.verbs.events import record
from watchword.stores.verbs.revocations import publish
from watchword.stores.verbs.rows import Row, words
from watchword.stores.verbs.terms import (
    FAMILY_STANDS,
    NOW,
    RETENTION_SECONDS,
    SESSION_STANDS,
    TENANT,
    number,
    same_tenant,
    text,
)

__all__ = ["disconnect", "list_connections"]

FAMILIES_MAX = 500  # of one person; a login that is never used ends by itself

# A retried refresh leaves killed tokens beside the live one; the newest generation is the live one.
_LIVE_TOKEN = and_(
    same_tenant(refresh_tokens, families),
    refresh_tokens.c.family_id == families.c.id,
    refresh_tokens.c.generation == families.c.generation,
)
_USED_AT: ColumnElement[Any] = func.coalesce(
    refresh_tokens.c.access_seen_at, refresh_tokens.c.created_at, families.c.created_at
)
_COLUMNS: tuple[ColumnElement[Any], ...] = (
    families.c.id,
    families.c.client_id,
    clients.c.name,
    clients.c.is_first_party,
    families.c.sid,
    families.c.resource,
    families.c.scopes,
    families.c.choices,
    families.c.created_at,
    _USED_AT,
    refresh_tokens.c.address,
    refresh_tokens.c.device,
    families.c.expires_at,
)
_OF_USER = and_(families.c.tenant == TENANT, families.c.user_id == text("the_user"))
_OF_SESSION = and_(same_tenant(sessions, families), sessions.c.sid == families.c.sid)
_LIST = Statement(
    select(*_COLUMNS)
    .select_from(
        families.join(
            clients,
            and_(same_tenant(clients, families), clients.c.client_id == families.c.client_id),
        )
        .join(sessions, _OF_SESSION)
        .join(tenants, same_tenant(tenants, families))
        .outerjoin(refresh_tokens, _LIVE_TOKEN)
    )
    .where(and_(_OF_USER, FAMILY_STANDS, SESSION_STANDS))
    .order_by(_USED_AT.desc(), families.c.id)
    .limit(FAMILIES_MAX)
)
_EVERY = ""  # in place of the id of one family
_OF_CLIENT = and_(
    _OF_USER,
    families.c.client_id == text("the_client"),
    or_(families.c.id == text("the_family"), text("the_family") == _EVERY),
)
# Sessions come before families, as in `endings`.
_LOCK_SESSIONS = Lock(
    select(sessions.c.sid)
    .where(
        and_(
            sessions.c.tenant == TENANT,
            sessions.c.user_id == text("the_user"),
            exists().where(and_(_OF_CLIENT, _OF_SESSION)),
        )
    )
    .order_by(sessions.c.sid)
    .with_for_update(key_share=True)
)
_REVOKE = Statement(
    update(families)
    .where(and_(_OF_CLIENT, families.c.revoked_at.is_(None)))
    .values(
        revoked_at=NOW, revoked_because=RevokedBecause.DISCONNECTED.value, purge_at=number("purge")
    )
    .returning(families.c.id)
)
_still_live = families.alias("still_live")
_END_EMPTY_SESSIONS = Statement(
    update(sessions)
    .where(
        and_(
            sessions.c.tenant == TENANT,
            sessions.c.user_id == text("the_user"),
            sessions.c.cookie_hash.is_(None),
            sessions.c.ended_at.is_(None),
            exists().where(and_(_OF_CLIENT, _OF_SESSION)),
            ~exists().where(
                and_(
                    same_tenant(_still_live, sessions),
                    _still_live.c.sid == sessions.c.sid,
                    _still_live.c.revoked_at.is_(None),
                )
            ),
        )
    )
    .values(ended_at=NOW, purge_at=number("purge"))
)


def list_connections(tenant: str, user_id: str, *, now: int) -> Verb[tuple[ConnectedFamily, ...]]:
    """Read the live families of a user, the one used last first."""
    rows = yield Step(_LIST, {"in_tenant": tenant, "the_user": user_id, "at": now})
    return tuple(_connected(row) for row in rows)


def disconnect(tenant: str, command: Disconnect) -> Verb[Disconnection]:
    """Revoke every family of this user and client, or one, and the sessions that only they used.

    What the user allowed the client goes along (oauth.md A-6), or alone where all shall end and
    there is no family.
    """
    where: Parameters = {
        "in_tenant": tenant,
        "the_user": command.user_id,
        "the_client": command.client_id,
        "the_family": command.family_id or _EVERY,
        "at": command.now,
        "purge": command.now + RETENTION_SECONDS,
    }
    yield Step(_LOCK_SESSIONS, where)
    revoked = yield Step(_REVOKE, where)
    was_allowed = False
    if revoked or command.family_id is None:
        was_allowed = yield from forget_consents(tenant, command.user_id, command.client_id)
    if not revoked and not was_allowed:
        return Disconnection.NOT_CONNECTED
    yield Step(_END_EMPTY_SESSIONS, where)
    yield from publish(tenant, RevocationKind.FAMILY, [one for (one,) in revoked], now=command.now)
    event = Event(
        EventKind.APP_REMOVED,
        command.now,
        user_id=command.user_id,
        origin=command.origin,
        client_id=command.client_id,
        sid=command.sid,
    )
    yield from record(tenant, event)
    return Disconnection.DISCONNECTED


def _connected(row: Row) -> ConnectedFamily:
    family_id, client_id, name, is_first_party, sid, *granted, created_at = row[:9]
    resource, scopes, choices = granted
    used_at, address, device, expires_at = row[9:]
    return ConnectedFamily(
        family_id=family_id,
        client_id=client_id,
        client_name=name,
        is_first_party=bool(is_first_party),
        sid=sid,
        granted={resource: words(scopes), **parse_choices(choices)},
        created_at=created_at,
        used_at=used_at,
        origin=Origin(address, device),
        expires_at=expires_at,
    )
