"""Passkeys: registered by their owner, used alone or after a password.

Each ceremony answers a challenge that is stored by its hash, bound to the browser or the login that
asked for it, and spent by the first answer. Which passkeys an account has is told to nobody but its
owner: a sign-in without a name offers none by id, so that every name looks the same.

Source: Web Authentication Level 3 sections 7.1, 7.2 and 14.6.2 (user names told apart); users.md
U27 and U48; oauth.md L-9 and L-11; security.md rules 29 and 37; decisions/0121.
"""

from collections.abc import Sequence
from dataclasses import field
from enum import Enum
from typing import Any, Protocol

from watchword.accounts.attempts import Compared, PasskeyAttempt
from watchword.accounts.errors import InvalidCredentials, PasskeyRefused
from watchword.accounts.events import Event, EventKind, EventOutcome
from watchword.accounts.factors.ceremonies import (
    TIMEOUT_SECONDS,
    Asserted,
    PasskeyAnswer,
    RelyingParty,
    Verification,
    authentication_options,
    check_assertion,
    check_registration,
    read_answer_text,
    registration_options,
)
from watchword.accounts.factors.together import Change, Changer, FactorOutcome, change_of
from watchword.accounts.levels import Method
from watchword.accounts.mail.messages import MailKind, Notice, notice_of
from watchword.accounts.origin import Origin
from watchword.accounts.users import User
from watchword.base.chance import Chance, new_secret
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest

__all__ = [
    "CHALLENGE_SECONDS",
    "PASSKEYS_MAX",
    "ChallengeOutcome",
    "ChallengePurpose",
    "NewChallenge",
    "Passkey",
    "PasskeyContext",
    "PasskeyFactor",
    "PasskeyStore",
    "PasskeyUse",
    "SpendChallenge",
    "UsePasskey",
    "begin_assertion",
    "begin_registration",
    "finish_registration",
]

CHALLENGE_SECONDS = TIMEOUT_SECONDS + 60  # the browser's patience, and the way there and back
PASSKEYS_MAX = 100  # of one account; more would not fit into what a browser is asked


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of an account."""

    credential_id: bytes
    user_id: str
    name: str
    public_key: bytes  # COSE
    sign_count: int
    aaguid: str
    transports: tuple[str, ...]
    is_backed_up: bool
    created_at: int
    used_at: int | None = None


class ChallengePurpose(Enum):
    """What the answer to a challenge is for."""

    REGISTRATION = "registration"
    SIGN_IN = "sign_in"  # whoever comes
    SECOND_FACTOR = "second_factor"  # of a user who is known


@dataclass(frozen=True, slots=True)
class NewChallenge:
    """A challenge to be stored: only the hash of its text."""

    challenge_hash: bytes
    purpose: ChallengePurpose
    user_id: str | None
    bound_to: bytes = field(repr=False)  # hash of the browser's cookie, or of the login's secret
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class SpendChallenge:
    """The one answer to a challenge: every binding has to be as it was."""

    challenge_hash: bytes
    purpose: ChallengePurpose
    user_id: str | None
    bound_to: bytes = field(repr=False)
    now: int


class ChallengeOutcome(Enum):
    """What became of an answer to a challenge."""

    SPENT = "spent"
    REFUSED = "refused"  # unknown, answered, expired, or of another browser, user or purpose


@dataclass(frozen=True, slots=True)
class UsePasskey:
    """One use of a passkey, and what is written and sent should its count go back."""

    credential_id: bytes
    user_id: str
    sign_count: int
    is_backed_up: bool
    now: int
    event: Event
    notice: Notice


class PasskeyUse(Enum):
    """What became of the use of a passkey."""

    USED = "used"
    COUNT_WENT_BACK = "count_went_back"  # two devices hold the key; the event is written
    GONE = "gone"


class PasskeyStore(Protocol):
    """What passkeys need of a store. Each method is one transaction."""

    async def add_challenge(self, challenge: NewChallenge) -> None:
        """Store a challenge, and forget some that have expired."""
        ...

    async def spend_challenge(self, spend: SpendChallenge) -> ChallengeOutcome:
        """Spend a live challenge of this epoch with these very bindings.

        Of any number of concurrent callers exactly one is told SPENT.
        """
        ...

    async def add_passkey(self, passkey: Passkey, change: Change) -> FactorOutcome:
        """Store a passkey; TAKEN where its id is known already, of whatever account."""
        ...

    async def find_passkey(self, credential_id: bytes) -> Passkey | None:
        """Return the passkey with this id."""
        ...

    async def list_passkeys(self, user_id: str) -> tuple[Passkey, ...]:
        """Return the passkeys of a user, the oldest first."""
        ...

    async def use_passkey(self, use: UsePasskey) -> PasskeyUse:
        """Replace the sign count by a larger one, or leave it where both are 0.

        Of concurrent callers with one count above 0, one is told USED.
        """
        ...

    async def rename_passkey(
        self, credential_id: bytes, *, name: str, change: Change
    ) -> FactorOutcome:
        """Give a passkey of `change`'s user another name."""
        ...

    async def remove_passkey(self, credential_id: bytes, change: Change) -> FactorOutcome:
        """Remove a passkey of `change`'s user unless the account needs it (LAST_ONE).

        Recovery codes go with the last second factor.
        """
        ...


@dataclass(frozen=True, slots=True)
class PasskeyContext:
    """What ceremonies work with."""

    store: PasskeyStore
    party: RelyingParty
    clock: Clock
    chance: Chance


class PasskeyFactor:
    """Verifies assertions. It is called by `verify_credential` alone.

    Args:
        store: where challenges and passkeys are.
        party: whom the passkeys were made for.
    """

    __slots__ = ("_party", "_store")

    def __init__(self, store: PasskeyStore, party: RelyingParty) -> None:
        self._store = store
        self._party = party

    async def compare(self, attempt: PasskeyAttempt, *, origin: Origin, now: int) -> Compared:
        """Spend the challenge, verify the signature, count the use.

        Raises:
            InvalidCredentials: for every way to fail; `detail` tells them apart.
        """
        try:
            answer = read_answer_text(attempt.assertion.reveal())
            await self._spend(answer, attempt, now=now)
            passkey = await self._find(answer, attempt)
            alone = attempt.user_id is None
            asserted = check_assertion(
                answer,
                self._party,
                public_key=passkey.public_key,
                verification=Verification.REQUIRED if alone else Verification.PREFERRED,
            )
        except PasskeyRefused as refused:
            raise InvalidCredentials(refused.detail) from None
        await self._count(passkey, asserted, origin, now=now)
        return Compared(passkey.user_id, _method(asserted))

    async def _spend(self, answer: PasskeyAnswer, attempt: PasskeyAttempt, *, now: int) -> None:
        spend = SpendChallenge(
            challenge_hash=digest(answer.challenge),
            purpose=_purpose(attempt.user_id),
            user_id=attempt.user_id,
            bound_to=attempt.bound_to,
            now=now,
        )
        if await self._store.spend_challenge(spend) is ChallengeOutcome.REFUSED:
            raise PasskeyRefused("no live challenge of this browser and login has this text")

    async def _find(self, answer: PasskeyAnswer, attempt: PasskeyAttempt) -> Passkey:
        """Return the passkey of the answer, if it belongs to whom it has to (section 7.2, 6)."""
        passkey = await self._store.find_passkey(answer.credential_id)
        if passkey is None:
            raise PasskeyRefused("no account has this passkey")
        handle = passkey.user_id.encode("ascii")
        if attempt.user_id is None and answer.user_handle is None:
            raise PasskeyRefused("an answer without a user handle cannot sign in alone")
        if answer.user_handle not in {None, handle}:
            raise PasskeyRefused("the user handle is another account's")
        if attempt.user_id not in {None, passkey.user_id}:
            raise PasskeyRefused("the passkey is another account's")
        return passkey

    async def _count(
        self, passkey: Passkey, asserted: Asserted, origin: Origin, *, now: int
    ) -> None:
        user_id, about = passkey.user_id, passkey.name
        kind = MailKind.PASSKEY_CLONED
        use = UsePasskey(
            credential_id=passkey.credential_id,
            user_id=passkey.user_id,
            sign_count=asserted.sign_count,
            is_backed_up=asserted.is_backed_up,
            now=now,
            event=Event(
                EventKind.PASSKEY_CLONED,
                now,
                EventOutcome.REFUSED,
                user_id=user_id,
                origin=origin,
                detail={"name": about},
            ),
            notice=notice_of(kind, user_id, now=now, origin=origin, about=about),
        )
        outcome = await self._store.use_passkey(use)
        if outcome is not PasskeyUse.USED:
            raise InvalidCredentials(f"a passkey of {passkey.user_id}: {outcome.value}")


async def begin_registration(user: User, bound_to: bytes, ctx: PasskeyContext) -> dict[str, Any]:
    """Return the options of `navigator.credentials.create()` for one more passkey of a user."""
    existing = await ctx.store.list_passkeys(user.id)
    challenge = await _challenge(ChallengePurpose.REGISTRATION, user.id, bound_to, ctx)
    return registration_options(
        ctx.party,
        user_id=user.id,
        user_name=user.name,
        challenge=challenge,
        existing=_named(existing),
    )


async def finish_registration(
    answer_text: Secret, name: str, changer: Changer, bound_to: bytes, ctx: PasskeyContext
) -> FactorOutcome:
    """Store the passkey that an answer proves.

    Raises:
        PasskeyRefused: the answer proves nothing, or comes from elsewhere or too late.
    """
    now = ctx.clock.now()
    answer = read_answer_text(answer_text.reveal())
    spend = SpendChallenge(
        challenge_hash=digest(answer.challenge),
        purpose=ChallengePurpose.REGISTRATION,
        user_id=changer.user_id,
        bound_to=bound_to,
        now=now,
    )
    if await ctx.store.spend_challenge(spend) is ChallengeOutcome.REFUSED:
        raise PasskeyRefused("no live challenge of this browser and user has this text")
    registered = check_registration(answer, ctx.party)
    passkey = Passkey(
        credential_id=registered.credential_id,
        user_id=changer.user_id,
        name=name,
        public_key=registered.public_key,
        sign_count=registered.sign_count,
        aaguid=registered.aaguid,
        transports=registered.transports,
        is_backed_up=registered.is_backed_up,
        created_at=now,
    )
    change = change_of(EventKind.PASSKEY_ADDED, changer, about=name, now=now)
    return await ctx.store.add_passkey(passkey, change)


async def begin_assertion(
    user_id: str | None, bound_to: bytes, ctx: PasskeyContext
) -> dict[str, Any]:
    """Return the options of `navigator.credentials.get()`.

    Args:
        user_id: who has shown a password already; None for whoever comes, whose passkeys are not
            named: the options are the same for every name.
        bound_to: hash of the browser's cookie, or of what the login is known by.
        ctx: challenges and passkeys.
    """
    challenge = await _challenge(_purpose(user_id), user_id, bound_to, ctx)
    if user_id is None:
        return authentication_options(
            ctx.party, challenge=challenge, verification=Verification.REQUIRED
        )
    return authentication_options(
        ctx.party,
        challenge=challenge,
        verification=Verification.PREFERRED,
        allowed=_named(await ctx.store.list_passkeys(user_id)),
    )


async def _challenge(
    purpose: ChallengePurpose, user_id: str | None, bound_to: bytes, ctx: PasskeyContext
) -> Secret:
    challenge = new_secret(ctx.chance)
    now = ctx.clock.now()
    await ctx.store.add_challenge(
        NewChallenge(
            challenge_hash=digest(challenge),
            purpose=purpose,
            user_id=user_id,
            bound_to=bound_to,
            created_at=now,
            expires_at=now + CHALLENGE_SECONDS,
        )
    )
    return challenge


def _purpose(user_id: str | None) -> ChallengePurpose:
    return ChallengePurpose.SIGN_IN if user_id is None else ChallengePurpose.SECOND_FACTOR


def _named(passkeys: Sequence[Passkey]) -> list[tuple[bytes, tuple[str, ...]]]:
    return [(passkey.credential_id, passkey.transports) for passkey in passkeys]


def _method(asserted: Asserted) -> Method:
    """Return what was shown: the key is one device's or several's, its person known or not."""
    if asserted.is_synced:
        return Method.SOFTWARE_KEY_AND_USER if asserted.is_verified else Method.SOFTWARE_KEY
    return Method.HARDWARE_KEY_AND_USER if asserted.is_verified else Method.HARDWARE_KEY
