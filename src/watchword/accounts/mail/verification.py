"""The e-mail addresses of an account: claimed by its owner, the account's once a mail is answered.

Anybody may claim an address; the mail that proves it goes there and is answered with a button, so
that a scanner which opens links proves nothing. Whether another account has the address is told to
its reader only. The address that counts, the primary one, is told before another takes its place.

Source: security.md rules 29, 43 and 46; users.md U46 and U47; OWASP ASVS 5.0 V6.3.7.
"""

from enum import Enum
from typing import Protocol

from watchword.accounts.errors import LinkNotValid
from watchword.accounts.links import LinkPurpose, NewLink, new_link
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.limits import MailLimiter
from watchword.accounts.mail.messages import Mail, MailKind, MailSealer, SealedMail, notice_of
from watchword.accounts.origin import NOWHERE, Origin
from watchword.accounts.users import User
from watchword.base.chance import Chance, new_secret
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest

__all__ = [
    "ADDRESSES_MAX",
    "ClaimAddress",
    "ClaimOutcome",
    "ConfirmAddress",
    "ConfirmOutcome",
    "Confirmed",
    "EmailStore",
    "OwnedAddress",
    "PrimaryOutcome",
    "RemoveAddress",
    "RemoveOutcome",
    "SetPrimary",
    "VerificationContext",
    "claim_address",
    "confirm_address",
    "make_primary",
]

ADDRESSES_MAX = 10  # of one account


@dataclass(frozen=True, slots=True)
class OwnedAddress:
    """An address of an account, as it stood in one transaction."""

    address: EmailAddress
    is_primary: bool
    verified_at: int | None
    created_at: int


@dataclass(frozen=True, slots=True)
class ClaimAddress:
    """An address that an account wants, and the mail that asks its reader."""

    address: EmailAddress
    link: NewLink
    mail: SealedMail
    origin: Origin
    now: int


class ClaimOutcome(Enum):
    """What became of a claim."""

    ASKED = "asked"
    ALREADY_VERIFIED = "already_verified"  # by this account
    TOO_MANY = "too_many"
    UNKNOWN_USER = "unknown_user"


@dataclass(frozen=True, slots=True)
class ConfirmAddress:
    """The answer to the mail."""

    token_hash: bytes
    origin: Origin
    now: int


class ConfirmOutcome(Enum):
    """What became of an answer."""

    CONFIRMED = "confirmed"
    TAKEN = "taken"  # another account has proved it meanwhile
    LINK_DEAD = "link_dead"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An answer, and the user whom it was about."""

    outcome: ConfirmOutcome
    user: User | None = None


@dataclass(frozen=True, slots=True)
class SetPrimary:
    """The wish that mails go to another address of the account."""

    user_id: str
    address: str  # canonical, verified
    told: SealedMail | None  # to the address that was the primary one
    origin: Origin
    now: int


class PrimaryOutcome(Enum):
    """What became of the wish."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NOT_VERIFIED = "not_verified"  # or not the account's


@dataclass(frozen=True, slots=True)
class RemoveAddress:
    """The wish to give an address up."""

    user_id: str
    address: str  # canonical
    origin: Origin
    now: int


class RemoveOutcome(Enum):
    """What became of the wish."""

    REMOVED = "removed"
    PRIMARY = "primary"  # another one has to take its place first
    UNKNOWN = "unknown"


class EmailStore(Protocol):
    """What addresses need of a store. Each method is one transaction."""

    async def list_emails(self, user_id: str) -> tuple[OwnedAddress, ...]:
        """Return the addresses of a user, the primary one first, then by age."""
        ...

    async def claim_address(self, command: ClaimAddress) -> ClaimOutcome:
        """Add the address unless it is there, replace its earlier link, and queue the mail."""
        ...

    async def find_claim(self, token_hash: bytes, *, now: int) -> tuple[User, EmailAddress] | None:
        """Return what a live link would confirm, without spending it."""
        ...

    async def confirm_address(self, command: ConfirmAddress) -> Confirmed:
        """Spend the link and mark the address as verified, the primary one where there is none.

        Of concurrent callers one is told CONFIRMED. Of two accounts that claim one address the
        first to answer gets it.
        """
        ...

    async def set_primary(self, command: SetPrimary) -> PrimaryOutcome:
        """Let another verified address be the primary one, and tell the address that was."""
        ...

    async def remove_address(self, command: RemoveAddress) -> RemoveOutcome:
        """Give an address up, with the links that went to it. The primary one stays."""
        ...


@dataclass(frozen=True, slots=True)
class VerificationContext:
    """What the addresses of an account are handled with."""

    store: EmailStore
    sealer: MailSealer
    limiter: MailLimiter
    clock: Clock
    chance: Chance
    issuer: str


async def claim_address(
    user: User,
    address: EmailAddress,
    ctx: VerificationContext,
    *,
    locale: str | None = None,
    origin: Origin = NOWHERE,
) -> ClaimOutcome:
    """Send a mail to an address that a user wants; once more where it was sent before.

    Raises:
        MailDelayed: too many mails to this address, or from this network.
    """
    now = ctx.clock.now()
    await ctx.limiter.take_turn(address, origin, now=now)
    secret = new_secret(ctx.chance)
    purpose = LinkPurpose.VERIFY_EMAIL
    mail = Mail(
        MailKind.VERIFY_EMAIL,
        address,
        locale,
        {
            "name": user.name,
            "link": f"{ctx.issuer}/verify?link={secret.reveal()}",
            "minutes": str(purpose.lifetime_seconds // 60),
        },
    )
    command = ClaimAddress(
        address=address,
        link=new_link(secret, purpose=purpose, user_id=user.id, now=now, address=address.canonical),
        mail=ctx.sealer.seal(
            mail, user_id=user.id, lifetime_seconds=purpose.lifetime_seconds, now=now
        ),
        origin=origin,
        now=now,
    )
    return await ctx.store.claim_address(command)


async def confirm_address(
    secret: Secret, ctx: VerificationContext, *, origin: Origin = NOWHERE
) -> Confirmed:
    """Answer the mail to an address.

    Raises:
        LinkNotValid: unknown, used or expired, also when another request was faster.
    """
    command = ConfirmAddress(digest(secret), origin, ctx.clock.now())
    confirmed = await ctx.store.confirm_address(command)
    if confirmed.outcome is ConfirmOutcome.LINK_DEAD:
        raise LinkNotValid("no live link has this secret")
    return confirmed


async def make_primary(
    user: User,
    address: EmailAddress,
    ctx: VerificationContext,
    *,
    origin: Origin = NOWHERE,
) -> PrimaryOutcome:
    """Let mails go to another verified address, and tell the one to which they went."""
    now = ctx.clock.now()
    owned = await ctx.store.list_emails(user.id)
    before = next((one.address for one in owned if one.is_primary and one.verified_at), None)
    told = None
    if before is not None:
        notice = notice_of(
            MailKind.EMAIL_CHANGED, user.id, now=now, origin=origin, about=address.written
        )
        told = ctx.sealer.seal_notice(notice, to=before, now=now)
    return await ctx.store.set_primary(SetPrimary(user.id, address.canonical, told, origin, now))
