"""Traces of refused requests: added in groups, swept in groups of the same size.

Source: oauth.md section 17, S-8.
"""

import json
from collections.abc import Sequence

from sqlalchemy import and_, insert, or_, select

from watchword.oauth.traces import TRACE_SECONDS, Sent, Trace
from watchword.stores.schema import traces, users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.rows import Row
from watchword.stores.verbs.terms import NOW, TENANT, number, text
from watchword.stores.verbs.upkeep.sweep import SWEEP_TRACES, SWEPT_ROWS_MAX, clear

__all__ = ["add_traces", "find_trace", "page_traces"]

# A person who is gone meanwhile is not written down again.
_user = (
    select(users.c.id)
    .where(and_(users.c.tenant == TENANT, users.c.id == text("the_user")))
    .scalar_subquery()
)
_ADD = Statement(
    insert(traces).from_select(
        ["tenant", "id", "at", "endpoint", "code", "client_id", "user_id", "steps", "purge_at"],
        select(
            TENANT, text("the_id"), NOW, text("the_endpoint"), text("the_code"),
            text("the_client"), _user, text("the_steps"), number("purge"),
        ),
    )
)  # fmt: skip
_TRACE = select(
    traces.c.id,
    traces.c.at,
    traces.c.endpoint,
    traces.c.code,
    traces.c.client_id,
    traces.c.user_id,
    traces.c.steps,
).where(traces.c.tenant == TENANT)
_FIND = Statement(_TRACE.where(traces.c.id == text("the_id")))
# A trace goes a fixed time after it was written: the index by which it goes gives the order.
_PAGE = Statement(
    _TRACE.where(
        traces.c.purge_at <= number("before_purge"),
        or_(traces.c.purge_at < number("before_purge"), traces.c.id < text("before_id")),
    )
    .order_by(traces.c.purge_at.desc(), traces.c.id.desc())
    .limit(number("at_most"))
)
_END_OF_TIME = 2**62  # after every request that will ever be refused


def add_traces(tenant: str, found: Sequence[Trace], *, now: int) -> Verb[None]:
    """Insert traces, at most as many as are swept."""
    for trace in found[:SWEPT_ROWS_MAX]:
        yield Step(
            _ADD,
            {
                "in_tenant": tenant,
                "the_id": trace.id,
                "at": trace.at,
                "the_endpoint": trace.endpoint,
                "the_code": trace.code,
                "the_client": trace.client_id,
                "the_user": trace.user_id,
                "the_steps": _written(trace),
                "purge": trace.at + TRACE_SECONDS,
            },
        )
    yield from clear(tenant, SWEEP_TRACES, now=now)


def find_trace(tenant: str, trace_id: str) -> Verb[Trace | None]:
    """Read one trace."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "the_id": trace_id})
    return _read(rows[0]) if rows else None


def page_traces(
    tenant: str, *, before: tuple[int, str] | None, limit: int
) -> Verb[tuple[Trace, ...]]:
    """Read the newest traces."""
    at, before_id = before or (_END_OF_TIME, "")
    where: Parameters = {
        "in_tenant": tenant,
        "before_purge": at + TRACE_SECONDS,
        "before_id": before_id,
        "at_most": limit,
    }
    rows = yield Step(_PAGE, where)
    return tuple(_read(row) for row in rows)


def _read(row: Row) -> Trace:
    found_id, at, endpoint, code, client_id, user_id, steps = row
    told = json.loads(steps)
    return Trace(
        id=found_id,
        at=at,
        endpoint=endpoint,
        status=told["status"],
        code=code,
        client_id=client_id,
        user_id=user_id,
        sent=tuple(Sent(name, value) for name, value in told["sent"]),
        steps=tuple(told["steps"]),
        public=told["public"],
        detail=told["detail"],
    )


def _written(trace: Trace) -> str:
    return json.dumps(
        {
            "status": trace.status,
            "sent": [(sent.name, sent.value) for sent in trace.sent],
            "steps": trace.steps,
            "public": trace.public,
            "detail": trace.detail,
        }
    )
