"""Ending sessions and revoking families: one statement each, however many tokens hang on them.

Verbs that end more than one thing do it in this order: user, link, flow, code, consents, sessions,
families; then the feed is told, whose numbers hold the row of the tenant until the end. Every verb
that locks keeps to it, so that no two wait for one another.

Source: oauth.md S-5, F-3; security.md rule 42; ARCHITECTURE section 6.
"""

from collections.abc import Sequence

from sqlalchemy import and_, select, tuple_, update

from watchword.oauth.families import RevokedBecause
from watchword.oauth.feed import RevocationKind
from watchword.stores.schema import codes, families, flows, sessions, user_roles
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.consents import forget_consents_of_family, forget_consents_of_user
from watchword.stores.verbs.revocations import publish
from watchword.stores.verbs.terms import NOW, RETENTION_SECONDS, TENANT, number, text

__all__ = [
    "end_acting_by_role",
    "end_acting_by_user",
    "end_acting_from_session",
    "end_session",
    "end_under_way",
    "end_user",
    "revoke_family",
    "revoke_session_families",
    "revoke_user_families",
]

_ENDED = {"ended_at": NOW, "purge_at": number("purge")}
_REVOKED = {"revoked_at": NOW, "revoked_because": text("because"), "purge_at": number("purge")}

_END_FLOWS_OF_USER = Statement(
    update(flows)
    .where(
        and_(
            flows.c.tenant == TENANT,
            flows.c.user_id == text("the_user"),
            flows.c.ended_at.is_(None),
        )
    )
    .values(ended_at=NOW)
)
# A code that is being redeemed at this moment is passed over, because its transaction waits for the
# user and then finds that the account may not act; it is spent all the same.
_codes_left = (
    select(codes.c.tenant, codes.c.code_hash)
    .where(
        and_(
            codes.c.tenant == TENANT,
            codes.c.user_id == text("the_user"),
            codes.c.consumed_at.is_(None),
            codes.c.expires_at > NOW,
        )
    )
    .with_for_update(skip_locked=True)
    .cte("codes_left")
)
_END_CODES_OF_USER = Statement(
    update(codes)
    .where(
        tuple_(codes.c.tenant, codes.c.code_hash).in_(
            select(_codes_left.c.tenant, _codes_left.c.code_hash)
        )
    )
    .values(expires_at=NOW)
)
_END_SESSION = Statement(
    update(sessions)
    .where(
        and_(
            sessions.c.tenant == TENANT,
            sessions.c.sid == text("the_sid"),
            sessions.c.ended_at.is_(None),
        )
    )
    .values(_ENDED)
    .returning(sessions.c.user_id, sessions.c.actor_id)
)
_END_SESSIONS_OF_USER = Statement(
    update(sessions)
    .where(
        and_(
            sessions.c.tenant == TENANT,
            sessions.c.user_id == text("the_user"),
            sessions.c.ended_at.is_(None),
        )
    )
    .values(_ENDED)
    .returning(sessions.c.sid)
)
_IS_ACTING = and_(
    sessions.c.tenant == TENANT, sessions.c.actor_sid.is_not(None), sessions.c.ended_at.is_(None)
)
_END_ACTING_FROM_SESSION = Statement(
    update(sessions)
    .where(
        and_(
            _IS_ACTING,
            sessions.c.actor_sid == text("the_sid"),
            sessions.c.sid != text("kept"),
        )
    )
    .values(_ENDED)
    .returning(sessions.c.sid)
)
_END_ACTING_BY_USER = Statement(
    update(sessions)
    .where(and_(_IS_ACTING, sessions.c.actor_id == text("the_user")))
    .values(_ENDED)
    .returning(sessions.c.sid)
)
_END_ACTING_BY_ROLE = Statement(
    update(sessions)
    .where(
        and_(
            _IS_ACTING,
            sessions.c.actor_id.in_(
                select(user_roles.c.user_id).where(
                    and_(user_roles.c.tenant == TENANT, user_roles.c.role == text("the_role"))
                )
            ),
        )
    )
    .values(_ENDED)
    .returning(sessions.c.sid)
)
_REVOKE_FAMILIES_OF_SESSION = Statement(
    update(families)
    .where(
        and_(
            families.c.tenant == TENANT,
            families.c.sid == text("the_sid"),
            families.c.revoked_at.is_(None),
        )
    )
    .values(_REVOKED)
    .returning(families.c.id)
)
_REVOKE_FAMILIES_OF_USER = Statement(
    update(families)
    .where(
        and_(
            families.c.tenant == TENANT,
            families.c.user_id == text("the_user"),
            families.c.revoked_at.is_(None),
        )
    )
    .values(_REVOKED)
    .returning(families.c.id)
)
_REVOKE_FAMILY = Statement(
    update(families)
    .where(
        and_(
            families.c.tenant == TENANT,
            families.c.id == text("the_family"),
            families.c.revoked_at.is_(None),
        )
    )
    .values(_REVOKED)
    .returning(families.c.id)
)


def end_session(tenant: str, sid: str, *, now: int) -> Verb[tuple[str, str | None] | None]:
    """End one session and revoke its families; None unless this call ended it.

    Returns:
        its user, and who acted as the user, where that was somebody else.
    """
    where: Parameters = {"in_tenant": tenant, "the_sid": sid, **_at(now)}
    ended = yield Step(_END_SESSION, where)
    if not ended:
        return None
    yield from revoke_session_families(tenant, [sid], now=now)
    user_id, actor_id = ended[0]
    return user_id, actor_id


def end_user(tenant: str, user_id: str, *, because: RevokedBecause, now: int) -> Verb[None]:
    """End every login under way, code, consent, session and family of a user.

    And every session in which the user acts as somebody else.
    """
    where: Parameters = {"in_tenant": tenant, "the_user": user_id, **_at(now)}
    yield from end_under_way(tenant, user_id, now=now)
    yield from forget_consents_of_user(tenant, user_id)
    ended = yield Step(_END_SESSIONS_OF_USER, where)
    acting = yield from end_acting_by_user(tenant, user_id, now=now)
    yield Step(_REVOKE_FAMILIES_OF_USER, {**where, "because": because.value})
    # Not the user: whoever signs in again within this second is let in.
    sids = [*(sid for (sid,) in ended), *acting]
    yield from publish(tenant, RevocationKind.SESSION, sids, now=now)


def end_acting_by_user(tenant: str, user_id: str, *, now: int) -> Verb[list[str]]:
    """End every session in which a user acts as somebody else, with its families.

    Returns:
        what the feed has to be told.
    """
    where: Parameters = {"in_tenant": tenant, "the_user": user_id, **_at(now)}
    ended = [sid for (sid,) in (yield Step(_END_ACTING_BY_USER, where))]
    yield from _revoke_families_of(ended, tenant, now=now)
    return ended


def end_acting_by_role(tenant: str, role: str, *, now: int) -> Verb[list[str]]:
    """End every session in which somebody who holds a role acts; see `end_acting_by_user`."""
    where: Parameters = {"in_tenant": tenant, "the_role": role, **_at(now)}
    ended = [sid for (sid,) in (yield Step(_END_ACTING_BY_ROLE, where))]
    yield from _revoke_families_of(ended, tenant, now=now)
    return ended


def end_acting_from_session(tenant: str, own_sid: str, *, keep: str, now: int) -> Verb[None]:
    """End every session but `keep` in which somebody acts from a session of their own."""
    where: Parameters = {"in_tenant": tenant, "the_sid": own_sid, "kept": keep, **_at(now)}
    ended = yield Step(_END_ACTING_FROM_SESSION, where)
    yield from revoke_session_families(tenant, [sid for (sid,) in ended], now=now)


def end_under_way(tenant: str, user_id: str, *, now: int) -> Verb[None]:
    """End every login under way of a user, and every code that nobody has redeemed."""
    where: Parameters = {"in_tenant": tenant, "the_user": user_id, "at": now}
    yield Step(_END_FLOWS_OF_USER, where)
    yield Step(_END_CODES_OF_USER, where)


def revoke_session_families(tenant: str, sids: Sequence[str], *, now: int) -> Verb[None]:
    """Revoke every family of sessions that have ended, and only then tell the feed.

    What somebody does as another user from one of these sessions ends with it.
    """
    every = list(sids)
    for sid in sids:
        where: Parameters = {"in_tenant": tenant, "the_sid": sid, "kept": "", **_at(now)}
        every.extend(one for (one,) in (yield Step(_END_ACTING_FROM_SESSION, where)))
    yield from _revoke_families_of(every, tenant, now=now)
    yield from publish(tenant, RevocationKind.SESSION, every, now=now)


def _revoke_families_of(sids: Sequence[str], tenant: str, *, now: int) -> Verb[None]:
    because = RevokedBecause.SESSION_ENDED.value
    for sid in sids:
        yield Step(
            _REVOKE_FAMILIES_OF_SESSION,
            {"in_tenant": tenant, "the_sid": sid, "because": because, **_at(now)},
        )


def revoke_user_families(
    tenant: str, user_id: str, *, because: RevokedBecause, now: int
) -> Verb[None]:
    """Revoke every family of a user; the sessions stay, but for those that are another user's."""
    acting = yield from end_acting_by_user(tenant, user_id, now=now)
    revoked = yield Step(
        _REVOKE_FAMILIES_OF_USER,
        {"in_tenant": tenant, "the_user": user_id, "because": because.value, **_at(now)},
    )
    yield from publish(tenant, RevocationKind.FAMILY, [one for (one,) in revoked], now=now)
    yield from publish(tenant, RevocationKind.SESSION, acting, now=now)


def revoke_family(tenant: str, family_id: str, *, because: RevokedBecause, now: int) -> Verb[None]:
    """Revoke one family, and what its person allowed the client; the session stays."""
    yield from forget_consents_of_family(tenant, family_id)
    revoked = yield Step(
        _REVOKE_FAMILY,
        {"in_tenant": tenant, "the_family": family_id, "because": because.value, **_at(now)},
    )
    yield from publish(tenant, RevocationKind.FAMILY, [one for (one,) in revoked], now=now)


def _at(now: int) -> dict[str, int]:
    return {"at": now, "purge": now + RETENTION_SECONDS}
