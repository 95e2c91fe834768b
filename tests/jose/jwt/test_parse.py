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
from watchword.jose.jws import header as jws_header
from watchword.jose.jwt.expected import ANY
from watchword.jose.jwt.expected import PLAIN as PLAIN_TYPE
from watchword.jose.jwt.parse import POLICIES_MAX, _kept_policy, _policy
from watchword.jose.jwt.verifier import HEADERS_KEPT_MAX

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


def test_lists_of_audiences_are_taken_as_tuples_are():
    """They have no hash, so that nothing can be remembered under them."""
    for _ in range(2):
        text = plain(aud="x")
        assert parse(text, lambda _: public("HS256"), methods=[jwt.HS256], audience=["w", "x"])


@pytest.mark.parametrize(
    "wrong", [{"issuer": ["x"]}, {"audience": ""}, {"typ": {}}, {"typ": "jwt"}]
)
def test_a_wrong_policy_is_refused_each_time_and_for_itself(wrong):
    for _ in range(2):
        with pytest.raises(jwt.PolicyRefused) as caught:
            parse(plain(), lambda _: public("HS256"), methods=[jwt.HS256], **wrong)
        assert caught.value.__context__ is None


@pytest.mark.requirement("tokens:7:kept")
def test_only_the_header_of_a_good_token_is_kept(monkeypatch):
    """Tokens.md section 7: bounded, and entered after a good signature alone."""
    policy = _policy(None, None, "kept+jwt")
    options = {"methods": [jwt.HS256], "typ": "kept+jwt"}
    members = forge.header(typ="kept+jwt", kid=None)
    good, expired = (forge.token(members, {"exp": NOW + seconds}) for seconds in (60, 0))
    for refused in (expired, good[:-4] + "AAAA"):
        with pytest.raises(jwt.TokenError):
            parse(refused, lambda _: public("HS256"), **options)
        assert policy.headers == {}
    header = parse(good, lambda _: public("HS256"), **options).header
    parse(good, lambda _: public("HS256"), **options)
    (kept,) = policy.headers.values()
    assert kept.members == header
    with monkeypatch.context() as patch:
        patch.setattr(jws_header, "read", None)
        assert parse(good, lambda _: public("HS256"), **options).header == header
    for number in range(HEADERS_KEPT_MAX):
        assert len(policy.headers) == 1 + number
        policy.keep(b"%d" % number, kept)
        policy.keep(b"%d" % number, kept)
    assert [*policy.headers.items()] == [(b"%d" % number, kept)]


def test_policies_that_are_written_alike_are_one_and_others_are_not():
    assert _policy("x", ("x",), PLAIN_TYPE) is _policy("x", ("x",), PLAIN_TYPE)
    policies = [
        _policy("x", audience, PLAIN_TYPE) for audience in (None, ANY, "x", ("x",), ("x", "y"))
    ]
    policies += [
        _policy(None, "x", PLAIN_TYPE),
        _policy(ANY, "x", PLAIN_TYPE),
        _policy("x", "x", ANY),
    ]
    assert len({id(policy) for policy in policies}) == len(policies)
    assert _kept_policy.cache_info().maxsize == POLICIES_MAX


def test_what_one_call_accepts_says_nothing_of_the_next():
    """The same token and key, under one policy after another, each of them warm."""
    text = plain(iss="x", aud="y")
    good = {"methods": [jwt.HS256], "issuer": "x", "audience": "y"}
    for _ in range(4):
        assert parse(text, lambda _: public("HS256"), **good).valid
        for changes, refusal in (
            ({"methods": [jwt.HS384]}, jwt.AlgorithmRefused),
            ({"issuer": None}, jwt.WrongIssuer),
            ({"issuer": "y"}, jwt.WrongIssuer),
            ({"audience": None}, jwt.WrongAudience),
            ({"audience": ("x",)}, jwt.WrongAudience),
            ({"typ": "y"}, jwt.WrongType),
            ({"clock": FixedClock(NOW + 60)}, jwt.Expired),
        ):
            with pytest.raises(refusal):
                parse(text, lambda _: public("HS256"), **(good | changes))
        with pytest.raises(jwt.SignatureInvalid):
            parse(text, lambda _: jwt.Secret.generate("HS256"), **good)
