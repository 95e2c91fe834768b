"""Administrators: who holds the role `admin`, given or inherited, and that one of them stays.

Whoever takes an administrator's rights away waits for every other one who does, so that of two
that happen at the same time the second sees the first.

Source: security.md rule 95; access.md P8.
"""

from sqlalchemy import ColumnElement, Subquery, and_, exists, func, or_, select, union_all

from watchword.accounts.person.deletion import ADMINISTRATOR
from watchword.accounts.users import UserStatus
from watchword.stores.schema import role_closure, user_roles, users
from watchword.stores.statement import Lock, Parameters, Statement, Step, Verb
from watchword.stores.verbs.terms import TENANT, text

__all__ = [
    "LOCK_ADMINISTRATORS",
    "LOCK_USER",
    "OTHER_ADMINISTRATORS",
    "count_administrators",
    "is_administrator",
    "is_last_administrator",
]

_USER = text("the_user")
_THE_USER = and_(users.c.tenant == TENANT, users.c.id == _USER)
# A role that makes its holder an administrator: the role itself, or one that includes it.
_BY_ROLE = or_(
    user_roles.c.role == ADMINISTRATOR,
    exists().where(
        and_(
            role_closure.c.tenant == user_roles.c.tenant,
            role_closure.c.role == user_roles.c.role,
            role_closure.c.includes == ADMINISTRATOR,
        )
    ),
)


def is_administrator(user_id: object, *further: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a user, by column or parameter, holds `admin`, given or inherited.

    Args:
        user_id: a column or a parameter.
        further: conditions on the row of `user_roles` by which it does.
    """
    return exists().where(
        and_(user_roles.c.tenant == TENANT, user_roles.c.user_id == user_id, _BY_ROLE, *further)
    )


def _everybody() -> Subquery:
    given = select(user_roles.c.user_id).where(
        and_(user_roles.c.tenant == TENANT, user_roles.c.role == ADMINISTRATOR)
    )
    inherited = (
        select(user_roles.c.user_id)
        .select_from(
            role_closure.join(
                user_roles,
                and_(user_roles.c.tenant == TENANT, user_roles.c.role == role_closure.c.role),
            )
        )
        .where(and_(role_closure.c.tenant == TENANT, role_closure.c.includes == ADMINISTRATOR))
    )
    return union_all(given, inherited).subquery("administrators")


LOCK_USER = Lock(select(users.c.id).where(_THE_USER).with_for_update(key_share=True))
_ADMINISTRATORS = _everybody()
LOCK_ADMINISTRATORS = Lock(
    select(users.c.id)
    .where(and_(users.c.tenant == TENANT, users.c.id.in_(select(_ADMINISTRATORS.c.user_id))))
    .order_by(users.c.id)
    .with_for_update(key_share=True)
)
OTHER_ADMINISTRATORS = Statement(
    select(func.count(users.c.id.distinct()))
    .select_from(_ADMINISTRATORS.join(users, users.c.id == _ADMINISTRATORS.c.user_id))
    .where(
        and_(
            users.c.tenant == TENANT,
            users.c.id != _USER,
            users.c.status == UserStatus.ACTIVE.value,
        )
    )
)
# Whether the user is an administrator who may act, and would be one without a role.
_STANDING = Statement(
    select(  # type: ignore[arg-type]  # of two columns, which is a Select all the same
        is_administrator(_USER), is_administrator(_USER, user_roles.c.role != text("the_role"))
    ).where(and_(_THE_USER, users.c.status == UserStatus.ACTIVE.value))
)


def count_administrators(tenant: str) -> Verb[int]:
    """Read how many administrators may act."""
    ((count,),) = yield Step(OTHER_ADMINISTRATORS, {"in_tenant": tenant, "the_user": ""})
    return int(count)


def is_last_administrator(tenant: str, user_id: str, *, role: str = "") -> Verb[bool]:
    """Lock the user, and whether they are the last administrator who may act.

    Args:
        tenant: whose users.
        user_id: who is about to lose something.
        role: what they lose; empty: everything. Whoever stays an administrator without it is
            not meant.
    """
    where: Parameters = {"in_tenant": tenant, "the_user": user_id, "the_role": role}
    concerned = yield from _is_concerned(where, role)
    yield Step(LOCK_ADMINISTRATORS if concerned else LOCK_USER, where)
    if not concerned:
        # It may have become one while the lock was waited for.
        if not (yield from _is_concerned(where, role)):
            return False
        yield Step(LOCK_ADMINISTRATORS, where)
    elif not (yield from _is_concerned(where, role)):
        yield Step(LOCK_USER, where)
        return False
    ((others,),) = yield Step(OTHER_ADMINISTRATORS, where)
    return not others


def _is_concerned(where: Parameters, role: str) -> Verb[bool]:
    rows = yield Step(_STANDING, where)
    if not rows:
        return False
    is_one, stays_one = rows[0]
    return bool(is_one) and not (role and stays_one)
