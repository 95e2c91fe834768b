"""One-time links: stored as hashes, spent by one conditional statement.

Source: users.md U24, U47; security.md rules 46 and 60.
"""

from sqlalchemy import and_, delete, exists, insert, select, update

from watchword.accounts.links import LinkPurpose, NewLink, RedeemLink
from watchword.accounts.users import User
from watchword.oauth.families import RevokedBecause
from watchword.stores.schema import links, tenants, users
from watchword.stores.statement import Lock, Parameters, Statement, Step, Verb
from watchword.stores.verbs.endings import end_user
from watchword.stores.verbs.passwords import set_password_hash
from watchword.stores.verbs.rows import USER, user
from watchword.stores.verbs.terms import (
    NOW,
    TENANT,
    USER_ACTIVE,
    blob,
    number,
    same_tenant,
    text,
)
from watchword.stores.verbs.users import LOCK_USER, read_user

__all__ = ["add_link", "find_link", "redeem_link"]

_EPOCH = select(tenants.c.epoch).where(tenants.c.tenant == TENANT).scalar_subquery()
_STANDS = and_(
    links.c.tenant == TENANT,
    links.c.token_hash == blob("presented"),
    links.c.purpose == text("for_purpose"),
    links.c.used_at.is_(None),
    links.c.expires_at > NOW,
    links.c.epoch == _EPOCH,
)
_OWNER = and_(same_tenant(users, links), users.c.id == links.c.user_id)

_FORGET_UNUSED = Statement(
    delete(links).where(
        and_(
            links.c.tenant == TENANT,
            links.c.user_id == text("the_user"),
            links.c.purpose == text("for_purpose"),
            links.c.used_at.is_(None),
        )
    )
)
_ADD = Statement(
    insert(links).from_select(
        ["tenant", "token_hash", "purpose", "user_id", "created_at", "expires_at", "epoch"],
        select(
            tenants.c.tenant, blob("presented"), text("for_purpose"), text("the_user"),
            number("created"), number("end"), tenants.c.epoch,
        ).where(tenants.c.tenant == TENANT),
    )
)  # fmt: skip
_FIND = Statement(select(*USER).select_from(users.join(links, _OWNER)).where(_STANDS, USER_ACTIVE))
_LOCK_OWNER = Lock(
    select(users.c.id)
    .where(
        and_(
            users.c.tenant == TENANT,
            users.c.id
            == select(links.c.user_id)
            .where(and_(links.c.tenant == TENANT, links.c.token_hash == blob("presented")))
            .scalar_subquery(),
        )
    )
    .with_for_update(key_share=True)
)
_SPEND = Statement(
    update(links)
    .where(and_(_STANDS, exists().where(and_(_OWNER, USER_ACTIVE))))
    .values(used_at=NOW)
    .returning(links.c.user_id)
)


def add_link(tenant: str, link: NewLink) -> Verb[None]:
    """Store the link; earlier unused links of the same user and purpose die."""
    where: Parameters = {
        "in_tenant": tenant,
        "the_user": link.user_id,
        "for_purpose": link.purpose.value,
        "presented": link.token_hash,
        "created": link.created_at,
        "end": link.expires_at,
    }
    yield Step(LOCK_USER, where)
    yield Step(_FORGET_UNUSED, where)
    yield Step(_ADD, where)


def find_link(
    tenant: str, token_hash: bytes, purpose: LinkPurpose, *, now: int
) -> Verb[User | None]:
    """Read the active user of a live link without spending it."""
    rows = yield Step(
        _FIND,
        {
            "in_tenant": tenant,
            "presented": token_hash,
            "for_purpose": purpose.value,
            "at": now,
        },
    )
    return user(rows[0]) if rows else None


def redeem_link(tenant: str, command: RedeemLink) -> Verb[User | None]:
    """Spend the link, set the password, end the user's sessions and families, forget its links.

    Of any number of concurrent callers exactly one gets the user: the one whose statement finds
    the link unspent.
    """
    where: Parameters = {
        "in_tenant": tenant,
        "presented": command.token_hash,
        "for_purpose": command.purpose.value,
        "at": command.now,
    }
    yield Step(_LOCK_OWNER, where)
    spent = yield Step(_SPEND, where)
    if not spent:
        return None
    user_id = spent[0][0]
    yield from set_password_hash(tenant, user_id, new=command.password_hash)
    yield from end_user(tenant, user_id, because=RevokedBecause.PASSWORD_SET, now=command.now)
    yield Step(_FORGET_UNUSED, {**where, "the_user": user_id})
    return (yield from read_user(tenant, user_id))
