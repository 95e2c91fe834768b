"""Accounts that follow a directory: added, changed and ended by what its rows say.

Source: users.md U10 and U46; security.md rules 42 and 43; OWASP ASVS 5.0 V6.8.1.
"""

from sqlalchemy import ColumnElement, and_, case, delete, exists, insert, null, select, update

from watchword.accounts.administration.audit import Author
from watchword.accounts.directory import (
    Follow,
    Followed,
    Identity,
    NoteMark,
    is_another_row,
    is_followed,
)
from watchword.accounts.events import Event, EventKind
from watchword.accounts.imports.plan import ImportedUser, ImportOutcome
from watchword.accounts.links import RedeemLink
from watchword.accounts.password_change import ChangePassword, PasswordChange
from watchword.accounts.person.deletion import DeleteAccount
from watchword.accounts.users import User, UserStatus
from watchword.oauth.families import RevokedBecause
from watchword.stores.schema import emails, identities, links, suspensions, user_roles, users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.accounts.deletion import delete_account
from watchword.stores.verbs.accounts.imports import import_users
from watchword.stores.verbs.accounts.links import redeem_link
from watchword.stores.verbs.accounts.password_change import change_password
from watchword.stores.verbs.endings import end_user
from watchword.stores.verbs.events import record
from watchword.stores.verbs.names import free_name, take_name
from watchword.stores.verbs.passwords import clear_password_hash, set_password_hash
from watchword.stores.verbs.rows import Row
from watchword.stores.verbs.terms import NOW, TENANT, blob, flag, same_tenant, text
from watchword.stores.verbs.users import LOCK_USER, restore_user, suspend_anybody

__all__ = [
    "change_password_there",
    "find_identity",
    "find_identity_of",
    "follow",
    "forget_identity",
    "redeem_link_there",
]

_IDENTITY = (
    users.c.id, users.c.name, users.c.status, suspensions.c.suspended_by, identities.c.subject,
    identities.c.born, identities.c.address, identities.c.password_mark,
    and_(emails.c.address.is_not(None), emails.c.verified_at.is_(None)).label("open"),
)  # fmt: skip
_JOINED = (
    identities.join(users, and_(same_tenant(users, identities), users.c.id == identities.c.user_id))
    .outerjoin(
        suspensions,
        and_(same_tenant(suspensions, identities), suspensions.c.user_id == identities.c.user_id),
    )
    .outerjoin(
        emails,
        and_(
            same_tenant(emails, identities),
            emails.c.user_id == identities.c.user_id,
            emails.c.address == identities.c.address,
        ),
    )
)
_OF_ISSUER = and_(identities.c.tenant == TENANT, identities.c.issuer == text("the_issuer"))
_THE_ROW = and_(_OF_ISSUER, identities.c.subject == text("the_key"))


def _read(which: ColumnElement[bool]) -> Statement:
    return Statement(select(*_IDENTITY).select_from(_JOINED).where(which))


_FIND = _read(_THE_ROW)
_FIND_OF = _read(and_(_OF_ISSUER, identities.c.user_id == text("the_user")))
_LINK = Statement(
    insert(identities).from_select(
        [
            "tenant", "issuer", "subject", "user_id", "born", "address", "password_mark",
            "linked_at",
        ],
        select(
            TENANT, text("the_issuer"), text("the_key"), text("the_user"), text("the_birth"),
            text("the_address"), blob("the_mark"), NOW,
        ),
    )
)  # fmt: skip
_NOTE = Statement(
    update(identities)
    .where(_THE_ROW)
    .values(born=text("the_birth"), address=text("the_address"), password_mark=blob("the_mark"))
)
_NOTE_MARK = Statement(update(identities).where(_THE_ROW).values(password_mark=blob("the_mark")))
_TAKE_ROLES = Statement(
    delete(user_roles).where(
        and_(user_roles.c.tenant == TENANT, user_roles.c.user_id == text("the_user"))
    )
)
_THE_ADDRESS = and_(
    emails.c.tenant == TENANT,
    emails.c.user_id == text("the_user"),
    emails.c.address == text("the_address"),
)
_FORGET_ADDRESS = Statement(delete(emails).where(_THE_ADDRESS))
_FORGET_LINKS = Statement(
    delete(links).where(
        and_(
            links.c.tenant == TENANT,
            links.c.user_id == text("the_user"),
            links.c.address == text("the_address"),
            links.c.used_at.is_(None),
        )
    )
)
_held = emails.alias("held")
_verified = emails.alias("verified")
_NOBODY_VERIFIED = ~exists().where(
    and_(
        _verified.c.tenant == TENANT,
        _verified.c.address == text("the_address"),
        _verified.c.verified_at.is_not(None),
    )
)
_VERIFY = Statement(
    update(emails)
    .where(and_(_THE_ADDRESS, emails.c.verified_at.is_(None), _NOBODY_VERIFIED))
    .values(verified_at=NOW)
    .returning(emails.c.address)
)
_ADD_ADDRESS = Statement(
    insert(emails).from_select(
        ["tenant", "user_id", "address", "written", "is_primary", "verified_at", "created_at"],
        select(
            TENANT,
            text("the_user"),
            text("the_address"),
            text("as_written"),
            ~exists().where(
                and_(
                    _held.c.tenant == TENANT,
                    _held.c.user_id == text("the_user"),
                    _held.c.is_primary.is_(True),
                )
            ),
            case(
                (and_(flag("verified"), _NOBODY_VERIFIED), NOW),
                else_=null(),
            ),
            NOW,
        ).where(~exists().where(_THE_ADDRESS)),
    )
)


def find_identity(tenant: str, issuer: str, key: str) -> Verb[Identity | None]:
    """Read the account that follows a row."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "the_issuer": issuer, "the_key": key})
    return _identity(rows[0], issuer) if rows else None


def find_identity_of(tenant: str, issuer: str, user_id: str) -> Verb[Identity | None]:
    """Read which row an account follows."""
    rows = yield Step(_FIND_OF, {"in_tenant": tenant, "the_issuer": issuer, "the_user": user_id})
    return _identity(rows[0], issuer) if rows else None


def follow(tenant: str, wanted: Follow) -> Verb[Followed]:
    """Bring an account to what its row says; one that another row had before ends.

    Of concurrent callers one adds an account; a change that was made meanwhile is made once.
    """
    known = yield from find_identity(tenant, wanted.issuer, wanted.key)
    if known is not None:
        yield Step(LOCK_USER, {"in_tenant": tenant, "the_user": known.user_id})
        known = yield from find_identity(tenant, wanted.issuer, wanted.key)
    if known is not None and is_another_row(known, wanted):
        yield from _end(tenant, known.user_id, now=wanted.now)
        known = None
    if known is None:
        return (yield from _add(tenant, wanted)) if wanted.is_active else Followed.INACTIVE
    if is_followed(known, wanted):
        return Followed.UNCHANGED
    return (yield from _change(tenant, known, wanted))


def forget_identity(tenant: str, issuer: str, key: str, *, now: int) -> Verb[Followed]:
    """Delete the account of a row that is gone, with everything that hangs on it."""
    known = yield from find_identity(tenant, issuer, key)
    if known is None:
        return Followed.ABSENT
    yield from _end(tenant, known.user_id, now=now)
    return Followed.CHANGED


def change_password_there(
    tenant: str, command: ChangePassword, note: NoteMark
) -> Verb[PasswordChange]:
    """Change a password that the directory has and, where it is changed, note what it keeps."""
    changed = yield from change_password(tenant, command)
    if changed is PasswordChange.CHANGED:
        yield _noting(tenant, note)
    return changed


def redeem_link_there(tenant: str, command: RedeemLink, note: NoteMark) -> Verb[User | None]:
    """Spend a link on a password that the directory has and, where it is spent, note what it keeps.

    None: the link is spent, or opens nothing.
    """
    user = yield from redeem_link(tenant, command)
    if user is not None:
        yield _noting(tenant, note)
    return user


def _noting(tenant: str, note: NoteMark) -> Step:
    where: Parameters = {
        "in_tenant": tenant,
        "the_issuer": note.issuer,
        "the_key": note.key,
        "the_mark": note.mark,
    }
    return Step(_NOTE_MARK, where)


def _add(tenant: str, wanted: Follow) -> Verb[Followed]:
    yield from free_name(tenant, wanted.name)
    addition = ImportedUser(
        id=wanted.new_id,
        name=wanted.name,
        status=UserStatus.ACTIVE,
        password_hash=wanted.password_hash,
        roles=frozenset(),
        email=wanted.address,
        is_verified=wanted.is_verified,
        display_name=None,
        locale=None,
        created_at=wanted.now,
    )
    actor = _author(wanted.issuer)
    (added,) = yield from import_users(tenant, (addition,), by=None, now=wanted.now, actor=actor)
    if added is ImportOutcome.NAME_TAKEN:
        # In PostgreSQL, another caller may have added this very row since it was looked for.
        if (yield from find_identity(tenant, wanted.issuer, wanted.key)) is None:
            return Followed.NAME_TAKEN
        return (yield from follow(tenant, wanted))
    yield Step(_LINK, {**_facts(tenant, wanted), "the_user": wanted.new_id})
    return Followed.ADDED


def _change(tenant: str, known: Identity, wanted: Follow) -> Verb[Followed]:
    user_id, now = known.user_id, wanted.now
    by = Author(_author(wanted.issuer))
    has_name = known.name == wanted.name or (
        yield from take_name(tenant, user_id, wanted.name, by=by.actor, now=now)
    )
    if known.address != wanted.canonical_address:
        yield from _change_address(tenant, known, wanted)
    elif known.has_open_claim and wanted.is_verified:
        yield from _verify_address(tenant, user_id, wanted, by=by)
    if known.mark != wanted.mark:
        yield from _change_password(tenant, user_id, wanted, by=by)
    if not wanted.is_active and known.status is UserStatus.ACTIVE:
        yield from suspend_anybody(tenant, user_id, by=by, now=now)
    if wanted.is_active and known.is_suspended_by_directory:
        yield from restore_user(tenant, user_id, by=by, now=now)
    yield Step(_NOTE, _facts(tenant, wanted))
    return Followed.CHANGED if has_name else Followed.NAME_TAKEN


def _change_password(tenant: str, user_id: str, wanted: Follow, *, by: Author) -> Verb[None]:
    if wanted.password_hash is None:
        yield from clear_password_hash(tenant, user_id)
    else:
        yield from set_password_hash(tenant, user_id, new=wanted.password_hash)
    yield from end_user(tenant, user_id, because=RevokedBecause.PASSWORD_SET, now=wanted.now)
    event = Event(EventKind.PASSWORD_CHANGED, wanted.now, user_id=user_id, actor=by.actor)
    yield from record(tenant, event)


def _change_address(tenant: str, known: Identity, wanted: Follow) -> Verb[None]:
    """Take the address away that came from there, with what hangs on it, and add the other one."""
    where: Parameters = {
        "in_tenant": tenant,
        "the_user": known.user_id,
        "the_address": known.address,
        "at": wanted.now,
    }
    yield Step(_FORGET_LINKS, where)
    yield Step(_FORGET_ADDRESS, where)
    if wanted.address is not None:
        facts: Parameters = {
            "the_address": wanted.address.canonical,
            "as_written": wanted.address.written,
            "verified": wanted.is_verified,
        }
        yield Step(_ADD_ADDRESS, {**where, **facts})


def _verify_address(tenant: str, user_id: str, wanted: Follow, *, by: Author) -> Verb[None]:
    """Believe the directory that the person reads mail of the address, unless another does."""
    where = {**_facts(tenant, wanted), "the_user": user_id}
    if (yield Step(_VERIFY, where)):
        event = Event(EventKind.EMAIL_VERIFIED, wanted.now, user_id=user_id, actor=by.actor)
        yield from record(tenant, event)


def _end(tenant: str, user_id: str, *, now: int) -> Verb[None]:
    """Delete an account, the last administrator's as well: whoever it was is gone."""
    where: Parameters = {"in_tenant": tenant, "the_user": user_id}
    yield Step(LOCK_USER, where)
    yield Step(_TAKE_ROLES, where)
    yield from delete_account(tenant, DeleteAccount(user_id, None, now))


def _facts(tenant: str, wanted: Follow) -> Parameters:
    return {
        "in_tenant": tenant,
        "the_issuer": wanted.issuer,
        "the_key": wanted.key,
        "the_birth": wanted.born,
        "the_address": wanted.canonical_address,
        "the_mark": wanted.mark,
        "at": wanted.now,
    }


def _author(issuer: str) -> str:
    return f"directory {issuer}"


def _identity(row: Row, issuer: str) -> Identity:
    user_id, name, status, suspended_by, key, born, address, password_mark, is_open = row
    return Identity(
        user_id=user_id,
        name=name,
        status=UserStatus(status),
        is_suspended_by_directory=suspended_by == _author(issuer),
        key=key,
        born=born,
        address=address,
        has_open_claim=bool(is_open),
        mark=bytes(password_mark),
    )
