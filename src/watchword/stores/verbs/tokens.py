"""What stands behind a token: read for guards, marked at its first sight, ended by logout.

Source: oauth.md section 5 and L-14; security.md rules 41 and 72.
"""

from sqlalchemy import and_, select, update

from watchword.accounts.users import User
from watchword.oauth.families import RevokeByRefreshToken, TokenState
from watchword.stores.schema import families, refresh_tokens, sessions, tenants, users
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs import endings
from watchword.stores.verbs.rows import USER, USER_WIDTH, user
from watchword.stores.verbs.terms import (
    FAMILY_STANDS,
    NOW,
    SESSION_STANDS,
    TENANT,
    blob,
    same_tenant,
    text,
)

__all__ = [
    "access_was_seen",
    "mark_access_seen",
    "read_token_state",
    "revoke_by_refresh_token",
]

_BEHIND_TOKEN = Statement(
    select(*USER, and_(SESSION_STANDS, FAMILY_STANDS).label("stands"))
    .select_from(
        users.join(tenants, same_tenant(tenants, users))
        .outerjoin(
            sessions,
            and_(
                same_tenant(sessions, users),
                sessions.c.user_id == users.c.id,
                sessions.c.sid == text("the_sid"),
            ),
        )
        .outerjoin(
            families,
            and_(
                same_tenant(families, sessions),
                families.c.sid == sessions.c.sid,
                families.c.id == text("the_family"),
            ),
        )
    )
    .where(and_(users.c.tenant == TENANT, users.c.id == text("the_user")))
)
_OWNER_OF_TOKEN = Statement(
    select(*USER, families.c.sid)
    .select_from(
        refresh_tokens.join(
            families,
            and_(
                same_tenant(families, refresh_tokens), families.c.id == refresh_tokens.c.family_id
            ),
        ).join(users, and_(same_tenant(users, families), users.c.id == families.c.user_id))
    )
    .where(
        and_(
            refresh_tokens.c.tenant == TENANT,
            refresh_tokens.c.token_hash == blob("presented"),
            families.c.client_id == text("the_client"),
        )
    )
)
_THE_GENERATION = and_(
    refresh_tokens.c.tenant == TENANT, refresh_tokens.c.generation_id == text("the_generation")
)
_SEEN = Statement(select(refresh_tokens.c.access_seen_at).where(_THE_GENERATION))
_MARK_SEEN = Statement(
    update(refresh_tokens)
    .where(and_(_THE_GENERATION, refresh_tokens.c.access_seen_at.is_(None)))
    .values(access_seen_at=NOW)
)


def read_token_state(
    tenant: str, *, user_id: str, sid: str, family_id: str, now: int
) -> Verb[TokenState]:
    """Read what stands behind an access token."""
    rows = yield Step(
        _BEHIND_TOKEN,
        {
            "in_tenant": tenant,
            "the_user": user_id,
            "the_sid": sid,
            "the_family": family_id,
            "at": now,
        },
    )
    if not rows:
        return TokenState(user=None, is_live=False)
    (row,) = rows
    return TokenState(user(row[:USER_WIDTH]), is_live=bool(row[USER_WIDTH]))


def revoke_by_refresh_token(tenant: str, command: RevokeByRefreshToken) -> Verb[User | None]:
    """End the session of a token and all its families; a second time changes nothing."""
    rows = yield Step(
        _OWNER_OF_TOKEN,
        {
            "in_tenant": tenant,
            "presented": command.token_hash,
            "the_client": command.client_id,
        },
    )
    if not rows:
        return None
    (row,) = rows
    yield from endings.end_session(tenant, row[USER_WIDTH], now=command.now)
    return user(row[:USER_WIDTH])


def access_was_seen(tenant: str, generation_id: str) -> Verb[bool]:
    """Read whether there is nothing left to mark; a mark is never taken back."""
    rows = yield Step(_SEEN, {"in_tenant": tenant, "the_generation": generation_id})
    return not rows or rows[0][0] is not None


def mark_access_seen(tenant: str, generation_id: str, *, now: int) -> Verb[None]:
    """Record the first sight of an access token; later ones leave it."""
    yield Step(_MARK_SEEN, {"in_tenant": tenant, "the_generation": generation_id, "at": now})
