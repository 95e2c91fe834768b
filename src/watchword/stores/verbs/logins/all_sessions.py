"""The live sessions of everybody, as an administrator looks for them: page by page, or by its id.

Source: users.md U40; security.md rule 45.
"""

from sqlalchemy import and_, or_, select

from watchword.accounts.sessions import OwnedSession
from watchword.stores.schema import clients, families, sessions, tenants, users
from watchword.stores.statement import Parameters, Rows, Statement, Step, Verb
from watchword.stores.verbs.logins.own_sessions import LISTED, listed_session
from watchword.stores.verbs.terms import (
    FAMILY_STANDS,
    SESSION_STANDS,
    TENANT,
    number,
    same_tenant,
    text,
)

__all__ = ["find_owned_session", "page_sessions"]

_OWNED = (
    select(users.c.id, users.c.name, *LISTED)
    .select_from(
        sessions.join(tenants, same_tenant(tenants, sessions)).join(
            users, and_(same_tenant(users, sessions), users.c.id == sessions.c.user_id)
        )
    )
    .where(and_(sessions.c.tenant == TENANT, SESSION_STANDS))
)
_PAGE = Statement(
    _OWNED.where(
        sessions.c.created_at <= number("before_at"),
        or_(sessions.c.created_at < number("before_at"), sessions.c.sid < text("before_sid")),
    )
    .order_by(sessions.c.created_at.desc(), sessions.c.sid.desc())
    .limit(number("at_most"))
)
_FIND = Statement(_OWNED.where(sessions.c.sid == text("the_sid")))
_HOLDERS = Statement(
    select(clients.c.name)
    .select_from(
        families.join(
            clients,
            and_(same_tenant(clients, families), clients.c.client_id == families.c.client_id),
        ).join(tenants, same_tenant(tenants, families))
    )
    .where(and_(families.c.tenant == TENANT, families.c.sid == text("the_sid"), FAMILY_STANDS))
    .order_by(clients.c.name)
)
_END_OF_TIME = 2**62  # after every session that will ever begin


def page_sessions(
    tenant: str, *, before: tuple[int, str] | None, limit: int, now: int
) -> Verb[tuple[OwnedSession, ...]]:
    """Read the live sessions of everybody, the one that began last first."""
    before_at, before_sid = before or (_END_OF_TIME, "")
    where: Parameters = {
        "in_tenant": tenant,
        "at": now,
        "before_at": before_at,
        "before_sid": before_sid,
        "at_most": limit,
    }
    rows = yield Step(_PAGE, where)
    return (yield from _with_holders(tenant, rows, now=now))


def find_owned_session(tenant: str, sid: str, *, now: int) -> Verb[OwnedSession | None]:
    """Read one live session of whoever it is."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "the_sid": sid, "at": now})
    return next(iter((yield from _with_holders(tenant, rows, now=now))), None)


def _with_holders(tenant: str, rows: Rows, *, now: int) -> Verb[tuple[OwnedSession, ...]]:
    """Read who holds tokens of each: one look at an index for each session of a page."""
    found = []
    for user_id, user_name, *row in rows:
        where: Parameters = {"in_tenant": tenant, "the_sid": row[0], "at": now}
        holders = yield Step(_HOLDERS, where)
        names = dict.fromkeys(name for (name,) in holders)
        found.append(OwnedSession(user_id, user_name, listed_session(row, names)))
    return tuple(found)
