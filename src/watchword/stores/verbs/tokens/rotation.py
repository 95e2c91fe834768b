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

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, select, update

from watchword.accounts.events import Event, EventKind, EventOutcome
from watchword.accounts.mail.messages import MailKind, notice_of
from watchword.accounts.users import UserStatus
from watchword.oauth.families import (
    Facts,
    Refusal,
    Refused,
    RevokedBecause,
    Rotated,
    RotateRefreshToken,
    Rotation,
)
from watchword.stores.schema import (
    clients,
    families,
    refresh_tokens,
    resources,
    sessions,
    tenants,
    users,
)
from watchword.stores.statement import Lock, Parameters, Statement, Step, Verb
from watchword.stores.verbs.choices import CHOSEN_SCOPES
from watchword.stores.verbs.endings import revoke_family
from watchword.stores.verbs.events import record
from watchword.stores.verbs.logins.sessions import TOUCH_SECONDS, touch_session
from watchword.stores.verbs.outbox import notify
from watchword.stores.verbs.rows import words
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
from watchword.stores.verbs.tokens.families import WITH_PARTIES, new_token, read_facts
from watchword.stores.verbs.tokens.opaque_tokens import add_of_pair
from watchword.stores.verbs.upkeep.sweep import sweep

__all__ = ["TOKENS_PER_FAMILY_MAX", "rotate_refresh_token"]

TOKENS_PER_FAMILY_MAX = 100  # oauth.md S-8: enough to notice a thief, and bounded

_PRESENTED = and_(
    refresh_tokens.c.tenant == TENANT, refresh_tokens.c.token_hash == blob("presented")
)
_OF_FAMILY = and_(
    same_tenant(families, refresh_tokens), families.c.id == refresh_tokens.c.family_id
)
_UNSPENT = and_(refresh_tokens.c.consumed_at.is_(None), refresh_tokens.c.killed_at.is_(None))

# Everything that has to stand behind a token, whichever line of the table it is on.
_STANDS: ColumnElement[bool] = (
    exists()
    .select_from(WITH_PARTIES)
    .where(
        and_(
            _OF_FAMILY,
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
        refresh_tokens.join(families, _OF_FAMILY).join(
            sessions, and_(same_tenant(sessions, families), sessions.c.sid == families.c.sid)
        )
    )
    .where(_PRESENTED)
    .with_for_update(key_share=True, of=[sessions, families])
)
_CONSUME = Statement(
    update(refresh_tokens)
    .where(and_(_PRESENTED, _UNSPENT, _STANDS))
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
    update(refresh_tokens).where(_PRESENTED).values(successor_hash=blob("successor"))
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
_BEHIND = Statement(
    select(
        families.c.id,
        families.c.client_id,
        resources.c.identifier,
        CHOSEN_SCOPES,
        families.c.revoked_at,
        families.c.idle_expires_at,
        families.c.expires_at,
        families.c.epoch,
        sessions.c.ended_at,
        sessions.c.idle_expires_at,
        sessions.c.expires_at,
        sessions.c.epoch,
        users.c.status,
        clients.c.is_active,
        resources.c.is_active,
        tenants.c.epoch,
        refresh_tokens.c.consumed_at,
        refresh_tokens.c.killed_at,
        refresh_tokens.c.generation,
        users.c.id,
        sessions.c.sid,
        clients.c.name,
    )
    .select_from(WITH_PARTIES.join(refresh_tokens, _OF_FAMILY))
    .where(_PRESENTED)
)


@dataclass(frozen=True, slots=True)
class _Behind:
    """What stands behind a presented token, in the order of `_BEHIND`."""

    family_id: str
    client_id: str
    resource: str
    scopes: str
    revoked_at: int | None
    family_idle_expires_at: int
    family_expires_at: int
    family_epoch: int
    session_ended_at: int | None
    session_idle_expires_at: int
    session_expires_at: int
    session_epoch: int
    user_status: str
    client_is_active: bool
    resource_is_active: bool
    epoch: int
    consumed_at: int | None
    killed_at: int | None
    generation: int
    user_id: str
    sid: str
    client_name: str

    @property
    def is_spent(self) -> bool:
        return self.consumed_at is not None or self.killed_at is not None


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
        behind = yield from _read_behind(where)
        # What was granted never changes, so a read of it decides as well as a WHERE would.
        if behind is not None and (refusal := _unbound(behind, command)):
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
    yield new_token(
        tenant,
        family_id,
        command.successor,
        generation=generation,
        origin=command.origin,
        now=command.now,
    )
    facts, use = yield from read_facts(
        tenant,
        family_id,
        generation_id=command.successor.generation_id,
        resource=command.resource,
    )
    yield from add_of_pair(tenant, command.successor, facts, now=command.now)
    # A refresh is a use of the session, which has no cookie of its own to be used by.
    if command.now - use.used_at >= TOUCH_SECONDS:
        idle_end = min(command.now + use.idle_seconds, use.expires_at)
        yield from touch_session(
            tenant,
            facts.sid,
            idle_expires_at=idle_end,
            origin=command.origin,
            now=command.now,
        )
    if generation > TOKENS_PER_FAMILY_MAX:
        yield Step(_FORGET_OLDEST, {**where, "forgotten": generation - TOKENS_PER_FAMILY_MAX})
    yield from sweep(tenant, chosen_by=command.successor.token_hash, now=command.now)
    return Rotated(outcome, facts)


def _refuse(tenant: str, command: RotateRefreshToken, where: Parameters) -> Verb[Refused]:
    behind = yield from _read_behind(where)
    if behind is None:
        return Refused(Refusal.UNKNOWN)
    if refusal := _unbound(behind, command) or _fallen(behind, command.now):
        return Refused(refusal)
    if not behind.is_spent:
        raise RuntimeError("a live refresh token was refused without a reason")
    yield from _punish(tenant, command, behind)
    return Refused(Refusal.REUSED)


def _punish(tenant: str, command: RotateRefreshToken, behind: _Behind) -> Verb[None]:
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
        origin=command.origin,
        client_id=facts.client_id,
        sid=facts.sid,
        family_id=facts.family_id,
    )


def _read_behind(where: Parameters) -> Verb[_Behind | None]:
    rows = yield Step(_BEHIND, where)
    return _Behind(*rows[0]) if rows else None


def _unbound(behind: _Behind, command: RotateRefreshToken) -> Refusal | None:
    if behind.client_id != command.client_id:
        return Refusal.WRONG_CLIENT
    if command.resource not in {None, behind.resource}:
        return Refusal.WRONG_RESOURCE
    if command.scopes is not None and not command.scopes.issubset(words(behind.scopes)):
        return Refusal.WRONG_SCOPE
    return None


def _fallen(behind: _Behind, now: int) -> Refusal | None:
    """Name the first thing that does not stand; what explains the others comes first."""
    session_end = min(behind.session_idle_expires_at, behind.session_expires_at)
    family_end = min(behind.family_idle_expires_at, behind.family_expires_at)
    epochs = {behind.family_epoch, behind.session_epoch}
    fallen = (
        (epochs != {behind.epoch}, Refusal.OLD_EPOCH),
        (behind.user_status != UserStatus.ACTIVE.value, Refusal.USER_INACTIVE),
        (not behind.client_is_active, Refusal.CLIENT_INACTIVE),
        (not behind.resource_is_active, Refusal.RESOURCE_INACTIVE),
        (behind.session_ended_at is not None or session_end <= now, Refusal.SESSION_ENDED),
        (behind.revoked_at is not None, Refusal.REVOKED),
        (family_end <= now, Refusal.EXPIRED),
    )
    return next((refusal for has_fallen, refusal in fallen if has_fallen), None)
