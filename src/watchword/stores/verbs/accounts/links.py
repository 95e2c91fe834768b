"""One-time links: stored as hashes, spent by one conditional statement.

Source: users.md U24, U47; security.md rules 46 and 60.
"""

from sqlalchemy import and_, delete, exists, insert, or_, select, update

from watchword.accounts.events import Event, EventKind
from watchword.accounts.links import LinkPurpose, NewLink, RedeemLink
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.messages import MailKind, notice_of
from watchword.accounts.users import User
from watchword.base.records import dataclass
from watchword.oauth.families import RevokedBecause
from watchword.stores.schema import emails, links, tenants, users
from watchword.stores.statement import Lock, Parameters, Statement, Step, Verb
from watchword.stores.verbs.endings import end_user
from watchword.stores.verbs.events import record
from watchword.stores.verbs.factors.standing import read_standing
from watchword.stores.verbs.logins.devices import remember_device
from watchword.stores.verbs.outbox import notify
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

__all__ = [
    "SpentLink",
    "add_link",
    "find_addressed",
    "find_link",
    "redeem_link",
    "spend_link",
]

_EPOCH = select(tenants.c.epoch).where(tenants.c.tenant == TENANT).scalar_subquery()
_held = emails.alias("held")
# A link that went to an address dies when the account loses that address. One that verifies an
# address belongs to it before it is the account's.
_ADDRESS_STANDS = or_(
    links.c.address.is_(None),
    exists().where(
        and_(
            same_tenant(_held, links),
            _held.c.user_id == links.c.user_id,
            _held.c.address == links.c.address,
            or_(
                _held.c.verified_at.is_not(None),
                links.c.purpose == LinkPurpose.VERIFY_EMAIL.code,
            ),
        )
    ),
)
_STANDS = and_(
    links.c.tenant == TENANT,
    links.c.token_hash == blob("presented"),
    links.c.purpose == text("for_purpose"),
    links.c.used_at.is_(None),
    links.c.expires_at > NOW,
    links.c.epoch == _EPOCH,
    _ADDRESS_STANDS,
)
_OWNER = and_(same_tenant(users, links), users.c.id == links.c.user_id)

_FORGET_UNUSED = Statement(
    delete(links).where(
        and_(
            links.c.tenant == TENANT,
            links.c.user_id == text("the_user"),
            links.c.purpose == text("for_purpose"),
            links.c.used_at.is_(None),
            # Several addresses may wait to be confirmed.
            or_(
                links.c.purpose != LinkPurpose.VERIFY_EMAIL.code,
                links.c.address == text("the_address"),
            ),
        )
    )
)
_ADD = Statement(
    insert(links).from_select(
        [
            "tenant", "token_hash", "purpose", "user_id", "created_at", "expires_at", "epoch",
            "address",
        ],
        select(
            tenants.c.tenant, blob("presented"), text("for_purpose"), text("the_user"),
            number("created"), number("end"), tenants.c.epoch, text("the_address"),
        ).where(tenants.c.tenant == TENANT),
    )
)  # fmt: skip
_FIND = Statement(select(*USER).select_from(users.join(links, _OWNER)).where(_STANDS, USER_ACTIVE))
_FIND_ADDRESSED = Statement(
    select(*USER, emails.c.written)
    .select_from(
        users.join(links, _OWNER).join(
            emails,
            and_(
                same_tenant(emails, links),
                emails.c.user_id == links.c.user_id,
                emails.c.address == links.c.address,
            ),
        )
    )
    .where(_STANDS, USER_ACTIVE)
)
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
    .returning(links.c.user_id, links.c.address)
)


@dataclass(frozen=True, slots=True)
class SpentLink:
    """What a link was for."""

    user_id: str
    address: str | None


def add_link(tenant: str, link: NewLink) -> Verb[None]:
    """Store the link; earlier unused links of the same user and purpose die."""
    where: Parameters = {
        "in_tenant": tenant,
        "the_user": link.user_id,
        "for_purpose": link.purpose.code,
        "presented": link.token_hash,
        "created": link.created_at,
        "end": link.expires_at,
        "the_address": link.address,
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
            "for_purpose": purpose.code,
            "at": now,
        },
    )
    return user(rows[0]) if rows else None


def find_addressed(
    tenant: str, token_hash: bytes, purpose: LinkPurpose, *, now: int
) -> Verb[tuple[User, EmailAddress] | None]:
    """Read the active user and the address of a live link without spending it."""
    rows = yield Step(
        _FIND_ADDRESSED,
        {"in_tenant": tenant, "presented": token_hash, "for_purpose": purpose.code, "at": now},
    )
    if not rows:
        return None
    *columns, written = rows[0]
    return user(columns), EmailAddress(written)


def redeem_link(tenant: str, command: RedeemLink) -> Verb[User | None]:
    """Spend the link, set the password, end the user's sessions and families, and tell the user.

    Of any number of concurrent callers exactly one gets the user: the one whose statement finds
    the link unspent.
    """
    spent = yield from spend_link(tenant, command.token_hash, command.purpose, now=command.now)
    if spent is None:
        return None
    user_id, now = spent.user_id, command.now
    yield from set_password_hash(tenant, user_id, new=command.password_hash)
    yield from end_user(tenant, user_id, because=RevokedBecause.PASSWORD_SET, now=now)
    standing = yield from read_standing(tenant, user_id)
    if command.device_hash is not None and standing is not None and standing.seconds:
        yield from remember_device(tenant, user_id, command.device_hash, now=now)
    happened = Event(EventKind.PASSWORD_SET_BY_LINK, now, user_id=user_id, origin=command.origin)
    yield from record(tenant, happened)
    told = notice_of(MailKind.PASSWORD_CHANGED, user_id, now=now, origin=command.origin)
    yield from notify(tenant, told)
    return (yield from read_user(tenant, user_id))


def spend_link(
    tenant: str, token_hash: bytes, purpose: LinkPurpose, *, now: int
) -> Verb[SpentLink | None]:
    """Spend a link, as a part of the verb that does what it is for; one caller gets it."""
    where: Parameters = {
        "in_tenant": tenant,
        "presented": token_hash,
        "for_purpose": purpose.code,
        "at": now,
    }
    yield Step(_LOCK_OWNER, where)
    spent = yield Step(_SPEND, where)
    return SpentLink(*spent[0]) if spent else None
