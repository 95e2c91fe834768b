"""Password hashes: read with the account, counted by parameters, replaced where unchanged.

Source: security.md D5 and rule 33.
"""

from sqlalchemy import and_, case, delete, false, insert, null, or_, select, update

from watchword.accounts.credentials import Credential, UpgradeOutcome
from watchword.accounts.links import LinkPurpose
from watchword.accounts.passwords.stored_hash import read_label
from watchword.stores.schema import emails, hash_labels, links, users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.rows import USER, USER_WIDTH, user
from watchword.stores.verbs.terms import TENANT, flag, number, text

__all__ = [
    "clear_password_hash",
    "count_hash",
    "count_label",
    "find_credential",
    "forget_links",
    "hash_histogram",
    "set_password_hash",
    "upgrade_password_hash",
]

_BY_ADDRESS = select(emails.c.user_id).where(
    emails.c.tenant == TENANT,
    emails.c.address == text("the_address"),
    emails.c.verified_at.is_not(None),
)
# Whoever has proved to read the mail of an address comes before whoever took it for a name.
_FIND = Statement(
    select(*USER, users.c.password_hash)
    .where(
        users.c.tenant == TENANT,
        or_(users.c.name == text("the_name"), users.c.id.in_(_BY_ADDRESS)),
    )
    .order_by(case((users.c.id.in_(_BY_ADDRESS), 0), else_=1))
    .limit(1)
)
_HISTOGRAM = Statement(
    select(hash_labels.c.label, hash_labels.c.hashes).where(
        and_(hash_labels.c.tenant == TENANT, hash_labels.c.hashes > 0)
    )
)
_COUNT = Statement(
    update(hash_labels)
    .where(and_(hash_labels.c.tenant == TENANT, hash_labels.c.label == text("the_label")))
    .values(hashes=hash_labels.c.hashes + number("more"))
    .returning(hash_labels.c.hashes)
)
_COUNT_FIRST = Statement(
    insert(hash_labels).from_select(
        ["tenant", "label", "hashes"], select(TENANT, text("the_label"), number("more"))
    )
)
_READ = Statement(
    select(users.c.password_hash).where(
        and_(users.c.tenant == TENANT, users.c.id == text("the_user"))
    )
)
_SET = Statement(
    update(users)
    .where(and_(users.c.tenant == TENANT, users.c.id == text("the_user")))
    .values(
        password_hash=text("new_hash"),
        must_change_password=false(),
        needs_second_factor=false(),
    )
)
_CLEAR = Statement(
    update(users)
    .where(and_(users.c.tenant == TENANT, users.c.id == text("the_user")))
    .values(password_hash=null(), must_change_password=false(), needs_second_factor=false())
)
_FORGET_LINKS = Statement(
    delete(links).where(
        and_(
            links.c.tenant == TENANT,
            links.c.user_id == text("the_user"),
            links.c.purpose != LinkPurpose.VERIFY_EMAIL.code,
            links.c.used_at.is_(None),
        )
    )
)
_UPGRADE = Statement(
    update(users)
    .where(
        and_(
            users.c.tenant == TENANT,
            users.c.id == text("the_user"),
            users.c.password_hash == text("old_hash"),
        )
    )
    .values(
        password_hash=text("new_hash"),
        must_change_password=or_(users.c.must_change_password, flag("must_change")),
    )
    .returning(users.c.id)
)


def find_credential(tenant: str, name: str, *, address: str) -> Verb[Credential | None]:
    """Read the account with this name or verified address and its hash, whatever its status."""
    where: Parameters = {"in_tenant": tenant, "the_name": name, "the_address": address}
    rows = yield Step(_FIND, where)
    if not rows:
        return None
    (row,) = rows
    return Credential(user(row[:USER_WIDTH]), row[USER_WIDTH])


def hash_histogram(tenant: str) -> Verb[tuple[tuple[str, int], ...]]:
    """Read how many stored hashes carry each label, sorted by label."""
    rows = yield Step(_HISTOGRAM, {"in_tenant": tenant})
    return tuple(sorted((label, hashes) for label, hashes in rows))


def upgrade_password_hash(
    tenant: str, user_id: str, *, old: str, new: str, must_change: bool
) -> Verb[UpgradeOutcome]:
    """Replace the hash where it is still `old`; a password changed meanwhile stands."""
    upgraded = yield Step(
        _UPGRADE,
        {
            "in_tenant": tenant,
            "the_user": user_id,
            "old_hash": old,
            "new_hash": new,
            "must_change": must_change,
        },
    )
    if not upgraded:
        return UpgradeOutcome.CHANGED_MEANWHILE
    yield from count_hash(tenant, old, more=-1)
    yield from count_hash(tenant, new, more=1)
    return UpgradeOutcome.UPGRADED


def set_password_hash(tenant: str, user_id: str, *, new: str) -> Verb[None]:
    """Replace whatever hash the account has; its row is locked by the verb this is a part of.

    Every link and code by which a password could be set dies with the password that it was for.
    """
    where: Parameters = {"in_tenant": tenant, "the_user": user_id}
    yield from forget_links(tenant, user_id)
    rows = yield Step(_READ, where)
    yield Step(_SET, {**where, "new_hash": new})
    if (old := rows[0][0]) is not None:
        yield from count_hash(tenant, old, more=-1)
    yield from count_hash(tenant, new, more=1)


def clear_password_hash(tenant: str, user_id: str) -> Verb[None]:
    """Leave an account, whose row is locked, without a password, and without a way to set one."""
    where: Parameters = {"in_tenant": tenant, "the_user": user_id}
    yield from forget_links(tenant, user_id)
    ((old,),) = yield Step(_READ, where)
    yield Step(_CLEAR, where)
    if old is not None:
        yield from count_hash(tenant, old, more=-1)


def forget_links(tenant: str, user_id: str) -> Verb[None]:
    """Kill every link and code by which a password could be set, as part of another verb."""
    yield Step(_FORGET_LINKS, {"in_tenant": tenant, "the_user": user_id})


def count_hash(tenant: str, password_hash: str, *, more: int) -> Verb[None]:
    """Keep the histogram with a hash that comes (1) or goes (-1)."""
    yield from count_label(tenant, read_label(password_hash), more=more)


def count_label(tenant: str, label: str, *, more: int) -> Verb[None]:
    """Keep the histogram with some hashes of one label."""
    where: Parameters = {"in_tenant": tenant, "the_label": label, "more": more}
    if not (yield Step(_COUNT, where)):
        yield Step(_COUNT_FIRST, where)
