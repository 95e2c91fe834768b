"""PyJWT's algorithm classes. Source: PyJWT 2.15.1, `jwt.algorithms`; tokens.md P-4, J-9, J-10."""

import hashlib
import json

import jwt as peer
import pytest
from tests.jose.pyjwt.peers import SECRET, both, handle, private_pem, public_pem, same

import watchword.pyjwt as door
from watchword import jwt
from watchword.jose.pyjwt.exceptions import AlgorithmAbsent

CLASSES = {
    "RSA": "RSAAlgorithm",
    "P-256": "ECAlgorithm",
    "P-384": "ECAlgorithm",
    "P-521": "ECAlgorithm",
    "secp256k1": "ECAlgorithm",
    "Ed448": "OKPAlgorithm",
    "Ed25519": "OKPAlgorithm",
}


@pytest.mark.requirement("tokens:P-5:names-and-signatures")
@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("as_dict", [True, False])
def test_a_jwk_is_written_and_read_as_pyjwt_does(kind, as_dict):
    public = handle(kind).public_key()
    theirs, ours = both(
        lambda m: json.loads(json.dumps(getattr(m.algorithms, CLASSES[kind]).to_jwk(public)))
    )
    assert sorted(json.loads(theirs.value)) == sorted(json.loads(ours.value))
    assert json.loads(theirs.value) == json.loads(ours.value)
    written = getattr(door.algorithms, CLASSES[kind]).to_jwk(public, as_dict)
    theirs, ours = both(lambda m: getattr(m.algorithms, CLASSES[kind]).from_jwk(written))
    assert type(theirs.value) is type(ours.value)
    assert theirs.value == ours.value


@pytest.mark.requirement("tokens:J-9:private-parts-stay")
@pytest.mark.parametrize("kind", CLASSES)
def test_a_private_key_is_written_when_asked_for(kind):
    ours, theirs = getattr(door.algorithms, CLASSES[kind]), getattr(peer.algorithms, CLASSES[kind])
    with pytest.raises(door.InvalidKeyError, match="private=True"):
        ours.to_jwk(handle(kind))
    members = ours.to_jwk(handle(kind), as_dict=True, private=True)
    assert members == theirs.to_jwk(handle(kind), as_dict=True)
    assert ours.from_jwk(members).private_numbers if kind[:2] != "Ed" else ours.from_jwk(members)


def test_a_secret_is_written_when_asked_for():
    ours = door.algorithms.HMACAlgorithm
    with pytest.raises(door.InvalidKeyError, match="private=True"):
        ours.to_jwk(SECRET)
    text = ours.to_jwk(SECRET, private=True)
    assert json.loads(text) == json.loads(peer.algorithms.HMACAlgorithm.to_jwk(SECRET))
    assert ours.from_jwk(text) == SECRET.encode()


@pytest.mark.parametrize(
    ("name", "jwk"),
    [
        ("RSAAlgorithm", {"kty": "EC"}),
        ("ECAlgorithm", {"kty": "RSA"}),
        ("OKPAlgorithm", {"kty": "oct"}),
        ("HMACAlgorithm", {"kty": "RSA"}),
        ("ECAlgorithm", {"kty": "EC", "crv": "P-999", "x": "x", "y": "y"}),
        ("OKPAlgorithm", {"kty": "OKP", "crv": "X25519", "x": "x"}),
        ("RSAAlgorithm", {"kty": "RSA", "n": "AQAB"}),
        ("RSAAlgorithm", "not json"),
        ("RSAAlgorithm", "[]"),
        ("RSAAlgorithm", 5),
        ("HMACAlgorithm", {"kty": "oct", "k": ""}),
    ],
)
def test_what_is_no_such_jwk_is_refused_alike(name, jwk):
    theirs, ours = both(lambda m: getattr(m.algorithms, name).from_jwk(jwk))
    assert isinstance(ours.error, door.InvalidKeyError)
    assert theirs.error is not None


def test_a_jwk_that_names_its_algorithm_is_read_for_it():
    jwk = door.algorithms.RSAAlgorithm.to_jwk(handle("RSA").public_key(), as_dict=True)
    assert door.algorithms.RSAAlgorithm.from_jwk(jwk | {"alg": "RS512"})
    with pytest.raises(door.InvalidKeyError):
        door.algorithms.RSAPSSAlgorithm.from_jwk(jwk | {"alg": "unknown"})


@pytest.mark.parametrize("alg", ["HS256", "RS256", "ES384", "EdDSA", "PS512"])
def test_a_prepared_key_is_taken_by_encode_and_decode(alg):
    algorithm = door.get_algorithm_by_name(alg)
    kind = {"RS256": "RSA", "PS512": "RSA", "ES384": "P-384", "EdDSA": "Ed25519"}.get(alg)
    key = algorithm.prepare_key(private_pem(kind) if kind else SECRET)
    assert key.alg == alg
    assert door.decode(door.encode({"a": 1}, key), key) == {"a": 1}
    if kind:
        assert algorithm.prepare_key(handle(kind)).alg == alg
        assert algorithm.prepare_key(public_pem(kind).encode()).alg == alg
    with pytest.raises(door.InvalidKeyError):
        algorithm.prepare_key("short")


@pytest.mark.parametrize(
    ("name", "alg"),
    [("HMACAlgorithm", "HS384"), ("RSAAlgorithm", "RS384"), ("RSAPSSAlgorithm", "PS384")],
)
def test_an_object_is_made_by_its_hash(name, alg):
    kind = getattr(door.algorithms, name)
    made = kind(kind.SHA384)
    assert repr(made) == f"{name}({alg})"
    assert made.compute_hash_digest(b"x") == hashlib.sha384(b"x").digest()
    with pytest.raises(AlgorithmAbsent):
        kind("md5")
    with pytest.raises(AlgorithmAbsent):
        door.algorithms.Algorithm()
    assert door.algorithms.OKPAlgorithm()


@pytest.mark.requirement("tokens:J-10:none-does-not-exist")
def test_the_algorithms_are_the_tables_and_none_is_not_among_them():
    names = door.algorithms.get_default_algorithms()
    assert {"none", "ES521"}.isdisjoint(names)
    assert set(names) == set(door.PyJWS().get_algorithms())
    assert door.algorithms.has_crypto
    assert "HS256" not in door.algorithms.requires_cryptography
    assert "RS256" in door.algorithms.requires_cryptography
    assert not hasattr(door.algorithms, "NoneAlgorithm")
    assert set(peer.algorithms.get_default_algorithms()) - set(names) == {"none", "ES521"}


def test_same_digest_as_pyjwt():
    for alg in ("HS256", "RS512", "ES384"):
        assert same(*both(lambda m, a=alg: m.get_algorithm_by_name(a).compute_hash_digest(b"t")))


def test_an_algorithm_outside_an_object_is_refused():
    with pytest.raises(jwt.PolicyRefused, match="without"):
        door.PyJWS(["HS256"]).get_algorithm_by_name("RS256")


@pytest.mark.parametrize("alg", ["ML-DSA-44", "Ed448", "ES256K"])
def test_algorithms_that_pyjwt_lacks_are_used_the_same_way(alg):
    key = jwt.Key.generate(alg)
    private, public = key.to_handle(private=True), key.to_handle()
    algorithm = door.get_algorithm_by_name(alg)
    text = door.encode({"a": 1}, private, algorithm=alg)
    assert door.decode(text, public, algorithms=[alg]) == {"a": 1}
    jwk = algorithm.to_jwk(public, as_dict=True) | {"alg": alg}
    assert door.decode(text, door.PyJWK(jwk)) == {"a": 1}
    assert algorithm.from_jwk(jwk) == public
