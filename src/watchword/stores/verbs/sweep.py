"""Cleanup: bounded work beside every issuance, so that no operator needs a janitor.

Each issuance deletes from one of four tables, at most twenty rows. Which one is chosen by a byte
of the hash of the secret just made, which is uniformly distributed; an issuance adds at most three
rows, so what is dead goes faster than it comes.

Source: oauth.md S-8.
"""

from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, delete, exists, select

from watchword.stores.schema import families, links, refresh_tokens, sessions
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.terms import NOW, TENANT, same_tenant

__all__ = ["SWEEPS", "SWEPT_ROWS_MAX", "sweep"]

SWEPT_ROWS_MAX = 20


def _sweep(table: Table, key: Column[Any], *conditions: ColumnElement[bool]) -> Statement:
    # The subquery is a CTE, which PostgreSQL evaluates once, and passes over rows that somebody
    # else is deleting; SQLite has no need of either and reads them the same way.
    dead = (
        select(key)
        .where(and_(table.c.tenant == TENANT, *conditions))
        .limit(SWEPT_ROWS_MAX)
        .with_for_update(skip_locked=True, of=table)
        .cte("dead")
    )
    return Statement(
        delete(table).where(and_(table.c.tenant == TENANT, key.in_(select(dead.c[key.name]))))
    )


# Children go before their parents: a family when its tokens are gone, a session after its families.
SWEEPS = (
    _sweep(
        refresh_tokens,
        refresh_tokens.c.token_hash,
        refresh_tokens.c.family_id.in_(
            select(families.c.id).where(
                and_(same_tenant(families, refresh_tokens), families.c.purge_at <= NOW)
            )
        ),
    ),
    _sweep(
        families,
        families.c.id,
        families.c.purge_at <= NOW,
        ~exists().where(
            and_(
                same_tenant(refresh_tokens, families),
                refresh_tokens.c.family_id == families.c.id,
            )
        ),
    ),
    _sweep(
        sessions,
        sessions.c.sid,
        sessions.c.purge_at <= NOW,
        ~exists().where(and_(same_tenant(families, sessions), families.c.sid == sessions.c.sid)),
    ),
    _sweep(links, links.c.token_hash, links.c.expires_at <= NOW),
)


def sweep(tenant: str, *, chosen_by: bytes, now: int) -> Verb[None]:
    """Delete at most twenty dead rows of the table that the first byte chooses."""
    statement = SWEEPS[chosen_by[0] % len(SWEEPS)]
    yield Step(statement, {"in_tenant": tenant, "at": now})
