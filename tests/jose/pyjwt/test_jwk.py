"""PyJWK and PyJWKSet. Source: PyJWT 2.15.1; tokens.md J-1, J-7."""

import json

import jwt as peer
import pytest
from tests.jose.pyjwt.peers import SECRET, both, handle, same

import watchword.pyjwt as door
from watchword import jwt
from watchword.base import base64url

OCT = {"kty": "oct", "k": base64url.encode(SECRET.encode())}


def public(kind: str, **more: object) -> dict[str, object]:
    name = {"RSA": "RSA", "Ed25519": "OKP", "Ed448": "OKP"}.get(kind, "EC")
    algorithm = getattr(peer.algorithms, f"{name}Algorithm")
    return algorithm.to_jwk(handle(kind).public_key(), as_dict=True) | more


JWKS = {
    "RSA": public("RSA", kid="r", use="sig"),
    "PS256": public("RSA", alg="PS256"),
    "P-256": public("P-256"),
    "P-384": public("P-384"),
    "P-521": public("P-521"),
    "secp256k1": public("secp256k1"),
    "Ed25519": public("Ed25519"),
    "Ed448": public("Ed448"),
    "Ed448 as EdDSA": public("Ed448", alg="EdDSA"),
    "oct": OCT,
    "oct 512": OCT | {"k": base64url.encode(b"x" * 64), "alg": "HS512"},
    "private": peer.algorithms.ECAlgorithm.to_jwk(handle("P-256"), as_dict=True),
    "no kty": {"k": "x"},
    "kty unknown": {"kty": "XYZ"},
    "kty 5": {"kty": 5},
    "crv unknown": public("P-256") | {"crv": "P-999"},
    "OKP without crv": {"kty": "OKP", "x": "x"},
    "alg unknown": public("RSA", alg="RS257"),
    "alg for encryption": public("RSA", alg="RSA-OAEP"),
    "RSA without n": {"kty": "RSA", "e": "AQAB"},
    "coordinates too short": public("P-256") | {"x": "AAAA"},
    "off the curve": public("P-256") | {"x": base64url.encode(b"\1" * 32)},
}


@pytest.mark.parametrize("name", JWKS)
def test_a_jwk_is_read_alike(name):
    theirs, ours = both(
        lambda m: [
            getattr(m.PyJWK.from_json(json.dumps(JWKS[name])), each)
            for each in ("algorithm_name", "key_type", "key_id", "public_key_use")
        ]
    )
    assert same(theirs, ours), f"{theirs} there, {ours} here"


@pytest.mark.parametrize("name", ["RSA", "P-521", "Ed25519", "oct", "private"])
def test_the_key_object_is_cryptographys(name):
    theirs, ours = both(lambda m: m.PyJWK.from_dict(JWKS[name]).key)
    if name == "oct":
        assert same(theirs, ours)
    else:
        assert type(theirs.value) is type(ours.value)
        assert same(
            *both(
                lambda m: m.PyJWK(JWKS[name]).Algorithm.to_jwk(
                    getattr(ours.value, "public_key", lambda: ours.value)(), as_dict=True
                )
            )
        )


@pytest.mark.parametrize(
    "wrong", ["[]", "{", '"x"', '{"kty":"RSA","kty":"oct"}', "{}" + " " * 70_000]
)
def test_what_is_no_jwk_is_refused(wrong):
    with pytest.raises(door.InvalidKeyError):
        door.PyJWK.from_json(wrong)


@pytest.mark.requirement("tokens:P-3:parser-and-keys", "tokens:J-1:one-algorithm")
def test_another_algorithm_than_the_jwks_is_refused():
    with pytest.raises(door.InvalidKeyError, match="another algorithm"):
        door.PyJWK(public("RSA", alg="RS256"), "PS256")
    with pytest.raises(door.InvalidKeyError):
        door.PyJWK("text")
    with pytest.raises(door.PyJWKError):
        door.PyJWK(OCT, 5)


@pytest.mark.parametrize("wrong", [None, {}, [], [5, "x"], [{"kty": "XYZ"}]])
def test_a_set_without_a_usable_key_is_refused(wrong):
    with pytest.raises(door.PyJWKSetError):
        door.PyJWKSet(wrong)


def test_unusable_keys_are_left_out_of_a_set():
    document = {
        "keys": [
            *(JWKS["alg unknown"], JWKS["off the curve"], JWKS["kty unknown"], 5),
            public("RSA", kid="e", use="enc"),
            public("RSA", kid="r"),
            public("P-256", kid="p"),
        ]
    }
    keys = door.PyJWKSet.from_json(json.dumps(document))
    assert [key.key_id for key in keys] == ["r", "p"]
    assert keys["p"].algorithm_name == "ES256"
    assert repr(keys).startswith("PyJWKSet([PyJWK(Key(alg='RS256', kid='r', public)")
    with pytest.raises(KeyError) as raised:
        keys["x"]
    assert isinstance(raised.value, door.PyJWKSetError)
    assert door.PyJWKSet.from_dict({"keys": [OCT]})


@pytest.mark.requirement("tokens:J-7:sets-are-of-one-kind")
def test_a_set_is_of_one_kind_and_names_each_kid_once():
    for keys in (
        [OCT, public("RSA")],
        [public("RSA", kid="k"), public("P-256", kid="k")],
    ):
        with pytest.raises(door.PyJWKSetError):
            door.PyJWKSet(keys)


def test_no_repr_shows_a_secret():
    key = door.PyJWK(OCT)
    assert OCT["k"] not in repr(key)
    assert SECRET not in f"{key!r} {vars(key)!r}"
    assert isinstance(key.bound, jwt.Secret)


@pytest.mark.parametrize("text", ['{"keys": [], "x": "\ud800"}', '{"kty": "\udfff"}', "\ud800"])
def test_half_a_surrogate_pair_is_refused_as_json(text):
    for read in (door.PyJWK.from_json, door.PyJWKSet.from_json):
        with pytest.raises(door.InvalidKeyError, match="JSON"):
            read(text)


@pytest.mark.parametrize("wrong", [[], None, "keys", 5, [("keys", [])]])
def test_members_that_are_none_are_no_set(wrong):
    with pytest.raises(door.PyJWKSetError, match="mapping"):
        door.PyJWKSet.from_dict(wrong)


@pytest.mark.parametrize("algorithms", [[[1]], [{}], [None], [5], [b"HS256"], 5, object()])
def test_algorithms_that_are_no_names_are_the_callers_mistake(algorithms):
    with pytest.raises(jwt.PolicyRefused) as caught:
        door.decode("", "a secret of more than thirty-two bytes", algorithms=algorithms)
    assert isinstance(caught.value, TypeError)
    assert "algorithm" in str(caught.value)
