"""Users, their roles and their status.

Source: users.md U46; access.md F2, F4; security.md rule 42.
"""

from sqlalchemy import and_, delete, exists, func, insert, literal, select, update

from watchword.accounts.administration.audit import PROGRAM, AuditAction, Author, Deed
from watchword.accounts.events import Event, EventKind
from watchword.accounts.users import AddOutcome, NewUser, StatusOutcome, User, UserStatus
from watchword.oauth.families import RevokedBecause
from watchword.oauth.feed import AccountChange
from watchword.stores.schema import suspensions, user_roles, users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.administration.administrators import LOCK_USER, is_last_administrator
from watchword.stores.verbs.administration.audit import append
from watchword.stores.verbs.administration.roles import declare_role
from watchword.stores.verbs.endings import end_user, revoke_user_families
from watchword.stores.verbs.events import record
from watchword.stores.verbs.names import keeps_name
from watchword.stores.verbs.passwords import count_hash
from watchword.stores.verbs.revocations import publish_accounts
from watchword.stores.verbs.rows import ACCOUNT, USER, account, user
from watchword.stores.verbs.terms import NOW, TENANT, number, text

__all__ = [
    "LOCK_USER",
    "add_user",
    "assign_role",
    "assign_roles",
    "find_user",
    "list_roles",
    "list_users",
    "read_user",
    "remove_role",
    "restore_user",
    "suspend_anybody",
    "suspend_user",
]

_THE_USER = and_(users.c.tenant == TENANT, users.c.id == text("the_user"))
_THE_ROLE = and_(
    user_roles.c.tenant == TENANT,
    user_roles.c.user_id == text("the_user"),
    user_roles.c.role == text("the_role"),
)

_FIND = Statement(
    select(*USER).where(and_(users.c.tenant == TENANT, users.c.name == text("the_name")))
)
_READ = Statement(select(*USER).where(_THE_USER))
_LIST = Statement(select(*USER).where(users.c.tenant == TENANT))
_ADD = Statement(
    insert(users)
    .from_select(
        [
            "tenant", "id", "name", "status", "password_hash", "version", "created_at",
        ],
        select(
            TENANT, text("the_user"), text("the_name"), literal(UserStatus.ACTIVE.value),
            text("the_hash"), literal(1), number("created"),
        ).where(
            ~exists().where(and_(users.c.tenant == TENANT, users.c.name == text("the_name")))
        ),
    )
    .returning(users.c.id)
)  # fmt: skip
_ASSIGN = Statement(
    insert(user_roles)
    .from_select(
        ["tenant", "user_id", "role", "given_at", "given_by", "reason"],
        select(
            users.c.tenant, users.c.id, text("the_role"), NOW, text("the_author"),
            text("the_reason"),
        ).where(and_(_THE_USER, ~exists().where(_THE_ROLE))),
    )
    .returning(user_roles.c.role)
)  # fmt: skip
_LIST_ROLES = Statement(
    select(user_roles.c.role, func.count())
    .where(user_roles.c.tenant == TENANT)
    .group_by(user_roles.c.role)
)
_REMOVE = Statement(delete(user_roles).where(_THE_ROLE).returning(user_roles.c.role))
_GROW_VERSION = Statement(
    update(users).where(_THE_USER).values(version=users.c.version + 1).returning(*ACCOUNT)
)
_SET_STATUS = Statement(
    update(users)
    .where(and_(_THE_USER, users.c.status != text("to_status")))
    .values(status=text("to_status"), version=users.c.version + 1)
    .returning(*ACCOUNT)
)
_SUSPEND = Statement(
    insert(suspensions).from_select(
        ["tenant", "user_id", "suspended_at", "suspended_by", "reason"],
        select(TENANT, text("the_user"), NOW, text("the_author"), text("the_reason")),
    )
)
_RESUME = Statement(
    delete(suspensions).where(
        and_(suspensions.c.tenant == TENANT, suspensions.c.user_id == text("the_user"))
    )
)


def add_user(tenant: str, addition: NewUser, *, by: Author | None = None) -> Verb[AddOutcome]:
    """Insert the user and roles unless the name is taken; of concurrent callers one wins."""
    added = yield Step(
        _ADD,
        {
            "in_tenant": tenant,
            "the_user": addition.id,
            "the_name": addition.name,
            "the_hash": addition.password_hash,
            "created": addition.created_at,
        },
    )
    if not added:
        return AddOutcome.NAME_TAKEN
    name, now = addition.name, addition.created_at
    if not (yield from keeps_name(tenant, addition.id, name, now=now)):
        return AddOutcome.NAME_TAKEN
    if addition.password_hash is not None:
        yield from count_hash(tenant, addition.password_hash, more=1)
    yield from assign_roles(tenant, addition.id, addition.roles, by=by or PROGRAM, now=now)
    if by is not None:
        detail = {"roles": " ".join(sorted(addition.roles))}
        deed = Deed(AuditAction.USER_ADDED, "user", addition.id, detail)
        yield from append(tenant, deed, by=by, now=now)
    return AddOutcome.ADDED


def assign_roles(
    tenant: str, user_id: str, roles: frozenset[str], *, by: Author = PROGRAM, now: int
) -> Verb[None]:
    """Give roles to a user whom the verb that this is a part of has added."""
    for role in sorted(roles):
        where = _giving(tenant, user_id, role, by=by, now=now)
        yield from declare_role(tenant, role)
        yield Step(_ASSIGN, where)


def find_user(tenant: str, name: str) -> Verb[User | None]:
    """Read the user with this canonical name."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "the_name": name})
    return user(rows[0]) if rows else None


def read_user(tenant: str, user_id: str) -> Verb[User | None]:
    """Read the user with this id, as part of another verb."""
    rows = yield Step(_READ, {"in_tenant": tenant, "the_user": user_id})
    return user(rows[0]) if rows else None


def list_users(tenant: str) -> Verb[tuple[User, ...]]:
    """Read all users, by name; sorted here, because databases sort by their own locales."""
    rows = yield Step(_LIST, {"in_tenant": tenant})
    return tuple(sorted((user(row) for row in rows), key=lambda found: found.name))


def list_roles(tenant: str) -> Verb[tuple[tuple[str, int], ...]]:
    """Count who holds each role; sorted here, as above."""
    rows = yield Step(_LIST_ROLES, {"in_tenant": tenant})
    return tuple(sorted((role, held) for role, held in rows))


def suspend_user(
    tenant: str, user_id: str, *, by: Author = PROGRAM, now: int
) -> Verb[StatusOutcome]:
    """Suspend, end every session and family, grow the version: all or nothing."""
    if (yield from is_last_administrator(tenant, user_id)):
        return StatusOutcome.LAST_ADMINISTRATOR
    return (yield from suspend_anybody(tenant, user_id, by=by, now=now))


def suspend_anybody(tenant: str, user_id: str, *, by: Author, now: int) -> Verb[StatusOutcome]:
    """Do as `suspend_user`, to the last administrator as well: a directory knows no exception."""
    outcome, changes = yield from _set_status(tenant, user_id, UserStatus.SUSPENDED)
    if outcome is StatusOutcome.CHANGED:
        yield Step(_SUSPEND, _authored(tenant, user_id, by=by, now=now))
        because = RevokedBecause.ACCOUNT_SUSPENDED
        yield from end_user(tenant, user_id, because=because, now=now)
        yield from publish_accounts(tenant, changes, now=now)
        yield from _tell(tenant, EventKind.ACCOUNT_SUSPENDED, user_id, by=by, now=now)
        deed = Deed(AuditAction.USER_SUSPENDED, "user", user_id)
        yield from append(tenant, deed, by=by, now=now)
    return outcome


def restore_user(
    tenant: str, user_id: str, *, by: Author = PROGRAM, now: int
) -> Verb[StatusOutcome]:
    """Make the account active again. Ended sessions stay ended."""
    outcome, changes = yield from _set_status(tenant, user_id, UserStatus.ACTIVE)
    if outcome is StatusOutcome.CHANGED:
        yield Step(_RESUME, {"in_tenant": tenant, "the_user": user_id})
        yield from publish_accounts(tenant, changes, now=now)
        yield from _tell(tenant, EventKind.ACCOUNT_RESTORED, user_id, by=by, now=now)
        deed = Deed(AuditAction.USER_RESUMED, "user", user_id)
        yield from append(tenant, deed, by=by, now=now)
    return outcome


def assign_role(
    tenant: str, user_id: str, role: str, *, by: Author = PROGRAM, now: int
) -> Verb[StatusOutcome]:
    """Give the role and grow the version."""
    where = _giving(tenant, user_id, role, by=by, now=now)
    yield Step(LOCK_USER, where)
    if not (yield Step(_ASSIGN, where)):
        return (yield from _unchanged(tenant, user_id))
    yield from declare_role(tenant, role)
    grown = yield Step(_GROW_VERSION, where)
    yield from publish_accounts(tenant, map(account, grown), now=now)
    yield from _tell(tenant, EventKind.ROLE_ASSIGNED, user_id, by=by, now=now, role=role)
    deed = Deed(AuditAction.ROLE_GIVEN, "user", user_id, {"role": role})
    yield from append(tenant, deed, by=by, now=now)
    return StatusOutcome.CHANGED


def remove_role(
    tenant: str, user_id: str, role: str, *, by: Author = PROGRAM, now: int
) -> Verb[StatusOutcome]:
    """Take the role away, grow the version and revoke the user's families."""
    if (yield from is_last_administrator(tenant, user_id, role=role)):
        return StatusOutcome.LAST_ADMINISTRATOR
    where: Parameters = {"in_tenant": tenant, "the_user": user_id, "the_role": role}
    if not (yield Step(_REMOVE, where)):
        return (yield from _unchanged(tenant, user_id))
    grown = yield Step(_GROW_VERSION, where)
    because = RevokedBecause.ROLE_REMOVED
    yield from revoke_user_families(tenant, user_id, because=because, now=now)
    yield from publish_accounts(tenant, map(account, grown), now=now)
    yield from _tell(tenant, EventKind.ROLE_REMOVED, user_id, by=by, now=now, role=role)
    deed = Deed(AuditAction.ROLE_TAKEN, "user", user_id, {"role": role})
    yield from append(tenant, deed, by=by, now=now)
    return StatusOutcome.CHANGED


def _giving(tenant: str, user_id: str, role: str, *, by: Author, now: int) -> Parameters:
    return {**_authored(tenant, user_id, by=by, now=now), "the_role": _checked(role)}


def _authored(tenant: str, user_id: str, *, by: Author, now: int) -> Parameters:
    return {
        "in_tenant": tenant,
        "the_user": user_id,
        "at": now,
        "the_author": by.actor,
        "the_reason": by.reason,
    }


def _tell(
    tenant: str, kind: EventKind, user_id: str, *, by: Author, now: int, **detail: str
) -> Verb[None]:
    """Write the event for the person; from where and why the author acted is not for them."""
    actor = None if by == PROGRAM else by.actor
    yield from record(tenant, Event(kind, now, user_id=user_id, actor=actor, detail=detail))


def _set_status(
    tenant: str, user_id: str, status: UserStatus
) -> Verb[tuple[StatusOutcome, list[AccountChange]]]:
    """Set the status and grow the version; return how the account stands then, to be published."""
    changed = yield Step(
        _SET_STATUS,
        {"in_tenant": tenant, "the_user": user_id, "to_status": status.value},
    )
    if changed:
        return StatusOutcome.CHANGED, [account(row) for row in changed]
    return (yield from _unchanged(tenant, user_id)), []


def _unchanged(tenant: str, user_id: str) -> Verb[StatusOutcome]:
    found = yield from read_user(tenant, user_id)
    return StatusOutcome.UNKNOWN_USER if found is None else StatusOutcome.UNCHANGED


def _checked(role: str) -> str:
    """Refuse what the joined form could not give back: a space would make two roles of one."""
    if not role or " " in role:
        raise ValueError("a role name is not empty and holds no space")
    return role
