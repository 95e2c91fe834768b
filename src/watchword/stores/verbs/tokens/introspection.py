"""What a stored token stands for, read without using it.

Source: RFC 7662 section 2.2; oauth.md T-5.
"""

from sqlalchemy import and_, select

from watchword.oauth.introspection import RefreshState
from watchword.oauth.opaque_tokens import OpaqueState
from watchword.stores.schema import (
    clients,
    families,
    opaque_tokens,
    refresh_tokens,
    resources,
    sessions,
    tenants,
    users,
)
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.choices import parse_choices
from watchword.stores.verbs.rows import FACTS, USER, USER_WIDTH, facts, user, words
from watchword.stores.verbs.terms import (
    FAMILY_STANDS,
    NOW,
    PARTIES_ACTIVE,
    SESSION_STANDS,
    TENANT,
    USER_ACTIVE,
    blob,
    same_tenant,
    text,
)
from watchword.stores.verbs.tokens.families import WITH_PARTIES

__all__ = ["read_opaque_token", "read_refresh_state"]

_FIND = Statement(
    select(
        *USER,
        families.c.client_id,
        families.c.resource,
        families.c.scopes,
        families.c.choices,
        refresh_tokens.c.created_at,
        families.c.idle_expires_at,
        families.c.expires_at,
        sessions.c.actor_id,
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

_OPAQUE = Statement(
    select(
        opaque_tokens.c.jti,
        opaque_tokens.c.client_id,
        opaque_tokens.c.resource,
        opaque_tokens.c.scopes,
        opaque_tokens.c.created_at,
        opaque_tokens.c.expires_at,
        opaque_tokens.c.family_id,
    )
    .select_from(
        opaque_tokens.join(
            clients,
            and_(
                same_tenant(clients, opaque_tokens),
                clients.c.client_id == opaque_tokens.c.client_id,
            ),
        )
        .join(
            resources,
            and_(
                same_tenant(resources, opaque_tokens),
                resources.c.identifier == opaque_tokens.c.resource,
            ),
        )
        .join(tenants, same_tenant(tenants, opaque_tokens))
    )
    .where(
        and_(
            opaque_tokens.c.tenant == TENANT,
            opaque_tokens.c.token_hash == blob("presented"),
            opaque_tokens.c.revoked_at.is_(None),
            opaque_tokens.c.expires_at > NOW,
            opaque_tokens.c.epoch == tenants.c.epoch,
            clients.c.is_active.is_(True),
            resources.c.is_active.is_(True),
        )
    )
)
_BEHIND = Statement(
    select(*FACTS)
    .select_from(WITH_PARTIES)
    .where(
        and_(
            families.c.tenant == TENANT,
            families.c.id == text("the_family"),
            FAMILY_STANDS,
            SESSION_STANDS,
            PARTIES_ACTIVE,
        )
    )
)


def read_opaque_token(tenant: str, token_hash: bytes, *, now: int) -> Verb[OpaqueState | None]:
    """Read what a live opaque token stands for."""
    rows = yield Step(_OPAQUE, {"in_tenant": tenant, "presented": token_hash, "at": now})
    if not rows:
        return None
    token_id, client_id, resource, scopes, created_at, expires_at, family_id = rows[0]
    behind = None
    if family_id is not None:
        where: Parameters = {
            "in_tenant": tenant,
            "the_family": family_id,
            "the_resource": resource,
            "at": now,
        }
        found = yield Step(_BEHIND, where)
        if not found:
            return None
        behind = facts(found[0], generation_id=token_id)
    return OpaqueState(token_id, client_id, resource, words(scopes), created_at, expires_at, behind)


def read_refresh_state(tenant: str, token_hash: bytes, *, now: int) -> Verb[RefreshState | None]:
    """Read what a live refresh token stands for."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "presented": token_hash, "at": now})
    if not rows:
        return None
    client_id, resource, scopes, choices, created_at, *ends, actor_id = rows[0][USER_WIDTH:]
    return RefreshState(
        user=user(rows[0][:USER_WIDTH]),
        client_id=client_id,
        granted={resource: words(scopes), **parse_choices(choices)},
        created_at=created_at,
        expires_at=min(ends),
        actor=actor_id,
    )
