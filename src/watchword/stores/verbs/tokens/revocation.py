"""Revocation by the client that holds a token.

Source: RFC 7009 section 2.1; oauth.md T-6, L-14.
"""

from sqlalchemy import and_, exists, select

from watchword.oauth.families import RevokedBecause
from watchword.oauth.feed import RevocationKind
from watchword.oauth.revocation import RevokeAccessToken, RevokeFamily
from watchword.stores.schema import families, refresh_tokens, revocations, sessions
from watchword.stores.statement import Lock, Parameters, Statement, Step, Verb
from watchword.stores.verbs import endings
from watchword.stores.verbs.revocations import publish
from watchword.stores.verbs.terms import TENANT, blob, same_tenant, text

__all__ = ["revoke_access_token", "revoke_family_of_token"]

_FIND = Statement(
    select(families.c.id, families.c.sid)
    .select_from(
        refresh_tokens.join(
            families,
            and_(
                same_tenant(families, refresh_tokens), families.c.id == refresh_tokens.c.family_id
            ),
        )
    )
    .where(
        and_(
            refresh_tokens.c.tenant == TENANT,
            refresh_tokens.c.token_hash == blob("presented"),
            families.c.client_id == text("the_client"),
            families.c.revoked_at.is_(None),
        )
    )
)
_THE_SESSION = and_(sessions.c.tenant == TENANT, sessions.c.sid == text("the_sid"))
# Sessions come before families, as in `endings`.
_LOCK_SESSION = Lock(select(sessions.c.sid).where(_THE_SESSION).with_for_update(key_share=True))
# A session without a cookie lives for its families alone.
_IS_DONE = Statement(
    select(sessions.c.sid).where(
        and_(
            _THE_SESSION,
            sessions.c.cookie_hash.is_(None),
            ~exists().where(
                and_(
                    same_tenant(families, sessions),
                    families.c.sid == sessions.c.sid,
                    families.c.revoked_at.is_(None),
                )
            ),
        )
    )
)

_IS_SAID = Statement(
    select(revocations.c.position)
    .where(
        and_(
            revocations.c.tenant == TENANT,
            revocations.c.kind == RevocationKind.TOKEN.value,
            revocations.c.value == text("the_token"),
        )
    )
    .limit(1)
)


def revoke_family_of_token(tenant: str, command: RevokeFamily) -> Verb[bool]:
    """End the family of a token, live or spent, and the session that had no other."""
    where: Parameters = {
        "in_tenant": tenant,
        "presented": command.token_hash,
        "the_client": command.client_id,
    }
    rows = yield Step(_FIND, where)
    if not rows:
        return False
    family_id, sid = rows[0]
    of_session: Parameters = {"in_tenant": tenant, "the_sid": sid}
    yield Step(_LOCK_SESSION, of_session)
    because = RevokedBecause.CLIENT_REVOKED
    yield from endings.revoke_family(tenant, family_id, because=because, now=command.now)
    if (yield Step(_IS_DONE, of_session)):
        yield from endings.end_session(tenant, sid, now=command.now)
    return True


def revoke_access_token(tenant: str, command: RevokeAccessToken) -> Verb[None]:
    """Say on the feed that one access token is dead; a second time says nothing.

    Whoever holds a token could otherwise fill the feed, which every guard reads.
    """
    if (yield Step(_IS_SAID, {"in_tenant": tenant, "the_token": command.jti})):
        return
    yield from publish(
        tenant, RevocationKind.TOKEN, [command.jti], now=command.now, until=command.expires_at
    )
