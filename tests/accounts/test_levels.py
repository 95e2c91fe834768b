"""What proofs amount to: amr, acr and auth_time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.accounts.levels import (
    ACR_VALUES,
    Level,
    Method,
    Proof,
    acr,
    amr,
    auth_time,
    format_proofs,
    level,
    parse_proofs,
)

T = 1_800_000_000
ONE_FACTOR = [
    (Method.PASSWORD,),
    (Method.TOTP,),
    (Method.TOTP, Method.RECOVERY_CODE),
    (Method.HARDWARE_KEY, Method.TOTP),
    (Method.PASSWORD, Method.MAIL_CODE),
    (Method.MAIL_CODE, Method.TOTP),
]
TWO_FACTORS = [
    (Method.PASSWORD, Method.TOTP),
    (Method.PASSWORD, Method.RECOVERY_CODE),
    (Method.PASSWORD, Method.SOFTWARE_KEY),
    (Method.HARDWARE_KEY, Method.PASSWORD),
    (Method.HARDWARE_KEY_AND_USER,),
    (Method.SOFTWARE_KEY_AND_USER,),
]
proofs = st.lists(
    st.builds(Proof, st.sampled_from(Method), st.integers(min_value=0, max_value=2**40)),
    min_size=1,
    max_size=12,
)


def shown(methods):
    return [Proof(method, T + number) for number, method in enumerate(methods)]


@pytest.mark.parametrize("methods", ONE_FACTOR)
@pytest.mark.requirement("security:44:level-from-events")
def test_one_kind_of_proof_is_one_factor(methods):
    """NIST SP 800-63B-4 section 2.1."""
    assert acr(shown(methods)) == "aal1"
    assert "mfa" not in amr(shown(methods))


@pytest.mark.parametrize("methods", TWO_FACTORS)
@pytest.mark.requirement("security:44:level-from-events")
def test_something_known_and_something_held_are_two_factors(methods):
    """NIST SP 800-63B-4 section 2.2; RFC 8176 section 2 (`mfa`)."""
    assert acr(shown(methods)) == "aal2"
    assert amr(shown(methods))[-1] == "mfa"


def test_amr_is_in_the_order_of_the_events():
    shown = [Proof(Method.TOTP, T + 5), Proof(Method.PASSWORD, T)]
    assert amr(shown) == ("pwd", "otp", "mfa")
    assert amr([Proof(Method.HARDWARE_KEY_AND_USER, T)]) == ("hwk", "user", "mfa")


def test_auth_time_is_the_last_event():
    assert auth_time(shown((Method.PASSWORD, Method.TOTP))) == T + 1
    with pytest.raises(ValueError, match="empty"):
        auth_time([])


def test_levels_are_ranked():
    assert ACR_VALUES == ("aal1", "aal2")
    assert Level.ONE_FACTOR.rank < Level.TWO_FACTORS.rank


@given(proofs)
def test_text_keeps_what_the_proofs_amount_to(some):
    read = parse_proofs(format_proofs(some))
    assert (level(read), auth_time(read), set(amr(read))) == (
        level(some),
        auth_time(some),
        set(amr(some)),
    )
    assert format_proofs(read) == format_proofs(some)


@given(proofs, proofs)
def test_more_proofs_never_lower_the_level(some, more):
    assert level([*some, *more]).rank >= max(level(some).rank, level(more).rank)


def test_nothing_is_written_as_nothing():
    assert format_proofs([]) == ""
    assert parse_proofs("") == ()


@pytest.mark.parametrize("text", ["pwd", "pwd@", "pwd@x", "pwd@-1", "magic@1", "pwd@\u0661", "@1"])
def test_text_that_nobody_wrote_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011  # the texts differ, the class is the promise
        parse_proofs(text)


def test_number_of_proofs_is_bounded():
    with pytest.raises(ValueError, match="at most 8"):
        parse_proofs(" ".join(["pwd@1"] * 9))
