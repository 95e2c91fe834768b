"""Passkeys: registered by their owner, used alone and after a password, and what is refused."""

import asyncio
import json
from dataclasses import replace

import pytest
from tests.accounts.authenticator import PRESENT, VERIFIED, Authenticator
from tests.accounts.conftest import NOW, ManualClock

from watchword.accounts.attempts import Factors, PasskeyAttempt
from watchword.accounts.credentials import CredentialContext
from watchword.accounts.errors import InvalidCredentials, PasskeyRefused
from watchword.accounts.events import EventKind, EventOutcome
from watchword.accounts.factors.ceremonies import RelyingParty
from watchword.accounts.factors.passkeys import (
    CHALLENGE_SECONDS,
    ChallengePurpose,
    NewChallenge,
    PasskeyContext,
    PasskeyFactor,
    SpendChallenge,
    begin_assertion,
    begin_registration,
    finish_registration,
)
from watchword.accounts.factors.together import Changer, FactorOutcome, change_of
from watchword.accounts.levels import Level, Method, level
from watchword.accounts.origin import NOWHERE, Origin
from watchword.base import base64url, chance
from watchword.base.secrets import Secret

PARTY = RelyingParty("localhost", "watchword", ("http://localhost:8000",))
BROWSER, OTHER_BROWSER = b"b" * 32, b"o" * 32


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def ceremony(store, clock):
    return PasskeyContext(store, PARTY, clock, chance.SYSTEM)


@pytest.fixture
def alice(add_user):
    return add_user("alice")


@pytest.fixture
def register(run, ceremony):
    """Register a device for a user, all honest."""

    def registered(user, device, name="Laptop", bound_to=BROWSER):
        options = run(begin_registration(user, bound_to, ceremony))
        answer = Secret(json.dumps(device.create(options)))
        return run(finish_registration(answer, name, Changer(user.id), bound_to, ceremony))

    return registered


@pytest.fixture
def prove(verify, store, hasher, clock):
    """Show an assertion as the one place of comparison sees it."""
    factors = Factors(passkey=PasskeyFactor(store, PARTY))
    ctx = CredentialContext(store, hasher, clock, b"d" * 32, factors=factors)

    def proved(answer, user_id=None, bound_to=BROWSER):
        attempt = PasskeyAttempt(user_id, Secret(json.dumps(answer)), bound_to)
        return verify(attempt, ctx)

    return proved


@pytest.fixture
def options(run, ceremony):
    return lambda user_id=None, bound_to=BROWSER: run(begin_assertion(user_id, bound_to, ceremony))


@pytest.fixture
def device(register, alice):
    made = Authenticator()
    assert register(alice, made) is FactorOutcome.CHANGED
    return made


@pytest.fixture
def creation(run, alice, ceremony):
    return run(begin_registration(alice, BROWSER, ceremony))


@pytest.mark.requirement("users:U48:passkey-alone")
def test_a_passkey_signs_in_alone_and_is_two_factors(device, options, prove):
    """Whoever comes is told by the passkey; its device knew its person."""
    asked = options()
    assert asked["allowCredentials"] == []
    assert asked["userVerification"] == "required"
    verified = prove(device.get(asked))
    assert verified.user_id == "user_alice"
    assert verified.proof.method is Method.HARDWARE_KEY_AND_USER
    assert level([verified.proof]) is Level.TWO_FACTORS
    assert verified.password_hash is None


@pytest.mark.requirement("users:U48:passkey-as-second-factor")
def test_after_a_password_the_passkeys_of_the_user_are_named(device, options, prove):
    asked = options("user_alice")
    assert [one["id"] for one in asked["allowCredentials"]] == [
        base64url.encode(device.credential_id)
    ]
    assert asked["userVerification"] == "preferred"
    device.flags = PRESENT  # a security key without a PIN is a second factor all the same
    assert prove(device.get(asked), "user_alice").proof.method is Method.HARDWARE_KEY


@pytest.mark.requirement("security:29:passkey-options")
def test_options_without_a_name_are_the_same_for_everybody(options, register, alice):
    """Nothing in them depends on an account, except the challenge."""
    before = options()
    register(alice, Authenticator())
    after = options()
    assert before.pop("challenge") != after.pop("challenge")
    assert before == after


def test_an_authenticator_that_has_one_is_not_asked_for_another(run, device, alice, ceremony):
    asked = run(begin_registration(alice, BROWSER, ceremony))
    assert [one["id"] for one in asked["excludeCredentials"]] == [
        base64url.encode(device.credential_id)
    ]


def test_the_last_use_and_the_count_are_kept(run, device, options, prove, store, clock):
    clock.at += 5
    prove(device.get(options()))
    (passkey,) = run(store.list_passkeys("user_alice"))
    assert (passkey.name, passkey.used_at, passkey.sign_count) == ("Laptop", NOW + 5, 2)


@pytest.mark.requirement("security:37:challenge-once")
def test_a_challenge_is_answered_once(device, options, prove):
    answer = device.get(options())
    prove(answer)
    with pytest.raises(InvalidCredentials, match="no live challenge"):
        prove(answer)
    device.count -= 5  # nor by another signature over it, whatever its count
    with pytest.raises(InvalidCredentials, match="no live challenge"):
        prove(answer)


def test_a_challenge_that_failed_is_gone_too(device, options, prove):
    asked = options()
    forged = device.get(asked)
    forged["response"]["signature"] = base64url.encode(b"x" * 70)
    with pytest.raises(InvalidCredentials):
        prove(forged)
    with pytest.raises(InvalidCredentials, match="no live challenge"):
        prove(device.get(asked))


def test_a_challenge_expires(device, options, prove, clock):
    asked = options()
    clock.at += CHALLENGE_SECONDS
    with pytest.raises(InvalidCredentials, match="no live challenge"):
        prove(device.get(asked))


@pytest.mark.requirement("security:37:challenge-bound")
def test_a_challenge_is_of_its_browser_its_user_and_its_purpose(
    device, options, prove, add_user, creation
):
    """security.md C6: all bindings stand in the WHERE of the statement that spends it."""
    bob = add_user("bob")
    foreign = (
        (options(), None, OTHER_BROWSER),
        (options("user_alice"), None, BROWSER),
        (options(), "user_alice", BROWSER),
        (options(bob.id), "user_alice", BROWSER),
    )
    for asked, user_id, bound_to in foreign:
        with pytest.raises(InvalidCredentials, match="no live challenge"):
            prove(device.get(asked), user_id, bound_to)
    asked = {"challenge": creation["challenge"], "rpId": "localhost"}
    with pytest.raises(InvalidCredentials, match="no live challenge"):
        prove(device.get(asked))
    unknown = {"challenge": base64url.encode(b"n" * 32), "rpId": "localhost"}
    with pytest.raises(InvalidCredentials, match="no live challenge"):
        prove(device.get(unknown))


def test_another_accounts_passkey_is_no_second_factor(register, options, prove, add_user, device):
    mallory = add_user("mallory")
    own = Authenticator(credential_id=b"\x09" * 32)
    register(mallory, own)
    with pytest.raises(InvalidCredentials, match="another account"):
        prove(own.get(options("user_alice")), "user_alice")
    own.user_handle = b"user_alice"  # nor with a handle that lies
    lying = own.get(options())
    with pytest.raises(InvalidCredentials, match="handle"):
        prove(lying)
    own.user_handle = b"user_mallory"  # nor under the id of the right one
    borrowing = own.get(options("user_alice"))
    borrowing["id"] = borrowing["rawId"] = base64url.encode(device.credential_id)
    with pytest.raises(InvalidCredentials, match="handle"):
        prove(borrowing, "user_alice")
    own.user_handle = None
    with pytest.raises(InvalidCredentials, match="another account"):
        prove(own.get(options("user_alice")), "user_alice")


def test_a_passkey_alone_has_to_say_whose_it_is(device, options, prove):
    device.user_handle = None
    with pytest.raises(InvalidCredentials, match="user handle"):
        prove(device.get(options()))
    prove(device.get(options("user_alice")), "user_alice")


@pytest.mark.requirement("users:U48:alone-means-verified")
def test_a_passkey_alone_has_to_know_its_person(device, options, prove):
    device.flags = PRESENT
    with pytest.raises(InvalidCredentials, match="verif"):
        prove(device.get(options()))
    device.flags = VERIFIED
    with pytest.raises(InvalidCredentials, match="present"):
        prove(device.get(options("user_alice")), "user_alice")


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "http://localhost:8001"},
        {"origin": "https://evil.example"},
        {"party": "evil.example"},
        {"client_data": {"crossOrigin": True}},
        {"client_data": {"type": "webauthn.create"}},
    ],
)
def test_wrong_origins_and_parties_are_refused(device, options, prove, lie):
    for name, value in lie.items():
        setattr(device, name, value)
    with pytest.raises(InvalidCredentials):
        prove(device.get(options()))


def test_an_unknown_passkey_is_refused(options, prove, device):
    stranger = Authenticator(credential_id=b"\x08" * 32)
    stranger.key, stranger.user_handle = device.key, device.user_handle
    with pytest.raises(InvalidCredentials, match="no account"):
        prove(stranger.get(options()))


def test_what_is_no_answer_is_refused(prove):
    with pytest.raises(InvalidCredentials):
        prove({"id": "x"})


@pytest.mark.requirement("users:U48:cloned-passkey")
def test_a_count_that_goes_back_is_refused_recorded_and_told(run, device, options, prove, store):
    """Web Authentication Level 3 section 6.1.1."""
    clone = device.clone()
    prove(device.get(options()))
    prove(device.get(options()))
    with pytest.raises(InvalidCredentials, match="went_back"):
        prove(clone.get(options()))
    (newest, *_) = run(store.list_events("user_alice"))
    assert newest.event.kind is EventKind.PASSKEY_CLONED
    assert newest.event.outcome is EventOutcome.REFUSED
    assert newest.event.detail == {"name": "Laptop"}
    prove(device.get(options()))  # its owner goes on


@pytest.mark.requirement("security:43:events-say-where")
def test_a_clone_is_recorded_with_where_it_came_from(run, device, options, prove, store):
    clone, origin = device.clone(), Origin("192.0.2.9", "A browser")
    prove(device.get(options()))
    attempt = PasskeyAttempt(None, Secret(json.dumps(clone.get(options()))), BROWSER)
    with pytest.raises(InvalidCredentials, match="went_back"):
        run(PasskeyFactor(store, PARTY).compare(attempt, origin=origin, now=NOW))
    (newest, *_) = run(store.list_events("user_alice"))
    assert (newest.event.kind, newest.event.origin) == (EventKind.PASSKEY_CLONED, origin)


def test_a_passkey_that_does_not_count_is_used_again(register, alice, options, prove):
    synced = Authenticator(count=0)
    register(alice, synced)
    for _ in range(2):
        prove(synced.get(options()))


def test_a_passkey_that_was_removed_meanwhile_is_refused(run, device, options, prove, store):
    class Removed:
        """The owner removes the passkey while its signature is verified."""

        spend_challenge, use_passkey = store.spend_challenge, store.use_passkey

        async def find_passkey(self, credential_id):
            found = await store.find_passkey(credential_id)
            change = change_of(EventKind.PASSKEY_REMOVED, Changer("user_alice"), about="", now=NOW)
            await store.remove_passkey(credential_id, change)
            return found

    factor = PasskeyFactor(Removed(), PARTY)
    attempt = PasskeyAttempt(None, Secret(json.dumps(device.get(options()))), BROWSER)
    with pytest.raises(InvalidCredentials, match="gone"):
        run(factor.compare(attempt, origin=NOWHERE, now=NOW))


@pytest.mark.parametrize(
    ("flags", "method"),
    [
        (0x05, Method.HARDWARE_KEY_AND_USER),
        (0x0D, Method.SOFTWARE_KEY_AND_USER),
        (0x1D, Method.SOFTWARE_KEY_AND_USER),
        (0x01, Method.HARDWARE_KEY),
        (0x09, Method.SOFTWARE_KEY),
    ],
)
def test_the_method_follows_from_the_flags(register, alice, options, prove, flags, method):
    """RFC 8176 section 2; Web Authentication Level 3 section 6.1 (BE, BS, UV)."""
    made = Authenticator()
    register(alice, made)
    made.flags = flags
    assert prove(made.get(options("user_alice")), "user_alice").proof.method is method


def test_racers_with_one_answer_are_let_in_once(run, device, options, store):
    """security.md C7."""
    factor = PasskeyFactor(store, PARTY)
    attempt = PasskeyAttempt(None, Secret(json.dumps(device.get(options()))), BROWSER)

    async def race():
        compared = [factor.compare(attempt, origin=NOWHERE, now=NOW) for _ in range(20)]
        return await asyncio.gather(*compared, return_exceptions=True)

    answers = run(race())
    assert sum(not isinstance(answer, InvalidCredentials) for answer in answers) == 1


def test_a_registration_is_of_its_browser_and_user_and_once(run, ceremony, alice, add_user, store):
    bob = add_user("bob")
    made = Authenticator()

    def finish(answer, user, bound_to=BROWSER):
        text = Secret(json.dumps(answer))
        return run(finish_registration(text, "n", Changer(user.id), bound_to, ceremony))

    answer = made.create(run(begin_registration(alice, BROWSER, ceremony)))
    for user, bound_to in ((bob, BROWSER), (alice, OTHER_BROWSER)):
        with pytest.raises(PasskeyRefused, match="no live challenge"):
            finish(answer, user, bound_to)
    assert finish(answer, alice) is FactorOutcome.CHANGED
    with pytest.raises(PasskeyRefused, match="no live challenge"):
        finish(answer, alice)
    again = made.create(run(begin_registration(bob, BROWSER, ceremony)))
    assert finish(again, bob) is FactorOutcome.TAKEN
    assert run(store.list_passkeys(bob.id)) == ()


def test_a_registration_that_lies_is_refused(run, ceremony, alice):
    options = run(begin_registration(alice, BROWSER, ceremony))
    answer = Secret(json.dumps(Authenticator(origin="https://evil.example").create(options)))
    with pytest.raises(PasskeyRefused):
        run(finish_registration(answer, "n", Changer(alice.id), BROWSER, ceremony))


def test_records_show_neither_challenge_nor_binding():
    """security.md rule 99."""
    made = NewChallenge(b"h", ChallengePurpose.SIGN_IN, None, b"bound", NOW, NOW)
    spent = SpendChallenge(b"h", ChallengePurpose.SIGN_IN, None, b"bound", NOW)
    assert "bound'" not in repr(made) + repr(replace(spent, now=1))
