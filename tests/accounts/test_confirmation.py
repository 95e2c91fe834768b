import pytest

from watchword.accounts.confirmation import is_confirmed, is_proven
from watchword.accounts.levels import Level, Method, Proof


@pytest.mark.parametrize(
    ("auth_time", "recent"), [(100, True), (91, True), (90, False), (0, False), (101, False)]
)
def test_a_proof_counts_for_a_while(auth_time, recent):
    """security.md rule 43; a proof of the future is none."""
    assert is_confirmed(auth_time, within_seconds=10, now=100) is recent


PWD, OTP, KEY = Method.PASSWORD, Method.TOTP, Method.HARDWARE_KEY_AND_USER


@pytest.mark.requirement("security:43:administrators")
@pytest.mark.parametrize(
    ("proofs", "one", "two"),
    [
        ([(PWD, 95)], True, False),
        ([(PWD, 50)], False, False),
        ([(PWD, 50), (OTP, 95)], True, True),
        ([(PWD, 95), (OTP, 50)], True, False),  # the password once more is no second factor
        ([(OTP, 95)], True, False),
        ([(KEY, 95)], True, True),
        ([(PWD, 95), (KEY, 50)], True, False),
    ],
)
def test_a_level_is_proven_by_what_was_shown_lately(proofs, one, two):
    shown = [Proof(method, at) for method, at in proofs]
    for level, wanted in ((Level.ONE_FACTOR, one), (Level.TWO_FACTORS, two)):
        assert is_proven(shown, level, within_seconds=10, now=100) is wanted
