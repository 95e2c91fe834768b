"""The outbox: mails are queued with the change that they tell of, and sent after it is durable.

`enqueue` and `notify` are parts of other verbs: a mail exists exactly if the change does. Sending
takes a claim, which moves the time at which the mail is due and counts the attempt; a sender that
dies leaves its mails due again when the lease ends. So a mail is sent at least once, and twice only
where a process dies between the mail server's answer and the record of it.

Source: users.md U95; security.md rules 43 and 46.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, insert, literal, null, select, update

from watchword.accounts.mail.messages import (
    NOTICE_LIFETIME_SECONDS,
    Claim,
    DueMail,
    MailKind,
    Notice,
    SealedMail,
    SettleOutcome,
)
from watchword.stores.schema import emails, outbox, users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.rows import Row
from watchword.stores.verbs.terms import (
    NOW,
    RETENTION_SECONDS,
    TENANT,
    blob,
    number,
    same_tenant,
    text,
)

__all__ = [
    "claim_mails",
    "enqueue",
    "has_due_mail",
    "list_mails",
    "mail_delayed",
    "mail_given_up",
    "mail_sent",
    "notify",
]

_COLUMNS = [
    "tenant", "id", "kind", "user_id", "sealed", "told", "created_at", "due_at", "attempts",
    "expires_at", "purge_at",
]  # fmt: skip
_ENQUEUE = Statement(
    insert(outbox).from_select(
        _COLUMNS,
        select(
            TENANT, text("the_mail"), text("the_kind"), text("the_user"), blob("the_sealed"),
            null(), NOW, NOW, literal(0), number("end"), number("purge"),
        ),
    )
)  # fmt: skip
_ADDRESS = and_(
    same_tenant(emails, users),
    emails.c.user_id == users.c.id,
    emails.c.is_primary.is_(True),
    emails.c.verified_at.is_not(None),
)
_NOTIFY = Statement(
    insert(outbox).from_select(
        _COLUMNS,
        select(
            users.c.tenant, text("the_mail"), text("the_kind"), users.c.id, null(),
            text("the_told"), NOW, NOW, literal(0), number("end"), number("purge"),
        )
        .select_from(users.join(emails, _ADDRESS))
        .where(
            and_(
                users.c.tenant == TENANT,
                users.c.id == text("the_user"),
                ~select(outbox.c.id)
                .where(and_(outbox.c.tenant == TENANT, outbox.c.id == text("the_mail")))
                .exists(),
            )
        ),
    )
)  # fmt: skip

_WAITS = and_(outbox.c.tenant == TENANT, outbox.c.sent_at.is_(None), outbox.c.failed_at.is_(None))
# The subquery is a CTE that passes over rows which somebody else is taking (see `sweep`).
_due = (
    select(outbox.c.tenant, outbox.c.id)
    .where(and_(_WAITS, outbox.c.due_at <= NOW))
    .order_by(outbox.c.due_at)
    .limit(number("most"))
    .with_for_update(skip_locked=True, of=outbox)
    .cte("due")
)
_HAS_DUE = Statement(select(outbox.c.id).where(and_(_WAITS, outbox.c.due_at <= NOW)).limit(1))
_CLAIM = Statement(
    update(outbox)
    .where(and_(outbox.c.tenant == TENANT, outbox.c.id.in_(select(_due.c.id))))
    .values(due_at=number("lease_end"), attempts=outbox.c.attempts + 1)
    .returning(outbox.c.id)
)
_RECIPIENTS = outbox.outerjoin(
    users, and_(same_tenant(users, outbox), users.c.id == outbox.c.user_id)
).outerjoin(emails, _ADDRESS)
_MAIL = (
    outbox.c.id, outbox.c.attempts, outbox.c.kind, outbox.c.sealed, outbox.c.told,
    emails.c.written, users.c.locale, outbox.c.created_at, outbox.c.expires_at,
    outbox.c.last_error,
)  # fmt: skip
_READ = Statement(
    select(*_MAIL)
    .select_from(_RECIPIENTS)
    .where(and_(outbox.c.tenant == TENANT, outbox.c.id == text("the_mail")))
)
_LIST = Statement(
    select(*_MAIL)
    .select_from(_RECIPIENTS)
    .where(and_(_WAITS, outbox.c.expires_at > NOW))
    .order_by(outbox.c.due_at.desc(), outbox.c.id)
    .limit(number("most"))
)
_CLAIMED = and_(_WAITS, outbox.c.id == text("the_mail"), outbox.c.attempts == number("the_attempt"))
_FORGOTTEN = {"sealed": null(), "told": null(), "purge_at": number("purge")}
_SENT = Statement(
    update(outbox).where(_CLAIMED).values(sent_at=NOW, **_FORGOTTEN).returning(outbox.c.id)
)
_DELAYED = Statement(
    update(outbox)
    .where(_CLAIMED)
    .values(due_at=number("next_due"), last_error=text("the_error"))
    .returning(outbox.c.id)
)
_GIVEN_UP = Statement(
    update(outbox)
    .where(_CLAIMED)
    .values(failed_at=NOW, last_error=text("the_error"), **_FORGOTTEN)
    .returning(outbox.c.id)
)


def enqueue(tenant: str, mail: SealedMail) -> Verb[None]:
    """Queue a mail to the address inside it, as part of another verb or alone."""
    yield Step(
        _ENQUEUE,
        {
            "in_tenant": tenant,
            "the_mail": mail.id,
            "the_kind": mail.kind.code,
            "the_user": mail.user_id,
            "the_sealed": mail.sealed,
            "at": mail.created_at,
            "end": mail.expires_at,
            "purge": mail.expires_at + RETENTION_SECONDS,
        },
    )


def notify(tenant: str, notice: Notice) -> Verb[None]:
    """Queue a notice to the user's verified primary address, as part of another verb.

    Nothing is queued for an account without one. The same notice is queued once.
    """
    end = notice.at + NOTICE_LIFETIME_SECONDS
    yield Step(
        _NOTIFY,
        {
            "in_tenant": tenant,
            "the_mail": _notice_id(notice),
            "the_kind": notice.kind.code,
            "the_user": notice.user_id,
            "the_told": json.dumps(dict(notice.values), separators=(",", ":")),
            "at": notice.at,
            "end": end,
            "purge": end + RETENTION_SECONDS,
        },
    )


def has_due_mail(tenant: str, *, now: int) -> Verb[bool]:
    """Read whether there is a mail to be claimed."""
    return bool((yield Step(_HAS_DUE, {"in_tenant": tenant, "at": now})))


def claim_mails(
    tenant: str, *, most: int, lease_seconds: int, now: int
) -> Verb[tuple[DueMail, ...]]:
    """Take due mails, the longest due first; of concurrent callers each mail goes to one."""
    where: Parameters = {"in_tenant": tenant, "at": now, "most": most}
    claimed = yield Step(_CLAIM, {**where, "lease_end": now + lease_seconds})
    mails: list[DueMail] = []
    for (mail_id,) in claimed:
        (row,) = yield Step(_READ, {"in_tenant": tenant, "the_mail": mail_id})
        mails.append(_due_mail(row))
    return tuple(mails)


def list_mails(tenant: str, *, most: int, now: int) -> Verb[tuple[DueMail, ...]]:
    """Read the mails that wait, the latest first."""
    rows = yield Step(_LIST, {"in_tenant": tenant, "most": most, "at": now})
    return tuple(_due_mail(row) for row in rows)


def mail_sent(tenant: str, claim: Claim, *, now: int) -> Verb[SettleOutcome]:
    """Record that the mail server has the mail, and forget what it said."""
    return (yield from _settle(_SENT, tenant, claim, at=now, purge=now + RETENTION_SECONDS))


def mail_delayed(
    tenant: str, claim: Claim, *, error: str, due_at: int, now: int
) -> Verb[SettleOutcome]:
    """Record a failed attempt and when the next one is due."""
    return (yield from _settle(_DELAYED, tenant, claim, at=now, next_due=due_at, the_error=error))


def mail_given_up(tenant: str, claim: Claim, *, error: str, now: int) -> Verb[SettleOutcome]:
    """Record that the mail will not be sent, and forget what it said."""
    purge = now + RETENTION_SECONDS
    return (yield from _settle(_GIVEN_UP, tenant, claim, at=now, purge=purge, the_error=error))


def _settle(
    statement: Statement, tenant: str, claim: Claim, **values: str | int
) -> Verb[SettleOutcome]:
    where: Parameters = {
        "in_tenant": tenant,
        "the_mail": claim.mail_id,
        "the_attempt": claim.attempt,
    }
    settled = yield Step(statement, {**where, **values})
    return SettleOutcome.SETTLED if settled else SettleOutcome.TAKEN_OVER


def _due_mail(row: Row) -> DueMail:
    mail_id, attempts, kind, sealed, told, to, locale, created_at, expires_at, last_error = row
    values: Mapping[str, str] | None = None if told is None else json.loads(told)
    return DueMail(
        claim=Claim(mail_id, attempts),
        kind=MailKind.of(kind),
        sealed=sealed,
        told=values,
        to=to,
        locale=locale,
        created_at=created_at,
        expires_at=expires_at,
        last_error=last_error,
    )


def _notice_id(notice: Notice) -> str:
    """Name a notice after what it tells, so that a verb needs no chance and repeats nothing."""
    members: list[Any] = [
        notice.kind.code,
        notice.user_id,
        notice.at,
        sorted(notice.values.items()),
    ]
    hashed = hashlib.sha256(json.dumps(members).encode("ascii")).digest()
    return "mail_" + urlsafe_b64encode(hashed[:16]).rstrip(b"=").decode("ascii")
