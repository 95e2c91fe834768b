"""The one place where a credential is compared: what a person types, and what a device signs.

Of passwords: whatever is wrong, the same calls are made with parameters of the same distribution,
two reads and one Argon2id verification. An account that does not exist is verified against a decoy,
whose parameters are drawn from those that are stored, by a keyed hash of the name: the same name
always meets the same cost, and today's parameters never give away last year's accounts.

Source: OWASP ASVS 5.0 V6.3.8; security.md D5, rules 27 and 28, section 3.3; oauth.md L-9.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
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
from watchword.accounts.errors import InvalidCredentials
from watchword.accounts.hashing import (
    PARAMETERS,
    Argon2Parameters,
    Hasher,
    Match,
    needs_rehash,
)
from watchword.accounts.levels import Method, Proof
from watchword.accounts.stored_hash import make_decoy
from watchword.accounts.users import User, canonical_name
from watchword.base.clock import Clock
from watchword.base.secrets import Secret

__all__ = [
    "Credential",
    "CredentialContext",
    "CredentialStore",
    "UpgradeOutcome",
    "VerifiedCredential",
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


class CredentialStore(Protocol):
    """What the comparison needs of a store. Each method is one transaction."""

    async def find_credential(self, name: str) -> Credential | None:
        """Return the credential of the canonical name, whatever the status of its user."""
        ...

    async def hash_histogram(self) -> tuple[tuple[str, int], ...]:
        """Return how many stored hashes carry each label (`hashing.read_label`), sorted by label.

        It is read at every attempt, so it must not count rows.
        """
        ...

    async def upgrade_password_hash(self, user_id: str, *, old: str, new: str) -> UpgradeOutcome:
        """Replace `old` by `new` if the account still has `old`. Sessions and families stay."""
        ...


@dataclass(frozen=True, slots=True)
class CredentialContext:
    """What the comparison works with."""

    store: CredentialStore
    hasher: Hasher
    clock: Clock
    decoy_key: bytes = field(repr=False)  # 32 bytes that outlive a restart, known to nobody else
    parameters: Argon2Parameters = PARAMETERS
    factors: Factors = PASSWORDS_ONLY


@dataclass(frozen=True, slots=True)
class VerifiedCredential:
    """What the comparison proved: this user showed this, at this time."""

    user_id: str
    proof: Proof
    # As the store holds it, after a password; it binds what is issued to that very password.
    password_hash: str | None = field(default=None, repr=False)


async def verify_credential(
    attempt: Attempt,
    caller: Caller,  # noqa: ARG001  # the throttle reads it
    ctx: CredentialContext,
) -> VerifiedCredential:
    """Compare what somebody shows with what is stored.

    A password hash of other parameters than today's is replaced on success. Whether the account
    may act is decided again, for all kinds of proof, by the transaction that makes use of it.

    Args:
        attempt: what is shown.
        caller: who shows it, for the throttle.
        ctx: the store, the factors, the work.

    Raises:
        InvalidCredentials: for every way to fail; `detail` tells them apart for the operator.
        Busy: what the hasher raises when too many attempts wait.
    """
    match attempt:
        case PasswordAttempt():
            return await _verify_password(attempt, ctx)
        case TOTPAttempt() | RecoveryCodeAttempt() | MailCodeAttempt() | PasskeyAttempt():
            now = ctx.clock.now()
            compared = await _compare(attempt, ctx.factors, now=now)
            return VerifiedCredential(compared.user_id, Proof(compared.method, now))
    assert_never(attempt)


async def _compare(attempt: FactorAttempt, factors: Factors, *, now: int) -> Compared:
    match attempt:
        case TOTPAttempt() if factors.totp:
            return await factors.totp.compare(attempt, now=now)
        case RecoveryCodeAttempt() if factors.recovery_code:
            return await factors.recovery_code.compare(attempt, now=now)
        case MailCodeAttempt() if factors.mail_code:
            return await factors.mail_code.compare(attempt, now=now)
        case PasskeyAttempt() if factors.passkey:
            return await factors.passkey.compare(attempt, now=now)
    raise InvalidCredentials(f"this server offers no {type(attempt).__name__}")


async def _verify_password(attempt: PasswordAttempt, ctx: CredentialContext) -> VerifiedCredential:
    name = _lookup_name(attempt.name)
    found = await ctx.store.find_credential(name)
    histogram = await ctx.store.hash_histogram()  # read always, so that reading it tells nothing
    decoy = _decoy_hash(name, histogram, ctx)
    password_hash = decoy if found is None else found.password_hash or decoy
    match = await ctx.hasher.verify(attempt.password, password_hash)
    user, verified_hash = _check(found, match)
    if needs_rehash(verified_hash, ctx.parameters):
        verified_hash = await _upgrade(user, verified_hash, attempt.password, ctx)
    return VerifiedCredential(user.id, Proof(Method.PASSWORD, ctx.clock.now()), verified_hash)


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

    One that changed meanwhile stays as verified: the issuing transaction then refuses it.
    """
    new = await ctx.hasher.hash(password, ctx.parameters)
    outcome = await ctx.store.upgrade_password_hash(user.id, old=old, new=new)
    return new if outcome is UpgradeOutcome.UPGRADED else old


def _lookup_name(text: str) -> str:
    """Return the canonical name, or a name that no account can have."""
    try:
        return canonical_name(text)
    except ValueError:
        # The space keeps it apart from every canonical name; the path stays the same.
        return " " + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


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
