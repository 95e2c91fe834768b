"""The one place where a credential is compared: what a person types, and what a device signs.

Of passwords: whatever is wrong, the same calls are made with parameters of the same distribution,
two reads and one Argon2id verification. An account that does not exist is verified against a decoy,
whose parameters are drawn from those that are stored, by a keyed hash of the name: the same name
always meets the same cost, and today's parameters never give away last year's accounts.

Source: OWASP ASVS 5.0 V6.3.8; security.md D5, rules 27 and 28, section 3.3; oauth.md L-9.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import field
from enum import Enum
from typing import Protocol, assert_never

from watchword.accounts.attempts import (
    PASSWORDS_ONLY,
    Attempt,
    Caller,
    Compared,
    FactorAttempt,
    Factors,
    MailCodeAttempt,
    PasskeyAttempt,
    PasswordAttempt,
    RecoveryCodeAttempt,
    TOTPAttempt,
)
from watchword.accounts.errors import InvalidCredentials, TooManyAttempts
from watchword.accounts.events import Event, EventKind, EventOutcome
from watchword.accounts.levels import Method, Proof
from watchword.accounts.mail.addresses import MalformedAddress, parse_email
from watchword.accounts.origin import Origin
from watchword.accounts.passwords.acceptance import breaks_rules
from watchword.accounts.passwords.hashing import (
    PARAMETERS,
    Argon2Parameters,
    Hasher,
    Match,
    needs_rehash,
)
from watchword.accounts.passwords.stored_hash import make_decoy
from watchword.accounts.throttle import (
    ACCOUNT,
    FLOW,
    KNOWN_DEVICE,
    NETWORK,
    Bucket,
    ThrottleStore,
    bucket,
    network_of,
)
from watchword.accounts.users import User, canonical_name
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest

__all__ = [
    "Credential",
    "CredentialContext",
    "CredentialStore",
    "UpgradeOutcome",
    "VerifiedCredential",
    "forgive",
    "lookup_name",
    "verify_credential",
]


@dataclass(frozen=True, slots=True)
class Credential:
    """A user, whatever its status, and what its password is compared with."""

    user: User
    password_hash: str | None = field(repr=False)  # PHC; None until a one-time link is redeemed


class UpgradeOutcome(Enum):
    """What became of the replacement of a hash by a stronger one."""

    UPGRADED = "upgraded"
    CHANGED_MEANWHILE = "changed_meanwhile"  # the account has another hash than `old` by then


class CredentialStore(ThrottleStore, Protocol):
    """What the comparison needs of a store. Each method is one transaction."""

    async def find_credential(
        self, name: str, *, address: str = "", typed: str = ""
    ) -> Credential | None:
        """Return the credential of the user, whatever its status.

        Args:
            name: canonical.
            address: the canonical address of a mail that the user has proved to read, which comes
                before a name of the same spelling.
            typed: the name as it was typed, for a directory that tells capitals apart.
        """
        ...

    async def hash_histogram(self) -> tuple[tuple[str, int], ...]:
        """Return how many stored hashes carry each label (`hashing.read_label`), sorted by label.

        It is read at every attempt, so it must not count rows.
        """
        ...

    async def upgrade_password_hash(
        self, user_id: str, *, old: str, new: str, must_change: bool
    ) -> UpgradeOutcome:
        """Replace `old` by `new` if the account still has `old`. Sessions and families stay.

        Whether the password must be changed is noted; a note that stands already stays.
        """
        ...


@dataclass(frozen=True, slots=True)
class CredentialContext:
    """What the comparison works with."""

    store: CredentialStore
    hasher: Hasher
    clock: Clock
    # 32 bytes that outlive a restart, known to nobody else: decoys and buckets are drawn with them.
    decoy_key: bytes = field(repr=False)
    parameters: Argon2Parameters = PARAMETERS
    factors: Factors = PASSWORDS_ONLY


@dataclass(frozen=True, slots=True)
class VerifiedCredential:
    """What the comparison proved: this user showed this, at this time."""

    user_id: str
    proof: Proof
    failures: int  # since the last login that was completed, in the lane of this caller
    # As the store holds it, after a password; it binds what is issued to that very password.
    password_hash: str | None = field(default=None, repr=False)


async def verify_credential(
    attempt: Attempt, caller: Caller, ctx: CredentialContext
) -> VerifiedCredential:
    """Compare what somebody shows with what is stored, unless too much was wrong before.

    A password hash of other parameters than today's is replaced on success. Whether the account
    may act is decided again, for all kinds of proof, by the transaction that makes use of it.
    Failures before a success are forgotten by `forgive`, when the login is complete.

    Args:
        attempt: what is shown.
        caller: who shows it, for the throttle.
        ctx: the store, the factors, the work.

    Raises:
        InvalidCredentials: for every way to fail; `detail` tells them apart for the operator.
        TooManyAttempts: nothing was compared; says when to try again.
        Busy: what the hasher raises when too many attempts wait.
    """
    asked = await _look_up(attempt, ctx)
    buckets = await _buckets(asked, caller, ctx)
    delayed = await ctx.store.take_attempt(buckets, now=ctx.clock.now())
    if delayed is not None:
        raise TooManyAttempts(delayed.retry_after)
    try:
        shown = await _compare(asked, caller, ctx)
    except InvalidCredentials:
        await ctx.store.count_failure(buckets, _failure(asked, caller, ctx.clock.now()))
        raise
    except BaseException:  # never compared
        await ctx.store.return_attempt(buckets)
        raise
    left = await ctx.store.return_attempt(buckets)
    proof = Proof(shown.method, ctx.clock.now())
    return VerifiedCredential(shown.user_id, proof, left, shown.password_hash)


async def forgive(user_id: str, caller: Caller, ctx: CredentialContext) -> None:
    """Forget the failures before a login by password that is complete, in the lane it came through.

    Source: NIST SP 800-63B-4 section 3.2.2 (failures are consecutive, of one authenticator).
    """
    await ctx.store.forget_failures([await _lane(user_id, user_id, caller, ctx)])


@dataclass(frozen=True, slots=True)
class _Asked:
    """An attempt, and the account that it is about, if there is one."""

    attempt: Attempt
    name: str  # canonical; what is counted where there is no account
    found: Credential | None  # for passwords

    @property
    def user_id(self) -> str | None:
        """The account, where it is known before the comparison."""
        if isinstance(self.attempt, PasswordAttempt):
            return self.found.user.id if self.found else None
        return self.attempt.user_id


@dataclass(frozen=True, slots=True)
class _Shown(Compared):
    """What a comparison found, and the hash that it was made with."""

    password_hash: str | None = field(default=None, repr=False)


async def _look_up(attempt: Attempt, ctx: CredentialContext) -> _Asked:
    if not isinstance(attempt, PasswordAttempt):
        return _Asked(attempt, "", None)
    name = lookup_name(attempt.name)
    typed = attempt.name.strip()
    found = await ctx.store.find_credential(name, address=_lookup_address(name), typed=typed)
    return _Asked(attempt, name, found)


async def _buckets(asked: _Asked, caller: Caller, ctx: CredentialContext) -> list[Bucket]:
    """Return what the attempt is counted under, in the order that all callers keep."""
    buckets = []
    network = network_of(caller.origin)
    if network is not None:
        buckets.append(bucket("network", network, NETWORK, key=ctx.decoy_key))
    if caller.flow_id is not None:
        buckets.append(bucket("flow", caller.flow_id, FLOW, key=ctx.decoy_key))
    if not isinstance(asked.attempt, PasskeyAttempt):  # which no number of attempts can guess
        account = asked.user_id or asked.name
        buckets.append(await _lane(account, asked.user_id, caller, ctx))
    return buckets


async def _lane(
    account: str, user_id: str | None, caller: Caller, ctx: CredentialContext
) -> Bucket:
    """Return the lane of an account: its known devices have one of their own."""
    if caller.device_secret is not None:
        # Asked of every name alike, so that the answer takes as long for one that has no account.
        is_known = await ctx.store.is_known_device(
            user_id or account, digest(caller.device_secret), now=ctx.clock.now()
        )
        if is_known:
            return bucket("known device", account, KNOWN_DEVICE, key=ctx.decoy_key)
    return bucket("account", account, ACCOUNT, key=ctx.decoy_key)


async def _compare(asked: _Asked, caller: Caller, ctx: CredentialContext) -> _Shown:
    match asked.attempt:
        case PasswordAttempt(password=password):
            return await _compare_password(asked, password, ctx)
        case TOTPAttempt() | RecoveryCodeAttempt() | MailCodeAttempt() | PasskeyAttempt() as shown:
            now = ctx.clock.now()
            compared = await _compare_factor(shown, ctx.factors, origin=caller.origin, now=now)
            return _Shown(compared.user_id, compared.method)
    assert_never(asked.attempt)


async def _compare_factor(
    attempt: FactorAttempt, factors: Factors, *, origin: Origin, now: int
) -> Compared:
    match attempt:
        case TOTPAttempt() if factors.totp:
            return await factors.totp.compare(attempt, origin=origin, now=now)
        case RecoveryCodeAttempt() if factors.recovery_code:
            return await factors.recovery_code.compare(attempt, origin=origin, now=now)
        case MailCodeAttempt() if factors.mail_code:
            return await factors.mail_code.compare(attempt, origin=origin, now=now)
        case PasskeyAttempt() if factors.passkey:
            return await factors.passkey.compare(attempt, origin=origin, now=now)
    raise InvalidCredentials(f"this server offers no {type(attempt).__name__}")


def _failure(asked: _Asked, caller: Caller, now: int) -> Event:
    """Describe a failure: one row for every name, whether there is an account or not."""
    is_first = isinstance(asked.attempt, PasswordAttempt)
    return Event(
        EventKind.SIGN_IN_FAILED if is_first else EventKind.SECOND_FACTOR_FAILED,
        now,
        outcome=EventOutcome.REFUSED,
        user_id=asked.user_id,
        origin=caller.origin,
        detail={"shown": type(asked.attempt).__name__.removesuffix("Attempt")},
    )


async def _compare_password(asked: _Asked, password: Secret, ctx: CredentialContext) -> _Shown:
    histogram = await ctx.store.hash_histogram()  # read always, so that reading it tells nothing
    decoy = _decoy_hash(asked.name, histogram, ctx)
    found = asked.found
    password_hash = decoy if found is None else found.password_hash or decoy
    match = await ctx.hasher.verify(password, password_hash)
    user, verified_hash = _check(found, match)
    if needs_rehash(verified_hash, ctx.parameters):
        verified_hash = await _upgrade(user, verified_hash, password, ctx)
    return _Shown(user.id, Method.PASSWORD, verified_hash)


def _check(found: Credential | None, match: Match) -> tuple[User, str]:
    if found is None:
        raise InvalidCredentials("no account has this name")
    if found.password_hash is None:
        raise InvalidCredentials(f"{found.user.id} has no password yet")
    if match is not Match.SAME:
        raise InvalidCredentials(f"wrong password for {found.user.id}")
    if not found.user.is_active:
        raise InvalidCredentials(f"{found.user.id} is suspended")
    return found.user, found.password_hash


async def _upgrade(user: User, old: str, password: Secret, ctx: CredentialContext) -> str:
    """Return the hash that the account has in the end.

    One that changed meanwhile stays as verified: the issuing transaction then refuses it. This is
    the one moment in which an imported password is seen, so its owner is asked then to change one
    that nobody could choose here.
    """
    new = await ctx.hasher.hash(password, ctx.parameters)
    must_change = breaks_rules(password, context=(user.name,))
    outcome = await ctx.store.upgrade_password_hash(
        user.id, old=old, new=new, must_change=must_change
    )
    return new if outcome is UpgradeOutcome.UPGRADED else old


def lookup_name(text: str) -> str:
    """Return the canonical name, or a name that no account can have.

    Space around it, as keyboards add it, is no part of a name.
    """
    try:
        return canonical_name(text.strip())
    except ValueError:
        # The space keeps it apart from every canonical name; the path stays the same.
        return " " + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _lookup_address(name: str) -> str:
    """Return the canonical address that a name is, or nothing that is one."""
    try:
        return parse_email(name).canonical
    except MalformedAddress:
        return ""


def _decoy_hash(name: str, histogram: Sequence[tuple[str, int]], ctx: CredentialContext) -> str:
    """Return a hash that no password has, at a cost that some account has."""
    seed = hashlib.blake2b(
        name.encode("utf-8"), key=ctx.decoy_key, person=b"watchword decoy", digest_size=64
    ).digest()
    point = int.from_bytes(seed[:8])
    return make_decoy(_draw(histogram, point, otherwise=ctx.parameters.label), seed)


def _draw(histogram: Sequence[tuple[str, int]], point: int, *, otherwise: str) -> str:
    """Return the label at a point of all stored hashes, laid side by side."""
    total = sum(count for _, count in histogram)
    rest = point % total if total else 0
    for label, count in histogram:
        if rest < count:
            return label
        rest -= count
    return otherwise
