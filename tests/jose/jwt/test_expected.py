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
        {"typ": ""},
        {"typ": None},
        {"typ": 1},
        {"leeway": -1},
        {"leeway": 301},
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
    assert jwt.Expected(**GOOD, max_age=60, require=("sub",)).required == (
        *("exp", "sub", "iss", "aud", "iat"),
    )


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
