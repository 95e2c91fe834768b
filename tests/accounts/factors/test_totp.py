"""Code generators, from the picture to the last code."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accounts.conftest import NOW, ManualClock

from watchword.accounts.attempts import Factors, TOTPAttempt
from watchword.accounts.credentials import CredentialContext
from watchword.accounts.errors import CodeRefused, InvalidCredentials
from watchword.accounts.factors.together import Changer, FactorOutcome
from watchword.accounts.factors.totp import (
    ENROLMENT_SECONDS,
    STEP_SECONDS,
    TOTPContext,
    TOTPFactor,
    begin_enrolment,
    confirm_enrolment,
    matching_step,
    open_enrolment,
)
from watchword.accounts.levels import Method
from watchword.accounts.origin import NOWHERE
from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.keys.errors import SealBroken
from watchword.keys.sealing import SealingKey

FULL_WIDTH = "".join(chr(0xFF10 + int(digit)) for digit in "287082")
ARABIC = "".join(chr(0x0660 + int(digit)) for digit in "287082")
KEY = Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")  # RFC 6238 appendix B: "12345678901234567890"


class Phone:
    """What a person holds: a generator that was told the key, and a clock."""

    def __init__(self, uri):
        self.generator = pyotp.parse_uri(uri)

    def code(self, at):
        return Secret(self.generator.at(at))


@pytest.fixture
def alice(add_user):
    return add_user("alice")


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def sealing():
    return SealingKey(b"s" * 32)


@pytest.fixture
def enrolling(store, sealing, clock):
    return TOTPContext(store, sealing, clock, chance.SYSTEM, "The notes service")


@pytest.fixture
def enrol(run, enrolling, alice):
    """Enrol a generator of alice's and return it; the code of this moment is used."""

    def enrolled(name="Phone"):
        assert run(begin_enrolment(alice, name, enrolling)) is FactorOutcome.CHANGED
        phone = Phone(run(open_enrolment(alice, enrolling)).uri.reveal())
        code = phone.code(enrolling.clock.now())
        run(confirm_enrolment(code, Changer(alice.id), alice, enrolling))
        return phone

    return enrolled


@pytest.fixture
def prove(verify, store, hasher, clock, sealing):
    """Show a code as the one place of comparison sees it."""
    ctx = CredentialContext(
        store, hasher, clock, b"d" * 32, factors=Factors(totp=TOTPFactor(store, sealing))
    )
    return lambda code, user_id="user_alice": verify(TOTPAttempt(user_id, code), ctx)


@pytest.mark.requirement("users:U48:totp-enrolment")
def test_a_generator_counts_once_a_code_of_it_was_seen(run, alice, enrolling, prove, clock):
    run(begin_enrolment(alice, "Phone", enrolling))
    waiting = run(open_enrolment(alice, enrolling))
    phone = Phone(waiting.uri.reveal())
    with pytest.raises(InvalidCredentials):
        prove(phone.code(NOW))
    run(confirm_enrolment(phone.code(NOW), Changer(alice.id), alice, enrolling))
    assert run(open_enrolment(alice, enrolling)) is None
    clock.at = NOW + STEP_SECONDS
    proof = prove(phone.code(clock.at)).proof
    assert (proof.method, proof.at) == (Method.TOTP, clock.at)


def test_the_picture_says_what_every_generator_knows(run, alice, enrolling):
    """RFC 6238 section 1.2; the key URI format that generators read."""
    run(begin_enrolment(alice, "Phone", enrolling))
    waiting = run(open_enrolment(alice, enrolling))
    parts = urlsplit(waiting.uri.reveal())
    values = {name: value for name, (value,) in parse_qs(parts.query).items()}
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/The%20notes%20service:alice"
    assert values["secret"] == waiting.key.reveal()
    assert values["issuer"] == "The notes service"
    assert values.get("algorithm", "SHA1") == "SHA1"
    assert values.get("digits", "6") == "6"
    assert values.get("period", "30") == "30"
    assert len(waiting.key) == 32  # 160 bits in base32
    assert waiting.name == "Phone"
    assert waiting.expires_at == NOW + ENROLMENT_SECONDS


@pytest.mark.requirement("security:37:totp-step-once")
def test_a_step_works_once_and_those_before_it_never_again(enrol, prove, clock):
    """RFC 6238 section 5.2; security.md rule 37 (replay within the window)."""
    phone = enrol()
    with pytest.raises(InvalidCredentials, match="before"):
        prove(phone.code(NOW))
    clock.at = NOW + 3 * STEP_SECONDS
    prove(phone.code(clock.at))
    for at in (clock.at, clock.at - STEP_SECONDS):
        with pytest.raises(InvalidCredentials):
            prove(phone.code(at))
    prove(phone.code(clock.at + STEP_SECONDS))


@pytest.mark.requirement("users:U48:totp-window")
def test_one_step_early_and_one_late_are_accepted_and_no_more(enrol, prove, clock):
    phone = enrol()
    for steps, is_accepted in ((-2, False), (2, False), (-1, True), (1, True)):
        clock.at += 10 * STEP_SECONDS
        code = phone.code(clock.at + steps * STEP_SECONDS)
        if is_accepted:
            prove(code)
        else:
            with pytest.raises(InvalidCredentials):
                prove(code)


def test_each_of_several_generators_is_known(enrol, prove, clock):
    first, second = enrol("Phone"), enrol("Tablet")
    clock.at += STEP_SECONDS
    prove(second.code(clock.at))
    prove(first.code(clock.at))


def test_a_code_of_another_account_is_refused(enrol, prove, clock, add_user):
    phone = enrol()
    bob = add_user("bob")
    clock.at += STEP_SECONDS
    with pytest.raises(InvalidCredentials):
        prove(phone.code(clock.at), bob.id)


def test_racers_with_one_code_are_let_in_once(run, enrol, store, sealing, clock):
    """security.md C7."""
    phone = enrol()
    clock.at += STEP_SECONDS
    factor = TOTPFactor(store, sealing)
    attempt = TOTPAttempt("user_alice", phone.code(clock.at))

    async def race():
        compared = [factor.compare(attempt, origin=NOWHERE, now=clock.at) for _ in range(20)]
        return await asyncio.gather(*compared, return_exceptions=True)

    answers = run(race())
    assert sum(not isinstance(answer, InvalidCredentials) for answer in answers) == 1


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345x", "1" * 100, "\u00bd23456"])
def test_what_is_no_code_confirms_nothing(run, alice, enrolling, code):
    run(begin_enrolment(alice, "Phone", enrolling))
    with pytest.raises(CodeRefused):
        run(confirm_enrolment(Secret(code), Changer(alice.id), alice, enrolling))


def test_an_enrolment_waits_ten_minutes(run, alice, enrolling, clock):
    run(begin_enrolment(alice, "Phone", enrolling))
    phone = Phone(run(open_enrolment(alice, enrolling)).uri.reveal())
    clock.at = NOW + ENROLMENT_SECONDS
    assert run(open_enrolment(alice, enrolling)) is None
    with pytest.raises(CodeRefused, match="no enrolment"):
        run(confirm_enrolment(phone.code(clock.at), Changer(alice.id), alice, enrolling))


def test_an_enrolment_that_was_replaced_meanwhile_is_not_confirmed(run, alice, enrolling, store):
    run(begin_enrolment(alice, "Phone", enrolling))
    phone = Phone(run(open_enrolment(alice, enrolling)).uri.reveal())

    class Replaced:
        """Another tab begins anew while the code is on its way."""

        async def list_totps(self, user_id):
            found = await store.list_totps(user_id)
            await begin_enrolment(alice, "Other", enrolling)
            return found

        confirm_totp = store.confirm_totp

    late = TOTPContext(
        Replaced(), enrolling.sealing, enrolling.clock, enrolling.chance, enrolling.service_name
    )
    with pytest.raises(CodeRefused, match="meanwhile"):
        run(confirm_enrolment(phone.code(NOW), Changer(alice.id), alice, late))


@pytest.mark.requirement("security:101:totp-sealed")
def test_the_store_holds_no_key_in_clear_and_opens_none_without_the_sealing_key(
    run, alice, enrolling, store
):
    run(begin_enrolment(alice, "Phone", enrolling))
    key = run(open_enrolment(alice, enrolling)).key
    (totp,) = run(store.list_totps(alice.id))
    assert pyotp.TOTP(key.reveal()).byte_secret() not in totp.sealed_key
    assert key.reveal() not in repr(totp)
    other = TOTPContext(store, SealingKey(b"o" * 32), enrolling.clock, chance.SYSTEM, "n")
    with pytest.raises(SealBroken):
        run(open_enrolment(alice, other))


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_codes_of_the_standard_are_known(at, code):
    """RFC 6238 appendix B; its eight digits end in these six."""
    assert matching_step(KEY, Secret(code), now=at) == at // STEP_SECONDS


def test_codes_are_read_as_people_type_them():
    for typed in ("287 082", " 287082 ", FULL_WIDTH, ARABIC, "287\u00a0082"):
        assert matching_step(KEY, Secret(typed), now=59) == 1
    assert matching_step(KEY, Secret("287-082"), now=59) is None


@given(st.text(max_size=30))
def test_any_text_is_a_code_or_none(text):
    assert matching_step(KEY, Secret(text), now=59) in {None, 0, 1, 2}
