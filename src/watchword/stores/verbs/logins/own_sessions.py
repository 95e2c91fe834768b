"""The sessions of one person: listed, and ended one by one or together.

Source: security.md rules 41 and 45; OWASP ASVS 5.0 V7.4.3, V7.4.5 and V7.5.2.
"""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import and_, func, select, update

from watchword.accounts.events import EventKind
from watchword.accounts.levels import parse_proofs
from watchword.accounts.origin import Origin
from watchword.accounts.sessions import (
    SESSIONS_MAX,
    EndOutcome,
    ListedSession,
    SessionList,
)
from watchword.stores.schema import clients, families, sessions, tenants
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.endings import end_under_way, revoke_session_families
from watchword.stores.verbs.events import record
from watchword.stores.verbs.logins.sessions import ending
from watchword.stores.verbs.rows import ACTING, Row, actor
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

__all__ = ["LISTED", "end_own_session", "end_sessions", "list_sessions", "listed_session"]

_OF_USER = and_(sessions.c.tenant == TENANT, sessions.c.user_id == text("the_user"))
_STANDING = sessions.join(tenants, same_tenant(tenants, sessions))
_COUNT = Statement(
    select(func.count()).select_from(_STANDING).where(and_(_OF_USER, SESSION_STANDS))
)
LISTED = (
    sessions.c.sid,
    sessions.c.cookie_hash.is_not(None),
    sessions.c.proofs,
    sessions.c.created_at,
    sessions.c.used_at,
    sessions.c.idle_expires_at,
    sessions.c.expires_at,
    sessions.c.address,
    sessions.c.device,
    *ACTING,
)
_LIST = Statement(
    select(*LISTED)
    .select_from(_STANDING)
    .where(and_(_OF_USER, SESSION_STANDS))
    .order_by(sessions.c.used_at.desc(), sessions.c.sid)
    .limit(SESSIONS_MAX)
)
_HOLDERS = Statement(
    select(families.c.sid, clients.c.name)
    .select_from(
        families.join(
            clients,
            and_(same_tenant(clients, families), clients.c.client_id == families.c.client_id),
        ).join(tenants, same_tenant(tenants, families))
    )
    .where(and_(families.c.tenant == TENANT, families.c.user_id == text("the_user"), FAMILY_STANDS))
    .order_by(clients.c.name)
)
_OWN_STANDS = and_(
    _OF_USER,
    sessions.c.ended_at.is_(None),
    sessions.c.idle_expires_at > NOW,
    sessions.c.expires_at > NOW,
    sessions.c.epoch == select(tenants.c.epoch).where(tenants.c.tenant == TENANT).scalar_subquery(),
)
_END_OWN = Statement(
    update(sessions)
    .where(and_(_OWN_STANDS, sessions.c.sid == text("the_sid")))
    .values(ended_at=NOW, purge_at=number("purge"))
    .returning(sessions.c.sid)
)
_END_OTHERS = Statement(
    update(sessions)
    .where(and_(_OWN_STANDS, sessions.c.sid != text("kept")))
    .values(ended_at=NOW, purge_at=number("purge"))
    .returning(sessions.c.sid)
)


def list_sessions(tenant: str, user_id: str, *, now: int) -> Verb[SessionList]:
    """Read the live sessions of a user, the one used last first, and how many more there are."""
    where: Parameters = {"in_tenant": tenant, "the_user": user_id, "at": now}
    found = yield Step(_LIST, where)
    holders = yield Step(_HOLDERS, where)
    listed = tuple(
        listed_session(row, dict.fromkeys(name for sid, name in holders if sid == row[0]))
        for row in found
    )
    ((live,),) = yield Step(_COUNT, where)
    return SessionList(listed, live - len(listed))


def end_own_session(
    tenant: str, user_id: str, sid: str, *, now: int, origin: Origin
) -> Verb[EndOutcome]:
    """End a live session of this user with its families; whatever else it is, it is unknown."""
    where = _ending(tenant, user_id, now=now)
    if not (yield Step(_END_OWN, {**where, "the_sid": sid})):
        return EndOutcome.UNKNOWN
    yield from revoke_session_families(tenant, [sid], now=now)
    yield from record(tenant, ending(EventKind.SESSION_ENDED, user_id, sid, origin, now=now))
    return EndOutcome.ENDED


def end_sessions(
    tenant: str, user_id: str, *, keep: str | None, now: int, origin: Origin
) -> Verb[int]:
    """End every live session of a user but `keep`, with their families; return how many."""
    where = _ending(tenant, user_id, now=now)
    yield from end_under_way(tenant, user_id, now=now)
    ended = yield Step(_END_OTHERS, {**where, "kept": keep or ""})
    yield from revoke_session_families(tenant, [sid for (sid,) in ended], now=now)
    if ended:
        kind = EventKind.SESSIONS_ENDED if keep is None else EventKind.OTHER_SESSIONS_ENDED
        event = ending(kind, user_id, keep, origin, now=now)
        yield from record(tenant, replace(event, detail={"count": str(len(ended))}))
    return len(ended)


def listed_session(row: Row, clients: Iterable[str]) -> ListedSession:
    """Make the record of the columns `LISTED`, and of the applications with tokens."""
    *own, address, device = row[: -len(ACTING)]
    sid, has_cookie, proofs, created_at, used_at, idle_end, expires_at = own
    return ListedSession(
        sid=sid,
        has_cookie=bool(has_cookie),
        clients=tuple(clients),
        proofs=parse_proofs(proofs),
        created_at=created_at,
        used_at=used_at,
        idle_expires_at=idle_end,
        expires_at=expires_at,
        origin=Origin(address, device),
        actor=actor(row[-len(ACTING) :]),
    )


def _ending(tenant: str, user_id: str, *, now: int) -> dict[str, str | int | bytes | None]:
    purge = now + RETENTION_SECONDS
    return {"in_tenant": tenant, "the_user": user_id, "at": now, "purge": purge}
