"""Browser sessions: opened by a credential, found by their cookie, ended for good.

Source: OWASP ASVS 5.0 V7; security.md rules 38 to 42.
"""

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, FromClause, and_, func, insert, or_, select, update

from watchword.accounts.origin import Origin
from watchword.accounts.sessions import EndOutcome, NewSession, Session
from watchword.stores.schema import sessions, tenants, users
from watchword.stores.statement import Lock, Statement, Step, Verb
from watchword.stores.verbs import endings
from watchword.stores.verbs.rows import SESSION, session
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
    "LOCK_OWNER",
    "TOUCH_SECONDS",
    "Use",
    "end_session",
    "find_session",
    "open_session",
    "start_parameters",
    "starting",
    "touch_session",
]

TOUCH_SECONDS = 60  # use moves the idle limit in steps of a minute, so that reading rarely writes

# Two logins of one user need not wait for one another, but a suspension or a change of the
# password either precedes a login or finds its session.
LOCK_OWNER = Lock(
    select(users.c.id)
    .where(and_(users.c.tenant == TENANT, users.c.id == text("the_user")))
    .with_for_update(read=True)
)


@dataclass(frozen=True, slots=True)
class Use:
    """A session that was found, and whether the idle limit it shows has to be written."""

    session: Session
    is_due: bool


def starting(parties: FromClause, *conditions: ColumnElement[bool]) -> Statement:
    """Return the statement that starts a session where the parties stand.

    Args:
        parties: `users` joined with whatever else the conditions speak of.
        conditions: beside the user's own.
    """
    columns = [
        "tenant", "sid", "user_id", "cookie_hash", "auth_time", "amr", "idle_seconds",
        "idle_expires_at", "expires_at", "used_at", "created_at", "address", "device", "purge_at",
        "epoch",
    ]  # fmt: skip
    values = select(
        users.c.tenant, text("the_sid"), users.c.id, blob("the_cookie"), number("auth"),
        text("the_amr"), number("idle"), number("idle_end"), number("end"), NOW, NOW,
        text("the_address"), text("the_device"), number("purge"), tenants.c.epoch,
    )  # fmt: skip
    return Statement(
        insert(sessions)
        .from_select(
            columns,
            values.select_from(parties.join(tenants, same_tenant(tenants, users))).where(
                and_(
                    users.c.tenant == TENANT,
                    users.c.id == text("the_user"),
                    or_(text("the_hash").is_(None), users.c.password_hash == text("the_hash")),
                    USER_ACTIVE,
                    *conditions,
                )
            ),
        )
        .returning(sessions.c.sid)
    )


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
_READ = Statement(
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


def start_parameters(
    tenant: str, new: NewSession, *, user_id: str, password_hash: str | None, now: int
) -> dict[str, str | int | bytes | None]:
    """Return the parameters of a statement made by `starting`."""
    idle_end = min(now + new.idle_seconds, new.expires_at)
    return {
        "in_tenant": tenant,
        "the_user": user_id,
        "the_hash": password_hash,
        "the_sid": new.sid,
        "the_cookie": new.cookie_hash,
        "auth": new.auth_time,
        "the_amr": " ".join(new.amr),
        "idle": new.idle_seconds,
        "idle_end": idle_end,
        "end": new.expires_at,
        "the_address": new.origin.address,
        "the_device": new.origin.device,
        "at": now,
        "purge": idle_end + RETENTION_SECONDS,
    }


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
    rows = yield Step(_READ, {"in_tenant": tenant, "the_sid": new.sid})
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


def end_session(tenant: str, sid: str, *, now: int) -> Verb[EndOutcome]:
    """End the session and revoke its families, all or nothing; one caller is told ENDED."""
    if (yield from endings.end_session(tenant, sid, now=now)):
        return EndOutcome.ENDED
    known = yield Step(_READ, {"in_tenant": tenant, "the_sid": sid})
    return EndOutcome.ALREADY_ENDED if known else EndOutcome.UNKNOWN
