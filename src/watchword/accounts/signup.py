"""Sign-up: the address first, then everything else.

Whoever types an address is told the same and a mail is written, whether or not an account has it:
to a stranger with a link, to an owner with the news that there is an account. The link opens a page
where name and password are chosen; account, verified address and session come about together.

Source: security.md rules 29, 30 and 46; users.md U8, U36, U37, U46 and U47; OWASP ASVS 5.0 V6.3.8.
"""

from enum import Enum
from typing import Protocol

from watchword.accounts.errors import AccountError, LinkNotValid, TooManyAttempts
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.limits import MailLimiter
from watchword.accounts.mail.messages import Mail, MailKind, MailSealer, SealedMail
from watchword.accounts.origin import Origin
from watchword.accounts.password_rules import PasswordRules
from watchword.accounts.passwords.breaches import BreachedPasswords, accept_password
from watchword.accounts.passwords.hashing import PARAMETERS, Argon2Parameters, Hasher
from watchword.accounts.recovery import Recipient
from watchword.accounts.sessions import NewSession, Session
from watchword.accounts.throttle import Limit, ThrottleStore, bucket
from watchword.accounts.users import USER_ID_PREFIX, NewUser, canonical_name
from watchword.base.chance import Chance, new_id, new_secret
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest

__all__ = [
    "SIGNUP_LIFETIME_SECONDS",
    "AskSignup",
    "NameRefused",
    "RedeemSignup",
    "SignedUp",
    "SignupContext",
    "SignupOutcome",
    "SignupStore",
    "ask_signup",
    "parse_new_name",
    "sign_up",
]

SIGNUP_LIFETIME_SECONDS = 3_600  # users.md U47
# Each try tells whether somebody has a name, and may cost a hash.
_TRIES = Limit(burst=20, interval_seconds=60, failures_max=60, memory_seconds=3_600)


class NameRefused(AccountError):
    """The name cannot be had; the text says why.

    Args:
        public: the sentence for the person.
    """

    code = "name_refused"
    public = "choose another name"

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class AskSignup:
    """A request for an account, as it is written for strangers and owners alike."""

    token_hash: bytes
    address: EmailAddress
    mail: SealedMail
    expires_at: int
    now: int


@dataclass(frozen=True, slots=True)
class RedeemSignup:
    """An account about to come about, with its address and its first session."""

    token_hash: bytes
    user: NewUser
    session: NewSession
    locale: str | None
    now: int


class SignupOutcome(Enum):
    """What became of it."""

    SIGNED_UP = "signed_up"
    NAME_TAKEN = "name_taken"
    LINK_DEAD = "link_dead"  # or the address is an account's by now


@dataclass(frozen=True, slots=True)
class SignedUp:
    """An answer; the session where there is one."""

    outcome: SignupOutcome
    session: Session | None = None


class SignupStore(ThrottleStore, Protocol):
    """What sign-up needs of a store. Each method is one transaction."""

    async def find_recipient(self, address: str) -> Recipient | None:
        """Return whom a verified address belongs to, whatever the status of the account."""
        ...

    async def ask_signup(self, command: AskSignup) -> None:
        """Store the sign-up and queue the mail."""
        ...

    async def find_signup(self, token_hash: bytes, *, now: int) -> EmailAddress | None:
        """Return the address of a live sign-up that no account has, without spending it."""
        ...

    async def redeem_signup(self, command: RedeemSignup) -> SignedUp:
        """Spend the sign-up on an account with a verified address and a session: all or nothing.

        Of concurrent callers one is SIGNED_UP. A name that is taken spends nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class SignupContext:
    """What sign-up works with."""

    store: SignupStore
    sealer: MailSealer
    limiter: MailLimiter
    hasher: Hasher
    clock: Clock
    chance: Chance
    issuer: str
    service_name: str  # no part of a password
    parameters: Argon2Parameters = PARAMETERS
    breaches: BreachedPasswords | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person chose for an account."""

    name: str  # canonical
    password: Secret
    locale: str | None


async def ask_signup(
    address: EmailAddress, locale: str | None, origin: Origin, ctx: SignupContext
) -> None:
    """Write to an address how to make an account, or that there is one.

    Raises:
        MailDelayed: too many mails to this address, or from this network.
    """
    now = ctx.clock.now()
    await ctx.limiter.take_turn(address, origin, now=now)
    found = await ctx.store.find_recipient(address.canonical)
    secret = new_secret(ctx.chance)
    if found is None:
        values = {
            "link": f"{ctx.issuer}/signup?link={secret.reveal()}",
            "minutes": str(SIGNUP_LIFETIME_SECONDS // 60),
        }
        mail = Mail(MailKind.SIGN_UP, address, locale, values)
    else:  # the secret stays here; its row is written all the same
        values = {
            "name": found.user.name,
            "signin": f"{ctx.issuer}/signin",
            "forgot": f"{ctx.issuer}/forgot",
        }
        mail = Mail(MailKind.ACCOUNT_EXISTS, found.address, found.locale or locale, values)
    command = AskSignup(
        token_hash=digest(secret),
        address=address,
        mail=ctx.sealer.seal(mail, user_id=None, lifetime_seconds=SIGNUP_LIFETIME_SECONDS, now=now),
        expires_at=now + SIGNUP_LIFETIME_SECONDS,
        now=now,
    )
    await ctx.store.ask_signup(command)


async def sign_up(
    secret: Secret, wanted: Wanted, session: NewSession, ctx: SignupContext
) -> Session:
    """Make the account that a mail invited to.

    Args:
        secret: of the link.
        wanted: name and password.
        session: its first, with a cookie of the caller's.
        ctx: what it is made with.

    Raises:
        LinkNotValid: unknown, used or expired, or the address is an account's by now.
        NameRefused: the name is taken; the link stays usable.
        PasswordRefused: breaks a rule; the link stays usable.
        TooManyAttempts: the link was tried too often; says when to try again.
    """
    token_hash = digest(secret)
    address = await ctx.store.find_signup(token_hash, now=ctx.clock.now())
    if address is None:  # before the hash, so that made-up links cost nothing
        raise LinkNotValid("no live sign-up has this secret")
    tries = bucket("sign-up", token_hash.hex(), _TRIES, key=ctx.limiter.key)
    delayed = await ctx.store.take_turn([tries], now=ctx.clock.now())
    if delayed is not None:
        raise TooManyAttempts(delayed.retry_after)
    await accept_password(
        wanted.password,
        context=(wanted.name, *address.canonical.split("@"), ctx.service_name),
        rules=PasswordRules.ALONE,
        breaches=ctx.breaches,
    )
    now = ctx.clock.now()
    user = NewUser(
        id=new_id(ctx.chance, USER_ID_PREFIX),
        name=wanted.name,
        password_hash=await ctx.hasher.hash(wanted.password, ctx.parameters),
        roles=frozenset(),
        created_at=now,
    )
    command = RedeemSignup(token_hash, user, session, wanted.locale, now)
    signed_up = await ctx.store.redeem_signup(command)
    if signed_up.outcome is SignupOutcome.NAME_TAKEN:
        raise NameRefused("taken")
    if signed_up.session is None:
        raise LinkNotValid("the sign-up was spent or expired while the password was hashed")
    return signed_up.session


def parse_new_name(text: str) -> str:
    """Return the canonical form of a name that a stranger wants; space around it is ignored.

    It holds no "@": somebody could take another's address for a name, and be found by it.

    Raises:
        NameRefused: no name, or one with an "@".
    """
    try:
        name = canonical_name(text.strip())
    except ValueError as error:
        raise NameRefused(str(error)) from None
    if "@" in name:
        raise NameRefused("at_sign")
    return name
