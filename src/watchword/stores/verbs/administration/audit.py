"""The audit log: entries are added at the end of the transaction that they tell of.

The row of the tenant is held while an entry is added, so that positions have no gap and each chain
value follows the one before. It keeps the end of the log, from which the next entry goes on: where
the newest entries are cut off, those that follow leave the gap in sight (decisions/0250). Like the
feed an entry comes last in a transaction (`endings.py`).

Source: security.md rule 100.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, insert, select, update

from watchword.accounts.administration.audit import (
    BEGINNING,
    AuditAction,
    AuditEntry,
    Author,
    Deed,
    Entry,
    Unreadable,
    chained,
    covered,
)
from watchword.accounts.administration.chain import Head, Stretch
from watchword.accounts.origin import Origin
from watchword.stores.schema import audit, tenants
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.terms import NOW, TENANT, blob, number, text
from watchword.stores.verbs.upkeep.tenants import LOCK_TENANT

__all__ = ["append", "list_audit", "walk_audit"]

_SAID = ("actor", "reason", "address", "device", "action", "kind", "target", "detail")
_HEAD = Statement(
    select(tenants.c.audit_position, tenants.c.audit_chain).where(tenants.c.tenant == TENANT)
)
_MOVE_HEAD = Statement(
    update(tenants)
    .where(tenants.c.tenant == TENANT)
    .values(audit_position=number("the_position"), audit_chain=blob("the_chain"))
)
_ADD = Statement(
    insert(audit).from_select(
        ["tenant", "position", "at", "chain", *_SAID],
        select(
            TENANT,
            number("the_position"),
            NOW,
            blob("the_chain"),
            *(text(f"the_{name}") for name in _SAID),
        ),
    )
)
_ENTRY = (audit.c.position, audit.c.at, audit.c.chain, *(audit.c[name] for name in _SAID))
_BEFORE = and_(audit.c.tenant == TENANT, audit.c.position < number("before"))
_LIST = Statement(
    select(*_ENTRY).where(_BEFORE).order_by(audit.c.position.desc()).limit(number("at_most"))
)
_LIST_OF_TARGET = Statement(
    select(*_ENTRY)
    .where(and_(_BEFORE, audit.c.target == text("the_target")))
    .order_by(audit.c.position.desc())
    .limit(number("at_most"))
)
_WALK = Statement(
    select(*_ENTRY)
    .where(and_(audit.c.tenant == TENANT, audit.c.position > number("after")))
    .order_by(audit.c.position)
    .limit(number("at_most"))
)
_END = 2**62  # after every position


def append(tenant: str, deed: Deed, *, by: Author, now: int) -> Verb[int]:
    """Write an entry, as the last step of the verb that makes it true; return its position."""
    yield Step(LOCK_TENANT, {"in_tenant": tenant})
    last = yield from _head(tenant)
    position = last.position + 1
    entry: Parameters = {
        "in_tenant": tenant,
        "the_position": position,
        "at": now,
        "the_chain": chained(last.chain, position=position, at=now, author=by, deed=deed),
        "the_actor": by.actor,
        "the_reason": by.reason,
        "the_address": by.origin.address,
        "the_device": by.origin.device,
        "the_action": deed.action.value,
        "the_kind": deed.kind,
        "the_target": deed.target,
        "the_detail": json.dumps(dict(deed.detail), sort_keys=True),
    }
    yield Step(_ADD, entry)
    yield Step(_MOVE_HEAD, entry)
    return position


def list_audit(
    tenant: str, *, target: str | None, before: int | None, limit: int
) -> Verb[tuple[Entry, ...]]:
    """Read entries, the newest first."""
    where: Parameters = {
        "in_tenant": tenant,
        "before": _END if before is None else before,
        "at_most": limit,
        "the_target": target,
    }
    rows = yield Step(_LIST if target is None else _LIST_OF_TARGET, where)
    return tuple(_read(row) for row in rows)


def walk_audit(tenant: str, *, after: int, limit: int) -> Verb[Stretch]:
    """Read entries, the oldest first, and the head, in one moment."""
    head = yield from _head(tenant)
    where: Parameters = {"in_tenant": tenant, "after": after, "at_most": limit}
    rows = yield Step(_WALK, where)
    return Stretch(tuple(_read(row) for row in rows), head)


def _head(tenant: str) -> Verb[Head]:
    rows = yield Step(_HEAD, {"in_tenant": tenant})
    position, chain = rows[0]
    return Head(position, BEGINNING if chain is None else bytes(chain))


def _read(row: Sequence[Any]) -> Entry:
    """Return an entry; what was altered may be no entry any more."""
    try:
        return _entry(row)
    except (TypeError, ValueError, RecursionError):
        return _unreadable(row)


def _unreadable(row: Sequence[Any]) -> Unreadable:
    """Return a row as it stands, by which the chain says whether a later version wrote it."""
    position, at, chain, *words, detail = row
    try:
        return Unreadable(
            position, covered(position, at, *words, dict(json.loads(detail))), bytes(chain)
        )
    except (TypeError, ValueError, RecursionError):
        return Unreadable(position)


def _entry(row: Sequence[Any]) -> AuditEntry:
    position, at, chain, actor, reason, address, device, action, kind, target, detail = row
    author = Author(actor, reason, Origin(address, device))
    deed = Deed(AuditAction(action), kind, target, dict(json.loads(detail)))
    return AuditEntry(position, at, author, deed, bytes(chain))
