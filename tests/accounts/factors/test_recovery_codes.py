"""Recovery codes: ten, each once."""

import asyncio

import pytest
from tests.accounts.conftest import NOW, ManualClock, give_passkey

from watchword.accounts.attempts import Factors, RecoveryCodeAttempt
from watchword.accounts.credentials import CredentialContext
from watchword.accounts.errors import InvalidCredentials
from watchword.accounts.events import EventKind
from watchword.accounts.factors.recovery_codes import (
    ALPHABET,
    CODES,
    RecoveryCodeFactor,
    hash_code,
    make_codes,
    new_code,
)
from watchword.accounts.factors.together import Changer
from watchword.accounts.levels import Method
from watchword.accounts.origin import NOWHERE, Origin
from watchword.base import chance
from watchword.base.secrets import Secret


class Ones:
    """Chance that always falls the same way."""

    def token_bytes(self, count):
        return b"\xff" * count


@pytest.fixture
def alice(add_user, run, store):
    user = add_user("alice")
    run(give_passkey(store, user.id))
    return user


@pytest.fixture
def codes(run, alice, store):
    return run(make_codes(Changer(alice.id), store, chance=chance.SYSTEM, now=NOW))


@pytest.fixture
def prove(verify, store, hasher):
    factors = Factors(recovery_code=RecoveryCodeFactor(store))
    ctx = CredentialContext(store, hasher, ManualClock(NOW), b"d" * 32, factors=factors)
    return lambda code, user_id="user_alice": verify(RecoveryCodeAttempt(user_id, code), ctx)


@pytest.mark.requirement("users:U48:ten-codes")
def test_ten_different_codes_of_eighty_bits_are_made(codes):
    assert len({code.reveal() for code in codes}) == CODES == 10
    for code in codes:
        groups = code.reveal().split("-")
        assert [len(group) for group in groups] == [4, 4, 4, 4]
        assert set("".join(groups)) <= set(ALPHABET)
    assert len(ALPHABET) == 32  # five bits a character
    assert new_code(Ones()).reveal() == "zzzz-zzzz-zzzz-zzzz"


@pytest.mark.requirement("security:37:recovery-code-once")
def test_each_code_works_once(run, codes, prove, store):
    for code in codes:
        assert prove(code).proof.method is Method.RECOVERY_CODE
        with pytest.raises(InvalidCredentials):
            prove(code)
    assert run(store.read_recovery_sheet("user_alice")).left == 0


@pytest.mark.requirement("security:43:events-say-where")
def test_use_of_a_code_is_recorded_with_where_it_came_from(run, codes, store):
    origin = Origin("192.0.2.9", "A browser")
    attempt = RecoveryCodeAttempt("user_alice", codes[0])
    run(RecoveryCodeFactor(store).compare(attempt, origin=origin, now=NOW))
    (newest, *_) = run(store.list_events("user_alice"))
    assert (newest.event.kind, newest.event.origin) == (EventKind.RECOVERY_CODE_USED, origin)


def test_racers_with_one_code_are_let_in_once(run, codes, store):
    """security.md C7."""
    factor = RecoveryCodeFactor(store)

    async def race():
        attempt = RecoveryCodeAttempt("user_alice", codes[0])
        compared = [factor.compare(attempt, origin=NOWHERE, now=NOW) for _ in range(20)]
        return await asyncio.gather(*compared, return_exceptions=True)

    answers = run(race())
    assert sum(not isinstance(answer, InvalidCredentials) for answer in answers) == 1


@pytest.mark.requirement("users:U48:later-sheet-kills-the-earlier")
def test_another_sheet_kills_the_earlier(run, codes, prove, store):
    later = run(make_codes(Changer("user_alice"), store, chance=chance.SYSTEM, now=NOW + 1))
    with pytest.raises(InvalidCredentials):
        prove(codes[0])
    prove(later[0])


def test_no_codes_are_made_where_there_is_nothing_to_recover(run, add_user, store):
    add_user("bob")
    assert run(make_codes(Changer("user_bob"), store, chance=chance.SYSTEM, now=NOW)) is None


@pytest.mark.requirement("users:U48:codes-stored-as-hashes")
def test_the_store_holds_hashes_and_the_code_of_one_account_is_no_other_ones(codes):
    code = codes[0]
    assert hash_code(code, "user_alice") != hash_code(code, "user_bob")
    assert code.reveal().encode() not in hash_code(code, "user_alice")


def test_codes_are_read_as_people_write_them():
    right = hash_code(Secret("0123-4567-89ab-1xyz"), "user_alice")
    for typed in (
        "0123456789AB1XYZ",
        " o123 4567 89ab ixyz ",
        "O123\u20134567\u201389ab\u2013Lxyz",
    ):
        assert hash_code(Secret(typed), "user_alice") == right
    for typed in ("0123-4567-89ab-1xy", "", "x" * 65, "x" * 66):
        assert hash_code(Secret(typed), "user_alice") != right


def test_what_is_too_long_is_no_code(prove):
    with pytest.raises(InvalidCredentials):
        prove(Secret("0" * 10_000))
