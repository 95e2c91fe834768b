import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url


def number(value: int) -> str:
    return base64url.encode(value.to_bytes((value.bit_length() + 7) // 8))


@pytest.fixture
def members():
    return key("RS256").to_jwk(private=True)


@pytest.fixture
def modulus(members):
    return int.from_bytes(base64url.decode(members["n"]))


@pytest.mark.requirement("rfc7518:3.3:2048-bits", "tokens:J-4:sound-keys")
def test_a_modulus_below_2048_bits_is_weak(members, modulus):
    """RFC 7518 section 3.3; RFC 8725 section 3.5."""
    with pytest.raises(jwt.WeakKey, match="2048"):
        jwt.Key.from_jwk({"kty": "RSA", "n": number(modulus >> 1), "e": "AQAB"}, alg="RS256")


def test_a_modulus_above_16384_bits_is_refused(modulus):
    huge = (1 << 16_384) | 1
    with pytest.raises(jwt.InvalidKey, match="16384"):
        jwt.Key.from_jwk({"kty": "RSA", "n": number(huge), "e": "AQAB"}, alg="RS256")


@pytest.mark.parametrize("exponent", [1, 2, 3, 17, 65_535, 65_536, 65_538])
def test_a_small_or_even_exponent_is_weak(members, exponent):
    """Tokens.md J-4: e = 1 makes every message its own signature."""
    with pytest.raises(jwt.WeakKey):
        jwt.Key.from_jwk({**members, "e": number(exponent)})


def test_an_exponent_beyond_64_bits_is_refused(members):
    with pytest.raises(jwt.InvalidKey, match="too large"):
        jwt.Key.from_jwk({"kty": "RSA", "n": members["n"], "e": number(2**64 + 1)}, alg="RS256")


def test_an_even_modulus_is_refused(modulus):
    with pytest.raises(jwt.InvalidKey, match="odd"):
        jwt.Key.from_jwk({"kty": "RSA", "n": number(modulus + 1), "e": "AQAB"}, alg="RS256")


def test_a_leading_zero_byte_is_refused(members):
    """RFC 7518 section 2: a Base64urlUInt has the fewest bytes."""
    padded = base64url.encode(b"\0" + base64url.decode(members["n"]))
    with pytest.raises(jwt.InvalidKey, match="leading zero"):
        jwt.Key.from_jwk({**members, "n": padded})


@pytest.mark.parametrize("name", ["d", "p", "q", "dp", "dq", "qi"])
def test_private_members_that_do_not_belong_together_are_refused(members, name):
    """Tokens.md J-4: private and public halves agree."""
    changed = int.from_bytes(base64url.decode(members[name])) ^ 2
    with pytest.raises(jwt.InvalidKey):
        jwt.Key.from_jwk({**members, name: number(changed)})


def test_the_five_crt_members_may_be_absent_together(members):
    """RFC 7518 section 6.3.2."""
    short = {name: members[name] for name in ("kty", "n", "e", "d", "alg")}
    assert jwt.Key.from_jwk(short).to_jwk(private=True)["qi"]


def test_one_crt_member_alone_is_refused(members):
    del members["qi"]
    with pytest.raises(jwt.InvalidKey) as caught:
        jwt.Key.from_jwk(members)
    assert caught.value.claim == "qi"


def test_more_than_two_primes_are_refused(members):
    with pytest.raises(jwt.InvalidKey, match="two primes"):
        jwt.Key.from_jwk({**members, "oth": []})


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


def test_a_pss_signature_with_another_salt_length_is_refused():
    """RFC 7518 section 3.5: the salt is as long as the hash."""
    pem = key("PS256").to_pem(private=True, unprotected=True).encode()
    private = serialization.load_pem_private_key(pem, None)
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 20)
    signature = private.sign(b"h.p", scheme, hashes.SHA256())
    with pytest.raises(jwt.SignatureInvalid):
        key("PS256").public().checker(b"h")(b"p", base64url.encode(signature).encode())
