"""User names that change hands: given up, kept for a while, and free again.

Source: users.md U46; decisions/0114.
"""

from sqlalchemy import and_, delete, exists, func, insert, select, update

from watchword.accounts.events import Event, EventKind
from watchword.accounts.mail.messages import MailKind, notice_of
from watchword.accounts.person.rename import (
    FORMER_NAMES_MAX,
    NAME_KEPT_SECONDS,
    ChangeName,
    NameChange,
)
from watchword.stores.schema import former_names, users
from watchword.stores.statement import Lock, Parameters, Statement, Step, Verb
from watchword.stores.verbs.events import record
from watchword.stores.verbs.outbox import notify
from watchword.stores.verbs.terms import NOW, TENANT, number, text

__all__ = ["change_name", "free_name", "keeps_name", "take_name"]

_THE_USER = and_(users.c.tenant == TENANT, users.c.id == text("the_user"))
_OF_THE_NAME = and_(former_names.c.tenant == TENANT, former_names.c.name == text("the_name"))
_LOCK = Lock(select(users.c.id).where(_THE_USER).with_for_update(key_share=True))
_READ = Statement(select(users.c.name).where(_THE_USER))
_KEPT_FOR_ANOTHER = Statement(
    select(former_names.c.name).where(
        and_(
            _OF_THE_NAME,
            former_names.c.purge_at > NOW,
            former_names.c.user_id != text("the_user"),
        )
    )
)
_KEPT_FOR_THEM = Statement(
    select(func.count())
    .select_from(former_names)
    .where(
        and_(
            former_names.c.tenant == TENANT,
            former_names.c.user_id == text("the_user"),
            former_names.c.purge_at > NOW,
            former_names.c.name != text("the_name"),  # which they take back
        )
    )
)
_another = users.alias("another")
_RENAME = Statement(
    update(users)
    .where(
        and_(
            _THE_USER,
            ~exists().where(and_(_another.c.tenant == TENANT, _another.c.name == text("the_name"))),
        )
    )
    .values(name=text("the_name"))
    .returning(users.c.id)
)
_FREE = Statement(delete(former_names).where(_OF_THE_NAME))
_KEEP = Statement(
    insert(former_names).from_select(
        ["tenant", "name", "user_id", "given_up_at", "purge_at"],
        select(TENANT, text("the_name"), text("the_user"), NOW, number("purge")),
    )
)
_FORGET_ADDITION = Statement(delete(users).where(_THE_USER))


def change_name(tenant: str, command: ChangeName) -> Verb[NameChange]:
    """Give the user the name, keep the earlier one, and tell its owner.

    Of concurrent callers who want one name a single one is CHANGED, by the unique index over names.
    """
    user_id, name, now = command.user_id, command.name, command.now
    where: Parameters = {
        "in_tenant": tenant, "the_user": user_id, "the_name": name, "at": now
    }  # fmt: skip
    yield Step(_LOCK, where)
    found = yield Step(_READ, where)
    if not found:
        return NameChange.UNKNOWN_USER
    before: str = found[0][0]
    if before == name:
        return NameChange.UNCHANGED
    ((kept,),) = yield Step(_KEPT_FOR_THEM, where)
    if kept >= FORMER_NAMES_MAX:
        return NameChange.TOO_MANY
    if (yield Step(_KEPT_FOR_ANOTHER, where)) or not (yield Step(_RENAME, where)):
        return NameChange.TAKEN
    yield Step(_FREE, where)
    earlier = {**where, "the_name": before}
    yield Step(_FREE, earlier)  # of whoever had it long ago
    yield Step(_KEEP, {**earlier, "purge": now + NAME_KEPT_SECONDS})
    event = Event(
        EventKind.NAME_CHANGED,
        now,
        user_id=user_id,
        origin=command.origin,
        sid=command.sid,
        detail={"from": before, "to": name},
    )
    yield from record(tenant, event)
    told = notice_of(
        MailKind.NAME_CHANGED, user_id, now=now, origin=command.origin, about=f"{before}, {name}"
    )
    yield from notify(tenant, told)
    return NameChange.CHANGED


def keeps_name(tenant: str, user_id: str, name: str, *, now: int) -> Verb[bool]:
    """Whether a user who was just added may have the name; one who may not is taken back.

    A part of the verbs that add users. It reads after the insertion: whoever gave the name up while
    that waited for the index is seen.
    """
    where: Parameters = {
        "in_tenant": tenant, "the_user": user_id, "the_name": name, "at": now
    }  # fmt: skip
    if (yield Step(_KEPT_FOR_ANOTHER, where)):
        yield Step(_FORGET_ADDITION, where)
        return False
    return True


def free_name(tenant: str, name: str) -> Verb[None]:
    """Keep a name for nobody any more, as a part of another verb: a directory gives it away."""
    yield Step(_FREE, {"in_tenant": tenant, "the_name": name})


def take_name(tenant: str, user_id: str, name: str, *, by: str, now: int) -> Verb[bool]:
    """Give a user, whose row is locked, the name that a directory says; false where it is taken.

    The earlier name is kept for nobody: the directory may give it to somebody else at once.
    """
    where: Parameters = {"in_tenant": tenant, "the_user": user_id, "the_name": name}
    ((before,),) = yield Step(_READ, where)
    if not (yield Step(_RENAME, where)):
        return False
    yield Step(_FREE, where)
    detail = {"from": before, "to": name}
    event = Event(EventKind.NAME_CHANGED, now, user_id=user_id, actor=by, detail=detail)
    yield from record(tenant, event)
    return True
