"""The feed of what ended, numbered in the order of commits.

Each event takes the next number from the row of its tenant, whose lock it holds until it is
committed: no reader sees a number before every smaller one. However many events a transaction has,
two statements write them, since everybody else who writes to the feed waits for that lock.

Source: oauth.md F-1 to F-3, S-5.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Text, and_, column, insert, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from watchword.oauth.feed import (
    EVENTS_MAX,
    FEED_SECONDS,
    AccountChange,
    Cursor,
    FeedPage,
    Revocation,
    RevocationKind,
)
from watchword.stores.schema import revocations, tenants
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.terms import NOW, TENANT, number, text

__all__ = ["ANNOUNCES", "publish", "publish_accounts", "read_feed"]


class _Items(FunctionElement[Any]):
    """The texts of a JSON array as rows, numbered from 0."""

    inherit_cache = True


# A pair of statements that differs between the two databases.
@compiles(_Items, "sqlite")
def _for_sqlite(element: _Items, compiler: SQLCompiler, **kwargs: Any) -> str:
    (document,) = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"(SELECT key AS number, value FROM json_each({document}))"  # noqa: S608  # of a name, not of values


@compiles(_Items, "postgresql")
def _for_postgresql(element: _Items, compiler: SQLCompiler, **kwargs: Any) -> str:
    (document,) = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return (
        "(SELECT item.number - 1 AS number, item.value AS value FROM "  # noqa: S608  # as above
        f"json_array_elements_text(CAST({document} AS JSON)) "
        "WITH ORDINALITY AS item (value, number))"
    )


_ITEMS = _Items(text("the_values")).table_valued(
    column("number", BigInteger), column("value", Text)
)

# Whoever plays this statement and commits has written to the feed.
ANNOUNCES = Statement(
    update(tenants)
    .where(tenants.c.tenant == TENANT)
    .values(feed_position=tenants.c.feed_position + number("more"))
    .returning(tenants.c.feed_position)
)
_ADD = Statement(
    insert(revocations).from_select(
        ["tenant", "position", "kind", "value", "at", "until"],
        select(
            TENANT, number("the_first") + _ITEMS.c.number, text("the_kind"), _ITEMS.c.value, NOW,
            number("the_until"),
        ),
    )
)  # fmt: skip
# One statement sees one moment: the last number, and the events up to it.
_READ = Statement(
    select(
        tenants.c.epoch,
        tenants.c.feed_position,
        revocations.c.position,
        revocations.c.kind,
        revocations.c.value,
        revocations.c.at,
        revocations.c.until,
    )
    .select_from(
        tenants.outerjoin(
            revocations,
            and_(
                revocations.c.tenant == tenants.c.tenant,
                revocations.c.position > number("the_cursor"),
                revocations.c.until > NOW,
            ),
        )
    )
    .where(tenants.c.tenant == TENANT)
    .order_by(revocations.c.position)
    .limit(EVENTS_MAX)
)


def publish(
    tenant: str, kind: RevocationKind, values: Sequence[str], *, now: int, until: int | None = None
) -> Verb[None]:
    """Say that something ended, as the last step of what ends it. Of nothing, nothing is said."""
    if not values:
        return
    ((last,),) = yield Step(ANNOUNCES, {"in_tenant": tenant, "more": len(values)})
    yield Step(
        _ADD,
        {
            "in_tenant": tenant,
            "the_first": last - len(values) + 1,
            "the_kind": kind.value,
            "the_values": json.dumps(values),
            "at": now,
            "the_until": now + FEED_SECONDS if until is None else until,
        },
    )


def publish_accounts(tenant: str, changes: Iterable[AccountChange], *, now: int) -> Verb[None]:
    """Say how accounts stand, in the transaction that changes them; of each the latest alone."""
    latest = {change.user_id: change.to_text() for change in changes}
    yield from publish(tenant, RevocationKind.ACCOUNT, list(latest.values()), now=now)


def read_feed(tenant: str, cursor: Cursor, *, now: int) -> Verb[FeedPage]:
    """Read the events after a position, and the cursor up to which they are all."""
    rows = yield Step(_READ, {"in_tenant": tenant, "the_cursor": cursor.position, "at": now})
    epoch, last = rows[0][:2]
    events = tuple(
        Revocation(position, RevocationKind(kind), value, at, until)
        for _, _, position, kind, value, at, until in rows
        if position is not None
    )
    read = last if len(events) < EVENTS_MAX else events[-1].position
    return FeedPage(events, Cursor(epoch, read))
