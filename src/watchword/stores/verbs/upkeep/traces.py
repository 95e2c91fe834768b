"""Traces of refused requests: added in groups, swept in groups of the same size.

Source: oauth.md section 17, S-8.
"""

import json
from collections.abc import Sequence

from sqlalchemy import and_, insert, select

from watchword.oauth.traces import TRACE_SECONDS, Sent, Trace
from watchword.stores.schema import traces, users
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.terms import NOW, TENANT, number, text
from watchword.stores.verbs.upkeep.sweep import SWEEP_TRACES, SWEPT_ROWS_MAX, clear

__all__ = ["add_traces", "find_trace"]

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
_FIND = Statement(
    select(
        traces.c.id,
        traces.c.at,
        traces.c.endpoint,
        traces.c.code,
        traces.c.client_id,
        traces.c.user_id,
        traces.c.steps,
    ).where(and_(traces.c.tenant == TENANT, traces.c.id == text("the_id")))
)


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
    if not rows:
        return None
    found_id, at, endpoint, code, client_id, user_id, steps = rows[0]
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
