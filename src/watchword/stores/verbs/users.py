"""Users, their roles and their status.

Source: users.md U46; access.md F2, F4; security.md rule 42.
"""

from sqlalchemy import and_, delete, exists, func, insert, literal, select, update

from watchword.accounts.events import Event, EventKind
from watchword.accounts.users import AddOutcome, NewUser, StatusOutcome, User, UserStatus
from watchword.oauth.families import RevokedBecause
from watchword.stores.schema import user_roles, users
from watchword.stores.statement import Lock, Statement, Step, Verb
from watchword.stores.verbs.endings import end_user, revoke_user_families
from watchword.stores.verbs.events import record
from watchword.stores.verbs.names import keeps_name
from watchword.stores.verbs.passwords import count_hash
from watchword.stores.verbs.rows import USER, user
from watchword.stores.verbs.terms import TENANT, number, text

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
    "suspend_user",
]

_THE_USER = and_(users.c.tenant == TENANT, users.c.id == text("the_user"))
_THE_ROLE = and_(
    user_roles.c.tenant == TENANT,
    user_roles.c.user_id == text("the_user"),
    user_roles.c.role == text("the_role"),
)

LOCK_USER = Lock(select(users.c.id).where(_THE_USER).with_for_update(key_share=True))

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
        ["tenant", "user_id", "role"],
        select(users.c.tenant, users.c.id, text("the_role")).where(
            and_(_THE_USER, ~exists().where(_THE_ROLE))
        ),
    )
    .returning(user_roles.c.role)
)
_LIST_ROLES = Statement(
    select(user_roles.c.role, func.count())
    .where(user_roles.c.tenant == TENANT)
    .group_by(user_roles.c.role)
)
_REMOVE = Statement(delete(user_roles).where(_THE_ROLE).returning(user_roles.c.role))
_GROW_VERSION = Statement(
    update(users).where(_THE_USER).values(version=users.c.version + 1).returning(users.c.version)
)
_SET_STATUS = Statement(
    update(users)
    .where(and_(_THE_USER, users.c.status != text("to_status")))
    .values(status=text("to_status"), version=users.c.version + 1)
    .returning(users.c.version)
)


def add_user(tenant: str, addition: NewUser) -> Verb[AddOutcome]:
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
    yield from assign_roles(tenant, addition.id, addition.roles)
    return AddOutcome.ADDED


def assign_roles(tenant: str, user_id: str, roles: frozenset[str]) -> Verb[None]:
    """Give roles to a user whom the verb that this is a part of has added."""
    for role in sorted(roles):
        where = {"in_tenant": tenant, "the_user": user_id, "the_role": _checked(role)}
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


def suspend_user(tenant: str, user_id: str, *, now: int) -> Verb[StatusOutcome]:
    """Suspend, end every session and family, grow the version: all or nothing."""
    outcome = yield from _set_status(tenant, user_id, UserStatus.SUSPENDED)
    if outcome is StatusOutcome.CHANGED:
        because = RevokedBecause.ACCOUNT_SUSPENDED
        yield from end_user(tenant, user_id, because=because, now=now)
        yield from record(tenant, Event(EventKind.ACCOUNT_SUSPENDED, now, user_id=user_id))
    return outcome


def restore_user(tenant: str, user_id: str, *, now: int) -> Verb[StatusOutcome]:
    """Make the account active again. Ended sessions stay ended."""
    outcome = yield from _set_status(tenant, user_id, UserStatus.ACTIVE)
    if outcome is StatusOutcome.CHANGED:
        yield from record(tenant, Event(EventKind.ACCOUNT_RESTORED, now, user_id=user_id))
    return outcome


def assign_role(tenant: str, user_id: str, role: str, *, now: int) -> Verb[StatusOutcome]:
    """Give the role and grow the version."""
    where = {"in_tenant": tenant, "the_user": user_id, "the_role": _checked(role)}
    yield Step(LOCK_USER, where)
    if (yield Step(_ASSIGN, where)):
        yield Step(_GROW_VERSION, where)
        yield from record(tenant, _of_role(EventKind.ROLE_ASSIGNED, user_id, role, now=now))
        return StatusOutcome.CHANGED
    return (yield from _unchanged(tenant, user_id))


def remove_role(tenant: str, user_id: str, role: str, *, now: int) -> Verb[StatusOutcome]:
    """Take the role away, grow the version and revoke the user's families."""
    where = {"in_tenant": tenant, "the_user": user_id, "the_role": role}
    yield Step(LOCK_USER, where)
    if (yield Step(_REMOVE, where)):
        yield Step(_GROW_VERSION, where)
        because = RevokedBecause.ROLE_REMOVED
        yield from revoke_user_families(tenant, user_id, because=because, now=now)
        yield from record(tenant, _of_role(EventKind.ROLE_REMOVED, user_id, role, now=now))
        return StatusOutcome.CHANGED
    return (yield from _unchanged(tenant, user_id))


def _of_role(kind: EventKind, user_id: str, role: str, *, now: int) -> Event:
    return Event(kind, now, user_id=user_id, detail={"role": role})


def _set_status(tenant: str, user_id: str, status: UserStatus) -> Verb[StatusOutcome]:
    changed = yield Step(
        _SET_STATUS,
        {"in_tenant": tenant, "the_user": user_id, "to_status": status.value},
    )
    if changed:
        return StatusOutcome.CHANGED
    return (yield from _unchanged(tenant, user_id))


def _unchanged(tenant: str, user_id: str) -> Verb[StatusOutcome]:
    found = yield from read_user(tenant, user_id)
    return StatusOutcome.UNKNOWN_USER if found is None else StatusOutcome.UNCHANGED


def _checked(role: str) -> str:
    """Refuse what the joined form could not give back: a space would make two roles of one."""
    if not role or " " in role:
        raise ValueError("a role name is not empty and holds no space")
    return role
