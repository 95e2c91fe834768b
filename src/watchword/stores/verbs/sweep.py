"""Cleanup: bounded work beside every issuance, so that no operator needs a janitor.

Each issuance deletes from one table, at most twenty rows. Which one is chosen by two bytes of the
hash of the secret just made, which is uniformly distributed; an issuance adds at most one row to a
table, so what is dead goes faster than it comes.

Source: oauth.md S-8.
"""

from typing import Any

from sqlalchemy import Column, Select, and_, delete, exists, select, tuple_

from watchword.stores.schema import (
    challenges,
    families,
    links,
    outbox,
    refresh_tokens,
    revocations,
    sessions,
    signups,
)
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.terms import NOW, TENANT, same_tenant

__all__ = ["SWEEPS", "SWEEP_CHALLENGES", "SWEPT_ROWS_MAX", "sweep"]

SWEPT_ROWS_MAX = 20


def _sweep(key: Column[Any], dead: Select[Any]) -> Statement:
    # The subquery is a CTE, which PostgreSQL evaluates once, and passes over rows that somebody
    # else is deleting; SQLite has no need of either and reads them the same way.
    table = key.table
    chosen = dead.limit(SWEPT_ROWS_MAX).with_for_update(skip_locked=True, of=table).cte("dead")
    return Statement(
        delete(table).where(
            tuple_(table.c.tenant, key).in_(select(chosen.c.tenant, chosen.c[key.name]))
        )
    )


_OF_FAMILY = and_(
    same_tenant(refresh_tokens, families), refresh_tokens.c.family_id == families.c.id
)
_dead_families = (
    select(families.c.id)
    .where(
        and_(families.c.tenant == TENANT, families.c.purge_at <= NOW, exists().where(_OF_FAMILY))
    )
    .order_by(families.c.purge_at)
    .limit(SWEPT_ROWS_MAX)
    .cte("dead_families")
)

# Whoever asks for a challenge also sweeps: pages are looked at far more often than signed in on.
SWEEP_CHALLENGES = _sweep(
    challenges.c.challenge_hash,
    select(challenges.c.tenant, challenges.c.challenge_hash)
    .where(and_(challenges.c.tenant == TENANT, challenges.c.expires_at <= NOW))
    .order_by(challenges.c.expires_at),
)

# Children go before their parents: a family when its tokens are gone, a session after its families.
# The order by time makes both databases walk the index and stop.
SWEEPS = (
    _sweep(
        refresh_tokens.c.token_hash,
        select(refresh_tokens.c.tenant, refresh_tokens.c.token_hash).where(
            and_(
                refresh_tokens.c.tenant == TENANT,
                refresh_tokens.c.family_id.in_(select(_dead_families.c.id)),
            )
        ),
    ),
    _sweep(
        families.c.id,
        select(families.c.tenant, families.c.id)
        .where(
            and_(
                families.c.tenant == TENANT,
                families.c.purge_at <= NOW,
                ~exists().where(_OF_FAMILY),
            )
        )
        .order_by(families.c.purge_at),
    ),
    _sweep(
        sessions.c.sid,
        select(sessions.c.tenant, sessions.c.sid)
        .where(
            and_(
                sessions.c.tenant == TENANT,
                sessions.c.purge_at <= NOW,
                ~exists().where(
                    and_(same_tenant(families, sessions), families.c.sid == sessions.c.sid)
                ),
            )
        )
        .order_by(sessions.c.purge_at),
    ),
    _sweep(
        links.c.token_hash,
        select(links.c.tenant, links.c.token_hash)
        .where(and_(links.c.tenant == TENANT, links.c.expires_at <= NOW))
        .order_by(links.c.expires_at),
    ),
    _sweep(
        signups.c.token_hash,
        select(signups.c.tenant, signups.c.token_hash)
        .where(and_(signups.c.tenant == TENANT, signups.c.expires_at <= NOW))
        .order_by(signups.c.expires_at),
    ),
    _sweep(
        outbox.c.id,
        select(outbox.c.tenant, outbox.c.id)
        .where(and_(outbox.c.tenant == TENANT, outbox.c.purge_at <= NOW))
        .order_by(outbox.c.purge_at),
    ),
    SWEEP_CHALLENGES,
    _sweep(
        revocations.c.position,
        select(revocations.c.tenant, revocations.c.position)
        .where(and_(revocations.c.tenant == TENANT, revocations.c.until <= NOW))
        .order_by(revocations.c.until),
    ),
)


def sweep(tenant: str, *, chosen_by: bytes, now: int) -> Verb[None]:
    """Delete at most twenty dead rows of the table that the first two bytes choose."""
    statement = SWEEPS[int.from_bytes(chosen_by[:2]) % len(SWEEPS)]
    yield Step(statement, {"in_tenant": tenant, "at": now})
