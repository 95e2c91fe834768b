"""Keys that let a stranger sign, or that give their private half away, and where they are stopped.

Each attack is carried out first, on the primitive or on its numbers, and then meets the import.

Source: RFC 8725 sections 3.4 and 3.5; RFC 8032 section 5.1.7; RFC 7518 section 3.3; tokens.md J-4.
"""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwk.okp import OKPMaterial

L = 2**252 + 27_742_317_777_372_353_535_851_937_790_883_648_493
BASE = bytes.fromhex("5866666666666666666666666666666666666666666666666666666666666666")
IDENTITY = (1).to_bytes(32, "little")
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


@pytest.mark.requirement("tokens:J-4:small-order", "security-a:14:sound-keys")
def test_anybody_signs_for_the_identity_point():
    """With A the identity, S*B = R holds for R = B and S = 1 whatever the message."""
    forged = BASE + (1).to_bytes(32, "little")
    weak = ed25519.Ed25519PublicKey.from_public_bytes(IDENTITY)
    for message in (b"header.alice", b"header.admin"):
        weak.verify(forged, message)  # OpenSSL is content
    with pytest.raises(jwt.WeakKey):
        jwt.Key.from_handle(weak, alg="Ed25519")
    members = {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(IDENTITY), "alg": "Ed25519"}
    with pytest.raises(jwt.WeakKey):
        jwt.Key.from_jwk(members)
    with pytest.raises(jwt.WeakKey, match="of the set"):
        jwt.KeySet.from_jwks({"keys": [key("ES256").to_jwk(), members]})


@pytest.mark.requirement("tokens:J-4:small-order")
@pytest.mark.parametrize("u", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18])
def test_a_secret_agreed_with_a_small_order_point_is_known(u):
    """RFC 7748 section 6.1: it is zero for everybody; OpenSSL says so when it is too late."""
    point = u.to_bytes(32, "little")
    theirs = x25519.X25519PublicKey.from_public_bytes(point)
    with pytest.raises(ValueError, match="shared key"):
        x25519.X25519PrivateKey.generate().exchange(theirs)
    with pytest.raises(jwt.WeakKey):
        OKPMaterial.from_handle(theirs)


@pytest.mark.requirement("tokens:J-4:halves-agree", "security-a:14:sound-keys")
def test_a_signer_that_trusts_x_gives_its_private_key_away():
    """One signature under the right A and one under another share r, and a follows from both."""
    seed = hashlib.sha256(b"seed").digest()
    private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    message = b"header.payload"
    good = private.sign(message)
    # What a signer computes that hashes the x of the JWK instead of its own.
    expanded = hashlib.sha512(seed).digest()
    a = int.from_bytes(expanded[:32], "little") & ((1 << 254) - 8) | 1 << 254
    r = int.from_bytes(hashlib.sha512(expanded[32:] + message).digest(), "little")
    other = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    crooked = (r + digest(good[:32], other, message) * a) % L

    apart = int.from_bytes(good[32:], "little") - crooked
    hashes = digest(good[:32], public, message) - digest(good[:32], other, message)
    assert apart * pow(hashes, -1, L) % L == a % L

    members = {"kty": "OKP", "crv": "Ed25519", "alg": "Ed25519", "d": base64url.encode(seed)}
    jwt.Key.from_jwk({**members, "x": base64url.encode(public)})
    with pytest.raises(jwt.InvalidKey, match="agree"):
        jwt.Key.from_jwk({**members, "x": base64url.encode(other)})


def digest(r: bytes, public: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + public + message).digest(), "little")


@pytest.mark.requirement("tokens:J-4:sound-keys", "security-a:14:sound-keys")
def test_with_an_exponent_of_one_the_message_is_its_signature():
    """RSA verification is s^e mod n: with e = 1 the padded hash signs itself."""
    n = int.from_bytes(base64url.decode(key("RS256").to_jwk()["n"]))
    encoded = SHA256_PREFIX + hashlib.sha256(b"header.admin").digest()
    forged = b"\0\1" + b"\xff" * (256 - 3 - len(encoded)) + b"\0" + encoded
    assert pow(int.from_bytes(forged), 1, n).to_bytes(256) == forged
    with pytest.raises(jwt.WeakKey):
        jwt.Key.from_jwk({**key("RS256").to_jwk(), "e": "AQ"})
