"""Another password, and the end of what hangs on the old one.

Source: users.md U47; security.md rules 38, 42, 43 and 46.
"""

from sqlalchemy import and_, delete, false, select, update

from watchword.accounts.events import Event, EventKind
from watchword.accounts.factors.together import has_second
from watchword.accounts.mail.messages import MailKind, notice_of
from watchword.accounts.password_change import ChangePassword, OtherSessions, PasswordChange
from watchword.stores.schema import flows, known_devices, links, sessions, tenants, users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.events import record
from watchword.stores.verbs.factors.standing import read_standing
from watchword.stores.verbs.logins.own_sessions import end_sessions
from watchword.stores.verbs.outbox import notify
from watchword.stores.verbs.passwords import set_password_hash
from watchword.stores.verbs.terms import (
    NOW,
    SESSION_STANDS,
    TENANT,
    USER_ACTIVE,
    blob,
    flag,
    same_tenant,
    text,
)
from watchword.stores.verbs.users import LOCK_USER

__all__ = ["change_password"]

_THE_SESSION = and_(
    sessions.c.tenant == TENANT,
    sessions.c.sid == text("the_sid"),
    sessions.c.user_id == text("the_user"),
)
_STANDS = Statement(
    select(sessions.c.sid)
    .select_from(
        sessions.join(
            users, and_(same_tenant(users, sessions), users.c.id == sessions.c.user_id)
        ).join(tenants, same_tenant(tenants, sessions))
    )
    .where(
        and_(
            _THE_SESSION,
            sessions.c.actor_sid.is_(None),  # whoever acts as the user chooses no password
            SESSION_STANDS,
            USER_ACTIVE,
        )
    )
)
_RENEW_COOKIE = Statement(
    update(sessions)
    .where(and_(_THE_SESSION, sessions.c.ended_at.is_(None)))
    .values(cookie_hash=blob("the_cookie"))
    .returning(sessions.c.sid)
)
_STAMP = Statement(
    update(users)
    .where(and_(users.c.tenant == TENANT, users.c.id == text("the_user")))
    .values(
        password_set_at=NOW,
        must_change_password=false(),
        needs_second_factor=flag("needs_second"),
    )
)
_FORGET_LINKS = Statement(
    delete(links).where(
        and_(
            links.c.tenant == TENANT,
            links.c.user_id == text("the_user"),
            links.c.used_at.is_(None),
        )
    )
)
_FORGET_FLOWS = Statement(
    delete(flows).where(and_(flows.c.tenant == TENANT, flows.c.user_id == text("the_user")))
)
_FORGET_DEVICES = Statement(
    delete(known_devices).where(
        and_(known_devices.c.tenant == TENANT, known_devices.c.user_id == text("the_user"))
    )
)


def change_password(tenant: str, command: ChangePassword) -> Verb[PasswordChange]:
    """Set the hash, renew the cookie, and end what hangs on the old password."""
    where: Parameters = {
        "in_tenant": tenant,
        "the_user": command.user_id,
        "the_sid": command.sid,
        "the_cookie": command.cookie_hash,
        "needs_second": command.needs_second_factor,
        "at": command.now,
    }
    yield Step(LOCK_USER, where)
    if command.needs_second_factor:
        standing = yield from read_standing(tenant, command.user_id)
        if not has_second(standing):
            return PasswordChange.FACTOR_GONE
    if not (yield Step(_STANDS, where)) or not (yield Step(_RENEW_COOKIE, where)):
        return PasswordChange.SESSION_OVER
    yield from set_password_hash(tenant, command.user_id, new=command.password_hash)
    yield Step(_STAMP, where)
    yield Step(_FORGET_LINKS, where)
    yield Step(_FORGET_FLOWS, where)
    if command.others is OtherSessions.END:
        yield Step(_FORGET_DEVICES, where)
        yield from end_sessions(
            tenant, command.user_id, keep=command.sid, now=command.now, origin=command.origin
        )
    event = Event(
        EventKind.PASSWORD_CHANGED,
        command.now,
        user_id=command.user_id,
        origin=command.origin,
        sid=command.sid,
    )
    yield from record(tenant, event)
    yield from notify(
        tenant,
        notice_of(
            MailKind.PASSWORD_CHANGED, command.user_id, now=command.now, origin=command.origin
        ),
    )
    return PasswordChange.CHANGED
