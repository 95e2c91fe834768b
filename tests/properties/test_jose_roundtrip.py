"""What is signed is verified with equal claims, and what is verified has one reading.

Source: tokens.md J-28, J-51.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.jose import forge
from tests.jose.keys import AUDIENCE, ISSUER, NOW, TYP, signer, verifier

from watchword import jwt
from watchword.base import base64url, strict_json
from watchword.jose.algorithms.table import ALGORITHMS
from watchword.jose.jwt.claims import Claims
from watchword.jose.jwt.payload import members_of
from watchword.jose.jwt.prove import Prover
from watchword.jose.jwt.rules import failures

EXPECT = jwt.Expected(issuer=ISSUER, audience=AUDIENCE, typ=TYP)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | TEXT
    | st.floats(allow_nan=False, allow_infinity=False)
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4)
)
RESERVED = {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "client_id"}
EXTRA = st.dictionaries(TEXT.filter(lambda name: name not in RESERVED), JSON, max_size=5)
# Claims as an issuer might write them, and as nobody should.
ODD = st.sampled_from(
    [0, 1, NOW - 1, NOW, NOW + 1, 1e300, -1, True, None, "", "x", ISSUER, AUDIENCE, [AUDIENCE], []]
)
SLOW = settings(max_examples=15, deadline=None)


@pytest.mark.requirement("tokens:J-51:round-trip-property")
@pytest.mark.parametrize("alg", ALGORITHMS)
@SLOW
@given(extra=EXTRA, sub=TEXT)
def test_claims_survive_every_algorithm(alg, extra, sub):
    text = signer(alg).sign(sub=sub, **extra)
    policy = verifier(alg)
    for _ in range(3):
        proved = policy.verify(text)
        assert proved.claims.sub == sub
        assert proved.claims.extra == extra


# What a program may hold and JSON may not: every one is a mistake to be found at issue.
UNFIT = st.sampled_from(
    [
        *(float("nan"), float("inf"), -float("inf"), b"bytes", bytearray(b"x"), object(), 1j),
        *({1, 2}, {1: 2}, (1, 2), "\ud800", 10**400, -(10**30), [float("nan")], {"a": {2: 3}}),
        *({"a": b"x"}, [[["\udfff"]]], ["x"] * 9, "y" * 20_000, 2**64, -(2**63) - 1),
    ]
)


@pytest.mark.requirement("tokens:J-28:refused-at-issue")
@settings(max_examples=300, deadline=None)
@given(
    claims=st.dictionaries(
        TEXT | st.sampled_from(sorted(RESERVED | {"self", "claims"})),
        JSON | ODD | UNFIT,
        max_size=4,
    )
)
def test_what_is_issued_is_accepted_and_what_is_not_accepted_is_not_issued(claims):
    """Only the times of a token may make its own verifier refuse it: it may be for later."""
    try:
        text = signer().sign(**claims)
    except jwt.PolicyRefused:
        return
    members = members_of(text.split(".")[1].encode())
    expect = jwt.Expected(issuer=ISSUER, audience=jwt.ANY, typ=TYP)
    found = {type(each) for each in failures(members, expect, NOW)}
    assert found <= {jwt.Expired, jwt.NotYetValid, jwt.IssuedInFuture}
    if not found:
        members = dict(verifier(audience=jwt.ANY).verify(text).claims)
    assert {name: members.get(name) for name in claims} == {
        name: list(value) if isinstance(value, tuple) else value for name, value in claims.items()
    }


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_base64url_round_trips(data):
    assert base64url.decode(base64url.encode(data)) == data


@settings(deadline=None)
@given(st.text(max_size=24) | st.text("AQgw-_=+/ \n", max_size=9))
def test_base64url_has_one_spelling(text):
    try:
        data = base64url.decode(text)
    except base64url.MalformedBase64url:
        return
    assert base64url.encode(data) == text


@settings(max_examples=300, deadline=None)
@given(members=st.dictionaries(TEXT, JSON, max_size=5), spaced=st.booleans())
def test_the_fast_reader_reads_what_the_strict_one_reads(members, spaced):
    """Whatever the fast path takes, the strict reader takes and reads alike."""
    text = forge.dump(members)
    data = (text.replace(",", " ,\n") if spaced else text).encode()
    try:
        strict = strict_json.loads(data, bytes_max=16_384)
    except strict_json.MalformedJSON:
        strict = None
    try:
        read = members_of(base64url.encode_bytes(data))
    except jwt.MalformedToken:
        read = None
    assert read == strict


@settings(max_examples=500, deadline=None)
@given(
    data=st.binary(max_size=60)
    | st.text('{}[]":,0123456789.eE-+tfn\\u\x00 abA', max_size=40).map(str.encode)
)
def test_what_only_one_reader_takes_does_not_exist(data):
    try:
        strict = strict_json.loads(data, bytes_max=16_384)
    except strict_json.MalformedJSON:
        strict = None
    try:
        read = members_of(base64url.encode_bytes(data))
    except jwt.MalformedToken:
        read = None
    assert read == (strict if isinstance(strict, dict) else None)


@settings(max_examples=600, deadline=None)
@given(
    changes=st.dictionaries(
        st.sampled_from([*sorted(RESERVED), "extra"]), ODD | st.just(...), max_size=4
    ),
    now=st.integers(NOW - 2, NOW + 902),
)
def test_every_shortcut_accepts_only_what_the_rules_accept(changes, now):
    """The rules alone refuse; the learned shape and the quick look only ever agree with them."""
    learned = Prover(EXPECT, Claims)
    for _ in range(3):
        learned.prove(base64url.encode_bytes(forge.dump(forge.claims()).encode()), NOW)
    members = forge.claims(**changes)
    payload = base64url.encode_bytes(forge.dump(members).encode())
    is_good = not failures(members, EXPECT, now)
    for prover in (learned, Prover(EXPECT, Claims), Prover(EXPECT, dict)):
        try:
            prover.prove(payload, now)
        except jwt.ClaimsInvalid:
            assert not is_good
        else:
            assert is_good


@pytest.mark.requirement("security-a:18:no-other-exception", "tokens:J-30:no-other-exception")
@settings(max_examples=500, deadline=None)
@given(token=st.text() | st.binary() | st.from_regex(r"[\w-]{0,30}\.[\w-]{0,30}\.[\w-]{0,30}"))
def test_whatever_the_input_only_a_token_error_leaves(token):
    """Security.md rule 18; tokens.md J-30."""
    with pytest.raises(jwt.TokenError):
        verifier().verify(token)
