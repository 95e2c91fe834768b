"""How a session starts: the statement, its parameters, and what is remembered of it.

Every verb that starts one takes it from the parties that its conditions name, so that no session
starts beside a suspension or a change of the password.

Source: OWASP ASVS 5.0 V7; security.md rules 38 and 42.
"""

from sqlalchemy import ColumnElement, FromClause, and_, insert, or_, select

from watchword.accounts.events import Event, EventKind
from watchword.accounts.levels import amr, auth_time, format_proofs
from watchword.accounts.sessions import NewSession
from watchword.stores.schema import sessions, tenants, users
from watchword.stores.statement import Lock, Statement
from watchword.stores.verbs.terms import (
    NOW,
    RETENTION_SECONDS,
    TENANT,
    USER_ACTIVE,
    blob,
    number,
    same_tenant,
    text,
)

__all__ = ["LOCK_OWNER", "signed_in", "start_parameters", "starting"]

# Two logins of one user need not wait for one another, but a suspension or a change of the
# password either precedes a login or finds its session.
LOCK_OWNER = Lock(
    select(users.c.id)
    .where(and_(users.c.tenant == TENANT, users.c.id == text("the_user")))
    .with_for_update(read=True)
)


def starting(parties: FromClause, *conditions: ColumnElement[bool]) -> Statement:
    """Return the statement that starts a session where the parties stand.

    Args:
        parties: `users` joined with whatever else the conditions speak of.
        conditions: beside the user's own.
    """
    columns = [
        "tenant", "sid", "user_id", "cookie_hash", "auth_time", "amr", "idle_seconds",
        "idle_expires_at", "expires_at", "used_at", "proofs", "created_at", "address", "device",
        "purge_at", "epoch", "actor_id", "actor_sid",
    ]  # fmt: skip
    values = select(
        users.c.tenant, text("the_sid"), users.c.id, blob("the_cookie"), number("auth"),
        text("the_amr"), number("idle"), number("idle_end"), number("end"), NOW,
        text("the_proofs"), NOW, text("the_address"), text("the_device"), number("purge"),
        tenants.c.epoch, text("the_actor"), text("the_actor_sid"),
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
        "auth": auth_time(new.proofs),
        "the_amr": " ".join(amr(new.proofs)),
        "the_proofs": format_proofs(new.proofs),
        "idle": new.idle_seconds,
        "idle_end": idle_end,
        "end": new.expires_at,
        "the_address": new.origin.address,
        "the_device": new.origin.device,
        "at": now,
        "purge": idle_end + RETENTION_SECONDS,
        "the_actor": None if new.actor is None else new.actor.user_id,
        "the_actor_sid": None if new.actor is None else new.actor.sid,
    }


def signed_in(
    new: NewSession,
    user_id: str,
    *,
    now: int,
    client_id: str | None = None,
    family_id: str | None = None,
) -> Event:
    """Return what a session's beginning is remembered as."""
    return Event(
        EventKind.SIGNED_IN,
        now,
        user_id=user_id,
        origin=new.origin,
        client_id=client_id,
        sid=new.sid,
        family_id=family_id,
        detail={"amr": " ".join(amr(new.proofs))},
    )
