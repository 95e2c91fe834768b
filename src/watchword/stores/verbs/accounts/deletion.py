"""The deletion of an account: one transaction, children before their parents.

What happened outlives the account, as the law of most places wants it for a while: the events keep
their time, kind and the random id of the user, which is never given again, and lose everything
that tells of a person.

Source: users.md U46; security.md rule 42.
"""

from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    and_,
    delete,
    exists,
    null,
    or_,
    select,
    update,
)

from watchword.accounts.administration.audit import AuditAction, Deed
from watchword.accounts.administration.shares import Holder
from watchword.accounts.events import Event, EventKind
from watchword.accounts.person.deletion import DeleteAccount, DeletionOutcome
from watchword.oauth.feed import RevocationKind
from watchword.stores.schema import (
    challenges,
    codes,
    consents,
    device_codes,
    emails,
    events,
    families,
    flows,
    former_names,
    identities,
    known_devices,
    links,
    opaque_tokens,
    outbox,
    passkeys,
    recovery_codes,
    refresh_tokens,
    sessions,
    shares,
    signups,
    suspensions,
    totps,
    traces,
    user_roles,
    users,
)
from watchword.stores.statement import Lock, Parameters, Statement, Step, Verb
from watchword.stores.verbs.administration.administrators import (
    OTHER_ADMINISTRATORS,
    is_administrator,
)
from watchword.stores.verbs.administration.audit import append
from watchword.stores.verbs.endings import end_acting_by_user
from watchword.stores.verbs.events import record
from watchword.stores.verbs.outbox import enqueue
from watchword.stores.verbs.passwords import count_hash
from watchword.stores.verbs.revocations import publish
from watchword.stores.verbs.terms import TENANT, same_tenant, text

__all__ = ["delete_account"]

_USER = text("the_user")
_THE_USER = and_(users.c.tenant == TENANT, users.c.id == _USER)


def _of_user(column: Column[Any]) -> ColumnElement[bool]:
    return and_(column.table.c.tenant == TENANT, column == _USER)


def _emptied(table: Table) -> Statement:
    return Statement(delete(table).where(_of_user(table.c.user_id)))


# Stronger than the lock of other verbs: nothing can be hung on the user any more. An administrator
# waits for every other one, so that of two who leave at the same time the second one sees it.
_LOCK = Lock(
    select(users.c.id)
    .where(
        and_(
            users.c.tenant == TENANT,
            or_(users.c.id == _USER, and_(is_administrator(_USER), is_administrator(users.c.id))),
        )
    )
    .order_by(users.c.id)
    .with_for_update()
)
_ACCOUNT = Statement(
    select(users.c.password_hash, is_administrator(_USER).label("is_administrator")).where(
        _THE_USER
    )
)
# In the order of `endings`: links, sessions, families.
_LOCK_SESSIONS = Lock(
    select(sessions.c.sid)
    .where(_of_user(sessions.c.user_id))
    .order_by(sessions.c.sid)
    .with_for_update(key_share=True)
)
_LOCK_FAMILIES = Lock(
    select(families.c.id)
    .where(_of_user(families.c.user_id))
    .order_by(families.c.id)
    .with_for_update(key_share=True)
)
_FORGET_TOKENS = Statement(
    delete(refresh_tokens).where(
        and_(
            refresh_tokens.c.tenant == TENANT,
            refresh_tokens.c.family_id.in_(
                select(families.c.id).where(_of_user(families.c.user_id))
            ),
        )
    )
)
_FORGET_SIGNUPS = Statement(
    delete(signups).where(
        and_(
            signups.c.tenant == TENANT,
            exists().where(
                and_(
                    same_tenant(emails, signups),
                    emails.c.user_id == _USER,
                    emails.c.address == signups.c.address,
                )
            ),
        )
    )
)
_FORGET_SHARES = Statement(
    delete(shares).where(
        and_(_of_user(shares.c.holder), shares.c.holder_kind == Holder.SUBJECT.value)
    )
)
_BLANK_EVENTS = Statement(
    update(events)
    .where(_of_user(events.c.user_id))
    .values(address=null(), device=null(), detail="{}")
)
_FORGET_USER = Statement(delete(users).where(_THE_USER))

_STEPS: tuple[Statement, ...] = (
    _emptied(links),
    _LOCK_SESSIONS,
    _LOCK_FAMILIES,
    _FORGET_TOKENS,
    *map(_emptied, (families, sessions, flows, challenges, known_devices)),
    *map(_emptied, (passkeys, totps, recovery_codes, outbox)),
    *map(_emptied, (consents, codes, device_codes, opaque_tokens, traces)),
    _FORGET_SIGNUPS,
    _FORGET_SHARES,
    *map(_emptied, (emails, former_names, identities, suspensions, user_roles)),
    _BLANK_EVENTS,
    _FORGET_USER,
)


def delete_account(tenant: str, command: DeleteAccount) -> Verb[DeletionOutcome]:
    """Delete the user and every row that hangs on it, unless nobody could administer any more."""
    where: Parameters = {"in_tenant": tenant, "the_user": command.user_id}
    yield Step(_LOCK, where)
    found = yield Step(_ACCOUNT, where)
    if not found:
        return DeletionOutcome.UNKNOWN_USER
    password_hash, is_administrator = found[0]
    if is_administrator:
        ((others,),) = yield Step(OTHER_ADMINISTRATORS, where)
        if not others:
            return DeletionOutcome.LAST_ADMINISTRATOR
    if password_hash is not None:
        yield from count_hash(tenant, password_hash, more=-1)
    for statement in _STEPS:
        yield Step(statement, where)
    acting = yield from end_acting_by_user(tenant, command.user_id, now=command.now)
    yield from publish(tenant, RevocationKind.SESSION, acting, now=command.now)
    yield from publish(tenant, RevocationKind.USER, [command.user_id], now=command.now)
    # Without the address: what happened stays, who it was does not.
    yield from record(
        tenant, Event(EventKind.ACCOUNT_DELETED, command.now, user_id=command.user_id)
    )
    if command.farewell is not None:
        yield from enqueue(tenant, command.farewell)
    if command.by is not None:
        deed = Deed(AuditAction.USER_DELETED, "user", command.user_id)
        yield from append(tenant, deed, by=command.by, now=command.now)
    return DeletionOutcome.DELETED
