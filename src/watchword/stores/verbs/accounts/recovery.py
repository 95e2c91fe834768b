"""Forgotten passwords: the same statements for an address that an account has and for any other.

Source: security.md rules 27 to 29 and 46; users.md U47.
"""

from dataclasses import replace

from sqlalchemy import and_, delete, insert, or_, select

from watchword.accounts.events import Event, EventKind
from watchword.accounts.links import LinkPurpose, NewLink
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.recovery import AskReset, Recipient, SpendCode
from watchword.stores.schema import emails, links, tenants, users
from watchword.stores.statement import Lock, Parameters, Statement, Step, Verb
from watchword.stores.verbs.accounts.links import add_link, spend_link
from watchword.stores.verbs.events import record
from watchword.stores.verbs.outbox import enqueue
from watchword.stores.verbs.rows import USER, USER_WIDTH, user
from watchword.stores.verbs.terms import (
    TENANT,
    USER_ACTIVE,
    blob,
    number,
    same_tenant,
    text,
)

__all__ = ["ask_reset", "find_recipient", "spend_code"]

_VERIFIED = and_(
    emails.c.tenant == TENANT,
    emails.c.address == text("the_address"),
    emails.c.verified_at.is_not(None),
)
_OWNED = users.join(emails, and_(same_tenant(emails, users), emails.c.user_id == users.c.id))
_FIND = Statement(
    select(*USER, emails.c.written, users.c.locale).select_from(_OWNED).where(_VERIFIED)
)
_owner = select(emails.c.user_id).where(_VERIFIED).scalar_subquery()
_LOCK_OWNER = Lock(
    select(users.c.id)
    .where(and_(users.c.tenant == TENANT, users.c.id == _owner))
    .with_for_update(key_share=True)
)
_FORGET = Statement(
    delete(links).where(
        and_(
            links.c.tenant == TENANT,
            links.c.user_id == _owner,
            or_(
                links.c.purpose == LinkPurpose.MAIL_CODE.code,
                links.c.purpose == LinkPurpose.RESET.code,
            ),
            links.c.used_at.is_(None),
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
            users.c.tenant, blob("presented"), text("for_purpose"), users.c.id,
            number("created"), number("end"), tenants.c.epoch, emails.c.address,
        )
        .select_from(_OWNED.join(tenants, same_tenant(tenants, users)))
        .where(and_(_VERIFIED, USER_ACTIVE)),
    )
)  # fmt: skip


def find_recipient(tenant: str, address: str) -> Verb[Recipient | None]:
    """Read whom a verified address belongs to, whatever the status of the account."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "the_address": address})
    if not rows:
        return None
    *columns, written, locale = rows[0]
    return Recipient(user(columns[:USER_WIDTH]), EmailAddress(written), locale)


def ask_reset(tenant: str, command: AskReset) -> Verb[None]:
    """Replace the account's earlier link and code, and queue the mail.

    Where no active account has verified the address the statements find no row to work on; the
    mail is queued, and is one that nobody gets.
    """
    where: Parameters = {"in_tenant": tenant, "the_address": command.address}
    yield Step(_LOCK_OWNER, where)
    yield Step(_FORGET, where)
    for link in (command.link, command.code):
        yield Step(_ADD, {**where, **_new(link)})
    yield from enqueue(tenant, command.mail)
    happened = Event(
        EventKind.PASSWORD_RESET_ASKED,
        command.now,
        user_id=command.user_id,
        origin=command.origin,
    )
    yield from record(tenant, happened)


def spend_code(tenant: str, command: SpendCode) -> Verb[str | None]:
    """Spend a code on the link; of concurrent callers one gets the user's id."""
    spent = yield from spend_link(
        tenant, command.token_hash, LinkPurpose.MAIL_CODE, now=command.now
    )
    if spent is None:
        return None
    yield from add_link(tenant, replace(command.link, user_id=spent.user_id))
    return spent.user_id


def _new(link: NewLink) -> Parameters:
    return {
        "presented": link.token_hash,
        "for_purpose": link.purpose.code,
        "created": link.created_at,
        "end": link.expires_at,
    }
