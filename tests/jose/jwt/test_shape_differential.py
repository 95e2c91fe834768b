"""What was learned and what was not, side by side: one verdict, one value, one error.

Every policy and every type of claims meets payloads near those that taught it: other values, other
members, other spellings, other bytes. `WATCHWORD_SHAPE_RUNS` sets how often; the nightly set
compares 10^6 times.
Source: tokens.md section 7 (learned shapes).
"""

import json
import os
import random
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict

import msgspec
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.jose import forge
from tests.jose.keys import AUDIENCE, ISSUER, NOW, TYP

from watchword import jwt
from watchword.base import base64url
from watchword.base.limits import DATE_MAX
from watchword.jose.json_part import read_object
from watchword.jose.jwt.claims import Claims
from watchword.jose.jwt.padding import unpadded
from watchword.jose.jwt.prove import Prover

RUNS = int(os.environ.get("WATCHWORD_SHAPE_RUNS", "10000"))
SEED = os.environ.get("WATCHWORD_SEED", "0")


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    iss: str = ""
    sub: str
    aud: str | list[str] = ""
    exp: int
    iat: int = 0
    jti: str


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    exp: datetime | float
    iss: str = ""
    aud: Any = None
    iat: float | None = None
    sub: str = "nobody"
    jti: bytes = b""
    nbf: int = 0
    x: Decimal | dict[int, int] | None = None


@dataclass(frozen=True)
class Record:
    exp: float
    sub: str = "nobody"
    x: Any = None


class Typed(TypedDict, total=False):
    sub: str
    x: dict[str, float]


class Model(pydantic.BaseModel):
    sub: str = "nobody"
    exp: int
    x: list[int] | None = None


POLICIES: dict[str, dict[str, Any]] = {
    "usual": {},
    "two audiences": {"audience": (AUDIENCE, "b")},
    "any audience": {"audience": jwt.ANY},
    "no audience": {"audience": None},
    "any issuer": {"issuer": jwt.ANY},
    "no issuer": {"issuer": None},
    "max_age": {"max_age": 60},
    "leeway": {"leeway": 30, "max_age": 60},
    "require": {"require": ("sub",)},
    "switches": {"allow_int_sub": True, "allow_no_exp": True, "allow_padding": True},
}
TAUGHT: tuple[dict[str, Any], ...] = (
    {},
    {"aud": [AUDIENCE, "x"]},
    {"nbf": NOW},
    {"iat": ...},
    {"x": {"1": 2}},
    {"x": [1], "nbf": NOW, "aud": ["b", AUDIENCE]},
)
KINDS: tuple[type, ...] = (Claims, Whole, Part, Record, Typed, Model, dict)


class Pair:
    """A prover that has learned what it could, and the ordinary way alone."""

    def __init__(self, policy: str, kind: type) -> None:
        options = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYP} | POLICIES[policy]
        self.expect = jwt.Expected(**options)
        self.kind = kind
        self.learned: Prover[Any] = Prover(self.expect, kind)
        absent = {name: ... for name in ("iss", "aud") if options[NAMES[name]] is None}
        self.taught: list[dict[str, Any]] = []
        for changes in TAUGHT:
            members = forge.claims(**(changes | absent))
            if members in self.taught:
                continue
            try:
                for _ in range(2):
                    self.learned.prove(encode(forge.dump(members)), NOW)
            except jwt.ClaimsInvalid:  # max_age asks for iat, and a type for values of its own
                continue
            self.taught.append(members)

    def compare(self, payload_b64u: bytes, now: int) -> str:
        """Compare the two ways; return what came of it."""
        fast = outcome(self.learned.prove, payload_b64u, now)
        assert fast == outcome(self.unlearned, payload_b64u, now)
        return fast[0]

    def unlearned(self, payload_b64u: bytes, now: int) -> tuple[object, int | None]:
        """Read strictly, without msgspec, and judge by the rules."""
        if self.expect.allow_padding:
            payload_b64u = unpadded(payload_b64u)
        members = read_object(payload_b64u, "payload", bytes_max=len(payload_b64u))
        return Prover(self.expect, self.kind).conclude(members, now)


NAMES = {"iss": "issuer", "aud": "audience"}


def outcome(prove: Any, payload_b64u: bytes, now: int) -> tuple[str, ...]:
    """Return the value or the error, in a form in which 1, 1.0 and True differ."""
    try:
        claims, expires_in = prove(payload_b64u, now)
    except jwt.TokenError as error:
        every = getattr(error, "errors", (error,))
        told = [(type(e).__name__, str(e), e.claim, repr(e.expected), repr(e.got)) for e in every]
        return type(error).__name__, repr(told)
    value = [*claims.items()] if isinstance(claims, Claims) else claims
    return "proved", repr(value), repr(expires_in)


def encode(text: str) -> bytes:
    return base64url.encode_bytes(text.encode())


PAIRS = {(policy, kind): Pair(policy, kind) for policy in POLICIES for kind in KINDS}

dates = st.sampled_from((NOW - 61, NOW - 60, NOW - 1, NOW, NOW + 1, NOW + 10, NOW + 11, NOW + 31))
dates |= st.sampled_from((0, 1, -1, DATE_MAX, DATE_MAX + 1, 10**20, True, NOW + 0.5, 1e300, "1"))
texts = st.sampled_from((ISSUER, AUDIENCE, "x", "", "b", "é", '"', "\0", "alice", "YQ=="))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(
    scalars | dates,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("1", "a", "é")), inner, max_size=2)
    ),
    max_leaves=8,
)
by_claim = dict.fromkeys(("exp", "nbf", "iat"), dates) | {
    "aud": texts | st.lists(texts | scalars, max_size=3)
}
claim_names = st.sampled_from(("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "x", "scope", "é"))


RESPELLED = (
    *(("", ""), ("", ""), (str(NOW), f"{NOW}.0"), (str(NOW), f"{NOW // 10}e1"), ("1", "1.10")),
    *(("alice", "\\u0061lice"), ("alice", "\\ud800"), ('"sub"', '"\\u0073ub"')),
    *(("}", ',"sub":"bob"}'), ("}", ',"zz":[[[[[1]]]]]}'), ("{", '{"x":1e400,')),
)


@st.composite
def changes(draw: Any) -> dict[str, Any]:
    """Draw new values for a few claims, or none; `...` removes a claim."""
    changed = {}
    for name in draw(st.lists(claim_names, max_size=2)):
        changed[name] = draw(by_claim.get(name, texts) | st.just(...) | values)
    return changed


@st.composite
def spelled(draw: Any, members: dict[str, Any]) -> str:
    """Write members down: as the issuer did, or with another order, blank, escape or number."""
    order = list(members) if draw(st.booleans()) else draw(st.permutations(list(members)))
    ascii_only, blank = draw(st.booleans()), draw(st.sampled_from(("", "", "", " ")))
    separators = ("," + blank, ":" + blank)
    members = {name: members[name] for name in order}
    text = json.dumps(members, ensure_ascii=ascii_only, separators=separators)
    old, new = draw(st.sampled_from(RESPELLED))
    return text.replace(old, new, 1) if old else text


@pytest.mark.requirement("tokens:7:learned")
@settings(max_examples=1500, deadline=None)
@given(st.data(), st.sampled_from([*PAIRS]), st.integers(-70, 70))
def test_claims_near_those_that_were_learned_are_judged_alike(data, pair, seconds):
    """Tokens.md section 7: other values, members and spellings."""
    compared = PAIRS[pair]
    members = dict(data.draw(st.sampled_from(compared.taught)))
    for name, value in data.draw(changes()).items():
        members[name] = value
    members = {name: value for name, value in members.items() if value is not ...}
    compared.compare(encode(data.draw(spelled(members))), NOW + seconds)


@pytest.mark.requirement("tokens:7:learned")
def test_random_changes_of_a_payload_are_judged_alike():
    """Tokens.md section 7: any byte of the JSON or of its base64url."""
    chance = random.Random(f"shapes {SEED}")
    pairs, met = [*PAIRS.values()], set()
    for _ in range(RUNS):
        pair = chance.choice(pairs)
        text = bytearray(forge.dump(chance.choice(pair.taught)).encode())
        for _ in range(chance.randrange(3)):
            change(chance, text, b'",:{}[]\\ 019.e-x\xc3\xa9')
        payload_b64u = bytearray(base64url.encode_bytes(bytes(text)))
        if chance.random() < 0.3:
            change(chance, payload_b64u, b'AQgw019-_+/=\\" .\0\xff')
        met.add(pair.compare(bytes(payload_b64u), NOW + chance.choice((0, 0, -11, 60, 900, 930))))
    assert met >= {
        *("proved", "MalformedToken", "ClaimsInvalid", "Expired", "WrongIssuer", "WrongAudience"),
        *("ClaimMissing", "ClaimInvalid", "TooOld", "IssuedInFuture"),
    }


def change(chance: random.Random, text: bytearray, interesting: bytes) -> None:
    """Change a byte or a few."""
    at = chance.randrange(len(text))
    match chance.randrange(5):
        case 0:
            text[at] = chance.choice(interesting)
        case 1:
            text.insert(at, chance.choice(interesting))
        case 2:
            del text[at : at + chance.choice((1, 1, 2, 20))]
        case 3:
            text[at:at] = text[at : at + chance.choice((1, 8, 40))]
        case _:
            text[at] ^= 1 << chance.randrange(8)
    if not text:
        text += b"{}"


@pytest.mark.parametrize("pair", PAIRS.values(), ids=lambda pair: pair.kind.__name__)
def test_what_is_compared_has_been_learned(pair):
    """Each policy and type learns several shapes, or this file compares nothing."""
    for members in pair.taught:
        assert pair.compare(encode(forge.dump(members)), NOW) == "proved"
    assert pair.learned.prove != pair.learned._prove_unlearned
    assert len(pair.learned._orders) >= len(pair.taught) >= 3
