import json
import pickle
from copy import deepcopy

import pytest
from tests.jose import forge
from tests.jose.jwt.test_prove import learned, payload
from tests.jose.keys import NOW

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwt.claims import ReadClaims
from watchword.jose.jwt.payload import members_of


def read(text):
    return members_of(base64url.encode_bytes(text if isinstance(text, bytes) else text.encode()))


def test_registered_claims_have_their_types():
    claims = ReadClaims(
        forge.claims(aud=["a", "b"], scope="read", client_id="web", nbf=1, x={"y": 1})
    )
    assert (claims.iss, claims.sub, claims.jti) == (
        *("https://id.example", "alice", "0123456789abcdef"),
    )
    assert claims.aud == ("a", "b")
    assert claims.exp - claims.iat == 900
    assert (claims.scope, claims.client_id, claims.nbf) == ("read", "web", 1)
    assert claims.extra == {"x": {"y": 1}}
    assert claims["x"] == {"y": 1}
    assert claims.get("nothing") is None
    assert "sub" in claims
    assert len(claims) == 10


def test_absent_claims_are_none():
    claims = ReadClaims({"exp": 1})
    assert (claims.iss, claims.sub, claims.jti, claims.scope, claims.client_id) == (None,) * 5
    assert (claims.nbf, claims.iat, claims.aud, claims.extra) == (None, None, (), {})
    assert ReadClaims({"aud": "one"}).aud == ("one",)


def test_asking_for_an_absent_claim_names_it_however_the_claims_were_read():
    members = forge.claims()
    shaped = learned(members).prove(payload(members), NOW)[0]
    assert shaped == ReadClaims(members)
    for claims in (ReadClaims(members), shaped):
        with pytest.raises(KeyError) as caught:
            claims["absent"]
        assert caught.value.args == ("absent",)


def test_claims_are_pickled_and_copied_however_they_were_read():
    members = forge.claims(aud=["a", "https://api.example"], x={"y": [1]})
    shaped = learned(members).prove(payload(members), NOW)[0]
    assert not isinstance(shaped, ReadClaims)
    for claims in (ReadClaims(members), shaped):
        for copied in (pickle.loads(pickle.dumps(claims)), deepcopy(claims)):
            assert copied == claims
            assert list(copied) == list(members)
            assert copied.aud == claims.aud


def test_claims_cannot_be_changed():
    claims = ReadClaims({"exp": 1})
    with pytest.raises(TypeError):
        claims["exp"] = 2
    with pytest.raises(AttributeError):
        claims.exp = 2


@pytest.mark.requirement("tokens:J-31:canaries")
def test_the_repr_names_claims_and_shows_none():
    assert repr(ReadClaims({"sub": "canary", "exp": 1})) == "Claims(sub, exp)"


@pytest.mark.parametrize(
    "text",
    [
        *('{"a":1}', '{ "a" : 1 }', '{"a":1.0}', '{"a":1e2}', '{"\\u0061":"\\/"}', "{}"),
        *('{"a":[{"b":[{"c":[{"d":1}]}]}]}', '{"a":"\\ud83d\\ude00"}', '{"a":"é"}'),
        *('{"a":' + "[" * 30 + "]" * 30 + "}", '{"a":123456789012345678901234567890}'),
    ],
)
def test_both_ways_of_reading_agree_with_the_standard_library(text):
    assert read(text) == json.loads(text)


@pytest.mark.requirement("rfc7519:4:duplicates-refused", "tokens:J-18:strict-json")
@pytest.mark.parametrize(
    "text",
    [
        *('{"a":1,"a":1}', '{"a":{"b":1,"b":1}}', '{"a":[{"b":1,"b":2}]}', '{"a":1,"\\u0061":1}'),
        *("", " ", "[]", "1", "null", '"a"', "{}x", "{}{}", '{"a":NaN}', '{"a":1e400}'),
        *('{"a":Infinity}', '{"a":"\\ud800"}', '{"a":' + "[" * 40 + "]" * 40 + "}", "{'a':1}"),
        *(b'{"a":"\xff"}', b'\xef\xbb\xbf{"a":1}', '{"a":1}'.encode("utf-16"), b"{\x00}"),
        *('{"a":' + "9" * 5_000 + "}", '{"a":"' + "\t" + '"}', '{"a":01}'),
    ],
)
def test_what_has_no_single_reading_is_malformed(text):
    """RFC 7519 section 4; RFC 8725 section 3.7; tokens.md J-18: the tools' own traps."""
    with pytest.raises(jwt.MalformedToken) as caught:
        read(text)
    assert caught.value.__context__ is None


def test_respelt_base64url_is_malformed():
    for respelt in (b"e30=", b"e31", b"e3 0", b"e30\n", b"+/", b"", b'"', b"e30\\", b"\xff"):
        with pytest.raises(jwt.MalformedToken):
            members_of(respelt)


def test_two_hundred_thousand_brackets_are_a_plain_refusal():
    """PyJWT GHSA-8wjv-2p76-3863."""
    with pytest.raises(jwt.MalformedToken):
        read("[" * 200_000)
