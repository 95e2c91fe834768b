"""Many callers at once: of one single-use thing, exactly one wins.

Each race runs once for one event loop and once for two threads with loops of their own; both share
the handle. `tests/stores` runs the same in two processes.

Source: security.md rule 60 and C7; ARCHITECTURE section 6 (refresh race).
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from watchword.accounts.events import EventKind
from watchword.accounts.factors.passkeys import ChallengeOutcome, PasskeyUse
from watchword.accounts.factors.recovery_codes import UseOutcome
from watchword.accounts.factors.together import FactorOutcome
from watchword.accounts.factors.totp import StepOutcome
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.verification import ConfirmAddress
from watchword.accounts.origin import NOWHERE
from watchword.accounts.sessions import RaiseSession
from watchword.accounts.signup import SignupOutcome
from watchword.accounts.throttle import Bucket
from watchword.accounts.users import AddOutcome, NewUser, User
from watchword.base.chance import SYSTEM, new_id, new_secret
from watchword.base.secrets import digest
from watchword.oauth.device_codes import ClaimDeviceCode
from watchword.oauth.families import (
    Facts,
    NewRefreshToken,
    Refusal,
    Refused,
    Rotated,
    Rotation,
    Sight,
)
from watchword.oauth.registration.records import Registered
from watchword.testing.store_conformance import factors
from watchword.testing.store_conformance.device_codes import allowed, new_device_code, polling
from watchword.testing.store_conformance.emails import (
    asking_for_account,
    asking_for_password,
    claiming,
    confirm,
    redeeming_signup,
    spending,
)
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.flows import advancing, new_code, new_flow
from watchword.testing.store_conformance.flows import redeeming as redeeming_code
from watchword.testing.store_conformance.keys import KEY
from watchword.testing.store_conformance.links import redeeming
from watchword.testing.store_conformance.mail import LEASE, mail
from watchword.testing.store_conformance.names import renaming
from watchword.testing.store_conformance.registrations import INITIAL, TOKEN, registration
from watchword.testing.store_conformance.throttles import LIMIT
from watchword.testing.store_conformance.world import HASH, NOW, ORIGIN, AnyStore, Login, World

__all__ = [
    "RACERS",
    "RACES",
    "REDEMPTIONS",
    "expect_one_redemption",
    "in_one_loop",
    "in_threads",
    "settle_refresh_race",
]

RACERS = 50
REDEMPTIONS = 200  # of one code (oauth.md S-10)

Answer = TypeVar("Answer")
Presentation = tuple[Rotated | Refused, NewRefreshToken]


async def in_threads(
    store: AnyStore,
    attempt: Callable[[], Awaitable[Answer]],
    *,
    racers: int = RACERS,
    threads: int = 2,
) -> list[Answer]:
    """Run the attempt as often as there are racers, in threads with event loops of their own.

    Returns:
        The answers, in no order.
    """
    start = threading.Barrier(threads)

    async def race() -> list[Answer]:
        start.wait()
        try:
            return await asyncio.gather(*(attempt() for _ in range(racers // threads)))
        finally:
            await store.release()

    laps = (asyncio.to_thread(asyncio.run, race()) for _ in range(threads))
    return [answer for lap in await asyncio.gather(*laps) for answer in lap]


async def in_one_loop(
    _store: AnyStore, attempt: Callable[[], Awaitable[Answer]], *, racers: int = RACERS
) -> list[Answer]:
    """Run the attempt as often as there are racers, in this event loop."""
    return list(await asyncio.gather(*(attempt() for _ in range(racers))))


async def one_redemption_of_a_link_wins(world: World) -> None:
    """The others get nothing, and the password is the winner's."""
    user_id = await world.user()
    for run in (in_one_loop, in_threads):
        link = world.link(user_id)
        await world.store.add_link(link)
        command = redeeming(link)
        answers = await run(world.store, lambda: world.store.redeem_link(command))  # noqa: B023  # run ends before the next round
        winners = [answer for answer in answers if isinstance(answer, User)]
        expect(len(winners), 1, "of all redemptions one wins")


async def equal_registrations_are_one_client(world: World) -> None:
    """Which no token manages; and an initial token lets in as many as it says."""
    for fingerprint, run in ((b"a" * 32, in_one_loop), (b"b" * 32, in_threads)):
        answers = await run(
            world.store,
            lambda: world.store.register_dynamic(registration(fingerprint=fingerprint)),  # noqa: B023  # as above
        )
        registered = [one for one in answers if isinstance(one, Registered)]
        ids = {one.client_id for one in registered}
        expect((len(registered), len(ids)), (RACERS, 1), "all get the one client")
        expect(sum(not one.is_shared for one in registered), 1, "that one of them brought")
        expect(await world.store.find_registration(ids.pop(), TOKEN), None, "nobody manages it")
        initial = replace(INITIAL, token_hash=fingerprint)
        await world.store.add_registration_token(initial)
        answers = await run(
            world.store,
            lambda: world.store.register_dynamic(
                replace(registration(), initial_token_hash=initial.token_hash)  # noqa: B023  # as above
            ),
        )
        let_in = sum(isinstance(one, Registered) for one in answers)
        expect(let_in, initial.uses, "as many are let in as the token says")


async def one_addition_of_a_name_wins(world: World) -> None:
    """A user name is as single as a link."""
    for name, run in (("alice", in_one_loop), ("bob", in_threads)):
        outcomes = await run(
            world.store,
            lambda: world.store.add_user(
                NewUser(new_id(SYSTEM, "user"), name, HASH, frozenset({"r"}), NOW)  # noqa: B023  # as above
            ),
        )
        expect(outcomes.count(AddOutcome.ADDED), 1, "of all additions one wins")


async def all_callers_get_one_first_key(world: World) -> None:
    """Nodes that start together sign with the same key."""
    answers = await in_threads(world.store, lambda: world.store.add_first_signing_key(KEY))
    expect(set(answers), {KEY}, "every caller gets the same record")


async def one_raise_of_a_session_wins(world: World) -> None:
    """The cookie of before is spent by the first; the others hold a cookie of nobody."""
    for name, run in (("alice", in_one_loop), ("bob", in_threads)):
        user_id, new = await world.user(name), world.session()
        await world.store.open_session(new, user_id=user_id, password_hash=HASH, now=NOW)
        answers = await run(
            world.store,
            lambda: world.store.raise_session(
                RaiseSession(
                    new.sid,  # noqa: B023  # as above
                    new.cookie_hash,  # noqa: B023  # as above
                    digest(new_secret(SYSTEM)),
                    new.proofs,  # noqa: B023  # as above
                    ORIGIN,
                    NOW,
                )
            ),
        )
        winners = [answer for answer in answers if answer is not None]
        expect(len(winners), 1, "of all raises one wins")


async def presentations_of_a_token_leave_one_live_pair(world: World) -> None:
    """Nobody is logged out, and the pair that was minted last works."""
    for name, run in (("alice", in_one_loop), ("bob", in_threads)):
        login = await world.log_in(await world.user(name))
        answers = await run(world.store, lambda: world.present(login.token, now=NOW + 1))  # noqa: B023  # as above
        await settle_refresh_race(world, login, answers)


async def one_claim_of_a_mail_wins(world: World) -> None:
    """Each mail goes to one of the senders, and none is left over."""
    for run in (in_one_loop, in_threads):
        queued = [mail() for _ in range(10)]
        for one in queued:
            await world.store.queue_mail(one)

        async def claim() -> list[str]:
            due = await world.store.claim_mails(most=1, lease_seconds=LEASE, now=NOW)
            return [one.claim.mail_id for one in due]

        claimed = sorted(name for names in await run(world.store, claim) for name in names)
        expect(claimed, sorted(one.id for one in queued), "every mail is claimed once")


async def attempts_at_once_stay_within_the_limit(world: World) -> None:
    """Each is counted before it is made, so racing buys a guesser nothing."""
    for mark, run in ((b"1", in_one_loop), (b"2", in_threads)):
        buckets = [Bucket(mark * 32, LIMIT), Bucket(mark * 31, LIMIT)]
        answers = await run(
            world.store,
            lambda: world.store.take_attempt(buckets, now=NOW),  # noqa: B023  # as above
        )
        let_through = answers.count(None)
        expect(let_through, LIMIT.failures_max, "no more are under way than may fail")


async def one_use_of_a_sign_up_and_of_an_address_wins(world: World) -> None:
    """Of one link, of one name and of one address there is one account."""
    for number, run in ((0, in_one_loop), (1, in_threads)):
        asked = asking_for_account(EmailAddress(f"racer{number}@example.com"))
        await world.store.ask_signup(asked)
        links = [redeeming_signup(world, asked, name=new_id(SYSTEM, "name")) for _ in range(RACERS)]
        made = await run(world.store, lambda: world.store.redeem_signup(links.pop()))  # noqa: B023  # as above
        won = [one for one in made if one.outcome is SignupOutcome.SIGNED_UP]
        expect(len(won), 1, "of one link one account comes about")
        several = [
            asking_for_account(EmailAddress(f"n{number}x{n}@example.com")) for n in range(RACERS)
        ]
        for one in several:
            await world.store.ask_signup(one)
        names = [redeeming_signup(world, one, name=f"popular{number}") for one in several]
        made = await run(world.store, lambda: world.store.redeem_signup(names.pop()))  # noqa: B023  # as above
        outcomes = sorted(one.outcome.value for one in made)
        expect(outcomes, ["name_taken"] * (RACERS - 1) + ["signed_up"], "one has the name")


async def one_spending_of_a_code_wins(world: World) -> None:
    """The others get nothing."""
    for name, run in (("alice", in_one_loop), ("bob", in_threads)):
        user_id = await world.user(name)
        address = EmailAddress(f"{name}@example.com")
        await confirm(world, user_id, address)
        asked = asking_for_password(user_id, address)
        await world.store.ask_reset(asked)
        spent = await run(world.store, lambda: world.store.spend_code(spending(asked)))  # noqa: B023  # as above
        expect([one for one in spent if one is not None], [user_id], "of all uses one wins")


async def one_account_gets_a_name(world: World) -> None:
    """Of all that want it at once."""
    for number, run in ((0, in_one_loop), (1, in_threads)):
        users = [await world.user(new_id(SYSTEM, "name")) for _ in range(RACERS)]
        wishes = [renaming(user_id, f"wanted{number}") for user_id in users]
        answers = await run(world.store, lambda: world.store.change_name(wishes.pop()))  # noqa: B023  # as above
        outcomes = sorted(answer.value for answer in answers)
        expect(outcomes, ["changed"] + ["taken"] * (RACERS - 1), "one is called so")


async def one_account_gets_an_address(world: World) -> None:
    """Of all that claim it and answer at once."""
    for number, run in ((0, in_one_loop), (1, in_threads)):
        address = EmailAddress(f"wanted{number}@example.com")
        claims = []
        for _ in range(RACERS):
            claim = claiming(await world.user(new_id(SYSTEM, "name")), address)
            await world.store.claim_address(claim)
            claims.append(ConfirmAddress(claim.link.token_hash, NOWHERE, NOW))
        answers = await run(world.store, lambda: world.store.confirm_address(claims.pop()))  # noqa: B023  # as above
        outcomes = sorted(one.outcome.value for one in answers)
        expect(outcomes, ["confirmed"] + ["taken"] * (RACERS - 1), "one account has it")


async def one_step_of_a_login_wins(world: World) -> None:
    """Of all requests with one secret, one goes on."""
    for run in (in_one_loop, in_threads):
        new = new_flow()
        await world.store.add_flow(new)
        answers = await run(
            world.store,
            lambda: world.store.advance_flow(advancing(new)),  # noqa: B023  # as above
        )
        expect(len(answers) - answers.count(None), 1, "of all steps one wins")


async def one_redemption_of_a_code_wins(world: World) -> None:
    """The others are told that it was used, and what the winner got is revoked."""
    for name, run in (("alice", in_one_loop), ("bob", in_threads)):
        code = new_code(await world.user(name))
        await world.store.add_code(code)
        answers = await run(
            world.store,
            lambda: world.store.redeem_code(redeeming_code(world, code)),  # noqa: B023  # as above
            racers=REDEMPTIONS,
        )
        await expect_one_redemption(world, answers)


async def one_poll_of_a_device_wins(world: World) -> None:
    """As with codes, however many polls come when its person has allowed it."""
    for name, run in (("alice", in_one_loop), ("bob", in_threads)):
        code, *_ = await allowed(world, name)
        answers = await run(
            world.store,
            lambda: world.store.redeem_device_code(polling(world, code)),  # noqa: B023  # as above
            racers=REDEMPTIONS,
        )
        await expect_one_redemption(world, answers)


async def one_person_decides_about_a_device(world: World) -> None:
    """Whoever types its code first; everybody else has typed an unknown one."""
    store = world.store
    for number, run in ((0, in_one_loop), (1, in_threads)):
        code = new_device_code()
        await store.add_device_code(code)
        turns = iter(range(10**6))
        claims = await run(
            store,
            lambda: store.claim_device_code(
                ClaimDeviceCode(
                    code.user_code_hash,  # noqa: B023  # as above
                    f"user_{number}",  # noqa: B023  # as above
                    f"sid_{next(turns)}",  # noqa: B023  # as above
                    NOW,
                )
            ),
        )
        expect(sum(claim is not None for claim in claims), 1, "of all sessions one has it")


async def expect_one_redemption(world: World, answers: Sequence[Facts | Refused]) -> None:
    """Expect that one of all got the facts, and that the others revoked what it bought."""
    winners = [answer for answer in answers if isinstance(answer, Facts)]
    expect(len(winners), 1, "of all redemptions one wins")
    losers = answers.count(Refused(Refusal.REUSED))
    expect(losers, len(answers) - 1, "the others are told")
    expect(await world.is_live(winners[0], now=NOW + 3), False, "and have revoked it")


async def first_sight_and_repeated_refresh_exclude_one_another(world: World) -> None:
    """Either the access token was seen and the repetition is a reuse, or its pair is killed."""
    for _ in range(RACERS // 5):
        login = await world.log_in(await world.user(new_id(SYSTEM, "name")))
        pair = await world.refresh(login.token, now=NOW + 1)
        (answer, _), sight = await asyncio.gather(
            world.present(login.token, now=NOW + 2),
            world.store.mark_access_seen(pair.generation_id, now=NOW + 2),
        )
        if sight is Sight.SEEN:
            expect(answer, Refused(Refusal.REUSED), "the pair was used")
        else:
            outcome = kind(answer, Rotated, "the pair was killed").outcome
            expect(outcome, Rotation.RETRIED, "the pair was unused")


async def one_use_of_a_second_factor_wins(world: World) -> None:
    """A time step, a recovery code, a challenge, a sign count: each counts for one of all."""
    store = world.store
    for name, run in (("alice", in_one_loop), ("bob", in_threads)):
        user_id = await world.user(name)
        totp = await factors.confirmed_totp(world, user_id)
        spend = factors.spending(totp, factors.STEP + 1)
        steps = await run(store, lambda: store.spend_totp_step(spend))  # noqa: B023  # as above
        expect(steps.count(StepOutcome.SPENT), 1, "of all uses of a step one wins")
        await factors.add_codes(world, user_id)
        use = factors.use_of(user_id)
        uses = await run(store, lambda: store.use_recovery_code(use))  # noqa: B023  # as above
        expect(uses.count(UseOutcome.USED), 1, "of all uses of a code one wins")
        asked = factors.challenge()
        await store.add_challenge(asked)
        answer = factors.answering(asked)
        answers = await run(store, lambda: store.spend_challenge(answer))  # noqa: B023  # as above
        expect(answers.count(ChallengeOutcome.SPENT), 1, "of all answers one wins")
        passkey = await factors.add_passkey(world, user_id, credential_id=name.encode(), count=1)
        using = factors.using(passkey, 2)
        counts = await run(store, lambda: store.use_passkey(using))  # noqa: B023  # as above
        expect(counts.count(PasskeyUse.USED), 1, "of all equal counts one wins")


async def of_two_last_factors_one_stays(world: World) -> None:
    """Removals that run beside one another do not both count the other's."""
    user_id = await world.user()
    for _ in range(RACERS // 5):
        totp = await factors.confirmed_totp(world, user_id)
        passkey = await factors.add_passkey(world, user_id)
        await factors.choose_password(world, user_id, factors.Length.SHORT)
        ungenerate = factors.change(EventKind.TOTP_REMOVED, user_id)
        unkey = factors.change(EventKind.PASSKEY_REMOVED, user_id)
        outcomes = await asyncio.gather(
            world.store.remove_totp(totp.id, ungenerate),
            world.store.remove_passkey(passkey.credential_id, unkey),
        )
        wanted = {FactorOutcome.CHANGED, FactorOutcome.LAST_ONE}
        expect(set(outcomes), wanted, "one is removed, one is needed")
        await factors.choose_password(world, user_id, factors.Length.LONG)
        await world.store.remove_totp(totp.id, ungenerate)
        await world.store.remove_passkey(passkey.credential_id, unkey)


async def suspension_beats_logins_that_run_beside_it(world: World) -> None:
    """Whatever the order, no login lives when both are done."""
    user_id = await world.user()
    openings = (world.store.open_family(world.opening(user_id)) for _ in range(RACERS))
    answers = await asyncio.gather(*openings, world.store.suspend_user(user_id, now=NOW))
    for answer in answers:
        if isinstance(answer, Facts):
            expect(await world.is_live(answer), False, "the login is ended")


async def suspension_beats_refreshes_that_run_beside_it(world: World) -> None:
    """Each refresh either precedes it and is undone by it, or is refused."""
    logins = [await world.log_in(await world.user("alice"))]
    user_id = logins[0].facts.user.id
    logins += [await world.log_in(user_id) for _ in range(9)]
    await asyncio.gather(
        *(world.present(login.token, now=NOW + 1) for login in logins),
        world.store.suspend_user(user_id, now=NOW + 1),
        *(world.store.end_session(login.facts.sid, now=NOW + 1) for login in logins),
    )
    for login in logins:
        expect(await world.is_live(login.facts, now=NOW + 1), False, "the login is ended")


async def settle_refresh_race(world: World, login: Login, answers: Sequence[Presentation]) -> None:
    """Check what a race for one refresh token has left, and use the pair that lives.

    Raises:
        ConformanceFailure: a presenter was refused, or not exactly one pair lives.
    """
    refused = [answer for answer, _ in answers if isinstance(answer, Refused)]
    expect(refused, [], "nobody is logged out")
    outcomes = [kind(answer, Rotated, "accepted").outcome for answer, _ in answers]
    expect(outcomes.count(Rotation.ROTATED), 1, "one of them spent the live token")
    expect(await world.is_live(login.facts, now=NOW + 1), True, "the family lives")
    last = await world.refresh(login.token, now=NOW + 2)  # kills the pair that was live
    await world.refresh(last, now=NOW + 3)
    # Had a second pair been live, it would rotate; each of them is dead, and says so.
    for _, token in answers:
        answer, _ = await world.present(token, now=NOW + 4)
        kind(answer, Refused, "of all pairs one was live")


RACES = (
    one_raise_of_a_session_wins,
    one_redemption_of_a_link_wins,
    one_addition_of_a_name_wins,
    equal_registrations_are_one_client,
    all_callers_get_one_first_key,
    one_claim_of_a_mail_wins,
    one_use_of_a_sign_up_and_of_an_address_wins,
    one_spending_of_a_code_wins,
    one_account_gets_a_name,
    one_account_gets_an_address,
    attempts_at_once_stay_within_the_limit,
    one_step_of_a_login_wins,
    one_redemption_of_a_code_wins,
    one_poll_of_a_device_wins,
    one_person_decides_about_a_device,
    presentations_of_a_token_leave_one_live_pair,
    first_sight_and_repeated_refresh_exclude_one_another,
    one_use_of_a_second_factor_wins,
    of_two_last_factors_one_stays,
    suspension_beats_logins_that_run_beside_it,
    suspension_beats_refreshes_that_run_beside_it,
)
