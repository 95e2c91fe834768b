import math

import pytest
from tests.jose import forge
from tests.jose.keys import AUDIENCE, ISSUER, NOW, TYP

from watchword import jwt
from watchword.base.limits import DATE_MAX
from watchword.jose.jwt.rules import check_claims, failures, window

EXPECT = jwt.Expected(issuer=ISSUER, audience=AUDIENCE, typ=TYP)
NOT_TEXT = [None, True, False, 0, 1, -1, 1.5, [], ["a"], {}, {"a": "b"}, [[]], 10**400]
NOT_DATES = [
    *(None, True, False, "", "1900000000", [], [NOW], {}, {"a": 1}, -1, -0.5),
    *(DATE_MAX + 1, 10**400, 1e300, math.inf, math.nan),
]
NOT_AUDIENCES = [
    *(None, True, 0, 1.5, "", [], [""], [None], [1], [[AUDIENCE]], {}, {AUDIENCE: 1}),
    *([AUDIENCE, 1], [AUDIENCE, ""], [AUDIENCE, ["x"]]),
]


def expect(**changes):
    options = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYP}
    return jwt.Expected(**(options | changes))


def found(members, expected=EXPECT, now=NOW):
    return [(type(error), error.claim) for error in failures(members, expected, now)]


def test_good_claims_have_no_failure():
    assert found(forge.claims()) == []
    check_claims(forge.claims(), EXPECT, NOW)


@pytest.mark.requirement(
    "rfc7519:4.1:claims-typed", "tokens:J-23:claims-typed", "security-a:9:claims-typed"
)
@pytest.mark.parametrize("name", ["iss", "sub", "jti", "scope", "client_id"])
@pytest.mark.parametrize("value", NOT_TEXT, ids=lambda value: repr(value)[:12])
def test_text_claims_are_text(name, value):
    """RFC 7519 section 4.1; security.md rule 9."""
    assert found(forge.claims(**{name: value})) == [(jwt.ClaimInvalid, name)]
    with pytest.raises(jwt.ClaimInvalid):
        check_claims(forge.claims(**{name: value}), EXPECT, NOW)


@pytest.mark.requirement(
    "rfc7519:4.1:claims-typed", "tokens:J-23:claims-typed", "security-a:9:claims-typed"
)
@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", NOT_DATES, ids=lambda value: repr(value)[:12])
def test_dates_are_finite_numbers_in_range(name, value):
    """RFC 7519 section 2 (NumericDate); Keats CVE-2026-25537."""
    assert found(forge.claims(**{name: value})) == [(jwt.ClaimInvalid, name)]
    with pytest.raises(jwt.ClaimInvalid):
        check_claims(forge.claims(**{name: value}), EXPECT, NOW)


@pytest.mark.requirement("rfc7519:4.1.3:audience-form")
@pytest.mark.parametrize("value", NOT_AUDIENCES, ids=lambda value: repr(value)[:12])
def test_an_audience_is_text_or_a_list_of_text(value):
    """RFC 7519 section 4.1.3; golang-jwt CVE-2020-26160."""
    assert found(forge.claims(aud=value)) == [(jwt.ClaimInvalid, "aud")]


@pytest.mark.requirement("rfc7519:4.1.4:exp-checked", "tokens:J-24:times")
@pytest.mark.requirement("security-a:10:boundaries")
@pytest.mark.parametrize("leeway", [0, 10])
def test_exp_is_over_at_its_second(leeway):
    """RFC 7519 section 4.1.4: boundary one second around leeway."""
    expected = expect(leeway=leeway)
    for exp, is_good in (
        (NOW - leeway - 1, False),
        (NOW - leeway, False),
        (NOW - leeway + 1, True),
    ):
        assert (found(forge.claims(exp=exp), expected) == []) is is_good
        assert (found(forge.claims(exp=float(exp)), expected) == []) is is_good
    assert found(forge.claims(exp=NOW - leeway + 0.5), expected) == []


@pytest.mark.requirement("security-a:10:exp-zero")
def test_exp_zero_is_expired_and_not_absent():
    """golang-jwt#509."""
    assert found(forge.claims(exp=0)) == [(jwt.Expired, "exp")]
    assert found(forge.claims(exp=0.0)) == [(jwt.Expired, "exp")]


@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_the_other_dates_are_not_zero(name):
    assert found(forge.claims(**{name: 0})) == [(jwt.ClaimInvalid, name)]


@pytest.mark.requirement("security-a:10:exp-required")
def test_exp_is_required():
    assert found(forge.claims(exp=...)) == [(jwt.ClaimMissing, "exp")]


@pytest.mark.requirement("rfc7519:4.1.5:nbf-checked", "security-a:10:boundaries")
@pytest.mark.parametrize(("name", "error"), [("nbf", jwt.NotYetValid), ("iat", jwt.IssuedInFuture)])
@pytest.mark.parametrize(("leeway", "ahead"), [(0, 10), (9, 10), (10, 10), (11, 11), (300, 300)])
def test_nbf_and_iat_are_ten_seconds_ahead_at_most(name, error, leeway, ahead):
    """RFC 7519 sections 4.1.5 and 4.1.6: a clock that runs ahead a little is no attack."""
    expected = expect(leeway=leeway)
    assert expected.ahead == ahead
    assert found(forge.claims(**{name: NOW + ahead}), expected) == []
    check_claims(forge.claims(**{name: NOW + ahead}), expected, NOW)
    for late in (ahead + 1, ahead + 0.5):
        assert found(forge.claims(**{name: NOW + late}), expected) == [(error, name)]
        with pytest.raises(error):
            check_claims(forge.claims(**{name: NOW + late}), expected, NOW)


def test_iat_may_be_absent():
    assert found(forge.claims(iat=...)) == []


def test_max_age_counts_from_iat():
    expected = expect(max_age=60, leeway=5)
    assert found(forge.claims(iat=NOW - 65), expected) == []
    assert found(forge.claims(iat=NOW - 66), expected) == [(jwt.TooOld, "iat")]
    assert found(forge.claims(iat=...), expected) == [(jwt.ClaimMissing, "iat")]


@pytest.mark.requirement(
    "rfc8725:3.8:issuer-equality", "tokens:J-25:whole-comparison", "security-a:11:whole-comparison"
)
@pytest.mark.parametrize(
    "issuer",
    [
        *(ISSUER[:length] for length in range(len(ISSUER))),
        *(ISSUER[start:] for start in range(1, len(ISSUER))),
        *(ISSUER + "/", ISSUER + " ", " " + ISSUER, ISSUER.upper(), ISSUER.title(), ISSUER * 2),
    ],
)
def test_an_issuer_is_equal_or_wrong(issuer):
    """RFC 8725 section 3.8; PyJWT GHSA-75c5-xw7c-p5pm."""
    assert found(forge.claims(iss=issuer)) == [(jwt.WrongIssuer, "iss")]


@pytest.mark.requirement("rfc8725:3.9:audience-equality")
@pytest.mark.parametrize(
    "audience",
    [
        *(AUDIENCE[:length] for length in range(1, len(AUDIENCE))),
        *(AUDIENCE[start:] for start in range(1, len(AUDIENCE))),
        *(AUDIENCE + "/", AUDIENCE.upper(), ["other"], ["other", AUDIENCE + "/"], [AUDIENCE[:-1]]),
    ],
)
def test_an_audience_is_equal_or_wrong(audience):
    """RFC 8725 section 3.9."""
    assert found(forge.claims(aud=audience)) == [(jwt.WrongAudience, "aud")]


def test_any_of_several_audiences_is_enough():
    expected = expect(audience=("one", AUDIENCE))
    for aud in (AUDIENCE, "one", ["x", "one"], [AUDIENCE, "one"]):
        assert found(forge.claims(aud=aud), expected) == []
    assert found(forge.claims(aud="two"), expected) == [(jwt.WrongAudience, "aud")]


@pytest.mark.parametrize("name", ["iss", "aud"])
def test_an_expected_claim_is_required(name):
    """mpdavis/python-jose#407 accepts a token without aud."""
    assert found(forge.claims(**{name: ...})) == [(jwt.ClaimMissing, name)]


def test_an_unexpected_issuer_or_audience_is_refused():
    """RFC 7519 section 4.1.3: a recipient that is not named rejects the token."""
    expected = expect(issuer=None, audience=None)
    assert found(forge.claims(), expected) == [(jwt.WrongIssuer, "iss"), (jwt.WrongAudience, "aud")]
    assert found(forge.claims(iss=..., aud=...), expected) == []


def test_any_leaves_the_value_unchecked_and_the_type_not():
    expected = expect(issuer=jwt.ANY, audience=jwt.ANY)
    assert found(forge.claims(iss="x", aud="y"), expected) == []
    assert found(forge.claims(iss=..., aud=...), expected) == []
    assert found(forge.claims(iss=1), expected) == [(jwt.ClaimInvalid, "iss")]


def test_required_claims_are_there():
    expected = expect(require=("sub", "exp", "tenant"))
    assert found(forge.claims(sub=...), expected) == [
        (jwt.ClaimMissing, "sub"),
        (jwt.ClaimMissing, "tenant"),
    ]
    assert found(forge.claims(tenant=None), expected) == []


def test_a_required_claim_of_a_wrong_type_is_reported_once():
    assert found(forge.claims(sub=7), expect(require=("sub",))) == [(jwt.ClaimInvalid, "sub")]


def test_every_failure_is_reported_at_once():
    """Tokens.md section 5."""
    bad = forge.claims(iss="x", aud=[], exp=NOW - 5, nbf=NOW + 15, iat=NOW + 15, sub=1)
    with pytest.raises(jwt.ClaimsInvalid) as caught:
        check_claims(bad, EXPECT, NOW)
    assert {type(error) for error in caught.value.errors} == {
        *(jwt.ClaimInvalid, jwt.WrongIssuer, jwt.Expired, jwt.NotYetValid, jwt.IssuedInFuture),
    }
    assert len(caught.value.errors) == 6


def test_hints_answer_the_recurring_puzzles():
    """Tokens.md section 5: jpadilla/pyjwt#120, #622, #870, #1099."""
    with pytest.raises(jwt.WrongAudience, match="pass audience= or issue without aud"):
        check_claims(forge.claims(), expect(audience=None), NOW)
    with pytest.raises(jwt.IssuedInFuture, match="13 s ahead of this clock; see leeway"):
        check_claims(forge.claims(iat=NOW + 13), EXPECT, NOW)
    with pytest.raises(jwt.Expired, match="ended 9 s ago"):
        check_claims(forge.claims(exp=NOW - 9), EXPECT, NOW)


@pytest.mark.parametrize(
    ("members", "changes", "claim", "expected", "got"),
    [
        ({"iss": "x"}, {}, "iss", ISSUER, "x"),
        ({"aud": ["x", "y"]}, {}, "aud", AUDIENCE, ["x", "y"]),
        ({"exp": NOW - 5}, {}, "exp", NOW, NOW - 5),
        ({"nbf": NOW + 11}, {}, "nbf", NOW, NOW + 11),
        ({"iat": NOW + 11}, {}, "iat", NOW, NOW + 11),
        ({"iat": NOW - 11}, {"max_age": 10}, "iat", 10, NOW - 11),
    ],
)
def test_a_failure_says_what_was_expected_and_what_came(members, changes, claim, expected, got):
    """For those who ask the error; its text never shows a claim's value (security.md rule 19)."""
    (error,) = failures(forge.claims(**members), expect(**changes), NOW)
    assert (error.claim, error.expected, error.got) == (claim, expected, got)


def test_an_integer_subject_is_taken_where_it_is_asked_for_and_nothing_else():
    relaxed = expect(allow_int_sub=True)
    assert found(forge.claims(sub=7), relaxed) == []
    for members in ({"sub": True}, {"sub": 1.5}, {"sub": None}, {"jti": 7}, {"scope": 7}):
        ((error, claim),) = found(forge.claims(**members), relaxed)
        assert (error, [claim]) == (jwt.ClaimInvalid, [*members])


USUAL = {
    "usual": {},
    "one audience of a list": {"aud": ["x", AUDIENCE]},
    "a list of one": {"aud": [AUDIENCE]},
    "no text claims": {"sub": ..., "jti": ...},
    "all text claims": {"sub": "", "jti": "", "scope": "", "client_id": ""},
    "further claims": {"x": None, "y": [1]},
    "ends in a second": {"exp": NOW + 1},
    "ends as late as may be": {"exp": DATE_MAX},
    "issued ahead": {"iat": NOW + 10},
    "issued at the first second": {"iat": 1},
}


@pytest.mark.parametrize("members", USUAL.values(), ids=USUAL)
def test_usual_claims_have_no_failure(members):
    assert found(forge.claims(**members)) == []
    check_claims(forge.claims(**members), EXPECT, NOW)


@pytest.mark.parametrize(
    ("members", "changes", "expected"),
    [
        ({}, {}, (NOW - 10, NOW + 900)),
        ({"nbf": NOW + 5}, {}, (NOW - 5, NOW + 900)),
        ({"nbf": NOW - 5}, {}, (NOW - 10, NOW + 900)),
        ({"exp": NOW + 9.5, "iat": NOW + 0.5}, {}, (NOW - 9, NOW + 9)),
        ({"nbf": NOW + 5.5, "iat": ...}, {}, (NOW - 4, NOW + 900)),
        ({}, {"leeway": 60}, (NOW - 60, NOW + 960)),
        ({}, {"max_age": 100}, (NOW - 10, NOW + 100)),
        ({"iat": NOW + 0.5}, {"max_age": 100}, (NOW - 9, NOW + 100)),
        ({}, {"max_age": 100, "leeway": 60}, (NOW - 60, NOW + 160)),
        ({"exp": NOW + 50}, {"max_age": 100}, (NOW - 10, NOW + 50)),
        ({"iat": ...}, {"max_age": 100}, (-math.inf, NOW + 900)),
        ({"exp": ..., "iat": ...}, {}, (-math.inf, math.inf)),
        ({"exp": ..., "nbf": NOW}, {}, (NOW - 10, math.inf)),
    ],
)
def test_a_window_is_where_the_times_fail_nowhere(members, changes, expected):
    """Fractions of a second are rounded inwards."""
    claims, policy = forge.claims(**members), expect(allow_no_exp=True, **changes)
    assert window(claims, policy) == expected
