"""Events: written beside the change that they tell of, read by user and by family.

Source: users.md U58; security.md rules 43 and 45.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, insert, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from watchword.accounts.events import (
    EVENT_RETENTION_SECONDS,
    Event,
    EventKind,
    EventOutcome,
    RecordedEvent,
)
from watchword.accounts.origin import Origin
from watchword.stores.schema import events
from watchword.stores.schema.records import OF_A_SIGN_IN
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.terms import TENANT, number, text

__all__ = [
    "find_event",
    "list_events",
    "list_family_events",
    "page_events",
    "page_sign_ins",
    "record",
]


class _NewId(FunctionElement[str]):
    """An id that the database makes: milliseconds of its clock, then chance.

    Verbs record events deep inside other verbs, which need not carry an id for each. It names a
    row, orders those of one second, and protects nothing.
    """

    type = Text()
    inherit_cache = True


# The one pair of names that differs between the two databases.
@compiles(_NewId, "sqlite")
def _for_sqlite(_element: _NewId, _compiler: SQLCompiler, **_kwargs: Any) -> str:
    milliseconds = "cast(unixepoch('subsec') * 1000 as integer)"
    return f"printf('evt_%012x%s', {milliseconds}, lower(hex(randomblob(10))))"


@compiles(_NewId, "postgresql")
def _for_postgresql(_element: _NewId, _compiler: SQLCompiler, **_kwargs: Any) -> str:
    milliseconds = "(extract(epoch from clock_timestamp()) * 1000)::bigint"
    chance = "right(replace(gen_random_uuid()::text, '-', ''), 20)"
    return f"'evt_' || lpad(to_hex({milliseconds}), 12, '0') || {chance}"


_NAMED = (
    "kind", "outcome", "user_id", "actor", "client_id", "sid", "family_id", "address", "device",
    "detail",
)  # fmt: skip
_RECORD = Statement(
    insert(events)
    .from_select(
        ["tenant", "id", "at", "purge_at", *_NAMED],
        select(
            TENANT,
            _NewId(),
            number("happened"),
            number("purge"),
            *(text(f"the_{name}") for name in _NAMED),
        ),
    )
    .returning(events.c.id)
)
_EVENT: tuple[ColumnElement[Any], ...] = (
    events.c.id,
    events.c.at,
    *(events.c[name] for name in _NAMED),
)
_FIND = Statement(
    select(*_EVENT).where(and_(events.c.tenant == TENANT, events.c.id == text("the_event")))
)
_OF_USER = and_(events.c.tenant == TENANT, events.c.user_id == text("the_user"))
_NEWEST_FIRST = (events.c.at.desc(), events.c.id.desc())
_LIST = Statement(
    select(*_EVENT)
    .where(
        _OF_USER,
        or_(
            events.c.at < number("before_at"),
            and_(events.c.at == number("before_at"), events.c.id < text("before_id")),
        ),
    )
    .order_by(*_NEWEST_FIRST)
    .limit(number("at_most"))
)
_LIST_OF_FAMILY = Statement(
    select(*_EVENT)
    .where(_OF_USER, events.c.family_id == text("the_family"))
    .order_by(*_NEWEST_FIRST)
    .limit(number("at_most"))
)
# An event goes a fixed time after it happened, so the index by which it goes gives the order in
# which it came.
_PAGE = Statement(
    select(*_EVENT)
    .where(
        events.c.tenant == TENANT,
        events.c.purge_at <= number("before_purge"),
        or_(events.c.purge_at < number("before_purge"), events.c.id < text("before_id")),
    )
    .order_by(events.c.purge_at.desc(), events.c.id.desc())
    .limit(number("at_most"))
)
_PAGE_OF_SIGN_INS = Statement(
    select(*_EVENT)
    .where(
        events.c.tenant == TENANT,
        OF_A_SIGN_IN,
        events.c.at <= number("before_at"),
        or_(events.c.at < number("before_at"), events.c.id < text("before_id")),
    )
    .order_by(*_NEWEST_FIRST)
    .limit(number("at_most"))
)
_END_OF_TIME = 2**62  # before everything that will ever happen


def record(tenant: str, event: Event) -> Verb[str]:
    """Write an event, as a part of the verb that makes it true; return its id."""
    rows = yield Step(
        _RECORD,
        {
            "in_tenant": tenant,
            "happened": event.at,
            "purge": event.at + EVENT_RETENTION_SECONDS,
            "the_kind": event.kind.value,
            "the_outcome": event.outcome.value,
            "the_user_id": event.user_id,
            "the_actor": event.actor,
            "the_client_id": event.client_id,
            "the_sid": event.sid,
            "the_family_id": event.family_id,
            "the_address": event.origin.address,
            "the_device": event.origin.device,
            "the_detail": json.dumps(dict(event.detail), sort_keys=True),
        },
    )
    event_id: str = rows[0][0]
    return event_id


def find_event(tenant: str, event_id: str) -> Verb[RecordedEvent | None]:
    """Read one event."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "the_event": event_id})
    return _event(rows[0]) if rows else None


def list_events(
    tenant: str, user_id: str, *, before: RecordedEvent | None, limit: int
) -> Verb[tuple[RecordedEvent, ...]]:
    """Read the events of a user, the newest first."""
    rows = yield Step(
        _LIST,
        {
            "in_tenant": tenant,
            "the_user": user_id,
            "before_at": before.event.at if before else _END_OF_TIME,
            "before_id": before.id if before else "",
            "at_most": limit,
        },
    )
    return tuple(_event(row) for row in rows)


def page_events(
    tenant: str, *, before: RecordedEvent | None, limit: int
) -> Verb[tuple[RecordedEvent, ...]]:
    """Read the events of everybody, the newest first."""
    purge = before.event.at + EVENT_RETENTION_SECONDS if before else _END_OF_TIME
    rows = yield Step(
        _PAGE,
        {
            "in_tenant": tenant,
            "before_purge": purge,
            "before_id": before.id if before else "",
            "at_most": limit,
        },
    )
    return tuple(_event(row) for row in rows)


def page_sign_ins(
    tenant: str, *, before: RecordedEvent | None, limit: int
) -> Verb[tuple[RecordedEvent, ...]]:
    """Read the sign-ins of everybody, refused ones too, the newest first."""
    rows = yield Step(
        _PAGE_OF_SIGN_INS,
        {
            "in_tenant": tenant,
            "before_at": before.event.at if before else _END_OF_TIME,
            "before_id": before.id if before else "",
            "at_most": limit,
        },
    )
    return tuple(_event(row) for row in rows)


def list_family_events(
    tenant: str, user_id: str, family_id: str, *, limit: int
) -> Verb[tuple[RecordedEvent, ...]]:
    """Read the newest events of a family, in the order they happened."""
    rows = yield Step(
        _LIST_OF_FAMILY,
        {"in_tenant": tenant, "the_user": user_id, "the_family": family_id, "at_most": limit},
    )
    return tuple(_event(row) for row in reversed(rows))


def _event(row: Sequence[Any]) -> RecordedEvent:
    event_id, at, kind, outcome, user_id, actor, client_id, sid, family_id, *where, detail = row
    address, device = where
    event = Event(
        kind=EventKind(kind),
        at=at,
        outcome=EventOutcome(outcome),
        user_id=user_id,
        origin=Origin(address, device),
        actor=actor,
        client_id=client_id,
        sid=sid,
        family_id=family_id,
        detail=json.loads(detail),
    )
    return RecordedEvent(event_id, event)
