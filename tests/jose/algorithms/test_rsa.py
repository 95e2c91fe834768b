import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url


@pytest.mark.parametrize("alg", ["RS256", "PS384"])
def test_a_signature_is_as_long_as_the_modulus(alg):
    """Tokens.md J-13."""
    held = key(alg)
    stamp, check = held.stamper(b"h"), held.public().checker(b"h")
    signature = base64url.decode(stamp(b"p"))
    assert len(signature) == 256
    check(b"p", stamp(b"p"))
    for wrong in (signature[:-1], signature + b"\0", b"\0" + signature, signature[::-1]):
        with pytest.raises(jwt.SignatureInvalid):
            check(b"p", base64url.encode(wrong).encode())


def test_a_public_key_cannot_sign():
    with pytest.raises(jwt.InvalidKey, match="private"):
        key("RS256").public().stamper(b"h")


@pytest.mark.requirement("rfc7518:3.5:salt-length")
def test_a_pss_signature_with_another_salt_length_is_refused():
    """RFC 7518 section 3.5: the salt is as long as the hash."""
    pem = key("PS256").to_pem(private=True, unprotected=True).encode()
    private = serialization.load_pem_private_key(pem, None)
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 20)
    signature = private.sign(b"h.p", scheme, hashes.SHA256())
    with pytest.raises(jwt.SignatureInvalid):
        key("PS256").public().checker(b"h")(b"p", base64url.encode(signature).encode())
