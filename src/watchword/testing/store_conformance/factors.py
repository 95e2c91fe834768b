"""Second factors: code generators, recovery codes, passkeys, and the last one of an account.

Source: users.md U48; security.md rules 37 and 43, section 3.6, C6 and C7.
"""

from dataclasses import replace
from enum import Enum

from watchword.accounts.events import Event, EventKind, EventOutcome
from watchword.accounts.factors.passkeys import (
    PASSKEYS_MAX,
    ChallengeOutcome,
    ChallengePurpose,
    NewChallenge,
    Passkey,
    PasskeyUse,
    SpendChallenge,
    UsePasskey,
)
from watchword.accounts.factors.recovery_codes import RecoverySheet, UseOutcome, UseRecoveryCode
from watchword.accounts.factors.together import Change, Changer, FactorOutcome, Standing, change_of
from watchword.accounts.factors.totp import (
    STEP_SECONDS,
    TOTP,
    TOTPS_MAX,
    WINDOW_STEPS,
    SpendStep,
    StepOutcome,
)
from watchword.accounts.mail.messages import MailKind, notice_of
from watchword.accounts.origin import NOWHERE
from watchword.accounts.password_change import ChangePassword, OtherSessions, PasswordChange
from watchword.base.chance import SYSTEM, new_id, new_secret
from watchword.base.secrets import digest
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import NOW, OTHER_HASH, World

__all__ = ["CHECKS", "add_passkey", "challenge", "change", "confirmed_totp", "spending", "using"]

STEP = NOW // STEP_SECONDS
BINDING = b"b" * 32
HASHES = tuple(bytes([n]) * 32 for n in range(10))


def change(kind: EventKind, user_id: str, *, about: str = "Phone") -> Change:
    """Return what a verb writes beside a change of factors."""
    return change_of(kind, Changer(user_id), about=about, now=NOW)


def spending(totp: TOTP, step: int) -> SpendStep:
    """Return the command that uses a step of a generator."""
    return SpendStep(totp.user_id, totp.id, step, NOW)


def challenge(
    *,
    purpose: ChallengePurpose = ChallengePurpose.SIGN_IN,
    user_id: str | None = None,
    name: bytes = b"c" * 32,
) -> NewChallenge:
    """Return a challenge that was made now."""
    return NewChallenge(name, purpose, user_id, BINDING, NOW, NOW + 60)


def answering(asked: NewChallenge, *, now: int = NOW + 1) -> SpendChallenge:
    """Return the command that answers a challenge."""
    return SpendChallenge(asked.challenge_hash, asked.purpose, asked.user_id, asked.bound_to, now)


def using(passkey: Passkey, count: int) -> UsePasskey:
    """Return the command that uses a passkey with this sign count."""
    user_id = passkey.user_id
    return UsePasskey(
        credential_id=passkey.credential_id,
        user_id=user_id,
        sign_count=count,
        is_backed_up=True,
        now=NOW,
        event=Event(EventKind.PASSKEY_CLONED, NOW, EventOutcome.REFUSED, user_id=user_id),
        notice=notice_of(MailKind.PASSKEY_CLONED, user_id, now=NOW),
    )


async def pending_totp(world: World, user_id: str) -> TOTP:
    """Add an enrolment that waits for its first code."""
    totp = TOTP(new_id(SYSTEM, "totp"), user_id, "Phone", b"sealed", NOW)
    added = await world.store.add_totp(totp)
    expect(added, FactorOutcome.CHANGED, "an enrolment begins")
    return totp


async def confirmed_totp(world: World, user_id: str, *, step: int = STEP) -> TOTP:
    """Add a generator that counts."""
    totp = await pending_totp(world, user_id)
    confirmed = await world.store.confirm_totp(
        spending(totp, step), change(EventKind.TOTP_ADDED, user_id)
    )
    expect(confirmed, FactorOutcome.CHANGED, "a first code confirms")
    return totp


async def add_passkey(
    world: World, user_id: str, *, credential_id: bytes = b"\x01", count: int = 0
) -> Passkey:
    """Add a passkey."""
    passkey = Passkey(
        credential_id=credential_id,
        user_id=user_id,
        name="Laptop",
        public_key=b"cose",
        sign_count=count,
        aaguid="00000000-0000-0000-0000-000000000000",
        transports=("hybrid", "internal"),
        is_backed_up=False,
        created_at=NOW,
    )
    added = await world.store.add_passkey(passkey, change(EventKind.PASSKEY_ADDED, user_id))
    expect(added, FactorOutcome.CHANGED, "a passkey is added")
    return passkey


class Length(Enum):
    """How long a password is, as far as a store has to know."""

    SHORT = True  # it needs a second factor
    LONG = False


async def choose_password(world: World, user_id: str, length: Length) -> PasswordChange:
    """Change the password in a session of the user's own."""
    session = world.session()
    now = NOW
    await world.store.open_session(session, user_id=user_id, password_hash=None, now=now)
    command = ChangePassword(
        user_id=user_id,
        password_hash=OTHER_HASH,
        others=OtherSessions.KEEP,
        sid=session.sid,
        cookie_hash=digest(new_secret(SYSTEM)),
        origin=NOWHERE,
        now=now,
        needs_second_factor=length.value,
    )
    return await world.store.change_password(command)


async def add_codes(world: World, user_id: str) -> FactorOutcome:
    """Make a sheet of recovery codes."""
    made = change(EventKind.RECOVERY_CODES_MADE, user_id, about="")
    return await world.store.replace_recovery_codes(HASHES, made)


def use_of(user_id: str, code_hash: bytes = HASHES[0]) -> UseRecoveryCode:
    """Return the command that uses a recovery code."""
    event = Event(EventKind.RECOVERY_CODE_USED, NOW, user_id=user_id)
    notice = notice_of(MailKind.RECOVERY_CODE_USED, user_id, now=NOW)
    return UseRecoveryCode(user_id, code_hash, NOW, event, notice)


async def enrolment_counts_once_it_is_confirmed(world: World) -> None:
    """Until then it is listed and opens nothing."""
    user_id = await world.user()
    totp = await pending_totp(world, user_id)
    expect(await world.store.list_totps(user_id), (totp,), "the enrolment is listed")
    spent = await world.store.spend_totp_step(spending(totp, STEP))
    expect(spent, StepOutcome.REFUSED, "it opens nothing yet")
    told = change(EventKind.TOTP_ADDED, user_id)
    confirmed = await world.store.confirm_totp(spending(totp, STEP), told)
    expect(confirmed, FactorOutcome.CHANGED, "a first code confirms")
    counting = replace(totp, confirmed_at=NOW, last_step=STEP, used_at=NOW)
    expect(await world.store.list_totps(user_id), (counting,), "its step is used")
    again = await world.store.confirm_totp(spending(totp, STEP + 1), told)
    expect(again, FactorOutcome.UNKNOWN, "it is confirmed once")


async def later_enrolment_replaces_the_one_that_waits(world: World) -> None:
    """And nothing else; and it can be given up."""
    user_id = await world.user()
    kept = await confirmed_totp(world, user_id)
    await pending_totp(world, user_id)
    second = await pending_totp(world, user_id)
    listed = {totp.id for totp in await world.store.list_totps(user_id)}
    expect(listed, {kept.id, second.id}, "one waits, one counts")
    gone = await world.store.cancel_enrolment(user_id)
    expect(gone, FactorOutcome.CHANGED, "the enrolment is given up")
    again = await world.store.cancel_enrolment(user_id)
    expect(again, FactorOutcome.UNKNOWN, "there is none any more")
    listed = {totp.id for totp in await world.store.list_totps(user_id)}
    expect(listed, {kept.id}, "what counts stays")


async def generators_are_few(world: World) -> None:
    """Each is another code that a guess may meet."""
    user_id = await world.user()
    for _ in range(TOTPS_MAX):
        await confirmed_totp(world, user_id)
    more = TOTP(new_id(SYSTEM, "totp"), user_id, "Phone", b"sealed", NOW)
    expect(await world.store.add_totp(more), FactorOutcome.TOO_MANY, "there is a limit")


async def step_is_used_once_and_earlier_ones_never(world: World) -> None:
    """RFC 6238 section 5.2."""
    totp = await confirmed_totp(world, await world.user())
    for step, outcome in (
        (STEP, StepOutcome.REFUSED),
        (STEP + 2, StepOutcome.SPENT),
        (STEP + 2, StepOutcome.REFUSED),
        (STEP + 1, StepOutcome.REFUSED),
        (STEP + 3, StepOutcome.SPENT),
    ):
        spent = await world.store.spend_totp_step(spending(totp, step))
        expect(spent, outcome, f"step {step - STEP}")
    foreign = replace(spending(totp, STEP + 9), user_id=await world.user("bob"))
    spent = await world.store.spend_totp_step(foreign)
    expect(spent, StepOutcome.REFUSED, "a generator is its owner's")


async def step_of_an_earlier_epoch_is_refused(world: World) -> None:
    """A restored store does not know whether it was used (security.md section 3.6)."""
    totp = await confirmed_totp(world, await world.user(), step=STEP - 9)
    await world.store.bump_epoch(now=STEP * STEP_SECONDS)
    last = STEP + WINDOW_STEPS - 1  # its code could be used before the epoch began
    spent = await world.store.spend_totp_step(spending(totp, last))
    expect(spent, StepOutcome.REFUSED, "it may have been used")
    spent = await world.store.spend_totp_step(spending(totp, last + 1))
    expect(spent, StepOutcome.SPENT, "nobody can have used the next")


async def factors_are_renamed_by_their_owner(world: World) -> None:
    """Names are for people; another account's factor is unknown."""
    user_id, stranger = await world.user(), await world.user("bob")
    totp = await confirmed_totp(world, user_id)
    passkey = await add_passkey(world, user_id)
    for owner, outcome in ((stranger, FactorOutcome.UNKNOWN), (user_id, FactorOutcome.CHANGED)):
        renamed = await world.store.rename_totp(
            totp.id, name="Tablet", change=change(EventKind.TOTP_RENAMED, owner)
        )
        expect(renamed, outcome, "a generator is renamed by its owner")
        renamed = await world.store.rename_passkey(
            passkey.credential_id,
            name="Key ring",
            change=change(EventKind.PASSKEY_RENAMED, owner),
        )
        expect(renamed, outcome, "a passkey is renamed by its owner")
    (found_totp,) = await world.store.list_totps(user_id)
    (found_passkey,) = await world.store.list_passkeys(user_id)
    expect((found_totp.name, found_passkey.name), ("Tablet", "Key ring"), "the names are kept")


async def recovery_code_works_once(world: World) -> None:
    """And another sheet kills the earlier one."""
    user_id = await world.user()
    await add_passkey(world, user_id)
    none = RecoverySheet(None, 0, 0)
    expect(await world.store.read_recovery_sheet(user_id), none, "there are no codes")
    expect(await add_codes(world, user_id), FactorOutcome.CHANGED, "a sheet is made")
    for outcome in (UseOutcome.USED, UseOutcome.REFUSED):
        used = await world.store.use_recovery_code(use_of(user_id))
        expect(used, outcome, "a code works once")
    foreign = await world.store.use_recovery_code(use_of(await world.user("bob"), HASHES[1]))
    expect(foreign, UseOutcome.REFUSED, "a code is its owner's")
    expect(await world.store.read_recovery_sheet(user_id), RecoverySheet(NOW, 9, 1), "nine left")
    other = change(EventKind.RECOVERY_CODES_MADE, user_id, about="")
    await world.store.replace_recovery_codes((b"x" * 32,), other)
    for code_hash in HASHES:
        used = await world.store.use_recovery_code(use_of(user_id, code_hash))
        expect(used, UseOutcome.REFUSED, "the earlier sheet is dead")
    used = await world.store.use_recovery_code(use_of(user_id, b"x" * 32))
    expect(used, UseOutcome.USED, "the later one works")


async def recovery_codes_stand_beside_a_second_factor(world: World) -> None:
    """They are made beside one, and go with the last one."""
    user_id = await world.user()
    expect(await add_codes(world, user_id), FactorOutcome.UNKNOWN, "there is nothing to recover")
    totp = await confirmed_totp(world, user_id)
    passkey = await add_passkey(world, user_id)
    await add_codes(world, user_id)
    expect(await world.store.read_standing(user_id), Standing(True, 1, 1, 10), "all are counted")
    removal = change(EventKind.TOTP_REMOVED, user_id)
    removed = await world.store.remove_totp(totp.id, removal)
    expect(removed, FactorOutcome.CHANGED, "the first is removed")
    expect(await world.store.read_standing(user_id), Standing(True, 0, 1, 10), "codes stay")
    removal = change(EventKind.PASSKEY_REMOVED, user_id)
    await world.store.remove_passkey(passkey.credential_id, removal)
    expect(await world.store.read_standing(user_id), Standing(True, 0, 0, 0), "codes go along")
    expect(await world.store.read_standing("user_none"), None, "nobody has nothing")


async def last_factor_of_an_account_that_needs_one_stays(world: World) -> None:
    """users.md U48: a password that was chosen beside a factor is too short to be alone."""
    user_id = await world.user()
    totp = await confirmed_totp(world, user_id)
    passkey = await add_passkey(world, user_id)
    await choose_password(world, user_id, Length.SHORT)
    unkey = change(EventKind.PASSKEY_REMOVED, user_id)
    ungenerate = change(EventKind.TOTP_REMOVED, user_id)
    removed = await world.store.remove_passkey(passkey.credential_id, unkey)
    expect(removed, FactorOutcome.CHANGED, "another is left")
    removed = await world.store.remove_totp(totp.id, ungenerate)
    expect(removed, FactorOutcome.LAST_ONE, "it is needed")
    await choose_password(world, user_id, Length.LONG)
    removed = await world.store.remove_totp(totp.id, ungenerate)
    expect(removed, FactorOutcome.CHANGED, "a longer password needs none")
    removed = await world.store.remove_totp(totp.id, ungenerate)
    expect(removed, FactorOutcome.UNKNOWN, "it is gone")
    chosen = await choose_password(world, user_id, Length.SHORT)
    expect(chosen, PasswordChange.FACTOR_GONE, "alone a short one does not do")


async def only_way_into_an_account_stays(world: World) -> None:
    """The last passkey of an account without a password."""
    user_id = await world.user("carol", has_password=False)
    first = await add_passkey(world, user_id)
    second = await add_passkey(world, user_id, credential_id=b"\x02")
    await confirmed_totp(world, user_id)
    removal = change(EventKind.PASSKEY_REMOVED, user_id)
    removed = await world.store.remove_passkey(first.credential_id, removal)
    expect(removed, FactorOutcome.CHANGED, "another passkey opens the account")
    removed = await world.store.remove_passkey(second.credential_id, removal)
    expect(removed, FactorOutcome.LAST_ONE, "nothing else opens it")


async def passkey_is_one_accounts(world: World) -> None:
    """Web Authentication Level 3 section 7.1, step 26."""
    user_id, stranger = await world.user(), await world.user("bob")
    passkey = await add_passkey(world, user_id)
    stolen = replace(passkey, user_id=stranger, public_key=b"other")
    added = await world.store.add_passkey(stolen, change(EventKind.PASSKEY_ADDED, stranger))
    expect(added, FactorOutcome.TAKEN, "its id is known")
    expect(await world.store.find_passkey(passkey.credential_id), passkey, "it is as it was")
    expect(await world.store.find_passkey(b"?"), None, "another id is none")
    expect(await world.store.list_passkeys(stranger), (), "the other has none")
    removal = change(EventKind.PASSKEY_REMOVED, stranger)
    removed = await world.store.remove_passkey(passkey.credential_id, removal)
    expect(removed, FactorOutcome.UNKNOWN, "and removes none")


async def passkeys_are_bounded(world: World) -> None:
    """All of an account have to fit into what a browser is asked."""
    user_id = await world.user()
    for n in range(PASSKEYS_MAX):
        await add_passkey(world, user_id, credential_id=n.to_bytes(2, "big"))
    more = Passkey(b"more", user_id, "n", b"k", 0, "a", (), False, NOW)
    added = await world.store.add_passkey(more, change(EventKind.PASSKEY_ADDED, user_id))
    expect(added, FactorOutcome.TOO_MANY, "there is a limit")


async def sign_count_grows_or_stays_nought(world: World) -> None:
    """Web Authentication Level 3 section 7.2, step 22."""
    user_id = await world.user()
    silent = await add_passkey(world, user_id)
    for _ in range(2):
        used = await world.store.use_passkey(using(silent, 0))
        expect(used, PasskeyUse.USED, "a passkey that does not count")
    counting = await add_passkey(world, user_id, credential_id=b"\x02", count=7)
    for count, outcome in (
        (8, PasskeyUse.USED),
        (8, PasskeyUse.COUNT_WENT_BACK),
        (0, PasskeyUse.COUNT_WENT_BACK),
        (12, PasskeyUse.USED),
    ):
        used = await world.store.use_passkey(using(counting, count))
        expect(used, outcome, f"a count of {count}")
    found = await world.store.find_passkey(counting.credential_id)
    wanted = replace(counting, sign_count=12, is_backed_up=True, used_at=NOW)
    expect(found, wanted, "the last use is kept")
    kinds = [event.event.kind for event in await world.store.list_events(user_id)]
    expect(kinds.count(EventKind.PASSKEY_CLONED), 2, "each step back is recorded")
    unknown = replace(using(counting, 99), user_id="user_other")
    expect(await world.store.use_passkey(unknown), PasskeyUse.GONE, "it is its owner's")


async def challenge_is_answered_once_with_all_its_bindings(world: World) -> None:
    """The cross product of bindings: only the diagonal (C6)."""
    user_id = await world.user()
    purpose = ChallengePurpose.SECOND_FACTOR
    asked = challenge(purpose=purpose, user_id=user_id)
    await world.store.add_challenge(asked)
    right = answering(asked)
    for wrong in (
        replace(right, challenge_hash=b"?" * 32),
        replace(right, purpose=ChallengePurpose.REGISTRATION),
        replace(right, user_id="user_other"),
        replace(right, user_id=None),
        replace(right, bound_to=b"?" * 32),
        replace(right, now=asked.expires_at),
    ):
        spent = await world.store.spend_challenge(wrong)
        expect(spent, ChallengeOutcome.REFUSED, f"{wrong} is another")
    for outcome in (ChallengeOutcome.SPENT, ChallengeOutcome.REFUSED):
        spent = await world.store.spend_challenge(right)
        expect(spent, outcome, "it is answered once")


async def challenge_for_anybody_is_nobodys(world: World) -> None:
    """A sign-in does not know who comes."""
    asked = challenge()
    await world.store.add_challenge(asked)
    named = replace(answering(asked), user_id=await world.user())
    expect(await world.store.spend_challenge(named), ChallengeOutcome.REFUSED, "it names nobody")
    spent = await world.store.spend_challenge(answering(asked))
    expect(spent, ChallengeOutcome.SPENT, "whoever comes")


async def challenge_of_an_earlier_epoch_is_dead(world: World) -> None:
    """An answer that was given after the backup must not count again after its restore."""
    asked = challenge()
    await world.store.add_challenge(asked)
    await world.store.bump_epoch(now=NOW)
    spent = await world.store.spend_challenge(answering(asked))
    expect(spent, ChallengeOutcome.REFUSED, "it is of an old epoch")


async def reset_leaves_the_password_and_ends_all_logins(world: World) -> None:
    """What an operator does for somebody who lost everything."""
    login = await world.log_in()
    user_id = login.facts.user.id
    reset = change(EventKind.FACTORS_RESET, user_id, about="")
    expect(await world.store.reset_factors(reset), FactorOutcome.UNKNOWN, "there is nothing")
    expect(await world.is_live(login.facts), True, "and nothing happens")
    await add_passkey(world, user_id)
    await confirmed_totp(world, user_id)
    await add_codes(world, user_id)
    expect(await world.store.reset_factors(reset), FactorOutcome.CHANGED, "all are removed")
    expect(await world.store.read_standing(user_id), Standing(True, 0, 0, 0), "but the password")
    expect(await world.is_live(login.facts), False, "logins are ended")


async def every_change_of_factors_is_an_event(world: World) -> None:
    """Written in the transaction that makes it, the newest first."""
    user_id = await world.user()
    await confirmed_totp(world, user_id)
    await add_passkey(world, user_id)
    await add_codes(world, user_id)
    await world.store.use_recovery_code(use_of(user_id))
    kinds = {event.event.kind for event in await world.store.list_events(user_id)}
    wanted = {
        EventKind.TOTP_ADDED,
        EventKind.PASSKEY_ADDED,
        EventKind.RECOVERY_CODES_MADE,
        EventKind.RECOVERY_CODE_USED,
    }
    expect(kinds, wanted, "each is recorded")


CHECKS = (
    enrolment_counts_once_it_is_confirmed,
    later_enrolment_replaces_the_one_that_waits,
    generators_are_few,
    step_is_used_once_and_earlier_ones_never,
    step_of_an_earlier_epoch_is_refused,
    factors_are_renamed_by_their_owner,
    recovery_code_works_once,
    recovery_codes_stand_beside_a_second_factor,
    last_factor_of_an_account_that_needs_one_stays,
    only_way_into_an_account_stays,
    passkey_is_one_accounts,
    passkeys_are_bounded,
    sign_count_grows_or_stays_nought,
    challenge_is_answered_once_with_all_its_bindings,
    challenge_for_anybody_is_nobodys,
    challenge_of_an_earlier_epoch_is_dead,
    reset_leaves_the_password_and_ends_all_logins,
    every_change_of_factors_is_an_event,
)
