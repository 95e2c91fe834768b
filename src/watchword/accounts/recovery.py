"""A forgotten password: a mail with a link and a code, and a password chosen through either.

Whatever address is typed, the same is read and the same is written: a link, a code and a mail that
nobody gets where no account has the address. Neither the answer nor its time tells which it was.

The link sets the password; whoever reads the mail elsewhere types the code where the mail was asked
for, and gets a link of its own for it. Nobody is signed in by either: the next sign-in asks for
everything that the account asks for, a second factor included.

Source: OWASP ASVS 5.0 V6.4.1 and V6.4.3; security.md rules 29, 36, 37 and 46; users.md U47.
"""

import hashlib
import re
from dataclasses import field
from typing import Protocol

from watchword.accounts.attempts import Caller, Compared, MailCodeAttempt
from watchword.accounts.credentials import CredentialContext, verify_credential
from watchword.accounts.errors import InvalidCredentials
from watchword.accounts.levels import Method
from watchword.accounts.links import LinkPurpose, NewLink, new_link
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.limits import MailLimiter
from watchword.accounts.mail.messages import Mail, MailKind, MailSealer, SealedMail
from watchword.accounts.origin import Origin
from watchword.accounts.users import User
from watchword.base.chance import Chance, new_secret
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret

__all__ = [
    "CODE_DIGITS",
    "AskReset",
    "MailCodes",
    "Recipient",
    "RecoveryContext",
    "RecoveryStore",
    "SpendCode",
    "ask_reset",
    "exchange_code",
    "new_code",
]

CODE_DIGITS = 8
_CODE = re.compile(rf"[0-9]{{{CODE_DIGITS}}}", re.ASCII)
_TYPED_CODE_CHARACTERS_MAX = 32  # people type spaces and dashes between the digits


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a verified address belongs to."""

    user: User
    address: EmailAddress  # as its owner writes it
    locale: str | None


@dataclass(frozen=True, slots=True)
class AskReset:
    """A request for a password, as it is written for an account and for none alike."""

    address: str  # canonical; the rows are written where an active account has verified it
    link: NewLink
    code: NewLink
    mail: SealedMail
    user_id: str | None  # for the record of what happened
    origin: Origin
    now: int


@dataclass(frozen=True, slots=True)
class SpendCode:
    """The use of a code, and what it buys."""

    token_hash: bytes
    link: NewLink
    now: int


class RecoveryStore(Protocol):
    """What recovery needs of a store. Each method is one transaction."""

    async def find_recipient(self, address: str) -> Recipient | None:
        """Return whom a verified address belongs to, whatever the status of the account."""
        ...

    async def ask_reset(self, command: AskReset) -> None:
        """Replace the account's earlier link and code, and queue the mail."""
        ...

    async def spend_code(self, command: SpendCode) -> str | None:
        """Spend a code on the link; of concurrent callers one gets the user's id.

        Earlier unused links of the same purpose die. A password that is set before leaves neither
        code nor link, and one that is set after kills the link.
        """
        ...


@dataclass(frozen=True, slots=True)
class RecoveryContext:
    """What recovery works with."""

    store: RecoveryStore
    sealer: MailSealer
    limiter: MailLimiter
    credentials: CredentialContext  # compares codes
    clock: Clock
    chance: Chance
    issuer: str
    code_key: bytes = field(repr=False)  # 32 bytes that are not in the database


@dataclass(frozen=True, slots=True)
class MailCodes:
    """The factor `mail_code` of `verify_credential`.

    Args:
        store: where codes are spent.
        code_key: 32 bytes that are not in the database; eight digits have no hash that lasts.
    """

    store: RecoveryStore
    code_key: bytes = field(repr=False)

    async def compare(self, attempt: MailCodeAttempt, *, origin: Origin, now: int) -> Compared:  # noqa: ARG002  # nothing is recorded of it
        """Spend the code on the link of the attempt.

        Raises:
            InvalidCredentials: no code, another account's, used, expired, or overtaken.
        """
        typed = attempt.code.reveal()[:_TYPED_CODE_CHARACTERS_MAX]
        digits = re.sub(r"[\s-]", "", typed)
        if not _CODE.fullmatch(digits):
            digits = ""  # looked for like any other, and never found
        token_hash = code_hash(Secret(digits), attempt.user_id, key=self.code_key)
        user_id = await self.store.spend_code(SpendCode(token_hash, attempt.link, now))
        if user_id is None:
            raise InvalidCredentials("no live code of this account is the one that was typed")
        return Compared(user_id, Method.MAIL_CODE)


async def ask_reset(address: EmailAddress, origin: Origin, ctx: RecoveryContext) -> None:
    """Write to whoever has this verified address how to set a password.

    Raises:
        MailDelayed: too many mails to this address, or from this network.
    """
    now = ctx.clock.now()
    await ctx.limiter.take_turn(address, origin, now=now)
    found = await ctx.store.find_recipient(address.canonical)
    if found is not None and not found.user.is_active:
        found = None
    user_id = _nobody(address) if found is None else found.user.id
    secret, code = new_secret(ctx.chance), new_code(ctx.chance)
    link = new_link(
        secret, purpose=LinkPurpose.RESET, user_id=user_id, now=now, address=address.canonical
    )
    values = {
        "name": "" if found is None else found.user.name,
        "link": f"{ctx.issuer}/reset?link={secret.reveal()}",
        "code": code.reveal(),
        "minutes": str(LinkPurpose.RESET.lifetime_seconds // 60),
        "code_minutes": str(LinkPurpose.MAIL_CODE.lifetime_seconds // 60),
    }
    mail = Mail(
        MailKind.DECOY if found is None else MailKind.RESET,
        address if found is None else found.address,
        None if found is None else found.locale,
        values,
    )
    command = AskReset(
        address=address.canonical,
        link=link,
        code=NewLink(
            token_hash=code_hash(code, user_id, key=ctx.code_key),
            purpose=LinkPurpose.MAIL_CODE,
            user_id=user_id,
            created_at=now,
            expires_at=now + LinkPurpose.MAIL_CODE.lifetime_seconds,
            address=address.canonical,
        ),
        mail=ctx.sealer.seal(
            mail,
            user_id=None if found is None else user_id,
            lifetime_seconds=LinkPurpose.RESET.lifetime_seconds,
            now=now,
        ),
        user_id=None if found is None else user_id,
        origin=origin,
        now=now,
    )
    await ctx.store.ask_reset(command)


async def exchange_code(
    address: EmailAddress, code: Secret, caller: Caller, ctx: RecoveryContext
) -> Secret:
    """Spend a code on a link to set the password, and return the link's secret.

    Raises:
        InvalidCredentials: for every way to fail.
        TooManyAttempts: what the throttle raises.
    """
    found = await ctx.store.find_recipient(address.canonical)
    user_id = _nobody(address) if found is None else found.user.id
    secret = new_secret(ctx.chance)
    link = new_link(
        secret,
        purpose=LinkPurpose.RESET,
        user_id=user_id,
        now=ctx.clock.now(),
        address=address.canonical,
    )
    await verify_credential(MailCodeAttempt(user_id, code, link), caller, ctx.credentials)
    return secret


def new_code(chance: Chance) -> Secret:
    """Make a code of eight digits, each as likely as any other (within 2^-37)."""
    number = int.from_bytes(chance.token_bytes(8)) % 10**CODE_DIGITS
    return Secret(f"{number:0{CODE_DIGITS}d}")


def code_hash(code: Secret, user_id: str, *, key: bytes) -> bytes:
    """Return what the store keeps of a code: useless without the key."""
    text = f"{user_id}\0{code.reveal()}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, key=key, person=b"watchword code", digest_size=32).digest()


def _nobody(address: EmailAddress) -> str:
    """Return what attempts for an address without an account are counted under."""
    return f"@{address.canonical}"
