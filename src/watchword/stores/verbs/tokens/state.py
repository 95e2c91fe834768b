"""What stands behind a token: read for guards, marked at its first sight, ended by logout.

Source: oauth.md section 5 and L-14; security.md rules 41 and 72.
"""

from sqlalchemy import and_, select, update

from watchword.accounts.users import User
from watchword.oauth.families import RevokeByRefreshToken, Sight, TokenState
from watchword.oauth.feed import RevocationKind
from watchword.stores.schema import (
    families,
    refresh_tokens,
    revocations,
    sessions,
    tenants,
    users,
)
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.logins import sessions as sessions_verbs
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
    "mark_access_seen",
    "read_sight",
    "read_token_state",
    "revoke_by_refresh_token",
]

_UNKILLED = and_(refresh_tokens.c.generation_id.is_not(None), refresh_tokens.c.killed_at.is_(None))
_BEHIND_TOKEN = Statement(
    select(
        *USER,
        and_(SESSION_STANDS, FAMILY_STANDS, revocations.c.position.is_(None)).label("stands"),
        _UNKILLED.label("unkilled"),
        refresh_tokens.c.access_seen_at.is_not(None).label("seen"),
    )
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
        .outerjoin(
            refresh_tokens,
            and_(
                same_tenant(refresh_tokens, families),
                refresh_tokens.c.family_id == families.c.id,
                refresh_tokens.c.generation_id == text("the_generation"),
            ),
        )
        .outerjoin(
            revocations,
            and_(
                same_tenant(revocations, users),
                revocations.c.kind == RevocationKind.TOKEN.value,
                revocations.c.value == text("the_generation"),
            ),
        )
    )
    .where(and_(users.c.tenant == TENANT, users.c.id == text("the_user")))
    .limit(1)
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
_SIGHT = Statement(
    select(refresh_tokens.c.access_seen_at, refresh_tokens.c.killed_at).where(_THE_GENERATION)
)
_MARK_SEEN = Statement(
    update(refresh_tokens)
    .where(
        and_(
            _THE_GENERATION,
            refresh_tokens.c.access_seen_at.is_(None),
            refresh_tokens.c.killed_at.is_(None),
        )
    )
    .values(access_seen_at=NOW)
    .returning(refresh_tokens.c.generation_id)
)


def read_token_state(
    tenant: str, *, user_id: str, sid: str, family_id: str, generation_id: str, now: int
) -> Verb[TokenState]:
    """Read what stands behind an access token."""
    rows = yield Step(
        _BEHIND_TOKEN,
        {
            "in_tenant": tenant,
            "the_user": user_id,
            "the_sid": sid,
            "the_family": family_id,
            "the_generation": generation_id,
            "at": now,
        },
    )
    if not rows:
        return TokenState(user=None, is_live=False, is_replaced=False)
    (row,) = rows
    is_live, is_unkilled, is_seen = map(bool, row[USER_WIDTH:])
    return TokenState(
        user(row[:USER_WIDTH]),
        is_live=is_live,
        is_replaced=is_live and not is_unkilled,
        is_seen=is_live and is_unkilled and is_seen,
    )


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
    yield from sessions_verbs.end_session(
        tenant, row[USER_WIDTH], now=command.now, origin=command.origin
    )
    return user(row[:USER_WIDTH])


def read_sight(tenant: str, generation_id: str) -> Verb[Sight | None]:
    """Read what is decided about an access token for good; None where it is yet to be seen."""
    rows = yield Step(_SIGHT, {"in_tenant": tenant, "the_generation": generation_id})
    if not rows:
        return Sight.REPLACED
    seen_at, killed_at = rows[0]
    if killed_at is not None:
        return Sight.REPLACED
    return None if seen_at is None else Sight.SEEN


def mark_access_seen(tenant: str, generation_id: str, *, now: int) -> Verb[Sight]:
    """Record the first sight of an access token, unless its pair was killed before."""
    where: Parameters = {"in_tenant": tenant, "the_generation": generation_id, "at": now}
    if (yield Step(_MARK_SEEN, where)):
        return Sight.SEEN
    return (yield from read_sight(tenant, generation_id)) or Sight.REPLACED
