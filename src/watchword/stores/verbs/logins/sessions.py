"""Sessions: opened by proofs, found by their cookie, raised by further proofs, ended for good.

Source: OWASP ASVS 5.0 V7; security.md rules 38 to 45.
"""

from dataclasses import replace

from sqlalchemy import and_, func, select, update

from watchword.accounts.administration.audit import AuditAction, Author, Deed
from watchword.accounts.events import Event, EventKind
from watchword.accounts.levels import amr, auth_time, format_proofs, parse_proofs
from watchword.accounts.origin import Origin
from watchword.accounts.sessions import (
    EndOutcome,
    NewSession,
    RaiseSession,
    Session,
)
from watchword.accounts.users import User
from watchword.base.records import dataclass
from watchword.stores.schema import sessions, tenants, users
from watchword.stores.statement import Lock, Parameters, Statement, Step, Verb
from watchword.stores.verbs import endings
from watchword.stores.verbs.administration.audit import append
from watchword.stores.verbs.events import record
from watchword.stores.verbs.logins.devices import Arrival, meet_device
from watchword.stores.verbs.logins.starting import (
    LOCK_OWNER,
    signed_in,
    start_parameters,
    starting,
)
from watchword.stores.verbs.rows import SESSION, USER, session, user
from watchword.stores.verbs.terms import (
    NOW,
    RETENTION_SECONDS,
    SESSION_STANDS,
    TENANT,
    USER_ACTIVE,
    blob,
    number,
    same_tenant,
    text,
)

__all__ = [
    "READ_SESSION",
    "TOUCH_SECONDS",
    "Use",
    "end_session",
    "ending",
    "find_session",
    "find_session_owner",
    "open_session",
    "raise_session",
    "touch_session",
]

TOUCH_SECONDS = 60  # use moves the idle limit in steps of a minute, so that reading rarely writes


@dataclass(frozen=True, slots=True)
class Use:
    """A session that was found, and whether the idle limit it shows has to be written."""

    session: Session
    is_due: bool


_START = starting(users)
_WITH_USER = sessions.join(
    users, and_(same_tenant(users, sessions), users.c.id == sessions.c.user_id)
).join(tenants, same_tenant(tenants, sessions))
_FIND = Statement(
    select(*SESSION, sessions.c.idle_seconds, sessions.c.used_at)
    .select_from(_WITH_USER)
    .where(
        and_(
            sessions.c.tenant == TENANT,
            sessions.c.cookie_hash == blob("the_cookie"),
            SESSION_STANDS,
            USER_ACTIVE,
        )
    )
)
_FIND_OWNER = Statement(
    select(*USER)
    .select_from(_WITH_USER)
    .where(and_(sessions.c.tenant == TENANT, sessions.c.cookie_hash == blob("the_cookie")))
)
READ_SESSION = Statement(
    select(*SESSION)
    .select_from(_WITH_USER)
    .where(and_(sessions.c.tenant == TENANT, sessions.c.sid == text("the_sid")))
)
_TOUCH = Statement(
    update(sessions)
    .where(
        and_(
            sessions.c.tenant == TENANT,
            sessions.c.sid == text("the_sid"),
            sessions.c.ended_at.is_(None),
            sessions.c.used_at <= number("before"),
        )
    )
    .values(
        used_at=NOW,
        idle_expires_at=number("idle_end"),
        purge_at=number("purge"),
        address=func.coalesce(text("the_address"), sessions.c.address),
        device=func.coalesce(text("the_device"), sessions.c.device),
    )
)


_THE_SESSION = and_(sessions.c.tenant == TENANT, sessions.c.sid == text("the_sid"))
_LOCK_SESSION = Lock(select(sessions.c.sid).where(_THE_SESSION).with_for_update(key_share=True))
_PROOFS = Statement(
    select(users.c.id, sessions.c.proofs)
    .select_from(_WITH_USER)
    .where(
        and_(
            _THE_SESSION,
            sessions.c.cookie_hash.is_not_distinct_from(blob("the_cookie")),
            sessions.c.actor_sid.is_(None),  # the user's proofs are not for whoever acts
            SESSION_STANDS,
            USER_ACTIVE,
        )
    )
)
_RAISE = Statement(
    update(sessions)
    .where(_THE_SESSION)
    .values(
        cookie_hash=blob("new_cookie"),
        auth_time=number("auth"),
        amr=text("the_amr"),
        proofs=text("the_proofs"),
    )
)


def open_session(
    tenant: str, new: NewSession, *, user_id: str, password_hash: str | None, now: int
) -> Verb[Session | None]:
    """Insert the session if the user is active and still has this password hash."""
    yield Step(LOCK_OWNER, {"in_tenant": tenant, "the_user": user_id})
    parameters = start_parameters(
        tenant, new, user_id=user_id, password_hash=password_hash, now=now
    )
    if not (yield Step(_START, parameters)):
        return None
    rows = yield Step(READ_SESSION, {"in_tenant": tenant, "the_sid": new.sid})
    met = Arrival(user_id, new.sid, new.device_hash, new.origin)
    yield from meet_device(tenant, met, now=now)
    yield from record(tenant, signed_in(new, user_id, now=now))
    return session(rows[0])


def raise_session(tenant: str, command: RaiseSession) -> Verb[Session | None]:
    """Add proofs and replace the cookie of a live session; of concurrent callers the first wins."""
    where: Parameters = {
        "in_tenant": tenant,
        "the_sid": command.sid,
        "the_cookie": command.cookie_hash,
        "at": command.now,
    }
    yield Step(_LOCK_SESSION, where)
    known = yield Step(_PROOFS, where)
    if not known:
        return None
    user_id, before = known[0]
    proofs = format_proofs((*parse_proofs(before), *command.proofs))
    together = parse_proofs(proofs)
    yield Step(
        _RAISE,
        {
            **where,
            "new_cookie": command.new_cookie_hash,
            "auth": auth_time(together),
            "the_amr": " ".join(amr(together)),
            "the_proofs": proofs,
        },
    )
    if command.device_hash is not None:
        met = Arrival(user_id, command.sid, command.device_hash, command.origin)
        yield from meet_device(tenant, met, now=command.now)
    raised = Event(
        EventKind.STEPPED_UP,
        command.now,
        user_id=user_id,
        origin=command.origin,
        sid=command.sid,
        detail={"amr": " ".join(amr(command.proofs))},
    )
    yield from record(tenant, raised)
    rows = yield Step(READ_SESSION, where)
    return session(rows[0])


def find_session(tenant: str, cookie_hash: bytes, *, now: int) -> Verb[Use | None]:
    """Read a live session of this epoch and an active user, as this use leaves it."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "the_cookie": cookie_hash, "at": now})
    if not rows:
        return None
    *columns, idle_seconds, used_at = rows[0]
    found = session(columns)
    if now - used_at < TOUCH_SECONDS:
        return Use(found, is_due=False)
    idle_expires_at = min(now + idle_seconds, found.expires_at)
    return Use(replace(found, idle_expires_at=idle_expires_at), is_due=True)


def find_session_owner(tenant: str, cookie_hash: bytes) -> Verb[User | None]:
    """Read whose session a cookie was of, for as long as its row is kept."""
    rows = yield Step(_FIND_OWNER, {"in_tenant": tenant, "the_cookie": cookie_hash})
    return user(rows[0]) if rows else None


def touch_session(
    tenant: str, sid: str, *, idle_expires_at: int, origin: Origin, now: int
) -> Verb[None]:
    """Move the idle limit of a session that has not ended, and note where it is used.

    Writes once a minute at most.
    """
    yield Step(
        _TOUCH,
        {
            "in_tenant": tenant,
            "the_sid": sid,
            "before": now - TOUCH_SECONDS,
            "at": now,
            "idle_end": idle_expires_at,
            "the_address": origin.address,
            "the_device": origin.device,
            "purge": idle_expires_at + RETENTION_SECONDS,
        },
    )


def end_session(tenant: str, sid: str, *, now: int, origin: Origin) -> Verb[EndOutcome]:
    """End the session and revoke its families, all or nothing; one caller is told ENDED."""
    ended = yield from endings.end_session(tenant, sid, now=now)
    if ended is not None:
        user_id, actor_id = ended
        if actor_id is None:
            yield from record(tenant, ending(EventKind.SIGNED_OUT, user_id, sid, origin, now=now))
        else:
            by = Author(actor_id, origin=origin)
            yield from _stop_acting(tenant, user_id, sid, by=by, now=now)
        return EndOutcome.ENDED
    known = yield Step(READ_SESSION, {"in_tenant": tenant, "the_sid": sid})
    return EndOutcome.ALREADY_ENDED if known else EndOutcome.UNKNOWN


def ending(kind: EventKind, user_id: str, sid: str | None, origin: Origin, *, now: int) -> Event:
    """Return what a session's end is remembered as."""
    return Event(kind, now, user_id=user_id, origin=origin, sid=sid)


def _stop_acting(tenant: str, user_id: str, sid: str, *, by: Author, now: int) -> Verb[None]:
    """Say that somebody stopped acting as a user: from where is for the log, not for the user."""
    over = Event(EventKind.ACTING_ENDED, now, user_id=user_id, actor=by.actor, sid=sid)
    yield from record(tenant, over)
    deed = Deed(AuditAction.ACTING_ENDED, "user", user_id, {"session": sid})
    yield from append(tenant, deed, by=by, now=now)
