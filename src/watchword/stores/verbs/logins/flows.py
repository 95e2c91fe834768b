"""Logins under way: a row between two requests, whose secret is replaced at every step.

Source: oauth.md L-5 and S-3; security.md rule 60 and section 3.6.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, insert, or_, select, update

from watchword.accounts.flow import (
    AdvanceFlow,
    Bindings,
    Flow,
    FlowPurpose,
    LiveLogin,
    NewFlow,
    Wish,
)
from watchword.accounts.levels import Level, format_proofs, parse_proofs
from watchword.stores.schema import families, flows, refresh_tokens, sessions, tenants, users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.terms import (
    FAMILY_STANDS,
    NOW,
    SESSION_STANDS,
    TENANT,
    USER_ACTIVE,
    blob,
    number,
    same_tenant,
    text,
)

__all__ = ["add_flow", "advance_flow", "end_flow", "find_flow", "find_login", "save_flow"]

_EPOCH = select(tenants.c.epoch).where(tenants.c.tenant == TENANT).scalar_subquery()
_ADD = Statement(
    insert(flows).from_select(
        [
            "tenant", "id", "secret_hash", "purpose", "user_id", "client_id", "password_hash",
            "proofs", "request", "bound_to", "created_at", "expires_at", "epoch",
        ],
        select(
            tenants.c.tenant, text("the_flow"), blob("presented"), text("for_purpose"),
            text("the_user"), text("the_client"), text("the_hash"), text("the_proofs"),
            text("the_request"), blob("bound"), NOW, number("end"), tenants.c.epoch,
        ).where(tenants.c.tenant == TENANT),
    )
)  # fmt: skip
_BOUND = and_(
    flows.c.tenant == TENANT,
    flows.c.secret_hash == blob("presented"),
    flows.c.purpose == text("for_purpose"),
    or_(text("the_client").is_(None), flows.c.client_id == text("the_client")),
    flows.c.bound_to.is_not_distinct_from(blob("bound")),
    flows.c.ended_at.is_(None),
    flows.c.expires_at > NOW,
    flows.c.epoch == _EPOCH,
)
_FLOW = (
    flows.c.id,
    flows.c.purpose,
    flows.c.user_id,
    flows.c.client_id,
    flows.c.password_hash,
    flows.c.proofs,
    flows.c.request,
)
_ADVANCE = Statement(
    update(flows)
    .where(_BOUND)
    .values(secret_hash=blob("successor"), expires_at=number("end"))
    .returning(*_FLOW)
)
_FIND = Statement(select(*_FLOW).where(_BOUND))
_THE_FLOW = and_(
    flows.c.tenant == TENANT, flows.c.id == text("the_flow"), flows.c.ended_at.is_(None)
)
_SAVE = Statement(
    update(flows)
    .where(_THE_FLOW)
    .values(user_id=text("the_user"), password_hash=text("the_hash"), proofs=text("the_proofs"))
)
_END = Statement(update(flows).where(_THE_FLOW).values(ended_at=NOW).returning(flows.c.id))
_LOGIN = Statement(
    select(sessions.c.sid, users.c.id, users.c.name, sessions.c.proofs)
    .select_from(
        refresh_tokens.join(
            families,
            and_(
                same_tenant(families, refresh_tokens), families.c.id == refresh_tokens.c.family_id
            ),
        )
        .join(sessions, and_(same_tenant(sessions, families), sessions.c.sid == families.c.sid))
        .join(users, and_(same_tenant(users, families), users.c.id == families.c.user_id))
        .join(tenants, same_tenant(tenants, families))
    )
    .where(
        refresh_tokens.c.tenant == TENANT,
        refresh_tokens.c.token_hash == blob("presented"),
        refresh_tokens.c.consumed_at.is_(None),
        refresh_tokens.c.killed_at.is_(None),
        families.c.client_id == text("the_client"),
        sessions.c.actor_sid.is_(None),  # the proofs are not the user's, whose login would go on
        FAMILY_STANDS,
        SESSION_STANDS,
        USER_ACTIVE,
    )
)


def add_flow(tenant: str, new: NewFlow) -> Verb[None]:
    """Store a flow."""
    flow = new.flow
    yield Step(
        _ADD,
        {
            **_bindings(new.bindings),
            "in_tenant": tenant,
            "the_flow": flow.id,
            "presented": new.secret_hash,
            "the_user": flow.user_id,
            "the_hash": flow.password_hash,
            "the_proofs": format_proofs(flow.proofs),
            "the_request": _written(flow),
            "at": new.created_at,
            "end": new.expires_at,
        },
    )


def advance_flow(tenant: str, command: AdvanceFlow) -> Verb[Flow | None]:
    """Replace the secret of a live flow; of concurrent callers one gets the flow."""
    rows = yield Step(
        _ADVANCE,
        {
            **_bindings(command.bindings),
            "in_tenant": tenant,
            "presented": command.secret_hash,
            "successor": command.successor_hash,
            "at": command.now,
            "end": command.expires_at,
        },
    )
    return _flow(rows[0]) if rows else None


def find_flow(
    tenant: str, secret_hash: bytes, bindings: Bindings, *, now: int
) -> Verb[Flow | None]:
    """Read a live flow; its secret stays."""
    where: Parameters = {
        **_bindings(bindings), "in_tenant": tenant, "presented": secret_hash, "at": now
    }  # fmt: skip
    rows = yield Step(_FIND, where)
    return _flow(rows[0]) if rows else None


def save_flow(tenant: str, flow: Flow) -> Verb[None]:
    """Write what has been proved, if the flow has not ended."""
    yield Step(
        _SAVE,
        {
            "in_tenant": tenant,
            "the_flow": flow.id,
            "the_user": flow.user_id,
            "the_hash": flow.password_hash,
            "the_proofs": format_proofs(flow.proofs),
        },
    )


def end_flow(tenant: str, flow_id: str, *, now: int) -> Verb[bool]:
    """End a flow; true for the one caller that ended it."""
    return bool((yield Step(_END, {"in_tenant": tenant, "the_flow": flow_id, "at": now})))


def find_login(
    tenant: str, token_hash: bytes, client_id: str, *, now: int
) -> Verb[LiveLogin | None]:
    """Read the session behind a live refresh token, which is not spent by it."""
    where: Parameters = {
        "in_tenant": tenant, "presented": token_hash, "the_client": client_id, "at": now
    }  # fmt: skip
    rows = yield Step(_LOGIN, where)
    if not rows:
        return None
    sid, user_id, name, proofs = rows[0]
    return LiveLogin(sid, user_id, name, parse_proofs(proofs))


def _bindings(bindings: Bindings) -> dict[str, str | bytes | None]:
    return {
        "for_purpose": bindings.purpose.value,
        "the_client": bindings.client_id,
        "bound": bindings.bound_to,
    }


def _written(flow: Flow) -> str:
    members = {
        "level": flow.wish.level.value,
        "max_age": flow.wish.max_age,
        "name": flow.name,
        "sid": flow.sid,
        "request": dict(flow.request),
    }
    return json.dumps(members, sort_keys=True)


def _flow(row: Sequence[Any]) -> Flow:
    flow_id, purpose, user_id, client_id, password_hash, proofs, request = row
    members = json.loads(request)
    return Flow(
        id=flow_id,
        purpose=FlowPurpose(purpose),
        user_id=user_id,
        client_id=client_id,
        password_hash=password_hash,
        proofs=parse_proofs(proofs),
        wish=Wish(Level(members["level"]), members["max_age"]),
        name=members["name"],
        sid=members["sid"],
        request=members["request"],
    )
