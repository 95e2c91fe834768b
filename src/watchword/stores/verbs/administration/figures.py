"""Counts for an overview, each of bounded work.

Source: users.md U41.
"""

from typing import Any

from sqlalchemy import Select, and_, func, select

from watchword.accounts.administration.figures import (
    DAY_SECONDS,
    FIGURE_MAX,
    SIGN_INS_MAX,
    Figures,
    SignIns,
)
from watchword.accounts.events import EventKind
from watchword.oauth.traces import TRACE_SECONDS
from watchword.stores.schema import events, sessions, tenants, traces, users
from watchword.stores.schema.records import OF_A_SIGN_IN
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.terms import SESSION_STANDS, TENANT, number, same_tenant

__all__ = ["count_sign_ins", "read_figures"]


def _count(rows: Select[Any]) -> Statement:
    return Statement(select(func.count()).select_from(rows.limit(FIGURE_MAX).subquery("counted")))


_USERS = _count(select(users.c.id).where(users.c.tenant == TENANT))
_SESSIONS = _count(
    select(sessions.c.sid)
    .select_from(sessions.join(tenants, same_tenant(tenants, sessions)))
    .where(and_(sessions.c.tenant == TENANT, SESSION_STANDS))
)
# A trace goes a fixed time after it was written, so the index by which it goes tells its age too.
_REFUSALS = _count(
    select(traces.c.id).where(and_(traces.c.tenant == TENANT, traces.c.purge_at > number("since")))
)
_LATEST = (
    select(events.c.at, events.c.kind, events.c.client_id)
    .where(and_(events.c.tenant == TENANT, OF_A_SIGN_IN, events.c.at >= number("since")))
    .order_by(events.c.at.desc())
    .limit(SIGN_INS_MAX)
    .subquery("counted")
)
_STRETCH = ((_LATEST.c.at - number("since")) // number("stretch")).label("stretch")
_SIGN_INS = Statement(
    select(_STRETCH, _LATEST.c.kind, _LATEST.c.client_id, func.count())
    .group_by("stretch", _LATEST.c.kind, _LATEST.c.client_id)
    .order_by("stretch", _LATEST.c.kind, _LATEST.c.client_id)
)


def read_figures(tenant: str, *, now: int) -> Verb[Figures]:
    """Count users, live sessions and what was refused within a day."""
    where: Parameters = {
        "in_tenant": tenant,
        "at": now,
        "since": now - DAY_SECONDS + TRACE_SECONDS,
    }
    ((people,),) = yield Step(_USERS, where)
    ((live,),) = yield Step(_SESSIONS, where)
    ((refused,),) = yield Step(_REFUSALS, where)
    return Figures(people, live, refused)


def count_sign_ins(tenant: str, *, since: int, stretch_seconds: int) -> Verb[tuple[SignIns, ...]]:
    """Count the newest sign-ins by stretch, kind and client."""
    rows = yield Step(_SIGN_INS, {"in_tenant": tenant, "since": since, "stretch": stretch_seconds})
    return tuple(
        SignIns(stretch, EventKind(kind), client_id, count)
        for stretch, kind, client_id, count in rows
    )
