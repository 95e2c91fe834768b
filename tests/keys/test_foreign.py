"""Reading a key set of somebody else. Source: tokens.md J-41, J-42; RFC 7517 section 5."""

import json

import pytest

from watchword.base.limits import KEYS_MAX
from watchword.jose.errors import InvalidKey, UnknownKey
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.keys.foreign import NoUsableKey, carried_over, read_key_set

RSA, EC, ED = (Key.generate(alg) for alg in ("RS256", "ES256", "Ed25519"))
OFFERED = ("RS256", "ES256", "Ed25519")


def jwk(key: Key, **changed: object) -> dict:
    members = key.public().to_jwk() | changed
    return {name: value for name, value in members.items() if value is not None}


def read(*keys: object, algorithms=OFFERED):
    return read_key_set(json.dumps({"keys": list(keys)}).encode(), algorithms)


def test_good_keys_of_every_type_are_read():
    read_keys = read(jwk(RSA), jwk(EC), jwk(ED))
    assert [key.alg for key in read_keys.keys] == ["RS256", "ES256", "Ed25519"]
    assert read_keys.dropped == ()


@pytest.mark.requirement("tokens:J-41:algorithm-of-a-key")
def test_key_without_alg_takes_the_one_listed_name_that_fits():
    keys = (jwk(RSA, alg=None), jwk(EC, alg=None), jwk(ED, alg=None))
    assert [key.alg for key in read(*keys).keys] == ["RS256", "ES256", "Ed25519"]
    ambiguous = read(*keys, algorithms=("RS256", "PS256", "ES256"))
    assert [key.alg for key in ambiguous.keys] == ["ES256"]
    assert len(ambiguous.dropped) == 2


@pytest.mark.requirement("tokens:J-42:keys-without-a-kid", "tokens:J-8:exactly-one-key")
def test_keys_without_a_kid_are_told_apart_by_their_algorithm():
    """RFC 7517 section 4.5: `kid` is optional, and what is absent cannot be taken."""
    found = read(jwk(RSA, kid=None), jwk(EC, kid=None), jwk(ED))
    assert found.dropped == ()
    for key in (RSA, EC, ED):
        assert found.keys.find(key.alg, None).thumbprint() == key.thumbprint()
    other = Key.generate("ES256", kid=None)
    two = read(jwk(EC, kid=None), jwk(other), jwk(RSA)).keys
    assert len(two) == 3
    with pytest.raises(UnknownKey):
        two.find("ES256", None)
    assert two.find("RS256", None).thumbprint() == RSA.thumbprint()


def test_a_key_that_is_listed_twice_without_a_kid_is_one_key():
    found = read(jwk(EC, kid=None), jwk(EC, kid=None))
    assert found.keys.find("ES256", None).thumbprint() == EC.thumbprint()
    assert [each.is_alarming for each in found.dropped] == [False]


@pytest.mark.parametrize(
    "bad",
    [
        jwk(EC, kid="x", alg="HS256"),
        jwk(EC, kid="x", alg="ES384"),
        jwk(EC, kid="x", alg="none"),
        jwk(EC, kid="x", alg=["ES256"]),
        jwk(EC, kid="x", use="enc"),
        jwk(EC, kid="x", key_ops=["sign"]),
        jwk(EC, kid="x", key_ops="verify"),
        jwk(EC, kid="x", crv="P-1", alg=None),
        jwk(EC, kid="x", x="AAAA"),
        jwk(EC, kid=7),
        jwk(RSA, kid="x", n="AQAB"),
        {"kty": "unheard-of", "kid": "x"},
        {},
        jwk(EC),  # the kid of the good one, a second time
    ],
)
@pytest.mark.requirement("tokens:J-42:dropped-not-lost")
def test_key_that_is_not_understood_is_dropped(bad):
    found = read(jwk(EC), bad)
    assert [key.kid for key in found.keys] == [EC.kid]
    assert [each.is_alarming for each in found.dropped] == [False]


@pytest.mark.requirement("tokens:J-42:private-part")
def test_key_with_a_private_part_is_dropped_with_an_alarm():
    found = read(jwk(EC), RSA.to_jwk(private=True))
    assert [each.is_alarming for each in found.dropped] == [True]


@pytest.mark.requirement("tokens:J-42:shared-secret-refuses-all")
def test_shared_secret_refuses_the_whole_set():
    with pytest.raises(InvalidKey, match="shared secret"):
        read(jwk(EC), {"kty": "oct", "k": "A" * 43})


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": ["text", 7, null]}',
        b'{"keys": [], "keys": []}',
        json.dumps({"keys": [{}] * (KEYS_MAX + 1)}).encode(),
        b'{"keys": [' + b" " * 70_000 + b"]}",
    ],
)
def test_document_without_usable_keys_is_refused(document):
    with pytest.raises(InvalidKey):
        read_key_set(document, OFFERED)


def test_keys_that_did_not_change_stay_the_objects_that_they_were():
    """What is prepared for a key, and what was verified with it, hangs on the object."""
    earlier = KeySet([EC.public(), RSA.public()])
    again = KeySet([EC.public(), RSA.public()])
    assert carried_over(again, None) is again
    assert carried_over(again, earlier) is earlier
    more = KeySet([ED.public(), RSA.public()])
    merged = carried_over(more, earlier)
    assert merged.find(RSA.alg, RSA.kid) is earlier.find(RSA.alg, RSA.kid)
    assert merged.find(ED.alg, ED.kid) is more.find(ED.alg, ED.kid)
    assert len(merged) == 2
    fewer = carried_over(KeySet([RSA.public()]), earlier)
    assert list(fewer) == [earlier.find(RSA.alg, RSA.kid)]


def test_a_key_under_another_name_or_with_the_same_name_is_another_key():
    earlier = KeySet([EC.public()])
    renamed = Key.from_jwk(EC.public().to_jwk() | {"kid": "other"})
    replaced = Key.generate("ES256", kid=EC.kid).public()
    for changed in (renamed, replaced):
        assert list(carried_over(KeySet([changed]), earlier)) == [changed]


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ([], "key_invalid: the key set holds no usable key"),
        ([EC.to_jwk(private=True)] * 2,
         "key_invalid: the key set holds no usable key: it has a private part"),
    ],
)  # fmt: skip
def test_a_set_without_a_usable_key_says_why_once(keys, says):
    with pytest.raises(NoUsableKey) as caught:
        read_key_set(json.dumps({"keys": keys}).encode(), ["ES256"])
    assert str(caught.value) == says
    assert len(caught.value.dropped) == len(keys)
