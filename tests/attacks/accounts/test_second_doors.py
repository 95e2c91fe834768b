"""A guesser who looks for a door at which attempts are not counted, or are counted apart.

Source: Authelia CVE-2025-24806 (name and address counted apart) and CVE-2026-47203; Keycloak
CVE-2026-16103; ZITADEL CVE-2024-32868 and CVE-2025-64102; security.md rules 35 and 36, class C9.
"""

import asyncio
import threading
from itertools import cycle

import pytest

from watchword.accounts.attempts import Caller, PasswordAttempt
from watchword.accounts.credentials import forgive
from watchword.accounts.errors import TooManyAttempts
from watchword.accounts.origin import Origin
from watchword.accounts.throttle import ACCOUNT, FLOW, KNOWN_DEVICE, NETWORK
from watchword.base.secrets import Secret

PASSWORD = "a quiet garden at dusk"
NAMES = ["ada", "ADA", "Ada", "\uff21\uff24\uff21", "ada@example.com", "ADA@Example.COM"]
RIGHT = PasswordAttempt("ada", Secret(PASSWORD))
WRONG = PasswordAttempt("ada", Secret("wrong"))


@pytest.fixture
def with_address(attacked, rows_of):
    attacked.run(rows_of(attacked.store, "user_ada", "ada@example.com"))
    return attacked


def everything(attacked):
    return [*attacked.passwords(NAMES), *attacked.typed_codes()]


@pytest.mark.requirement("security:35:all-doors", "security:36:every-typed-code")
def test_all_doors_and_all_spellings_share_one_count(with_address, strangers):
    """However the account is called, whatever is typed and from wherever it comes."""
    attacked = with_address
    doors = cycle(everything(attacked))
    for caller in strangers:
        attacked.run(attacked.guess(next(doors), caller))
    assert attacked.tries == ACCOUNT.burst


@pytest.mark.requirement("security:35:hundred-failures")
def test_guesser_with_time_gets_fifty_tries_and_the_owner_fifty_more(
    with_address, strangers, owner
):
    """NIST SP 800-63B-4 section 3.2.2: a hundred consecutive failures at the most, all told."""
    attacked = with_address
    doors, callers = cycle(everything(attacked)), cycle([*strangers, owner])
    for _ in range(300):  # 25 days, an attempt every two hours: none is too early
        attacked.run(attacked.guess(next(doors), next(callers)))
        attacked.clock.time += 7_200
    assert ACCOUNT.failures_max <= attacked.tries <= 100
    for _ in range(60):
        attacked.run(attacked.guess(WRONG, owner))
    assert attacked.tries <= 100


@pytest.mark.requirement("security:35:owner-comes-in")
def test_stranger_cannot_lock_the_owner_out(attacked, strangers, owner):
    """The owner's browser has a lane of its own, also on a network that the guesser shares."""
    for caller in strangers[1:]:
        attacked.run(attacked.guess(WRONG, caller))
        attacked.clock.time += ACCOUNT.interval_seconds
    with pytest.raises(TooManyAttempts):
        attacked.verify(RIGHT, strangers[0])
    assert attacked.verify(RIGHT, owner).user_id == "user_ada"


@pytest.mark.requirement("security:35:delay-ends")
def test_used_up_lane_opens_again_by_itself(attacked, strangers):
    """A delay, never a lock for ever, and trying meanwhile does not prolong it."""
    waits = []
    for caller in strangers:
        waits.append(attacked.run(attacked.guess(WRONG, caller)))
        attacked.clock.time += ACCOUNT.interval_seconds
    attacked.clock.time += waits[-1] - ACCOUNT.interval_seconds
    assert attacked.verify(RIGHT, strangers[0]).user_id == "user_ada"


def test_made_up_device_is_a_strangers(attacked, strangers):
    """Only a secret that was handed out opens the lane of known devices."""
    for number in range(30):
        caller = Caller(Origin(None, None), Secret(f"made up {number}"))
        attacked.run(attacked.guess(WRONG, caller))
    assert attacked.tries == ACCOUNT.burst


@pytest.mark.requirement("security:35:racing")
def test_racing_guesses_stay_within_the_limit(attacked):
    """Two threads, a hundred attempts each at once, each from a network of its own."""
    start = threading.Barrier(2)

    async def race(first):
        start.wait()
        callers = (Caller(Origin(f"198.51.100.{first + n}", None)) for n in range(100))
        await asyncio.gather(*(attacked.guess(WRONG, each) for each in callers))
        await attacked.store.release()

    async def both():
        laps = (asyncio.to_thread(asyncio.run, race(first)) for first in (1, 101))
        await asyncio.gather(*laps)

    attacked.run(both())
    assert attacked.tries <= ACCOUNT.failures_max


@pytest.mark.requirement("security:35:same-for-unknown")
def test_names_without_an_account_are_throttled_in_the_same_way(attacked, strangers):
    """Otherwise the delay would tell who has an account."""

    def story(name):
        guess = PasswordAttempt(name, Secret("wrong"))
        answers = []
        for caller in strangers[:80]:
            answers.append(attacked.run(attacked.guess(guess, caller)))
            attacked.clock.time += 200
        return answers

    assert story("ada") == story("nobody") == story("two words, no name")


def test_one_network_has_a_limit_over_all_accounts(attacked, nowhere):
    """Passwords sprayed over many names: a try for each."""
    caller = Caller(Origin("192.0.2.9", None))
    for number in range(NETWORK.burst + 20):
        attacked.run(attacked.guess(PasswordAttempt(f"n{number}", Secret("wrong")), caller))
    assert attacked.tries == NETWORK.burst
    assert attacked.run(attacked.guess(PasswordAttempt("other", Secret("wrong")), nowhere)) is None


def test_one_login_under_way_has_few_guesses(attacked, strangers):
    """Six digits are a million codes, and each login allows ten of them."""
    callers = [Caller(each.origin, flow_id="flow_1") for each in strangers]
    (guess, *_) = attacked.typed_codes()
    for caller in callers:
        attacked.run(attacked.guess(guess, caller))
        attacked.clock.time += 3_000 // len(callers)
    assert attacked.tries <= FLOW.failures_max


@pytest.mark.requirement("security:36:password-forgives-nothing")
def test_right_password_does_not_buy_more_guesses_of_codes(attacked, strangers):
    """Whoever has the password alternates it with guesses; only a complete login forgives."""
    (guess, *_) = attacked.typed_codes()
    codes = 0
    for caller in strangers:
        try:
            attacked.verify(RIGHT, caller)
        except TooManyAttempts:
            break
        attacked.run(attacked.guess(guess, caller))
        codes += 1
    assert codes <= ACCOUNT.burst


def test_complete_login_forgives_the_failures_of_its_own_lane(attacked, strangers, owner):
    """The owner's success must not buy a stranger fifty more guesses."""
    for caller in (strangers[0], owner):
        for _ in range(ACCOUNT.burst - 1):
            attacked.run(attacked.guess(WRONG, caller))
    assert attacked.verify(RIGHT, owner).failures == KNOWN_DEVICE.burst - 1
    attacked.run(forgive("user_ada", owner, attacked.context))
    assert attacked.verify(RIGHT, owner).failures == 0
    assert attacked.verify(RIGHT, strangers[0]).failures == ACCOUNT.burst - 1


def test_busy_server_does_not_count_what_it_never_compared(attacked, strangers):
    class Full(Exception):
        pass

    async def full(_password, _password_hash):
        raise Full

    attacked.hasher.verify = full
    for caller in strangers[:30]:
        with pytest.raises(Full):
            attacked.verify(RIGHT, caller)
    del attacked.hasher.verify
    assert attacked.verify(RIGHT, strangers[0]).failures == 0
