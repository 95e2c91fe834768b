from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

import msgspec
import pydantic
import pytest
from tests.jose import forge
from tests.jose.jwt.test_prove import learned, payload, proves_at_once
from tests.jose.keys import AUDIENCE, ISSUER, NOW, TYP

from watchword import jwt
from watchword.base.limits import DATE_MAX, HEADER_MEMBERS_MAX
from watchword.jose.jwt.shape import reader_of


class Whole(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    aud: str
    exp: int
    iat: int
    jti: str


class Part(msgspec.Struct, frozen=True):
    sub: str
    roles: list[str] = []


@dataclass(frozen=True)
class Record:
    sub: str


class Typed(TypedDict):
    sub: str


class Model(pydantic.BaseModel):
    sub: str


class Named(StrEnum):
    ISSUER = ISSUER
    AUDIENCE = AUDIENCE


class Text(str):
    __slots__ = ()


def expect(**changes):
    options = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYP}
    return jwt.Expected(**(options | changes))


def test_a_learned_order_reads_what_the_ordinary_way_reads(monkeypatch):
    members = forge.claims(
        scope="a b", client_id="web", roles=["x"], **{"https://x.example/c": {"d": [1]}}
    )
    prover = learned(members)
    assert proves_at_once(prover, members, monkeypatch)
    claims, expires_in = prover.prove(payload(members), NOW)
    assert claims == members
    assert expires_in == 900
    assert list(claims) == list(members)
    assert claims.sub == "alice"
    assert claims.aud == (AUDIENCE,)
    assert claims.exp == NOW + 900
    assert claims.extra == {"roles": ["x"], "https://x.example/c": {"d": [1]}}
    assert claims.nbf is None
    assert claims.scope == "a b"
    assert len(claims) == len(members)
    assert "nothing" not in claims
    assert "alice" not in repr(claims)
    with pytest.raises(AttributeError):
        claims.sub = "bob"
    assert claims.__struct_fields__ == (
        *("iss", "sub", "aud_", "exp", "iat", "jti", "scope", "client_id", "claim_8", "claim_9"),
    )
    config = claims.__struct_config__
    assert (type(claims).__name__, config.frozen, config.eq, config.gc) == (
        *("Shape", True, False, False),
    )


TAKEN = {
    "usual": ({}, {}),
    "both letters that base64url has of its own": ({"x": "~~~???"}, {}),
    "further claims": ({"x": "text", "y": [1, {"z": None}], "scope": "a", "client_id": "w"}, {}),
    "roles of Keycloak": ({"resource_access": {"account": {"roles": ["a", "b"]}}}, {}),
    "no text": ({"sub": ..., "jti": ...}, {}),
    "no iat": ({"iat": ...}, {}),
    "ends as late as may be": ({"exp": DATE_MAX}, {}),
    "ends in a second, is old": ({"exp": NOW + 1, "iat": 1}, {}),
    "issued ahead": ({"iat": NOW + 10}, {}),
    "begins ahead": ({"nbf": NOW + 10}, {}),
    "begins ahead by the leeway": ({"nbf": NOW + 30, "iat": NOW + 30}, {"leeway": 30}),
    "64 members": ({f"c{number}": number for number in range(HEADER_MEMBERS_MAX - 6)}, {}),
    "a long name": ({"x" * 128: 1}, {}),
    "one of our audiences": ({}, {"audience": ("b", AUDIENCE)}),
    "a list of audiences": ({"aud": ["x", AUDIENCE]}, {}),
    "a list that names one of ours": ({"aud": ["x", AUDIENCE]}, {"audience": (AUDIENCE, "y")}),
    "members of enumerations": ({}, {"issuer": Named.ISSUER, "audience": Named.AUDIENCE}),
    "other texts": ({}, {"issuer": Text(ISSUER), "audience": ("b", Text(AUDIENCE))}),
    "any audience": ({"aud": "x"}, {"audience": jwt.ANY}),
    "any audience of a list": ({"aud": ["x"]}, {"audience": jwt.ANY}),
    "any audience, none": ({"aud": ...}, {"audience": jwt.ANY}),
    "no audience": ({"aud": ...}, {"audience": None}),
    "any issuer": ({"iss": "x"}, {"issuer": jwt.ANY}),
    "any issuer, none": ({"iss": ...}, {"issuer": jwt.ANY}),
    "no issuer": ({"iss": ...}, {"issuer": None}),
    "as old as may be": ({"iat": NOW - 60}, {"max_age": 60}),
    "what is required": ({"x": 1}, {"require": ("x", "sub")}),
    "text subject where an integer may be": ({}, {"allow_int_sub": True}),
    "an end where none may be": ({}, {"allow_no_exp": True}),
    "no padding where it may be": ({}, {"allow_padding": True}),
}


@pytest.mark.parametrize(("members", "policy"), TAKEN.values(), ids=TAKEN)
def test_a_shape_proves_at_once(members, policy, monkeypatch):
    """Tokens.md section 7 (learned shapes): the ordinary way is not taken again."""
    members = forge.claims(**members)
    prover = learned(members, expect(**policy))
    assert proves_at_once(prover, members, monkeypatch)
    claims, expires_in = prover.prove(payload(members), NOW)
    assert dict(claims) == members
    assert expires_in == members["exp"] - NOW
    assert (claims.iss, claims.nbf) == (members.get("iss"), members.get("nbf"))


@pytest.mark.parametrize("kind", [Whole, Part, Record, Typed, Model, dict])
def test_a_shape_gives_the_callers_type(kind, monkeypatch):
    prover = learned(forge.claims(), kind=kind)
    assert proves_at_once(prover, forge.claims(sub="bob"), monkeypatch)
    claims, expires_in = prover.prove(payload(forge.claims(sub="bob")), NOW)
    assert isinstance(claims, dict if kind is Typed else kind)
    assert (claims["sub"] if isinstance(claims, dict) else claims.sub) == "bob"
    assert expires_in == 900


@pytest.mark.parametrize("kind", [Part, Record, Typed, Model])
def test_claims_that_do_not_fit_the_callers_type_are_refused_as_ever(kind):
    prover = learned(forge.claims(roles=["a"]), kind=kind)
    members = forge.claims(roles=["a"])
    del members["sub"]
    with pytest.raises(jwt.ClaimInvalid) as caught:
        prover.prove(payload(members), NOW)
    assert caught.value.claim == "sub"


def test_a_claim_that_fits_the_order_and_not_the_callers_type_is_named():
    prover = learned(forge.claims(roles=["a"]), kind=Part)
    with pytest.raises(jwt.ClaimInvalid) as caught:
        prover.prove(payload(forge.claims(roles=[1])), NOW)
    assert caught.value.claim == "roles"


@pytest.mark.parametrize(
    "members",
    [
        forge.claims(exp=...),
        forge.claims(**{"with blank": 1}),
        forge.claims(**{'quote"': 1}),
        forge.claims(é=1),
        forge.claims(**{"x" * 129: 1}),
        forge.claims(**{f"m{number}": 1 for number in range(HEADER_MEMBERS_MAX - 5)}),
    ],
    ids=["no exp", "blank", "quote", "accent", "long name", "65 members"],
)
def test_unusual_orders_have_no_shape(members):
    policy = expect(allow_no_exp=True)
    assert reader_of(members, policy) is None
    assert learned(members, policy).prove(payload(members), NOW)[0] == members


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"exp": NOW}, jwt.Expired),
        ({"exp": 0}, jwt.Expired),
        ({"exp": 10**13}, jwt.ClaimInvalid),
        ({"exp": DATE_MAX + 1}, jwt.ClaimInvalid),
        ({"exp": "soon"}, jwt.ClaimInvalid),
        ({"exp": True}, jwt.ClaimInvalid),
        ({"iat": NOW + 11}, jwt.IssuedInFuture),
        ({"iat": 0}, jwt.ClaimInvalid),
        ({"iss": ISSUER + "/"}, jwt.WrongIssuer),
        ({"iss": None}, jwt.ClaimInvalid),
        ({"aud": "other"}, jwt.WrongAudience),
        ({"aud": []}, jwt.ClaimInvalid),
        ({"sub": 7}, jwt.ClaimInvalid),
        ({"jti": None}, jwt.ClaimInvalid),
        ({"nbf": NOW + 11}, jwt.NotYetValid),
    ],
)
def test_a_learned_order_refuses_what_the_rules_refuse(change, error):
    with pytest.raises(error):
        learned(forge.claims()).prove(payload(forge.claims(**change)), NOW)


@pytest.mark.parametrize(
    ("taught", "policy", "change", "error"),
    [
        ({"nbf": NOW}, {}, {"nbf": NOW + 11}, jwt.NotYetValid),
        ({"nbf": NOW}, {}, {"nbf": 0}, jwt.ClaimInvalid),
        ({"nbf": NOW}, {"max_age": 60}, {"nbf": NOW + 11}, jwt.NotYetValid),
        ({"aud": [AUDIENCE]}, {}, {"aud": ["x"]}, jwt.WrongAudience),
        ({"aud": [AUDIENCE]}, {}, {"aud": []}, jwt.ClaimInvalid),
        ({"aud": [AUDIENCE]}, {}, {"aud": [AUDIENCE, ""]}, jwt.ClaimInvalid),
        ({"aud": [AUDIENCE]}, {}, {"aud": [AUDIENCE, 1]}, jwt.ClaimInvalid),
        ({"aud": [AUDIENCE], "nbf": NOW}, {}, {"aud": ["x"]}, jwt.WrongAudience),
        ({}, {"audience": jwt.ANY}, {"aud": ""}, jwt.ClaimInvalid),
        ({"aud": ["x"]}, {"audience": jwt.ANY}, {"aud": [""]}, jwt.ClaimInvalid),
        ({}, {"issuer": jwt.ANY}, {"iss": 7}, jwt.ClaimInvalid),
        ({}, {"max_age": 60}, {"iat": NOW - 61}, jwt.TooOld),
        ({}, {"max_age": 60}, {"iat": NOW + 11}, jwt.IssuedInFuture),
        ({"iat": ...}, {}, {"exp": NOW}, jwt.Expired),
    ],
)
def test_what_was_learned_of_less_usual_tokens_is_refused_by_the_rules(
    taught, policy, change, error
):
    prover = learned(forge.claims(**taught), expect(**policy))
    assert prover.prove != prover._prove_unlearned
    with pytest.raises(error):
        prover.prove(payload(forge.claims(**(taught | change))), NOW)


@pytest.mark.parametrize(
    "text", ['{"sub":"bob","sub":"alice"}', '{"sub":"alice","SUB":"bob","sub":"alice"}']
)
def test_a_learned_order_lets_no_duplicate_pass(text):
    good = forge.dump(forge.claims())
    doubled = good[:-1] + "," + text[1:]
    with pytest.raises(jwt.MalformedToken):
        learned(forge.claims()).prove(payload(doubled), NOW)


@pytest.mark.parametrize("deep", ["[" * 5_000 + "]" * 5_000, '{"a":' * 5_000 + "1" + "}" * 5_000])
def test_a_member_that_a_shape_does_not_know_is_not_skipped_by_recursion(deep):
    """Tokens.md J-18: brackets under a good signature are a plain refusal."""
    text = forge.dump(forge.claims())[:-1] + f',"zz":{deep}}}'
    with pytest.raises(jwt.MalformedToken, match="nested"):
        learned(forge.claims()).prove(payload(text), NOW)


def test_other_spellings_go_the_ordinary_way():
    prover = learned(forge.claims())
    text = forge.dump(forge.claims()).replace(",", " , ")
    assert prover.prove(payload(text), NOW)[0].sub == "alice"
    assert prover.prove(payload(forge.claims(exp=NOW + 1.5)), NOW)[1] == 1


def test_claims_that_need_leeway_go_the_ordinary_way():
    policy = expect(leeway=10, max_age=20)
    claims, expires_in = learned(forge.claims(), policy).prove(
        payload(forge.claims(exp=NOW - 5, iat=NOW - 30)), NOW
    )
    assert expires_in == -5
    assert claims.sub == "alice"
