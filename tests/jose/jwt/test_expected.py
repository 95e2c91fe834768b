import pytest

from watchword import jwt
from watchword.jose.jwt.expected import check_type, media_type

GOOD = {"issuer": "i", "audience": "a", "typ": "at+jwt"}


@pytest.mark.requirement("rfc8725:3.1:policy-complete", "tokens:J-22:policy-complete")
@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": ""},
        {"issuer": 1},
        {"issuer": ("a", "b")},
        {"audience": ""},
        {"audience": ()},
        {"audience": ("a", "")},
        {"audience": ["a", 1]},
        {"issuer": "\ud800"},
        {"audience": ("a", "\ud800")},
        {"typ": ""},
        {"typ": None},
        {"typ": 1},
        {"leeway": -1},
        {"leeway": 301},
        {"leeway": True},
        {"leeway": "1m"},
        {"max_age": -5},
        {"max_age": True},
        {"require": "sub"},
        {"require": ("",)},
        {"issuer": jwt.PLAIN},
        {"audience": jwt.PLAIN},
        {"audience": 7},
        {"typ": "JWT"},
        {"typ": "application/"},
        {"typ": "application/jwt"},
        {"crit": {"alg": print}},
        {"crit": None, "allow_no_exp": 1},
    ],
)
def test_an_incomplete_expectation_cannot_be_written(wrong):
    """Security.md rule 1."""
    with pytest.raises(jwt.PolicyRefused):
        jwt.Expected(**(GOOD | wrong))


@pytest.mark.parametrize("name", ["issuer", "audience", "typ"])
def test_none_of_the_three_has_a_default(name):
    with pytest.raises(TypeError):
        jwt.Expected(**{key: value for key, value in GOOD.items() if key != name})


def test_what_is_required_follows_from_the_rest():
    assert jwt.Expected(**GOOD).required == ("exp", "iss", "aud")
    assert jwt.Expected(issuer=jwt.ANY, audience=None, typ=jwt.ANY).required == ("exp",)
    relaxed = jwt.Expected(**GOOD, allow_no_exp=True, require=("sub",))
    assert relaxed.required == ("sub", "iss", "aud")
    assert jwt.Expected(**GOOD, max_age=60, require=("sub",)).required == (
        *("exp", "sub", "iss", "aud", "iat"),
    )


@pytest.mark.parametrize(
    ("wrong", "claim", "fault"),
    [
        ({"issuer": ""}, "issuer", "issuer= is text"),
        ({"typ": ""}, "typ", "typ= is text"),
        ({"typ": None}, "typ", "typ= is text"),
        ({"audience": ()}, "aud", "name an audience"),
        ({"audience": ("a", "")}, "audience", "audience= is text"),
        ({"leeway": 301}, None, "0 to 300 seconds"),
    ],
)
def test_the_refusal_of_an_expectation_names_what_is_missing(wrong, claim, fault):
    with pytest.raises(jwt.PolicyRefused, match=fault) as caught:
        jwt.Expected(**(GOOD | wrong))
    assert caught.value.claim == claim


@pytest.mark.parametrize(("leeway", "ahead"), [(0, 10), (9, 10), (11, 11), (300, 300)])
def test_clocks_may_be_ten_seconds_ahead_and_as_far_as_the_leeway(leeway, ahead):
    """ARCHITECTURE section 6 (clocks)."""
    assert jwt.Expected(**GOOD, leeway=leeway).ahead == ahead


@pytest.mark.parametrize("expected", ["at+jwt", jwt.PLAIN])
def test_the_refusal_of_a_type_says_what_was_expected(expected):
    with pytest.raises(jwt.WrongType) as caught:
        check_type("dpop+jwt", jwt.Expected(**(GOOD | {"typ": expected})))
    assert (caught.value.claim, caught.value.got) == ("typ", "dpop+jwt")
    assert caught.value.expected == expected


@pytest.mark.requirement("rfc7515:4.1.9:media-type-rule")
@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"])
def test_types_are_media_types(typ):
    """RFC 7515 section 4.1.9."""
    assert media_type(typ) == "at+jwt"
    check_type(typ, jwt.Expected(**GOOD))
    check_type("at+jwt", jwt.Expected(**(GOOD | {"typ": typ})))


@pytest.mark.parametrize(
    "typ", [None, "JWT", "jwt", "at", "at+jwt2", "dpop+jwt", "text/at+jwt", ""]
)
def test_another_type_is_refused(typ):
    with pytest.raises(jwt.WrongType):
        check_type(typ, jwt.Expected(**GOOD))


@pytest.mark.requirement("rfc8725:3.11:explicit-types")
def test_plain_refuses_every_explicit_type():
    """RFC 8725 section 3.11."""
    plain = jwt.Expected(**(GOOD | {"typ": jwt.PLAIN}))
    for typ in (None, "JWT", "jwt", "application/jwt"):
        check_type(typ, plain)
    for typ in ("at+jwt", "logout+jwt", "", "JOSE", "jwt+x"):
        with pytest.raises(jwt.WrongType):
            check_type(typ, plain)


def test_any_takes_every_type():
    unchecked = jwt.Expected(**(GOOD | {"typ": jwt.ANY}))
    for typ in (None, "JWT", "at+jwt", ""):
        check_type(typ, unchecked)


def test_the_hint_names_what_is_expected_and_not_what_came():
    with pytest.raises(jwt.WrongType) as caught:
        check_type("canary", jwt.Expected(**GOOD))
    assert "at+jwt" in str(caught.value)
    assert "canary" not in str(caught.value)
