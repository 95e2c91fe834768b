"""Device codes: typed by one session, decided about by it alone, spent by one statement.

Source: RFC 8628 section 3.5; oauth.md S-3 to S-5 and N-33; security.md rules 60 and 73.
"""

from dataclasses import replace

from sqlalchemy import and_, case, exists, or_, select, update

from watchword.accounts.levels import parse_proofs
from watchword.oauth.device_codes import (
    POLL_SECONDS,
    SLOWER_SECONDS,
    ClaimDeviceCode,
    DecideDeviceCode,
    Decision,
    NewDeviceCode,
    RedeemDeviceCode,
    WaitingDevice,
)
from watchword.oauth.families import Facts, OpenFamily, Refusal, Refused, RevokedBecause
from watchword.stores.schema import device_codes, sessions, tenants
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.endings import revoke_family
from watchword.stores.verbs.rows import Row, words
from watchword.stores.verbs.terms import (
    NOW,
    SESSION_STANDS,
    TENANT,
    blob,
    number,
    same_tenant,
    text,
)
from watchword.stores.verbs.tokens.families import open_family
from watchword.stores.verbs.upkeep.sweep import SWEEP_DEVICE_CODES, clear
from watchword.stores.verbs.upsert import insert

__all__ = [
    "add_device_code",
    "claim_device_code",
    "decide_device_code",
    "redeem_device_code",
    "release_device_code",
]

_EPOCH = select(tenants.c.epoch).where(tenants.c.tenant == TENANT).scalar_subquery()
_COLUMNS = (
    device_codes.c.client_id,
    device_codes.c.resource,
    device_codes.c.scopes,
    device_codes.c.created_at,
)
# Both databases spell the clause alike, and each compiles the expression of the other's dialect.
_ADD = Statement(
    insert(device_codes)
    .values(
        tenant=TENANT,
        code_hash=blob("presented"),
        user_code_hash=blob("the_user_code"),
        client_id=text("the_client"),
        resource=text("the_resource"),
        scopes=text("the_scopes"),
        interval_seconds=number("interval"),
        created_at=NOW,
        expires_at=number("end"),
        epoch=_EPOCH,
    )
    .on_conflict_do_nothing()
    .returning(device_codes.c.code_hash)
)
_LIVE = and_(
    device_codes.c.tenant == TENANT,
    device_codes.c.consumed_at.is_(None),
    device_codes.c.expires_at > NOW,
    device_codes.c.epoch == _EPOCH,
)
_TYPED = and_(
    _LIVE,
    device_codes.c.user_code_hash == blob("the_user_code"),
    device_codes.c.decision.is_(None),
)
_THE_SESSION = and_(
    device_codes.c.user_id == text("the_user"), device_codes.c.sid == text("the_sid")
)
_CLAIM = Statement(
    update(device_codes)
    .where(and_(_TYPED, or_(device_codes.c.user_id.is_(None), _THE_SESSION)))
    .values(user_id=text("the_user"), sid=text("the_sid"))
    .returning(*_COLUMNS)
)
_RELEASE = Statement(
    update(device_codes).where(and_(_TYPED, _THE_SESSION)).values(user_id=None, sid=None)
)
_DECIDE = Statement(
    update(device_codes)
    .where(and_(_TYPED, _THE_SESSION))
    .values(decision=text("the_decision"))
    .returning(*_COLUMNS)
)
_BOUND = and_(
    device_codes.c.code_hash == blob("presented"),
    device_codes.c.client_id == text("the_client"),
)
_OF_SESSION = (
    sessions.join(tenants, same_tenant(tenants, sessions)),
    and_(
        same_tenant(sessions, device_codes),
        sessions.c.sid == device_codes.c.sid,
        sessions.c.user_id == device_codes.c.user_id,
        sessions.c.actor_sid.is_(None),  # what it opens is a login of the user
        SESSION_STANDS,
    ),
)
# Whoever allowed it has to be signed in still: what ends that session takes the permission back.
_SPEND = Statement(
    update(device_codes)
    .where(
        and_(
            _LIVE,
            _BOUND,
            device_codes.c.decision == Decision.ALLOWED.value,
            exists().select_from(_OF_SESSION[0]).where(_OF_SESSION[1]).correlate(device_codes),
        )
    )
    # A spent row stays as long as what it bought, so that a second use is seen.
    .values(consumed_at=NOW, family_id=text("the_family"), expires_at=number("end"))
    .returning(
        device_codes.c.user_id, device_codes.c.sid, device_codes.c.resource, device_codes.c.scopes
    )
)
_PROOFS = Statement(
    select(sessions.c.proofs).where(
        and_(sessions.c.tenant == TENANT, sessions.c.sid == text("the_sid"))
    )
)
_TOO_SOON = and_(
    device_codes.c.polled_at.is_not(None),
    device_codes.c.polled_at + device_codes.c.interval_seconds > NOW,
)
_SLOW_DOWN = Statement(
    update(device_codes)
    .where(and_(_LIVE, _BOUND, device_codes.c.decision.is_(None), _TOO_SOON))
    .values(
        polled_at=NOW,
        interval_seconds=case(
            (
                device_codes.c.interval_seconds < number("longest"),
                device_codes.c.interval_seconds + number("slower"),
            ),
            else_=device_codes.c.interval_seconds,
        ),
    )
    .returning(device_codes.c.interval_seconds)
)
_WAIT = Statement(
    update(device_codes)
    .where(and_(_LIVE, _BOUND, device_codes.c.decision.is_(None)))
    .values(polled_at=NOW)
    .returning(device_codes.c.interval_seconds)
)
_FIND = Statement(
    select(device_codes.c.consumed_at, device_codes.c.family_id, device_codes.c.expires_at).where(
        and_(device_codes.c.tenant == TENANT, _BOUND, device_codes.c.epoch == _EPOCH)
    )
)

INTERVAL_SECONDS_MAX = 120  # longer would only keep the person of an impatient device waiting


def add_device_code(tenant: str, code: NewDeviceCode) -> Verb[bool]:
    """Store a code, unless another one has its user code; and sweep, for nothing may be issued."""
    added = yield Step(
        _ADD,
        {
            "in_tenant": tenant,
            "presented": code.code_hash,
            "the_user_code": code.user_code_hash,
            "the_client": code.client_id,
            "the_resource": code.resource,
            "the_scopes": " ".join(code.scopes),
            "interval": POLL_SECONDS,
            "at": code.created_at,
            "end": code.expires_at,
        },
    )
    yield from clear(tenant, SWEEP_DEVICE_CODES, now=code.created_at)
    return bool(added)


def claim_device_code(tenant: str, command: ClaimDeviceCode) -> Verb[WaitingDevice | None]:
    """Bind a code to the first session that types it."""
    rows = yield Step(_CLAIM, _by_session(tenant, command))
    return _waiting(rows[0]) if rows else None


def release_device_code(tenant: str, command: ClaimDeviceCode) -> Verb[None]:
    """Let go of a code, so that the next session that types it keeps it."""
    yield Step(_RELEASE, _by_session(tenant, command))


def decide_device_code(tenant: str, command: DecideDeviceCode) -> Verb[WaitingDevice | None]:
    """Write the decision of that session, once."""
    where = {**_by_session(tenant, command), "the_decision": command.decision.value}
    rows = yield Step(_DECIDE, where)
    return _waiting(rows[0]) if rows else None


def redeem_device_code(tenant: str, command: RedeemDeviceCode) -> Verb[Facts | Refused]:
    """Spend an allowed code and open what it buys, or say what the device is to do."""
    where: Parameters = {
        "in_tenant": tenant,
        "presented": command.code_hash,
        "the_client": command.client_id,
        "the_family": command.family.family_id,
        "at": command.now,
        "end": command.family.expires_at,
        "slower": SLOWER_SECONDS,
        "longest": INTERVAL_SECONDS_MAX,
    }
    spent = yield Step(_SPEND, where)
    if not spent:
        return Refused((yield from _why_not(tenant, where, now=command.now)))
    user_id, sid, resource, scopes = spent[0]
    ((proofs,),) = yield Step(_PROOFS, {"in_tenant": tenant, "the_sid": sid})
    login = OpenFamily(
        user_id=user_id,
        password_hash=None,
        session=replace(command.session, proofs=parse_proofs(proofs)),
        family=replace(command.family, resource=resource, scopes=words(scopes)),
        now=command.now,
    )
    return (yield from open_family(tenant, login))


def _why_not(tenant: str, where: Parameters, *, now: int) -> Verb[Refusal]:
    if (yield Step(_SLOW_DOWN, where)):
        return Refusal.TOO_SOON
    if (yield Step(_WAIT, where)):
        return Refusal.PENDING
    rows = yield Step(_FIND, where)
    if not rows:
        return Refusal.UNKNOWN  # or another client's, which the peer is not told
    consumed_at, family_id, expires_at = rows[0]
    if consumed_at is not None:
        yield from revoke_family(tenant, family_id, because=RevokedBecause.CODE_REUSED, now=now)
        return Refusal.REUSED
    # Denied; or allowed, and whoever allowed it has left since.
    return Refusal.EXPIRED if expires_at <= now else Refusal.DENIED


def _by_session(tenant: str, command: ClaimDeviceCode | DecideDeviceCode) -> Parameters:
    return {
        "in_tenant": tenant,
        "the_user_code": command.user_code_hash,
        "the_user": command.user_id,
        "the_sid": command.sid,
        "at": command.now,
    }


def _waiting(row: Row) -> WaitingDevice:
    client_id, resource, scopes, created_at = row
    return WaitingDevice(client_id, resource, words(scopes), created_at)
