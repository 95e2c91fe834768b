"""What a refresh token stands for, read without using it.

Source: RFC 7662 section 2.2; oauth.md T-5.
"""

from sqlalchemy import and_, select

from watchword.oauth.introspection import RefreshState
from watchword.stores.schema import clients, families, refresh_tokens, sessions, tenants, users
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.rows import USER, USER_WIDTH, user, words
from watchword.stores.verbs.terms import (
    FAMILY_STANDS,
    SESSION_STANDS,
    TENANT,
    USER_ACTIVE,
    blob,
    same_tenant,
)

__all__ = ["read_refresh_state"]

_FIND = Statement(
    select(
        *USER,
        families.c.client_id,
        families.c.resource,
        families.c.scopes,
        refresh_tokens.c.created_at,
        families.c.idle_expires_at,
        families.c.expires_at,
    )
    .select_from(
        refresh_tokens.join(
            families,
            and_(
                same_tenant(families, refresh_tokens), families.c.id == refresh_tokens.c.family_id
            ),
        )
        .join(sessions, and_(same_tenant(sessions, families), sessions.c.sid == families.c.sid))
        .join(users, and_(same_tenant(users, families), users.c.id == families.c.user_id))
        .join(
            clients,
            and_(same_tenant(clients, families), clients.c.client_id == families.c.client_id),
        )
        .join(tenants, same_tenant(tenants, families))
    )
    .where(
        and_(
            refresh_tokens.c.tenant == TENANT,
            refresh_tokens.c.token_hash == blob("presented"),
            refresh_tokens.c.consumed_at.is_(None),
            refresh_tokens.c.killed_at.is_(None),
            FAMILY_STANDS,
            SESSION_STANDS,
            USER_ACTIVE,
            clients.c.is_active.is_(True),
        )
    )
)


def read_refresh_state(tenant: str, token_hash: bytes, *, now: int) -> Verb[RefreshState | None]:
    """Read what a live refresh token stands for."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "presented": token_hash, "at": now})
    if not rows:
        return None
    client_id, resource, scopes, created_at, idle_end, end = rows[0][USER_WIDTH:]
    owner = user(rows[0][:USER_WIDTH])
    return RefreshState(owner, client_id, resource, words(scopes), created_at, min(idle_end, end))
