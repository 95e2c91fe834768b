"""Mails: what is told to whom, before anybody writes or sends it.

Two forms wait in the outbox. A *mail* names its recipient and may carry a link or a code, so it is
sealed: before the transaction that queues it, by whoever queues it. A *notice* tells a user what
happened to the account; nothing in it is secret, and it goes to the verified primary address that
the account has when it is sent. A verb that changes an account queues its notice in the same
transaction (`stores.verbs.outbox.notify`).

Source: users.md U95; security.md rules 43 and 46; OWASP ASVS 5.0 V6.3.7.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Protocol

from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.origin import NOWHERE, Origin
from watchword.base.chance import Chance, new_id
from watchword.base.records import dataclass
from watchword.keys.sealing import SealingKey

__all__ = [
    "NOTICE_LIFETIME_SECONDS",
    "VALUE_CHARACTERS_MAX",
    "Claim",
    "DueMail",
    "Mail",
    "MailKind",
    "MailSealer",
    "MailStore",
    "Notice",
    "SealedMail",
    "SettleOutcome",
    "notice_of",
    "plain",
]

VALUE_CHARACTERS_MAX = 2_048  # a link is the longest
NOTICE_LIFETIME_SECONDS = 2 * 86_400  # a mail server may be away for a weekend
MAIL_PREFIX = "mail"
MAIL_PURPOSE = "mail"

# What a notice may say: when, from where, by what, and the name of the thing that changed.
_TOLD = frozenset({"at", "address", "device", "about"})
_OF_RESET = frozenset({"name", "link", "code", "minutes", "code_minutes"})


class MailKind(Enum):
    """Every mail that is sent: its name, and the values that its texts show."""

    SIGN_UP = "sign_up", frozenset({"link", "minutes"})
    ACCOUNT_EXISTS = "account_exists", frozenset({"name", "signin", "forgot"})
    RESET = "reset", _OF_RESET
    DECOY = "decoy", _OF_RESET  # written where there is nobody to write to, and never sent
    VERIFY_EMAIL = "verify_email", frozenset({"name", "link", "minutes"})
    TEST = "test", frozenset({"service"})
    # Notices
    DEVICE_SEEN = "device_seen", _TOLD  # a sign-in from a device that the account had not known
    PASSWORD_CHANGED = "password_changed", _TOLD  # the name of a mail
    EMAIL_CHANGED = "email_changed", _TOLD  # about: the address that came, or went
    NAME_CHANGED = "name_changed", _TOLD  # about: the earlier name and the other
    FACTOR_ADDED = "factor_added", _TOLD  # about: the name of the factor
    FACTOR_REMOVED = "factor_removed", _TOLD
    PASSKEY_CLONED = "passkey_cloned", _TOLD  # about: its name
    RECOVERY_CODE_USED = "recovery_code_used", _TOLD
    TOKEN_REUSED = "token_reused", _TOLD  # as above; about: the application
    ACTED_AS = "acted_as", _TOLD  # an administrator began to act as the user
    ACCOUNT_DELETED = "account_deleted", _TOLD

    def __init__(self, code: str, values: frozenset[str]) -> None:
        self.code = code
        self.values = values

    @property
    def is_notice(self) -> bool:
        """Whether it tells what happened, and holds no secret."""
        return self.values is _TOLD

    @classmethod
    def of(cls, code: str) -> "MailKind":
        """Return the kind with this stored name. Raises KeyError for another."""
        return _BY_CODE[code]


_BY_CODE = {kind.code: kind for kind in MailKind}


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to be written.

    Raises:
        ValueError: the values are not those of the kind, too long, or hold a control character.
    """

    kind: MailKind
    to: EmailAddress
    locale: str | None  # BCP 47; None: the server's default
    values: Mapping[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        if set(self.values) != self.kind.values:
            raise ValueError(f"a mail {self.kind.code} shows {', '.join(sorted(self.kind.values))}")
        for name, value in self.values.items():
            if value != plain(value):
                raise ValueError(f"{name} holds a control character or is too long")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to an account, for its user to know. It holds no secret."""

    kind: MailKind
    user_id: str
    at: int
    values: Mapping[str, str]

    def __post_init__(self) -> None:
        if not self.kind.is_notice or set(self.values) != _TOLD:
            raise ValueError("a notice is of a kind of notices and made by notice_of")


@dataclass(frozen=True, slots=True)
class SealedMail:
    """A mail on its way into the outbox."""

    id: str
    kind: MailKind
    sealed: bytes = field(repr=False)
    user_id: str | None  # whom it is about; a mail may go to somebody without an account
    created_at: int
    expires_at: int  # not sent from then on


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one mail, until the lease ends."""

    mail_id: str
    attempt: int  # 1 for the first


@dataclass(frozen=True, slots=True)
class DueMail:
    """A mail as it stands in the outbox."""

    claim: Claim
    kind: MailKind
    sealed: bytes | None = field(repr=False)  # None: a notice
    told: Mapping[str, str] | None
    to: str | None  # of a notice: the verified primary address, if the account has one by now
    locale: str | None  # of a notice: the user's
    created_at: int
    expires_at: int
    last_error: str | None = None


class SettleOutcome(Enum):
    """What became of the report on an attempt to send."""

    SETTLED = "settled"
    TAKEN_OVER = "taken_over"  # the lease ended, and somebody else claimed the mail


class MailStore(Protocol):
    """What the outbox needs of a store. Each method is one transaction."""

    async def queue_mail(self, mail: SealedMail) -> None:
        """Insert a mail that no other change belongs to."""
        ...

    async def has_due_mail(self, *, now: int) -> bool:
        """Read whether there is a mail to be claimed."""
        ...

    async def claim_mails(self, *, most: int, lease_seconds: int, now: int) -> tuple[DueMail, ...]:
        """Take mails that are due and keep everybody else from them until the lease ends.

        Of concurrent callers each mail goes to one.
        """
        ...

    async def mail_sent(self, claim: Claim, *, now: int) -> SettleOutcome:
        """Record that the mail was accepted, and forget its text."""
        ...

    async def mail_delayed(
        self, claim: Claim, *, error: str, due_at: int, now: int
    ) -> SettleOutcome:
        """Record a failed attempt and when the next one is due."""
        ...

    async def mail_given_up(self, claim: Claim, *, error: str, now: int) -> SettleOutcome:
        """Record that the mail will not be sent, and forget its text."""
        ...

    async def list_mails(self, *, most: int, now: int) -> tuple[DueMail, ...]:
        """Return the mails that wait, the latest first."""
        ...


class MailSealer:
    """Closes mails before they are stored and opens them when they are sent.

    Args:
        key: the sealing key, outside of the database.
        chance: makes ids and nonces.
    """

    __slots__ = ("_chance", "_key")

    def __init__(self, key: SealingKey, chance: Chance) -> None:
        self._key = key
        self._chance = chance

    def seal(
        self, mail: Mail, *, user_id: str | None, lifetime_seconds: int, now: int
    ) -> SealedMail:
        """Return the mail as it may be stored."""
        mail_id = new_id(self._chance, MAIL_PREFIX)
        members = {"to": mail.to.written, "locale": mail.locale, "values": dict(mail.values)}
        sealed = self._key.seal(
            json.dumps(members, separators=(",", ":")).encode("utf-8"),
            purpose=MAIL_PURPOSE,
            owner=(mail_id, mail.kind.code),
            chance=self._chance,
        )
        return SealedMail(mail_id, mail.kind, sealed, user_id, now, now + lifetime_seconds)

    def seal_notice(self, notice: Notice, *, to: EmailAddress, now: int) -> SealedMail:
        """Return a notice to another address than the primary one, such as the one that was."""
        mail = Mail(notice.kind, to, None, notice.values)
        return self.seal(
            mail, user_id=notice.user_id, lifetime_seconds=NOTICE_LIFETIME_SECONDS, now=now
        )

    def open(self, due: DueMail) -> Mail | None:
        """Return the mail to be written; None for a notice to an account without an address.

        Raises:
            SealBroken: the row was altered, or sealed with another key.
        """
        if due.sealed is None:
            if due.to is None or due.told is None:
                return None
            return Mail(due.kind, EmailAddress(due.to), due.locale, due.told)
        members = json.loads(
            self._key.unseal(
                due.sealed, purpose=MAIL_PURPOSE, owner=(due.claim.mail_id, due.kind.code)
            )
        )
        to = EmailAddress(members["to"])
        return Mail(due.kind, to, members["locale"], members["values"])


def notice_of(
    kind: MailKind, user_id: str, *, now: int, origin: Origin = NOWHERE, about: str = ""
) -> Notice:
    """Describe what happened to an account.

    Args:
        kind: one of the notices.
        user_id: whose account.
        now: when.
        origin: from where, as far as it is known.
        about: the name of what changed, such as a passkey's.
    """
    values = {
        "at": str(now),
        "address": plain(origin.address or ""),
        "device": plain(origin.device or ""),
        "about": plain(about),
    }
    return Notice(kind, user_id, now, values)


def plain(text: str) -> str:
    """Return the text in one line of bounded length: what would end a line becomes a space."""
    return "".join(
        " " if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} else character
        for character in text[:VALUE_CHARACTERS_MAX]
    )
