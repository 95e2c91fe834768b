"""Acting as a user: a session of the user that hangs on one of whoever acts.

That it stands as long as whoever acts might begin it is part of `SESSION_STANDS` (`terms.py`).

Source: users.md U42; decisions/0281.
"""

from sqlalchemy import and_, not_, select

from watchword.accounts.acting import OUT_OF_REACH
from watchword.accounts.administration.audit import AuditAction, Author, Deed
from watchword.accounts.events import Event, EventKind
from watchword.accounts.mail.messages import MailKind, notice_of
from watchword.accounts.sessions import NewSession, Session
from watchword.stores.schema import sessions, tenants, users
from watchword.stores.statement import Lock, Parameters, Statement, Step, Verb
from watchword.stores.verbs import endings
from watchword.stores.verbs.administration.audit import append
from watchword.stores.verbs.events import record
from watchword.stores.verbs.logins.sessions import READ_SESSION
from watchword.stores.verbs.logins.starting import LOCK_OWNER, start_parameters, starting
from watchword.stores.verbs.outbox import notify
from watchword.stores.verbs.rows import session
from watchword.stores.verbs.terms import (
    ACTOR,
    ACTOR_MAY,
    TENANT,
    blob,
    holds,
    same_tenant,
    text,
)

__all__ = ["begin_acting", "find_own_sid"]

_THE_OWN = and_(sessions.c.tenant == TENANT, sessions.c.sid == text("the_actor_sid"))
_LOCK_OWN = Lock(select(sessions.c.sid).where(_THE_OWN).with_for_update(read=True))
_own, _actors = ACTOR.left, ACTOR.right
_START = starting(
    users.join(_own, and_(same_tenant(_own, users), _own.c.sid == text("the_actor_sid"))).join(
        _actors, and_(same_tenant(_actors, _own), _actors.c.id == _own.c.user_id)
    ),
    _own.c.user_id == text("the_actor"),
    _own.c.epoch == tenants.c.epoch,
    users.c.id != text("the_actor"),
    not_(holds(users.c.id, users.c.tenant, *OUT_OF_REACH)),
    ACTOR_MAY,
)
_OWN_SID = Statement(
    select(sessions.c.actor_sid).where(
        and_(sessions.c.tenant == TENANT, sessions.c.cookie_hash == blob("the_cookie"))
    )
)


def begin_acting(
    tenant: str, new: NewSession, *, user_id: str, by: Author, now: int
) -> Verb[Session | None]:
    """Open the session if whoever acts may, and the user is one to be acted as."""
    if new.actor is None or new.actor.user_id != by.actor:
        raise ValueError("the author is who acts, from a session of their own")
    where: Parameters = start_parameters(tenant, new, user_id=user_id, password_hash=None, now=now)
    yield Step(LOCK_OWNER, where)
    yield Step(_LOCK_OWN, where)
    if not (yield Step(_START, where)):
        return None
    rows = yield Step(READ_SESSION, where)
    yield from endings.end_acting_from_session(tenant, new.actor.sid, keep=new.sid, now=now)
    # From where and why is for the log, not for the user.
    begun = Event(EventKind.ACTING_BEGUN, now, user_id=user_id, actor=by.actor, sid=new.sid)
    yield from record(tenant, begun)
    yield from notify(tenant, notice_of(MailKind.ACTED_AS, user_id, now=now))
    deed = Deed(AuditAction.ACTING_BEGUN, "user", user_id, {"session": new.sid})
    yield from append(tenant, deed, by=by, now=now)
    return session(rows[0])


def find_own_sid(tenant: str, cookie_hash: bytes) -> Verb[str | None]:
    """Read on which session an acting session hangs, for as long as its row is kept."""
    rows = yield Step(_OWN_SID, {"in_tenant": tenant, "the_cookie": cookie_hash})
    return rows[0][0] if rows else None
