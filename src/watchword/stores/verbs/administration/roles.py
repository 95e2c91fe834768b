"""Roles and their inheritance.

Edits of inheritance take turns by the rows of `roles`, so that two of them cannot close a circle
that neither sees. What every role includes is written down with them (`role_closure`).

Source: access.md P8, S8, F2.
"""

from collections.abc import Mapping

from sqlalchemy import and_, delete, exists, func, insert, or_, select, update

from watchword.access.errors import PolicyError
from watchword.access.subject import inherit
from watchword.accounts.administration.audit import AuditAction, Author, Deed
from watchword.accounts.administration.roles import (
    ROLES_MAX,
    Assignment,
    InheritOutcome,
    Role,
    RoleOutcome,
    Suspension,
)
from watchword.accounts.person.deletion import ADMINISTRATOR
from watchword.accounts.users import UserStatus
from watchword.oauth.families import RevokedBecause
from watchword.oauth.feed import AccountChange, RevocationKind
from watchword.stores.schema import (
    families,
    role_closure,
    role_inheritance,
    roles,
    suspensions,
    user_roles,
    users,
)
from watchword.stores.statement import Lock, Parameters, Rows, Statement, Step, Verb
from watchword.stores.verbs.administration.administrators import LOCK_ADMINISTRATORS
from watchword.stores.verbs.administration.audit import append
from watchword.stores.verbs.endings import end_acting_by_role
from watchword.stores.verbs.revocations import publish, publish_accounts
from watchword.stores.verbs.rows import ACCOUNT, account
from watchword.stores.verbs.terms import NOW, RETENTION_SECONDS, TENANT, number, text

__all__ = [
    "add_inheritance",
    "add_role",
    "declare_role",
    "find_suspension",
    "forget_role",
    "list_assignments",
    "list_role_records",
    "remove_inheritance",
]

Closure = Mapping[str, frozenset[str]]  # role -> what it includes, itself among it

_ROLE = text("the_role")
_INHERITS = text("the_inherited")
_THE_ROLE = and_(roles.c.tenant == TENANT, roles.c.role == _ROLE)
_THE_PAIR = and_(
    role_inheritance.c.tenant == TENANT,
    role_inheritance.c.role == _ROLE,
    role_inheritance.c.inherits == _INHERITS,
)
_HOLDERS = select(user_roles.c.user_id).where(
    and_(user_roles.c.tenant == TENANT, user_roles.c.role == _ROLE)
)

_LOCK_ROLES = Lock(
    select(roles.c.role)
    .where(roles.c.tenant == TENANT)
    .order_by(roles.c.role)
    .with_for_update(key_share=True)
)
_LIST = Statement(select(roles.c.role, roles.c.meaning).where(roles.c.tenant == TENANT))
_PAIRS = Statement(
    select(role_inheritance.c.role, role_inheritance.c.inherits).where(
        role_inheritance.c.tenant == TENANT
    )
)
_HELD = Statement(
    select(user_roles.c.role, func.count())
    .where(user_roles.c.tenant == TENANT)
    .group_by(user_roles.c.role)
)
_DECLARE = Statement(
    insert(roles).from_select(
        ["tenant", "role", "meaning"],
        select(TENANT, _ROLE, text("the_meaning")).where(~exists().where(_THE_ROLE)),
    )
)
_MEAN = Statement(
    update(roles)
    .where(and_(_THE_ROLE, roles.c.meaning != text("the_meaning")))
    .values(meaning=text("the_meaning"))
    .returning(roles.c.role)
)
_IS_USED = Statement(
    select(roles.c.role).where(
        and_(
            _THE_ROLE,
            or_(
                exists().where(and_(user_roles.c.tenant == TENANT, user_roles.c.role == _ROLE)),
                exists().where(
                    and_(role_inheritance.c.tenant == TENANT, role_inheritance.c.role == _ROLE)
                ),
                exists().where(
                    and_(role_inheritance.c.tenant == TENANT, role_inheritance.c.inherits == _ROLE)
                ),
            ),
        )
    )
)
_FORGET = Statement(delete(roles).where(_THE_ROLE).returning(roles.c.role))
_ADD_PAIR = Statement(
    insert(role_inheritance).from_select(
        ["tenant", "role", "inherits"], select(TENANT, _ROLE, _INHERITS)
    )
)
_REMOVE_PAIR = Statement(delete(role_inheritance).where(_THE_PAIR))
_CLEAR = Statement(
    delete(role_closure).where(and_(role_closure.c.tenant == TENANT, role_closure.c.role == _ROLE))
)
_INCLUDE = Statement(
    insert(role_closure).from_select(
        ["tenant", "role", "includes"], select(TENANT, _ROLE, _INHERITS)
    )
)
_LOCK_HOLDERS = Lock(
    select(users.c.id)
    .where(and_(users.c.tenant == TENANT, users.c.id.in_(_HOLDERS)))
    .order_by(users.c.id)
    .with_for_update(key_share=True)
)
_GROW_VERSIONS = Statement(
    update(users)
    .where(and_(users.c.tenant == TENANT, users.c.id.in_(_HOLDERS)))
    .values(version=users.c.version + 1)
    .returning(*ACCOUNT)
)
_REVOKE_FAMILIES = Statement(
    update(families)
    .where(
        and_(
            families.c.tenant == TENANT,
            families.c.user_id.in_(_HOLDERS),
            families.c.revoked_at.is_(None),
        )
    )
    .values(revoked_at=NOW, revoked_because=text("because"), purge_at=number("purge"))
    .returning(families.c.id)
)
_ACTIVE_HOLDER = Statement(
    select(users.c.id)
    .where(
        and_(
            users.c.tenant == TENANT,
            users.c.id.in_(_HOLDERS),
            users.c.status == UserStatus.ACTIVE.value,
        )
    )
    .limit(1)
)
_ASSIGNMENTS = Statement(
    select(
        user_roles.c.user_id,
        user_roles.c.role,
        user_roles.c.given_at,
        user_roles.c.given_by,
        user_roles.c.reason,
    ).where(and_(user_roles.c.tenant == TENANT, user_roles.c.user_id == text("the_user")))
)
_SUSPENSION = Statement(
    select(
        suspensions.c.user_id,
        suspensions.c.suspended_at,
        suspensions.c.suspended_by,
        suspensions.c.reason,
    ).where(and_(suspensions.c.tenant == TENANT, suspensions.c.user_id == text("the_user")))
)


def list_role_records(tenant: str) -> Verb[tuple[Role, ...]]:
    """Read every role with what it inherits and by how many it is held, by name."""
    where: Parameters = {"in_tenant": tenant}
    written: dict[str, str] = {row[0]: row[1] for row in (yield Step(_LIST, where))}
    held: dict[str, int] = {row[0]: row[1] for row in (yield Step(_HELD, where))}
    parents = _parents((yield Step(_PAIRS, where)))
    return tuple(
        Role(name, written.get(name, ""), parents.get(name, frozenset()), held.get(name, 0))
        for name in sorted({*written, *held})
    )


def add_role(tenant: str, name: str, meaning: str, *, by: Author, now: int) -> Verb[RoleOutcome]:
    """Write a role down, or change what it says it is for."""
    where: Parameters = {"in_tenant": tenant, "the_role": name, "the_meaning": meaning}
    yield Step(_LOCK_ROLES, where)
    known = {row[0] for row in (yield Step(_LIST, where))}
    if name in known:
        if not (yield Step(_MEAN, where)):
            return RoleOutcome.UNCHANGED
    elif len(known) >= ROLES_MAX:
        return RoleOutcome.TOO_MANY
    else:
        yield Step(_DECLARE, where)
    yield from append(tenant, Deed(AuditAction.ROLE_ADDED, "role", name), by=by, now=now)
    return RoleOutcome.DONE


def declare_role(tenant: str, name: str) -> Verb[None]:
    """Write a role down that somebody is about to be given, unless it is."""
    yield Step(_DECLARE, {"in_tenant": tenant, "the_role": name, "the_meaning": ""})


def forget_role(tenant: str, name: str, *, by: Author, now: int) -> Verb[RoleOutcome]:
    """Strike a role out that nobody holds and no other role inherits."""
    where: Parameters = {"in_tenant": tenant, "the_role": name}
    yield Step(_LOCK_ROLES, where)
    if (yield Step(_IS_USED, where)):
        return RoleOutcome.IN_USE
    if not (yield Step(_FORGET, where)):
        return RoleOutcome.UNCHANGED
    yield from append(tenant, Deed(AuditAction.ROLE_REMOVED, "role", name), by=by, now=now)
    return RoleOutcome.DONE


def add_inheritance(
    tenant: str, role: str, inherits: str, *, by: Author, now: int
) -> Verb[InheritOutcome]:
    """Have one role include another, unless that closes a circle."""
    where: Parameters = {"in_tenant": tenant, "the_role": role, "the_inherited": inherits}
    yield Step(_LOCK_ROLES, where)
    known = {row[0] for row in (yield Step(_LIST, where))}
    parents = _parents((yield Step(_PAIRS, where)))
    if not {role, inherits} <= known:
        return InheritOutcome.UNKNOWN_ROLE
    direct = parents.get(role, frozenset())
    if inherits in direct:
        return InheritOutcome.UNCHANGED
    before = inherit(parents)
    try:
        after = inherit({**parents, role: direct | {inherits}})
    except PolicyError:
        return InheritOutcome.CYCLE
    yield Step(_ADD_PAIR, where)
    _, accounts = yield from _rewrite(tenant, before, after)
    yield from publish_accounts(tenant, accounts, now=now)
    deed = Deed(AuditAction.ROLE_INHERITS, "role", role, {"inherits": inherits})
    yield from append(tenant, deed, by=by, now=now)
    return InheritOutcome.CHANGED


def remove_inheritance(
    tenant: str, role: str, inherits: str, *, by: Author, now: int
) -> Verb[InheritOutcome]:
    """End an inheritance, and revoke the families of whoever holds a role less."""
    where: Parameters = {"in_tenant": tenant, "the_role": role, "the_inherited": inherits}
    yield Step(_LOCK_ROLES, where)
    parents = _parents((yield Step(_PAIRS, where)))
    direct = parents.get(role, frozenset())
    if inherits not in direct:
        return InheritOutcome.UNCHANGED
    before, after = inherit(parents), inherit({**parents, role: direct - {inherits}})
    if not (yield from _leaves_an_administrator(tenant, before, after)):
        return InheritOutcome.LAST_ADMINISTRATOR
    yield Step(_REMOVE_PAIR, where)
    lesser, accounts = yield from _rewrite(tenant, before, after)
    acting: list[str] = []
    for each in lesser:
        acting.extend((yield from end_acting_by_role(tenant, each, now=now)))
    revoked: list[str] = []
    because = RevokedBecause.ROLE_REMOVED.value
    for each in lesser:
        ended = yield Step(
            _REVOKE_FAMILIES,
            {
                "in_tenant": tenant,
                "the_role": each,
                "because": because,
                "at": now,
                "purge": now + RETENTION_SECONDS,
            },
        )
        revoked.extend(family for (family,) in ended)
    yield from publish(tenant, RevocationKind.FAMILY, revoked, now=now)
    yield from publish(tenant, RevocationKind.SESSION, acting, now=now)
    yield from publish_accounts(tenant, accounts, now=now)
    deed = Deed(AuditAction.ROLE_INHERITS_NO_MORE, "role", role, {"inherits": inherits})
    yield from append(tenant, deed, by=by, now=now)
    return InheritOutcome.CHANGED


def list_assignments(tenant: str, user_id: str) -> Verb[tuple[Assignment, ...]]:
    """Read the roles that a user was given, by name."""
    rows = yield Step(_ASSIGNMENTS, {"in_tenant": tenant, "the_user": user_id})
    return tuple(sorted((Assignment(*row) for row in rows), key=lambda given: given.role))


def find_suspension(tenant: str, user_id: str) -> Verb[Suspension | None]:
    """Read the suspension of a user."""
    rows = yield Step(_SUSPENSION, {"in_tenant": tenant, "the_user": user_id})
    return Suspension(*rows[0]) if rows else None


def _parents(rows: Rows) -> dict[str, frozenset[str]]:
    parents: dict[str, frozenset[str]] = {}
    for role, inherits in rows:
        parents[role] = parents.get(role, frozenset()) | {inherits}
    return parents


def _leaves_an_administrator(tenant: str, before: Closure, after: Closure) -> Verb[bool]:
    """Whether somebody who may act is an administrator after a change, if anybody was."""
    makers, kept = (_makers(closure) for closure in (before, after))
    if makers == kept:
        return True
    yield Step(LOCK_ADMINISTRATORS, {"in_tenant": tenant})
    for role in (*sorted(kept), *sorted(makers - kept)):
        if (yield Step(_ACTIVE_HOLDER, {"in_tenant": tenant, "the_role": role})):
            return role in kept
    return True


def _makers(closure: Closure) -> frozenset[str]:
    """Return the roles whose holders are administrators."""
    made = {role for role, includes in closure.items() if ADMINISTRATOR in includes}
    return frozenset({ADMINISTRATOR, *made})


def _rewrite(
    tenant: str, before: Closure, after: Closure
) -> Verb[tuple[tuple[str, ...], list[AccountChange]]]:
    """Write down what the roles include, and grow the versions of whoever holds a changed one.

    Returns:
        the changed roles, and how the accounts of their holders stand.
    """
    accounts: list[AccountChange] = []
    changed = tuple(
        role
        for role in sorted({*before, *after})
        if before.get(role, frozenset()) - {role} != after.get(role, frozenset()) - {role}
    )
    for role in changed:
        where: Parameters = {"in_tenant": tenant, "the_role": role}
        yield Step(_CLEAR, where)
        for included in sorted(after.get(role, frozenset()) - {role}):
            yield Step(_INCLUDE, {**where, "the_inherited": included})
        yield Step(_LOCK_HOLDERS, where)
        accounts.extend(map(account, (yield Step(_GROW_VERSIONS, where))))
    return changed, accounts
