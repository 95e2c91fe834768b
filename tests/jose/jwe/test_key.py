"""Key pairs for encryption."""

import pickle

import pytest
from tests.jose.jwe.recipients import CURVES, DATA, key, sending

from watchword import jwe, jwt

RSA = ["RSA-OAEP", "RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"]
AGREED = ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"]
EVERY = [(alg, None) for alg in RSA] + [(alg, crv) for alg in AGREED for crv in CURVES]


@pytest.mark.parametrize(("alg", "crv"), EVERY)
def test_a_key_goes_out_and_comes_back(alg, crv):
    held = key(alg, crv=crv)
    members = held.to_jwk(private=True)
    assert members["use"] == "enc"
    assert members.get("crv") == crv
    public = held.public()
    assert "d" not in public.to_jwk()
    text = jwe.encrypt(DATA, jwe.Key.from_jwk(public.to_jwk()), enc="A256GCM")
    for read in (
        jwe.Key.from_jwk(members),
        jwe.Key.from_pem(held.to_pem(private=True, unprotected=True), alg=alg, kid=held.kid),
        jwe.Key.from_der(held.to_der(private=True, unprotected=True), alg=alg, kid=held.kid),
    ):
        assert jwe.Decrypter(read, enc=["A256GCM"]).decrypt(text).data == DATA
    assert repr(public) == f"Key(alg={alg!r}, kid='kid-{alg}', public)"
    with pytest.raises(TypeError):
        pickle.dumps(held)


@pytest.mark.parametrize("alg", AGREED)
def test_the_curve_is_chosen_when_a_key_is_made(alg):
    assert jwe.Key.generate(alg).to_jwk()["crv"] == "P-256"
    for crv in ("Ed25519", "secp256k1", "Ed448", "P-224", ""):
        with pytest.raises(jwt.InvalidKey):
            jwe.Key.generate(alg, crv=crv)


@pytest.mark.parametrize("crv", ["Ed25519", "Ed448"])
def test_a_signing_curve_does_not_agree(crv):
    signing = jwt.Key.generate("Ed25519") if crv == "Ed25519" else None
    members = {"kty": "OKP", "crv": crv, "x": "A" * 76}
    if signing:
        members = signing.to_jwk()
    with pytest.raises(jwt.KeyRefused):
        jwe.Key.from_jwk({**members, "alg": "ECDH-ES", "use": "enc"})


@pytest.mark.parametrize(
    ("alg", "error"),
    [
        ("A128KW", jwt.KeyMismatch),
        ("dir", jwt.KeyMismatch),
        ("PBES2-HS256+A128KW", jwt.KeyMismatch),
        ("RS256", jwt.PolicyRefused),
        ("none", jwt.PolicyRefused),
        ("RSA1_5", jwt.PolicyRefused),
    ],
)
def test_key_pairs_have_their_algorithms(alg, error):
    with pytest.raises(error):
        jwe.Key.generate(alg)


def test_a_short_modulus_is_weak():
    with pytest.raises(jwt.KeyRefused):
        jwe.Key.generate("RSA-OAEP", bits=1024)


@pytest.mark.requirement("tokens:J-32:oaep-only")
def test_keys_of_one_modulus_and_another_hash_do_not_open():
    """The algorithm is the key's: RSA-OAEP-256 is not RSA-OAEP."""
    text = jwe.encrypt(DATA, sending("RSA-OAEP"), enc="A128GCM")
    with pytest.raises(jwt.AlgorithmRefused):
        jwe.Decrypter(key("RSA-OAEP-256"), enc=["A128GCM"]).decrypt(text)
