"""Claims at their edges, and what a refusal says. Source: tokens.md J-23 to J-25, P-3."""

import datetime as dt

import pytest
from tests.jose.keys import FixedClock

import watchword.pyjwt as door
from watchword import jwt
from watchword.base.limits import DATE_MAX

SECRET = "a secret of more than thirty-two bytes"
NOW = 1_900_000_000


def decode(claims: dict[str, object], **more: object) -> dict[str, object]:
    one = door.PyJWT(clock=FixedClock(NOW))
    return one.decode(one.encode(claims, SECRET), SECRET, ["HS256"], **more)


@pytest.mark.requirement("tokens:J-24:times", "tokens:P-3:policy-defaults")
@pytest.mark.parametrize("leeway", [0, 10, 400])
def test_dates_are_checked_to_the_second(leeway):
    """PyJWT's leeway has no upper bound, and counts for every date."""
    assert decode({"exp": NOW - leeway + 1}, leeway=leeway)
    with pytest.raises(door.ExpiredSignatureError):
        decode({"exp": NOW - leeway}, leeway=leeway)
    for name in ("nbf", "iat"):
        assert decode({name: NOW + leeway}, leeway=leeway)
        with pytest.raises(door.ImmatureSignatureError):
            decode({name: NOW + leeway + 1}, leeway=leeway)


@pytest.mark.requirement("tokens:J-23:claims-typed")
def test_dates_lie_between_1970_and_9999():
    assert decode({"exp": DATE_MAX, "nbf": 1, "iat": 1})
    for end in (0, 1, NOW):
        with pytest.raises(door.ExpiredSignatureError):
            decode({"exp": end})
    for wrong in ({"exp": DATE_MAX + 1}, {"nbf": DATE_MAX + 1}, {"nbf": 0}, {"exp": -1}):
        with pytest.raises(door.DecodeError):
            decode(wrong)
    for at in (0, DATE_MAX + 1):
        with pytest.raises(door.InvalidIssuedAtError):
            decode({"iat": at})


@pytest.mark.parametrize(
    ("claims", "more", "kind", "claim"),
    [
        ({"exp": "x"}, {}, door.DecodeError, "exp"),
        ({"exp": 5}, {}, door.ExpiredSignatureError, "exp"),
        ({"nbf": "x"}, {}, door.DecodeError, "nbf"),
        ({"nbf": NOW + 5}, {}, door.ImmatureSignatureError, "nbf"),
        ({"iat": "x"}, {}, door.InvalidIssuedAtError, "iat"),
        ({"iat": NOW + 5}, {}, door.ImmatureSignatureError, "iat"),
        ({}, {"issuer": "i"}, door.MissingRequiredClaimError, "iss"),
        ({"iss": "j"}, {"issuer": "i"}, door.InvalidIssuerError, "iss"),
        ({"aud": "a"}, {}, door.InvalidAudienceError, "aud"),
        ({"aud": "b"}, {"audience": "a"}, door.InvalidAudienceError, "aud"),
        ({}, {"audience": "a"}, door.MissingRequiredClaimError, "aud"),
        ({"sub": 5}, {}, door.exceptions.InvalidSubjectError, "sub"),
        ({"sub": "b"}, {"subject": "a"}, door.exceptions.InvalidSubjectError, "sub"),
        ({"jti": 5}, {}, door.exceptions.InvalidJTIError, "jti"),
        ({"scope": []}, {}, jwt.ClaimInvalid, "scope"),
        ({"client_id": 5}, {}, jwt.ClaimInvalid, "client_id"),
        ({}, {"options": {"require": ["x"]}}, door.MissingRequiredClaimError, "x"),
    ],
)
def test_a_refusal_names_its_claim_and_says_what_to_do(claims, more, kind, claim):
    with pytest.raises(kind) as raised:
        decode(claims, **more)
    error = raised.value
    assert isinstance(error, door.InvalidTokenError)
    assert error.claim == claim
    assert len(error.hint) > 10
    assert error.errors == (error,)
    assert isinstance(error, door.exceptions.InvalidJTIError) == (claim == "jti")


def test_what_was_expected_is_for_the_operators_code_and_in_no_text():
    for claims, more in (
        ({"iss": "canary-got"}, {"issuer": "canary-expected"}),
        ({"aud": "canary-got"}, {"audience": "canary-expected"}),
    ):
        with pytest.raises(door.InvalidTokenError) as raised:
            decode(claims, **more)
        assert (raised.value.expected, raised.value.got) == ("canary-expected", "canary-got")
        assert "canary" not in f"{raised.value} {raised.value!r}"


@pytest.mark.parametrize(
    "leeway",
    [
        *(float("nan"), float("inf"), float("-inf"), -1, -0.5),
        *(dt.timedelta(seconds=-1), "10", None, [1]),
    ],
)
def test_a_leeway_that_is_none_is_refused_before_the_token_is_read(leeway):
    """With NaN every comparison is false, and so no date would have failed."""
    for claims in ({"exp": NOW - 10**6}, {"nbf": NOW + 10**6}, {}):
        with pytest.raises(jwt.PolicyRefused, match="leeway="):
            decode(claims, leeway=leeway)
    with pytest.raises(jwt.PolicyRefused, match="leeway="):
        door.decode("", SECRET, ["HS256"], leeway=leeway)


@pytest.mark.parametrize("leeway", [0, 0.5, dt.timedelta(0), dt.timedelta(minutes=1), True])
def test_a_leeway_is_a_number_or_a_timedelta(leeway):
    assert decode({"exp": NOW + 1}, leeway=leeway)
