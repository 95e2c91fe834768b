"""One-time links: how a person sets a password that nobody else ever sees.

Source: OWASP ASVS 5.0 V6.4.1; users.md U24, U47; security.md rules 46 and 50.
"""

from dataclasses import field
from enum import Enum
from typing import Protocol

from watchword.accounts.errors import LinkNotValid
from watchword.accounts.origin import NOWHERE, Origin
from watchword.accounts.password_rules import PasswordRules
from watchword.accounts.passwords.breaches import BreachedPasswords, accept_password
from watchword.accounts.passwords.hashing import PARAMETERS, Argon2Parameters, Hasher
from watchword.accounts.users import User
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest

__all__ = [
    "LinkContext",
    "LinkPurpose",
    "LinkStore",
    "NewLink",
    "RedeemLink",
    "new_link",
    "set_password",
]


class LinkPurpose(Enum):
    """What redeeming a link does, and how many seconds it has (users.md U24, U47)."""

    MAIL_CODE = "mail_code", 10 * 60  # what a person types instead of opening a link
    RESET = "reset", 30 * 60  # sets a password, asked for by mail
    SET_PASSWORD = "set_password", 30 * 60  # sets one, handed out by an administrator
    VERIFY_EMAIL = "verify_email", 60 * 60

    def __init__(self, code: str, lifetime_seconds: int) -> None:
        self.code = code
        self.lifetime_seconds = lifetime_seconds


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to be stored: only the hash of its secret."""

    token_hash: bytes
    purpose: LinkPurpose
    user_id: str
    created_at: int
    expires_at: int
    address: str | None = None  # canonical: what it verifies, or went to and depends on


@dataclass(frozen=True, slots=True)
class RedeemLink:
    """The use of a link: the password hash that the account gets."""

    token_hash: bytes
    purpose: LinkPurpose
    password_hash: str = field(repr=False)
    now: int
    origin: Origin = NOWHERE
    device_hash: bytes | None = None  # of what the browser is known by
    password: Secret | None = None  # for a directory, which hashes in its own way


class LinkStore(Protocol):
    """What one-time links need of a store. Each method is one transaction."""

    async def add_link(self, link: NewLink) -> None:
        """Store the link; earlier unused links of the same user and purpose die."""
        ...

    async def find_link(self, token_hash: bytes, purpose: LinkPurpose, *, now: int) -> User | None:
        """Return the user of a live link without spending it."""
        ...

    async def redeem_link(self, command: RedeemLink) -> User | None:
        """Spend the link, set the password and end the user's sessions and families.

        The change is recorded, and the user told. Every other link by which a password could be
        set dies with it. Where the account has a second factor, the device becomes a known one:
        the failures before are not forgotten, so its user comes in beside them.

        Of any number of concurrent callers exactly one gets the user; the others get None.
        """
        ...


@dataclass(frozen=True, slots=True)
class LinkContext:
    """What redeeming a link works with."""

    store: LinkStore
    hasher: Hasher
    clock: Clock
    service_name: str  # no part of a password
    parameters: Argon2Parameters = PARAMETERS
    rules: PasswordRules = PasswordRules.ALONE
    breaches: BreachedPasswords | None = None
    purpose: LinkPurpose = LinkPurpose.SET_PASSWORD
    origin: Origin = NOWHERE
    device: Secret | None = None  # what the browser is known by


def new_link(
    secret: Secret,
    *,
    purpose: LinkPurpose,
    user_id: str,
    now: int,
    address: str | None = None,
) -> NewLink:
    """Describe a link that works once, within its time. Its secret stays with the caller."""
    return NewLink(
        token_hash=digest(secret),
        purpose=purpose,
        user_id=user_id,
        created_at=now,
        expires_at=now + purpose.lifetime_seconds,
        address=address,
    )


async def set_password(secret: Secret, password: Secret, ctx: LinkContext) -> User:
    """Spend a link on a password that its user has chosen.

    Raises:
        LinkNotValid: unknown, used or expired, also when another request was faster.
        PasswordRefused: breaks a rule; the link stays usable.
    """
    token_hash, purpose = digest(secret), ctx.purpose
    user = await ctx.store.find_link(token_hash, purpose, now=ctx.clock.now())
    if user is None:  # before the hash, so that made-up links cost nothing
        raise LinkNotValid("no live link has this secret")
    await accept_password(
        password,
        context=(user.name, ctx.service_name),
        rules=ctx.rules,
        breaches=ctx.breaches,
    )
    password_hash = await ctx.hasher.hash(password, ctx.parameters)
    now, device_hash = ctx.clock.now(), None if ctx.device is None else digest(ctx.device)
    command = RedeemLink(
        token_hash, purpose, password_hash, now, ctx.origin, device_hash, password=password
    )
    redeemed = await ctx.store.redeem_link(command)
    if redeemed is None:
        raise LinkNotValid("the link was spent or expired while the password was hashed")
    return redeemed
