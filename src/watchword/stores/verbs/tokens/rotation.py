"""The refresh rule: a spent token is accepted only while its successor pair is wholly unused.

| presented token                                          | result                              |
|----------------------------------------------------------|-------------------------------------|
| unknown, expired, foreign, revoked, inactive, old epoch  | refused; nothing changes            |
| live                                                     | ROTATED: consumed, a pair is minted |
| consumed, its current successor wholly unused            | RETRIED: that one killed, a pair    |
| consumed otherwise, or killed                            | REUSED: the family is revoked       |

Each line is one conditional statement with every binding in its WHERE; which of them found a row
is the decision. The reason for a refusal is read afterwards and changes nothing.

Source: oauth.md section 5; security.md section 3.1; RFC 9700 section 4.14.2.
"""

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, select, update

from watchword.accounts.events import Event, EventKind, EventOutcome
from watchword.accounts.mail.messages import MailKind, notice_of
from watchword.oauth.families import (
    Facts,
    Refusal,
    Refused,
    RevokedBecause,
    Rotated,
    RotateRefreshToken,
    Rotation,
)
from watchword.stores.schema import families, refresh_tokens, resources, sessions
from watchword.stores.statement import Lock, Parameters, Statement, Step, Verb
from watchword.stores.verbs.endings import revoke_family
from watchword.stores.verbs.events import record
from watchword.stores.verbs.logins.sessions import TOUCH_SECONDS, touch_session
from watchword.stores.verbs.outbox import notify
from watchword.stores.verbs.terms import (
    FAMILY_STANDS,
    NOW,
    PARTIES_ACTIVE,
    RETENTION_SECONDS,
    SESSION_STANDS,
    TENANT,
    blob,
    number,
    same_tenant,
    text,
)
from watchword.stores.verbs.tokens.families import WITH_PARTIES, new_token, origin_kept, read_facts
from watchword.stores.verbs.tokens.opaque_tokens import add_of_pair
from watchword.stores.verbs.tokens.why_unrotated import (
    OF_FAMILY,
    PRESENTED,
    Behind,
    read_behind,
    why_fallen,
    why_unbound,
)
from watchword.stores.verbs.upkeep.sweep import sweep

__all__ = ["TOKENS_PER_FAMILY_MAX", "rotate_refresh_token"]

TOKENS_PER_FAMILY_MAX = 100  # oauth.md S-8: enough to notice a thief, and bounded

_UNSPENT = and_(refresh_tokens.c.consumed_at.is_(None), refresh_tokens.c.killed_at.is_(None))

# Everything that has to stand behind a token, whichever line of the table it is on.
_STANDS: ColumnElement[bool] = (
    exists()
    .select_from(WITH_PARTIES)
    .where(
        and_(
            OF_FAMILY,
            families.c.client_id == text("the_client"),
            resources.c.identifier == func.coalesce(text("the_resource"), families.c.resource),
            FAMILY_STANDS,
            SESSION_STANDS,
            PARTIES_ACTIVE,
        )
    )
    .correlate(refresh_tokens)
)

# The presentations of one family follow one another. The session comes first because whoever ends
# it, ends its families after it.
_LOCK = Lock(
    select(families.c.id)
    .select_from(
        refresh_tokens.join(families, OF_FAMILY).join(
            sessions, and_(same_tenant(sessions, families), sessions.c.sid == families.c.sid)
        )
    )
    .where(PRESENTED)
    .with_for_update(key_share=True, of=[sessions, families])
)
_CONSUME = Statement(
    update(refresh_tokens)
    .where(and_(PRESENTED, _UNSPENT, _STANDS))
    .values(consumed_at=NOW, successor_hash=blob("successor"))
    .returning(refresh_tokens.c.family_id)
)
_spent = refresh_tokens.alias("spent")
_KILL_SUCCESSOR = Statement(
    update(refresh_tokens)
    .where(
        and_(
            refresh_tokens.c.tenant == TENANT,
            refresh_tokens.c.token_hash
            == select(_spent.c.successor_hash)
            .where(
                and_(
                    _spent.c.tenant == TENANT,
                    _spent.c.token_hash == blob("presented"),
                    _spent.c.consumed_at.is_not(None),
                    _spent.c.killed_at.is_(None),
                )
            )
            .scalar_subquery(),
            _UNSPENT,
            refresh_tokens.c.access_seen_at.is_(None),
            _STANDS,
        )
    )
    .values(killed_at=NOW)
    .returning(refresh_tokens.c.family_id)
)
_NAME_SUCCESSOR = Statement(
    update(refresh_tokens).where(PRESENTED).values(successor_hash=blob("successor"))
)
_idle_end = case(
    (families.c.expires_at < NOW + families.c.idle_seconds, families.c.expires_at),
    else_=NOW + families.c.idle_seconds,
)
_ADVANCE = Statement(
    update(families)
    .where(and_(families.c.tenant == TENANT, families.c.id == text("the_family")))
    .values(
        generation=families.c.generation + 1,
        idle_expires_at=_idle_end,
        purge_at=_idle_end + RETENTION_SECONDS,
    )
    .returning(families.c.generation)
)
_FORGET_OLDEST = Statement(
    delete(refresh_tokens).where(
        and_(
            refresh_tokens.c.tenant == TENANT,
            refresh_tokens.c.family_id == text("the_family"),
            refresh_tokens.c.generation <= number("forgotten"),
        )
    )
)


def rotate_refresh_token(tenant: str, command: RotateRefreshToken) -> Verb[Rotated | Refused]:
    """Apply the refresh rule; at most one token of the family is live afterwards."""
    where: Parameters = {
        "in_tenant": tenant,
        "presented": command.token_hash,
        "the_client": command.client_id,
        "the_resource": command.resource,
        "successor": command.successor.token_hash,
        "at": command.now,
    }
    yield Step(_LOCK, where)
    if command.scopes is not None:
        behind = yield from read_behind(where)
        # What was granted never changes, so a read of it decides as well as a WHERE would.
        if behind is not None and (refusal := why_unbound(behind, command)):
            return Refused(refusal)
    if consumed := (yield Step(_CONSUME, where)):
        return (yield from _mint(tenant, command, consumed[0][0], Rotation.ROTATED))
    if killed := (yield Step(_KILL_SUCCESSOR, where)):
        yield Step(_NAME_SUCCESSOR, where)
        retried = yield from _mint(tenant, command, killed[0][0], Rotation.RETRIED)
        yield from record(tenant, _retry(command, retried.facts))
        return retried
    return (yield from _refuse(tenant, command, where))


def _mint(
    tenant: str, command: RotateRefreshToken, family_id: str, outcome: Rotation
) -> Verb[Rotated]:
    where: Parameters = {"in_tenant": tenant, "the_family": family_id, "at": command.now}
    advanced = yield Step(_ADVANCE, where)
    generation: int = advanced[0][0]
    facts, use = yield from read_facts(
        tenant,
        family_id,
        generation_id=command.successor.generation_id,
        resource=command.resource,
    )
    origin = origin_kept(facts, command.origin)
    yield new_token(
        tenant,
        family_id,
        command.successor,
        generation=generation,
        origin=origin,
        now=command.now,
    )
    yield from add_of_pair(tenant, command.successor, facts, now=command.now)
    # A refresh is a use of the session, which has no cookie of its own to be used by.
    if command.now - use.used_at >= TOUCH_SECONDS:
        idle_end = min(command.now + use.idle_seconds, use.expires_at)
        yield from touch_session(
            tenant,
            facts.sid,
            idle_expires_at=idle_end,
            origin=origin,
            now=command.now,
        )
    if generation > TOKENS_PER_FAMILY_MAX:
        yield Step(_FORGET_OLDEST, {**where, "forgotten": generation - TOKENS_PER_FAMILY_MAX})
    yield from sweep(tenant, chosen_by=command.successor.token_hash, now=command.now)
    return Rotated(outcome, facts)


def _refuse(tenant: str, command: RotateRefreshToken, where: Parameters) -> Verb[Refused]:
    behind = yield from read_behind(where)
    if behind is None:
        return Refused(Refusal.UNKNOWN)
    if refusal := why_unbound(behind, command) or why_fallen(behind, command.now):
        return Refused(refusal)
    if not behind.is_spent:
        raise RuntimeError("a live refresh token was refused without a reason")
    yield from _punish(tenant, command, behind)
    return Refused(Refusal.REUSED)


def _punish(tenant: str, command: RotateRefreshToken, behind: Behind) -> Verb[None]:
    """Revoke the family of a token that two parties hold, and tell its person."""
    because = RevokedBecause.REFRESH_REUSED
    yield from revoke_family(tenant, behind.family_id, because=because, now=command.now)
    reused = Event(
        EventKind.REFRESH_REUSED,
        command.now,
        outcome=EventOutcome.REFUSED,
        user_id=behind.user_id,
        origin=command.origin,
        client_id=behind.client_id,
        sid=behind.sid,
        family_id=behind.family_id,
        detail={"generation": str(behind.generation)},
    )
    yield from record(tenant, reused)
    notice = notice_of(
        MailKind.TOKEN_REUSED,
        behind.user_id,
        now=command.now,
        origin=command.origin,
        about=behind.client_name,
    )
    yield from notify(tenant, notice)


def _retry(command: RotateRefreshToken, facts: Facts) -> Event:
    return Event(
        EventKind.REFRESH_RETRIED,
        command.now,
        user_id=facts.user.id,
        origin=origin_kept(facts, command.origin),
        actor=facts.actor,
        client_id=facts.client_id,
        sid=facts.sid,
        family_id=facts.family_id,
    )
