import base64
import json
import math
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.jose.keys import (
    ASYMMETRIC,
    AUDIENCE,
    ISSUER,
    NOW,
    SYMMETRIC,
    TYP,
    FixedClock,
    key,
    public,
    signer,
    verifier,
)

from watchword import jwe, jws, jwt

GOOD = {"issuer": ISSUER, "audience": AUDIENCE, "lifetime": "15m", "typ": TYP}


def parts(text):
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in text.split(".")[:2]]


class Chance:
    def token_bytes(self, count):
        return b"\x07" * count


def test_a_token_says_what_the_signer_and_the_caller_say():
    text = signer(chance=Chance()).sign(sub="alice", scope="read")
    assert parts(text) == [
        {"alg": "HS256", "kid": "kid-HS256", "typ": TYP},
        {
            "iss": ISSUER,
            "sub": "alice",
            "aud": AUDIENCE,
            "exp": NOW + 900,
            "iat": NOW,
            "jti": "BwcHBwcHBwcHBwcHBwcHBw",
            "scope": "read",
        },
    ]


def test_members_come_in_one_order_whatever_the_caller_writes():
    """So that verifiers learn one shape."""
    one = parts(signer().sign(scope="a", sub="alice", jti="x"))[1]
    two = parts(signer().sign(jti="y", sub="bob", scope="b"))[1]
    assert list(one)[:5] == list(two)[:5] == ["iss", "sub", "aud", "exp", "iat"]


def test_each_token_has_its_own_jti_unless_told():
    policy = signer()
    assert parts(policy.sign())[1]["jti"] != parts(policy.sign())[1]["jti"]
    assert parts(policy.sign(jti="mine"))[1]["jti"] == "mine"
    assert "jti" not in parts(policy.sign(jti=None))[1]


def test_a_token_may_have_its_own_audience_and_times():
    members = parts(signer().sign(aud=["a", "b"], exp=NOW + 5, nbf=NOW, iat=NOW - 1))[1]
    assert (members["aud"], members["exp"], members["nbf"], members["iat"]) == (
        *(["a", "b"], NOW + 5, NOW, NOW - 1),
    )
    several = parts(signer(audience=("a", "b")).sign())[1]
    assert several["aud"] == ["a", "b"]
    assert "aud" not in parts(signer(audience=None).sign())[1]


def test_a_token_without_end_is_written_out():
    assert "exp" not in parts(signer(lifetime=None).sign(sub="alice"))[1]


def test_plain_tokens_say_jwt():
    assert parts(signer(typ=jwt.PLAIN).sign())[0]["typ"] == "JWT"


@pytest.mark.parametrize("name", GOOD)
def test_nothing_that_matters_has_a_default(name):
    with pytest.raises(TypeError):
        jwt.Signer(key("ES256"), **{each: GOOD[each] for each in GOOD if each != name})


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": ""},
        {"issuer": None},
        {"issuer": jwt.ANY},
        {"audience": ""},
        {"audience": ()},
        {"audience": ("a", "")},
        {"audience": 7},
        {"typ": ""},
        {"typ": None},
        {"typ": jwt.ANY},
    ],
)
def test_mistakes_of_policy_are_found_when_it_is_built(wrong):
    with pytest.raises(jwt.PolicyRefused):
        jwt.Signer(key("ES256"), **(GOOD | wrong))


@pytest.mark.parametrize("lifetime", ["soon", -1, "1.5h", True, 1.5, 0, "0s"])
def test_a_lifetime_is_a_duration(lifetime):
    with pytest.raises(jwt.PolicyRefused, match=r"duration|a second at least"):
        signer(lifetime=lifetime)


@pytest.mark.requirement("security-a:1:keys-are-objects")
@pytest.mark.parametrize("wrong", ["x" * 32, b"x" * 32, None, 7])
def test_text_is_never_a_key(wrong):
    with pytest.raises(jwt.PolicyRefused, match="text is never a key"):
        jwt.Signer(wrong, **GOOD)


def test_a_key_for_encryption_is_called_one():
    """It is no text, and to say so would send its owner the wrong way."""
    for unfit in (jwe.Key.generate("ECDH-ES"), jwe.Secret.generate("A256KW")):
        with pytest.raises(jwt.PolicyRefused, match="this key is for encryption"):
            jwt.Signer(unfit, **GOOD)
        with pytest.raises(jwt.PolicyRefused, match="this key is for encryption"):
            jwt.Verifier(unfit, issuer="i", audience="a", typ=jwt.PLAIN)
        with pytest.raises(jwt.PolicyRefused, match="this key is for encryption"):
            jwt.Token(jwt.HS256, {}, expires_in="1m").signed_string(unfit)


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_a_public_key_signs_nothing(alg):
    with pytest.raises(jwt.InvalidKey, match="private"):
        jwt.Signer(public(alg), **GOOD)


class Other:
    pass


@pytest.mark.requirement("tokens:J-28:refused-at-issue")
@pytest.mark.parametrize(
    ("claims", "claim"),
    [
        ({"iss": "other"}, "iss"),
        ({"sub": 7}, "sub"),
        ({"sub": None}, "sub"),
        ({"jti": 7}, "jti"),
        ({"scope": ["a"]}, "scope"),
        ({"client_id": b"x"}, "client_id"),
        ({"aud": ""}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": [1]}, "aud"),
        ({"exp": "soon"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": 0}, "exp"),
        ({"nbf": float("nan")}, "nbf"),
        ({"iat": 10**400}, "iat"),
        ({"exp": 1}, "exp"),
        ({"exp": NOW}, "exp"),
        ({"exp": NOW - 0.5}, "exp"),
        ({"exp": NOW + 5, "nbf": NOW + 5}, "exp"),
        ({"nbf": NOW + 900}, "exp"),
        ({"iat": NOW + 11}, "iat"),
        ({"n": 10**4300}, None),
        ({"n": {"m": [-(10**4300)]}}, None),
        ({"x": float("inf")}, "x"),
        ({"x": [float("nan")]}, "x"),
        ({"x": {"y": Other()}}, "x"),
        ({"x": {1: 2}}, "x"),
        ({"x": {1, 2}}, "x"),
        ({"x": b"bytes"}, "x"),
    ],
)
def test_what_a_verifier_would_refuse_is_refused_at_issue(claims, claim):
    """Tokens.md J-28."""
    with pytest.raises(jwt.PolicyRefused) as caught:
        signer().sign(**claims)
    assert caught.value.claim == claim


@pytest.mark.requirement("tokens:J-28:refused-at-issue")
@pytest.mark.parametrize("name", [1, 1.5, None, True, b"a", ("a",)])
def test_names_of_claims_and_of_header_members_are_text(name):
    """JSON has no other names, and a writer that makes text of them may write one twice."""
    for mapping in ({name: "a"}, {name: "a", str(name): "b"}, {name: 1}, {"x": {name: 1}}):
        with pytest.raises(jwt.PolicyRefused):
            signer().sign_claims(mapping)
        with pytest.raises(jwt.PolicyRefused):
            jwt.Token(jwt.HS256, mapping, expires_in="1m")
        with pytest.raises(jwt.PolicyRefused):
            signer(header=mapping)
    for mapping in ({name: "a"}, {name: "a", str(name): "b"}):
        with pytest.raises(jwt.PolicyRefused):
            jws.sign(b"x", key("HS256"), header=mapping)


@pytest.mark.parametrize(
    "claims",
    [
        *({"exp": NOW + 1}, {"exp": NOW + 0.5}, {"nbf": NOW + 899}, {"nbf": 1, "iat": 1}),
        *({"iat": NOW + 10}, {"n": 10**4299}, {"n": -(10**4298)}),
    ],
)
def test_what_is_just_right_is_signed_and_verified(claims):
    late = FixedClock(int(claims.get("nbf", NOW)))
    read = verifier(clock=late if late.time > NOW else FixedClock()).verify(signer().sign(**claims))
    assert read.claims.items() >= claims.items()


@pytest.mark.requirement("tokens:J-28:refused-at-issue")
@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(("exp", "nbf", "iat")),
        st.one_of(
            st.integers(NOW - 20, NOW + 20),
            st.floats(NOW - 20, NOW + 20),
            st.sampled_from((0, 1, True, None, "1", 10**13)),
        ),
    )
)
def test_whatever_dates_are_signed_are_verified_then_or_when_they_begin(claims):
    try:
        text = signer().sign(**claims)
        token = jwt.Token(
            jwt.HS256,
            claims,
            expires_in=None if "exp" in claims else 60,
            typ=TYP,
            clock=FixedClock(),
        ).signed_string(key("HS256"))
    except jwt.PolicyRefused:
        return
    begins = math.ceil(claims.get("nbf", NOW) - 10)
    clock = FixedClock(max(NOW, begins))
    for each, policy in (
        (text, verifier(clock=clock)),
        (token, verifier(clock=clock, issuer=jwt.ANY, audience=jwt.ANY, allow_no_exp=True)),
    ):
        assert policy.verify(each).claims.items() >= claims.items()


def test_depth_size_and_halved_characters_are_refused_at_issue():
    deep = None
    for _ in range(31):
        deep = [deep]
    assert verifier().verify(signer().sign(x=deep))
    with pytest.raises(jwt.PolicyRefused, match="deeper"):
        signer().sign(x=[deep])
    with pytest.raises(jwt.PolicyRefused, match="longer"):
        signer().sign(x="a" * 13_000)
    for claims in ({"x": "\ud800"}, {"sub": "\ud800"}, {"x": {"\ud800": 1}}, {"\ud800": 1}):
        with pytest.raises(jwt.PolicyRefused, match="surrogate"):
            signer().sign(**claims)


class Text(str):
    __slots__ = ()


class Scope(StrEnum):
    READ = "read"


def test_enumerations_are_their_values_and_other_derived_classes_refused():
    assert verifier().verify(signer().sign(scope=Scope.READ, x=[Scope.READ])).claims.scope == "read"
    for claims in ({"sub": Text("a")}, {"x": Text("a")}):
        with pytest.raises(jwt.PolicyRefused, match="derived"):
            signer().sign(**claims)


def test_every_kind_of_json_survives():
    claims = {"n": None, "t": True, "i": 10**30, "f": -0.5, "l": [1, [2]], "d": {"": {"é": ""}}}
    read = verifier().verify(signer().sign(sub="alice", **claims)).claims
    assert read.extra == claims
    assert verifier().verify(signer().sign(x=(1, 2))).claims["x"] == [1, 2]


def test_the_clock_is_asked_for_every_token():
    clock = FixedClock()
    policy = signer(clock=clock)
    clock.time += 60
    assert parts(policy.sign())[1]["iat"] == NOW + 60


def test_the_repr_shows_no_key():
    assert repr(signer()) == f"Signer(issuer={ISSUER!r})"


@pytest.mark.parametrize("alg", SYMMETRIC + ASYMMETRIC)
def test_a_key_without_kid_writes_none(alg):
    members = {
        name: value for name, value in key(alg).to_jwk(private=True).items() if name != "kid"
    }
    kind = jwt.Secret if alg in SYMMETRIC else jwt.Key
    text = jwt.Signer(kind.from_jwk(members), **GOOD).sign(sub="a")
    assert "kid" not in parts(text)[0]


def test_a_header_says_more_where_it_is_told_to():
    extra = {"cty": "example", "x5t#S256": "A" * 43, "ext": {"a": [1, None]}}
    policy = signer("ES256", header=extra)
    header = parts(policy.sign(sub="alice"))[0]
    assert header == {"alg": "ES256", "kid": "kid-ES256", "typ": TYP} | extra
    assert verifier("ES256").verify(policy.sign(sub="alice")).header.members == header
    critical = signer(header={"crit": ["ext"], "ext": 1}).sign(sub="alice")
    assert verifier(crit={"ext": lambda _: None}).verify(critical)


@pytest.mark.requirement("tokens:J-28:refused-at-issue")
@pytest.mark.parametrize(
    "header",
    [
        *({"alg": "HS256"}, {"alg": "none"}, {"kid": "other"}, {"typ": "JWT"}, {"b64": True}),
        *({"b64": False, "crit": ["b64"]}, {"crit": []}, {"crit": ["ext"]}, {"crit": "ext"}),
        *({"crit": ["exp"], "exp": 1, "x": math.nan}, {"x": math.inf}, {"x": b"bytes"}, {"cty": 7}),
        *({"x": "\ud800"}, {"x": object()}, {"x": {1: 2}}, {"x": "y" * 5_000}),
        *({f"m{number}": 1 for number in range(64)}, {"crit": ["kid"]}),
    ],
    ids=lambda header: repr(header)[:24],
)
def test_a_header_that_a_verifier_would_refuse_is_refused_when_the_signer_is_built(header):
    with pytest.raises(jwt.PolicyRefused):
        signer(header=header)


def test_a_deep_header_is_refused():
    deep: object = 1
    for _ in range(40):
        deep = [deep]
    with pytest.raises(jwt.PolicyRefused, match="deeper"):
        signer(header={"x": deep})
