"""The addresses of an account: claimed, proved, preferred, given up.

Source: users.md U46 and U47; security.md rules 29, 43 and 46.
"""

from sqlalchemy import and_, delete, false, insert, null, select, true, update

from watchword.accounts.events import Event, EventKind
from watchword.accounts.links import LinkPurpose
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.messages import MailKind, notice_of
from watchword.accounts.mail.verification import (
    ADDRESSES_MAX,
    ClaimAddress,
    ClaimOutcome,
    ConfirmAddress,
    Confirmed,
    ConfirmOutcome,
    OwnedAddress,
    PrimaryOutcome,
    RemoveAddress,
    RemoveOutcome,
    SetPrimary,
)
from watchword.accounts.origin import Origin
from watchword.accounts.users import User
from watchword.stores.schema import emails, links
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.accounts.links import add_link, find_addressed, spend_link
from watchword.stores.verbs.events import record
from watchword.stores.verbs.outbox import enqueue, notify
from watchword.stores.verbs.passwords import forget_links
from watchword.stores.verbs.rows import Row
from watchword.stores.verbs.terms import NOW, TENANT, text
from watchword.stores.verbs.users import LOCK_USER, read_user

__all__ = [
    "claim_address",
    "confirm_address",
    "find_claim",
    "insert_verified",
    "list_emails",
    "remove_address",
    "set_primary",
]

_OF_USER = and_(emails.c.tenant == TENANT, emails.c.user_id == text("the_user"))
_THE_ADDRESS = and_(_OF_USER, emails.c.address == text("the_address"))
_LIST = Statement(
    select(emails.c.written, emails.c.is_primary, emails.c.verified_at, emails.c.created_at)
    .where(_OF_USER)
    .order_by(emails.c.is_primary.desc(), emails.c.created_at, emails.c.address)
)
_OWNER = Statement(
    select(emails.c.user_id).where(
        and_(
            emails.c.tenant == TENANT,
            emails.c.address == text("the_address"),
            emails.c.verified_at.is_not(None),
        )
    )
)
_COLUMNS = ["tenant", "user_id", "address", "written", "is_primary", "verified_at", "created_at"]
_CLAIM = Statement(
    insert(emails).from_select(
        _COLUMNS,
        select(
            TENANT, text("the_user"), text("the_address"), text("as_written"), false(),
            null(), NOW,
        ),
    )
)  # fmt: skip
_INSERT_VERIFIED = Statement(
    insert(emails).from_select(
        _COLUMNS,
        select(
            TENANT, text("the_user"), text("the_address"), text("as_written"), true(),
            NOW, NOW,
        ),
    )
)  # fmt: skip
_VERIFY = Statement(update(emails).where(_THE_ADDRESS).values(verified_at=NOW))
_UNSET_PRIMARY = Statement(
    update(emails).where(and_(_OF_USER, emails.c.is_primary.is_(True))).values(is_primary=False)
)
_SET_PRIMARY = Statement(update(emails).where(_THE_ADDRESS).values(is_primary=True))
_REMOVE = Statement(delete(emails).where(_THE_ADDRESS))
_FORGET_CLAIM = Statement(
    delete(links).where(
        and_(
            links.c.tenant == TENANT,
            links.c.user_id == text("the_user"),
            links.c.purpose == LinkPurpose.VERIFY_EMAIL.code,
            links.c.address == text("the_address"),
        )
    )
)


def list_emails(tenant: str, user_id: str) -> Verb[tuple[OwnedAddress, ...]]:
    """Read the addresses of a user, the primary one first, then by age."""
    rows = yield Step(_LIST, {"in_tenant": tenant, "the_user": user_id})
    return tuple(_owned(row) for row in rows)


def claim_address(tenant: str, command: ClaimAddress) -> Verb[ClaimOutcome]:
    """Add the address unless it is there, replace its earlier link, and queue the mail."""
    user_id, address = command.link.user_id, command.address
    where = _where(tenant, user_id, address.canonical, now=command.now)
    yield Step(LOCK_USER, where)
    if (yield from read_user(tenant, user_id)) is None:
        return ClaimOutcome.UNKNOWN_USER
    owned = yield from list_emails(tenant, user_id)
    known = _find(owned, address.canonical)
    if known is not None and known.verified_at is not None:
        return ClaimOutcome.ALREADY_VERIFIED
    if known is None:
        if len(owned) >= ADDRESSES_MAX:
            return ClaimOutcome.TOO_MANY
        yield Step(_CLAIM, {**where, "as_written": address.written})
        yield from _happened(tenant, EventKind.EMAIL_ADDED, user_id, command.origin, command.now)
    yield from add_link(tenant, command.link)
    yield from enqueue(tenant, command.mail)
    return ClaimOutcome.ASKED


def find_claim(
    tenant: str, token_hash: bytes, *, now: int
) -> Verb[tuple[User, EmailAddress] | None]:
    """Read what a live link would confirm, without spending it."""
    return (yield from find_addressed(tenant, token_hash, LinkPurpose.VERIFY_EMAIL, now=now))


def confirm_address(tenant: str, command: ConfirmAddress) -> Verb[Confirmed]:
    """Spend the link and mark the address as verified, the primary one where there is none.

    Of concurrent callers one is told CONFIRMED: of one link, by the link; of two accounts that
    claim one address, by the unique index over verified addresses.
    """
    now = command.now
    spent = yield from spend_link(tenant, command.token_hash, LinkPurpose.VERIFY_EMAIL, now=now)
    if spent is None or spent.address is None:
        return Confirmed(ConfirmOutcome.LINK_DEAD)
    user_id = spent.user_id
    user = yield from read_user(tenant, user_id)
    where = _where(tenant, user_id, spent.address, now=now)
    if (yield Step(_OWNER, where)):
        return Confirmed(ConfirmOutcome.TAKEN, user)
    yield Step(_VERIFY, where)
    yield from forget_links(tenant, user_id)
    owned = yield from list_emails(tenant, user_id)
    if any(one.is_primary and one.verified_at for one in owned):
        told = notice_of(
            MailKind.EMAIL_CHANGED, user_id, now=now, origin=command.origin, about=spent.address
        )
        yield from notify(tenant, told)
    else:
        yield Step(_UNSET_PRIMARY, where)
        yield Step(_SET_PRIMARY, where)
    yield from _happened(tenant, EventKind.EMAIL_VERIFIED, user_id, command.origin, now)
    return Confirmed(ConfirmOutcome.CONFIRMED, user)


def set_primary(tenant: str, command: SetPrimary) -> Verb[PrimaryOutcome]:
    """Let another verified address be the primary one, and tell the address that was."""
    user_id, now = command.user_id, command.now
    where = _where(tenant, user_id, command.address, now=now)
    yield Step(LOCK_USER, where)
    known = _find((yield from list_emails(tenant, user_id)), command.address)
    if known is None or known.verified_at is None:
        return PrimaryOutcome.NOT_VERIFIED
    if known.is_primary:
        return PrimaryOutcome.UNCHANGED
    yield Step(_UNSET_PRIMARY, where)
    yield Step(_SET_PRIMARY, where)
    yield from forget_links(tenant, user_id)
    if command.told is not None:
        yield from enqueue(tenant, command.told)
    yield from _happened(tenant, EventKind.EMAIL_CHANGED, user_id, command.origin, now)
    return PrimaryOutcome.CHANGED


def remove_address(tenant: str, command: RemoveAddress) -> Verb[RemoveOutcome]:
    """Give an address up, with the links that went to it. The primary one stays."""
    user_id, now = command.user_id, command.now
    where = _where(tenant, user_id, command.address, now=now)
    yield Step(LOCK_USER, where)
    known = _find((yield from list_emails(tenant, user_id)), command.address)
    if known is None:
        return RemoveOutcome.UNKNOWN
    if known.is_primary and known.verified_at is not None:
        return RemoveOutcome.PRIMARY
    yield Step(_FORGET_CLAIM, where)
    yield from forget_links(tenant, user_id)
    yield Step(_REMOVE, where)
    yield from _happened(tenant, EventKind.EMAIL_REMOVED, user_id, command.origin, now)
    told = notice_of(
        MailKind.EMAIL_CHANGED,
        user_id,
        now=now,
        origin=command.origin,
        about=known.address.written,
    )
    yield from notify(tenant, told)
    return RemoveOutcome.REMOVED


def insert_verified(tenant: str, user_id: str, address: EmailAddress, *, now: int) -> Verb[None]:
    """Give a user that has none a verified primary address, as part of another verb."""
    where = _where(tenant, user_id, address.canonical, now=now)
    yield Step(_INSERT_VERIFIED, {**where, "as_written": address.written})


def _where(tenant: str, user_id: str, address: str, *, now: int) -> Parameters:
    return {"in_tenant": tenant, "the_user": user_id, "the_address": address, "at": now}


def _find(owned: tuple[OwnedAddress, ...], address: str) -> OwnedAddress | None:
    return next((one for one in owned if one.address.canonical == address), None)


def _happened(tenant: str, kind: EventKind, user_id: str, origin: Origin, now: int) -> Verb[None]:
    yield from record(tenant, Event(kind, now, user_id=user_id, origin=origin))


def _owned(row: Row) -> OwnedAddress:
    written, is_primary, verified_at, created_at = row
    return OwnedAddress(EmailAddress(written), bool(is_primary), verified_at, created_at)
