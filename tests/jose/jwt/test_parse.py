import pytest
from tests.jose import forge
from tests.jose.keys import (
    ASYMMETRIC,
    AUDIENCE,
    ISSUER,
    NOW,
    SYMMETRIC,
    TYP,
    FixedClock,
    public,
)

from watchword import jwt
from watchword.jose.algorithms.table import ALGORITHMS

PLAIN = {"typ": None, "kid": None}


def parse(text, key_function, **options):
    return jwt.parse(text, key_function, **({"clock": FixedClock()} | options))


def plain(alg="HS256", **claims):
    return forge.token(forge.header(alg, **PLAIN), {"exp": NOW + 60, **claims}, alg=alg)


@pytest.mark.parametrize("alg", SYMMETRIC + ASYMMETRIC)
def test_a_token_of_an_accepted_method_is_parsed(alg):
    token = parse(plain(alg, sub="alice"), lambda _: public(alg), methods=[ALGORITHMS[alg]])
    assert token.valid
    assert token.method is ALGORITHMS[alg]
    assert token.header["alg"] == alg
    assert token.claims["sub"] == "alice"
    assert "alice" not in repr(token)


@pytest.mark.requirement("rfc8725:3.1:methods-named")
def test_an_unexpected_method_is_refused_naming_both():
    """RFC 8725 section 3.1: before any key is looked for."""
    asked = []
    with pytest.raises(jwt.AlgorithmRefused, match="says HS256; accepted is ES256, RS256"):
        parse(plain(), asked.append, methods=[jwt.RS256, jwt.ES256])
    assert not asked


@pytest.mark.requirement("tokens:J-1:one-algorithm", "security-a:2:one-algorithm")
def test_a_key_of_another_method_is_refused_whatever_the_function_did():
    with pytest.raises(jwt.AlgorithmRefused):
        parse(plain("RS256"), lambda _: public("PS256"), methods=[jwt.RS256, jwt.PS256])
    with pytest.raises(jwt.TokenError):
        parse(plain("HS256"), lambda _: public("RS256"), methods=[jwt.HS256, jwt.RS256])


@pytest.mark.parametrize("methods", [[], (), "HS256", ["HS256"], [None], [jwt.HS256, "RS256"]])
def test_methods_are_named_as_objects(methods):
    with pytest.raises(jwt.PolicyRefused, match="methods=") as caught:
        parse(plain(), lambda _: public("HS256"), methods=methods)
    assert caught.value.claim == "alg"


def test_methods_have_no_default():
    with pytest.raises(TypeError):
        parse(plain(), lambda _: public("HS256"))


@pytest.mark.requirement("security-a:1:keys-are-objects")
@pytest.mark.parametrize("answer", ["x" * 32, b"x" * 32, 7])
def test_a_function_that_answers_text_is_a_type_error(answer):
    with pytest.raises(TypeError, match=r"jwt\.Secret"):
        parse(plain(), lambda _: answer, methods=[jwt.HS256])


def test_a_function_that_answers_nothing_refuses_the_token():
    with pytest.raises(jwt.UnknownKey):
        parse(plain(), lambda _: None, methods=[jwt.HS256])


def test_the_function_sees_what_the_token_says_of_itself():
    seen = []

    def choose(unverified):
        seen.append(unverified)
        return jwt.KeySet([public("HS256")])

    parse(plain(sub="alice"), choose, methods=[jwt.HS256])
    assert seen[0].method is jwt.HS256
    assert seen[0].header.alg == "HS256"
    assert seen[0].claims["sub"] == "alice"


@pytest.mark.parametrize(("claim", "error"), [("iss", jwt.WrongIssuer), ("aud", jwt.WrongAudience)])
def test_what_is_left_out_must_be_absent(claim, error):
    """Never unchecked."""
    options = {"iss": {"issuer": "x"}, "aud": {"audience": ("w", "x")}}[claim]
    with pytest.raises(error, match="pass"):
        parse(plain(**{claim: "x"}), lambda _: public("HS256"), methods=[jwt.HS256])
    with pytest.raises(jwt.ClaimMissing):
        parse(plain(), lambda _: public("HS256"), methods=[jwt.HS256], **options)
    assert parse(plain(**{claim: "x"}), lambda _: public("HS256"), methods=[jwt.HS256], **options)


@pytest.mark.requirement("rfc8725:3.11:explicit-types")
def test_an_explicit_type_is_refused_unless_named():
    text = forge.token()
    options = {"methods": [jwt.HS256], "issuer": ISSUER, "audience": AUDIENCE}
    with pytest.raises(jwt.WrongType):
        parse(text, lambda _: public("HS256"), **options)
    assert parse(text, lambda _: public("HS256"), typ=TYP, **options).valid


def test_an_expired_or_endless_token_is_refused():
    with pytest.raises(jwt.Expired):
        parse(plain(exp=NOW), lambda _: public("HS256"), methods=[jwt.HS256])
    endless = forge.token(forge.header(**PLAIN), {"sub": "alice"})
    with pytest.raises(jwt.ClaimMissing):
        parse(endless, lambda _: public("HS256"), methods=[jwt.HS256])
