"""Code generators: enrolment, and the comparison of their codes (TOTP).

SHA-1, six digits and thirty seconds: the one set that every generator knows. A code is accepted one
step early or late, because clocks differ. The step of an accepted code is remembered by the
statement that accepts it, so that each step works once. `pyotp` computes, and is imported at first
use.

Source: RFC 6238 sections 4 and 5.2; RFC 4226 section 4 (R6: 160 bits); users.md U48; security.md
rules 36 and 37.
"""

import unicodedata
from base64 import b32encode
from dataclasses import field
from enum import Enum
from typing import Protocol

from watchword.accounts.attempts import Compared, TOTPAttempt
from watchword.accounts.errors import CodeRefused, InvalidCredentials
from watchword.accounts.events import EventKind
from watchword.accounts.factors.together import Change, Changer, FactorOutcome, change_of
from watchword.accounts.levels import Method, Proof
from watchword.accounts.origin import Origin
from watchword.accounts.users import User
from watchword.base.chance import Chance, new_id
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.keys.sealing import SealingKey

__all__ = [
    "DIGITS",
    "ENROLMENT_SECONDS",
    "STEP_SECONDS",
    "TOTP",
    "TOTPS_MAX",
    "Enrolment",
    "SpendStep",
    "StepOutcome",
    "TOTPContext",
    "TOTPFactor",
    "TOTPStore",
    "begin_enrolment",
    "confirm_enrolment",
    "matching_step",
    "open_enrolment",
]

STEP_SECONDS = 30
DIGITS = 6
WINDOW_STEPS = 1  # each way; RFC 6238 section 5.2 allows one for the way that a code travels
KEY_BYTES = 20
ENROLMENT_SECONDS = 600  # from the picture to the first code
TOTPS_MAX = 5  # each one is another code that a guess may meet
TOTP_PREFIX = "totp"
SEAL_PURPOSE = "totp"


@dataclass(frozen=True, slots=True)
class TOTP:
    """A code generator of an account. It counts from its confirmation on."""

    id: str
    user_id: str
    name: str
    sealed_key: bytes = field(repr=False)
    created_at: int
    confirmed_at: int | None = None
    last_step: int = 0
    used_at: int | None = None


@dataclass(frozen=True, slots=True)
class SpendStep:
    """The use of one time step of one generator."""

    user_id: str
    totp_id: str
    step: int
    now: int


class StepOutcome(Enum):
    """What became of the use of a time step."""

    SPENT = "spent"
    REFUSED = "refused"  # used before, by this code or a later one; or the generator is gone


class TOTPStore(Protocol):
    """What code generators need of a store. Each method is one transaction."""

    async def add_totp(self, totp: TOTP) -> FactorOutcome:
        """Store an enrolment; an earlier one that was never confirmed is forgotten."""
        ...

    async def cancel_enrolment(self, user_id: str) -> FactorOutcome:
        """Forget the enrolment that waits for its first code."""
        ...

    async def list_totps(self, user_id: str) -> tuple[TOTP, ...]:
        """Return the generators of a user, unconfirmed ones included, the oldest first."""
        ...

    async def confirm_totp(self, spend: SpendStep, change: Change) -> FactorOutcome:
        """Make an unconfirmed generator count, with its first step used."""
        ...

    async def spend_totp_step(self, spend: SpendStep) -> StepOutcome:
        """Use a step of a confirmed generator.

        Of any number of concurrent callers with one step exactly one is told SPENT. A step that
        began before the store's epoch is refused: whether it was used is not known any more.
        """
        ...

    async def rename_totp(self, totp_id: str, *, name: str, change: Change) -> FactorOutcome:
        """Give a generator of `change`'s user another name."""
        ...

    async def remove_totp(self, totp_id: str, change: Change) -> FactorOutcome:
        """Remove a generator of `change`'s user unless the account needs it (LAST_ONE).

        Recovery codes go with the last second factor.
        """
        ...


@dataclass(frozen=True, slots=True)
class TOTPContext:
    """What enrolment works with."""

    store: TOTPStore
    sealing: SealingKey
    clock: Clock
    chance: Chance
    service_name: str  # what a generator shows above the code


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An enrolment under way: what the person's generator has to be told."""

    totp_id: str
    name: str
    key: Secret  # base32, without padding
    uri: Secret  # otpauth://totp/...
    expires_at: int


class TOTPFactor:
    """Compares codes of confirmed generators. It is called by `verify_credential` alone.

    Args:
        store: where the generators are.
        sealing: opens their keys.
    """

    __slots__ = ("_sealing", "_store")

    def __init__(self, store: TOTPStore, sealing: SealingKey) -> None:
        self._store = store
        self._sealing = sealing

    async def compare(self, attempt: TOTPAttempt, *, origin: Origin, now: int) -> Compared:  # noqa: ARG002  # nothing is recorded of it
        """Find the generator and the step that a code belongs to, and use the step up.

        Raises:
            InvalidCredentials: no generator of the account shows this code, or its step was used.
        """
        for totp in await self._store.list_totps(attempt.user_id):
            if totp.confirmed_at is None:
                continue
            step = matching_step(_key(totp, self._sealing), attempt.code, now=now)
            if step is not None:
                spend = SpendStep(attempt.user_id, totp.id, step, now)
                if await self._store.spend_totp_step(spend) is StepOutcome.SPENT:
                    return Compared(attempt.user_id, Method.TOTP)
                raise InvalidCredentials(f"{attempt.user_id} used the code of this step before")
        raise InvalidCredentials(f"no code generator of {attempt.user_id} shows this code")


async def begin_enrolment(user: User, name: str, ctx: TOTPContext) -> FactorOutcome:
    """Make a key for a generator. It counts once `confirm_enrolment` has seen a code of it."""
    totp_id = new_id(ctx.chance, TOTP_PREFIX)
    sealed = ctx.sealing.seal(
        ctx.chance.token_bytes(KEY_BYTES),
        purpose=SEAL_PURPOSE,
        owner=(user.id, totp_id),
        chance=ctx.chance,
    )
    return await ctx.store.add_totp(TOTP(totp_id, user.id, name, sealed, ctx.clock.now()))


async def open_enrolment(user: User, ctx: TOTPContext) -> Enrolment | None:
    """Return the enrolment that waits for its first code, for ten minutes from its beginning."""
    totp = await _pending(user, ctx)
    if totp is None:
        return None
    key = _key(totp, ctx.sealing)
    return Enrolment(
        totp_id=totp.id,
        name=totp.name,
        key=key,
        uri=_uri(key, user.name, ctx.service_name),
        expires_at=totp.created_at + ENROLMENT_SECONDS,
    )


async def confirm_enrolment(code: Secret, changer: Changer, user: User, ctx: TOTPContext) -> Proof:
    """Let the generator count: its owner has read a code from it.

    Nothing is guessed here: whoever may see this form has been shown the key itself.

    Returns:
        The proof that this is. Its step is used up, so no door accepts the code a second time.

    Raises:
        CodeRefused: there is no enrolment, or the code is not of its generator.
    """
    now = ctx.clock.now()
    totp = await _pending(user, ctx)
    if totp is None:
        raise CodeRefused("no enrolment waits for a code")
    step = matching_step(_key(totp, ctx.sealing), code, now=now)
    if step is None:
        raise CodeRefused("the code is not of the generator that is being added")
    change = change_of(EventKind.TOTP_ADDED, changer, about=totp.name, now=now)
    confirmed = await ctx.store.confirm_totp(SpendStep(user.id, totp.id, step, now), change)
    if confirmed is not FactorOutcome.CHANGED:
        raise CodeRefused("the enrolment was confirmed or replaced meanwhile")
    return Proof(Method.TOTP, now)


def matching_step(key: Secret, code: Secret, *, now: int) -> int | None:
    """Return the time step whose code this is; None where it is of none of the accepted ones.

    Args:
        key: base32.
        code: as typed, with spaces between groups and in the digits of any script.
        now: seconds since the epoch.
    """
    import pyotp  # noqa: PLC0415  # imported at first use: most requests compare no code
    from pyotp.exceptions import OTPVerificationError  # noqa: PLC0415  # as above

    digits = _digits(code)
    if digits is None:
        return None
    generator = pyotp.TOTP(key.reveal(), digits=DIGITS, interval=STEP_SECONDS)
    try:
        return generator.verify_and_get_timecode(digits, for_time=now, valid_window=WINDOW_STEPS)
    except OTPVerificationError:
        return None


def _digits(code: Secret) -> str | None:
    """Return six digits, of whatever script they were typed in; None for anything else."""
    if len(code) > 4 * DIGITS:
        return None
    text = "".join(code.reveal().split())
    if len(text) != DIGITS or not text.isdecimal():
        return None
    return "".join(str(unicodedata.decimal(character)) for character in text)


async def _pending(user: User, ctx: TOTPContext) -> TOTP | None:
    oldest = ctx.clock.now() - ENROLMENT_SECONDS
    for totp in await ctx.store.list_totps(user.id):
        if totp.confirmed_at is None and totp.created_at > oldest:
            return totp
    return None


def _key(totp: TOTP, sealing: SealingKey) -> Secret:
    key = sealing.unseal(totp.sealed_key, purpose=SEAL_PURPOSE, owner=(totp.user_id, totp.id))
    return Secret(b32encode(key).decode("ascii").rstrip("="))


def _uri(key: Secret, account: str, service: str) -> Secret:
    """Return what a generator reads from the picture."""
    import pyotp  # noqa: PLC0415  # as above

    generator = pyotp.TOTP(key.reveal(), digits=DIGITS, interval=STEP_SECONDS)
    return Secret(generator.provisioning_uri(name=account, issuer_name=service))
