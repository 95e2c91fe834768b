from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.jose.keys import key

from watchword import jose, jwt
from watchword.base import base64url
from watchword.jose.jwk.rsa import RSAMaterial


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


@pytest.mark.requirement("rfc7518:2:fewest-bytes")
def test_a_leading_zero_byte_is_refused(members):
    """RFC 7518 section 2: a Base64urlUInt has the fewest bytes."""
    padded = base64url.encode(b"\0" + base64url.decode(members["n"]))
    with pytest.raises(jwt.InvalidKey, match="leading zero"):
        jwt.Key.from_jwk({**members, "n": padded})


@pytest.mark.requirement("tokens:J-4:halves-agree")
@pytest.mark.parametrize("name", ["d", "p", "q", "dp", "dq", "qi"])
def test_private_members_that_do_not_belong_together_are_refused(members, name):
    """Tokens.md J-4: private and public halves agree."""
    changed = int.from_bytes(base64url.decode(members[name])) ^ 2
    with pytest.raises(jwt.InvalidKey):
        jwt.Key.from_jwk({**members, name: number(changed)})


@pytest.mark.requirement("rfc7518:6.3.2:crt-members")
def test_the_five_crt_members_may_be_absent_together(members):
    """RFC 7518 section 6.3.2."""
    short = {name: members[name] for name in ("kty", "n", "e", "d", "alg")}
    assert jwt.Key.from_jwk(short).to_jwk(private=True)["qi"]


@pytest.mark.requirement("rfc7518:6.3.2:crt-members")
def test_one_crt_member_alone_is_refused(members):
    del members["qi"]
    with pytest.raises(jwt.InvalidKey) as caught:
        jwt.Key.from_jwk(members)
    assert caught.value.claim == "qi"


@pytest.fixture
def no_computing(monkeypatch):
    """Fail where anything is computed with the private numbers."""

    def refuse(*_given):
        raise AssertionError("computed with numbers that were not bounded")

    for name in ("rsa_recover_prime_factors", "RSAPrivateNumbers", "rsa_crt_dmp1"):
        monkeypatch.setattr(rsa, name, refuse)


@pytest.mark.requirement("tokens:J-4:bounded-work")
@pytest.mark.parametrize("name", ["d", "p", "q", "dp", "dq", "qi"])
@pytest.mark.parametrize("length", [257, 20_000])
def test_a_private_number_that_is_too_large_is_refused_unread(members, no_computing, name, length):
    """A `d` of 20 kB took seconds to refuse; every private number is below n."""
    huge = {name: base64url.encode(b"\xff" * length)}
    with pytest.raises(jwt.InvalidKey, match="below its modulus"):
        jwt.Key.from_jwk({**members, **huge})
    with pytest.raises(jwt.InvalidKey, match="below its modulus"):
        jwt.Key.from_jwk({**members, name: members["n"]})


@pytest.mark.requirement("tokens:J-4:bounded-work")
def test_primes_are_recovered_for_keys_of_a_usual_size_only(no_computing):
    large = number((1 << 4_096) | 1)
    members = {"kty": "RSA", "alg": "RS256", "n": large, "e": "AQAB", "d": number(1 << 4_000)}
    with pytest.raises(jwt.InvalidKey, match="names its primes"):
        jwt.Key.from_jwk(members)
    members["n"] = number((1 << 4_095) | 1)
    with pytest.raises(AssertionError):
        jwt.Key.from_jwk(members)


@pytest.mark.requirement("rfc7518:6.3.2.7:two-primes")
def test_more_than_two_primes_are_refused(members):
    with pytest.raises(jwt.InvalidKey, match="two primes"):
        jwt.Key.from_jwk({**members, "oth": []})


def test_members_and_handles_bring_the_same_key_back():
    made = RSAMaterial.generate()
    assert (made.kty, made.crv) == ("RSA", "")
    members = {**made.public_members(), **made.private_members()}
    for each in (RSAMaterial.from_jwk(members), RSAMaterial.from_handle(made.private_handle)):
        assert {**each.public_members(), **each.private_members()} == members
    public = made.public()
    assert public.private_members() == {}
    assert RSAMaterial.from_handle(public.public_handle) == public


@pytest.mark.parametrize("bits", [2048, 2056, 3072])
def test_a_key_is_made_in_the_size_that_is_asked_for(bits):
    made = jwt.Key.generate("RS256", bits=bits)
    assert len(base64url.decode(made.to_jwk()["n"])) * 8 == bits


@pytest.mark.parametrize("bits", [0, -2048, 1024, 2047, 2049, 16_392, "2048", 2048.0, True])
def test_other_sizes_are_refused(bits):
    with pytest.raises(jwt.InvalidKey, match="bits="):
        RSAMaterial.generate(bits=bits)


def test_a_curve_is_refused():
    with pytest.raises(jwt.InvalidKey, match="no curve"):
        RSAMaterial.generate("P-256")


def test_a_handle_of_another_type_is_not_taken():
    assert RSAMaterial.from_handle(key("ES256")._material.public_handle) is None


@pytest.mark.requirement("tokens:J-9:rsa-is-validated")
def test_the_numbers_of_a_file_are_validated():
    """Tokens.md J-9: a private key whose d is wrong signs, and tells the factors to who looks."""
    numbers = key("RS256").to_handle(private=True).private_numbers()
    wrong = rsa.RSAPrivateNumbers(
        numbers.p,
        numbers.q,
        numbers.d + 2,
        *(numbers.dmp1, numbers.dmq1, numbers.iqmp, numbers.public_numbers),
    )
    handle = wrong.private_key(unsafe_skip_rsa_key_validation=True)
    for encoding, read in (
        (serialization.Encoding.PEM, jwt.Key.from_pem),
        (serialization.Encoding.DER, jwt.Key.from_der),
    ):
        data = handle.private_bytes(
            encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with pytest.raises(jwt.InvalidKey):
            read(data, alg="RS256")


@pytest.mark.requirement("tokens:J-9:rsa-is-validated")
def test_no_source_skips_the_validation():
    """A key that this process made is used as it was made: it is never read back."""
    sources = Path(jose.__file__).parents[1].rglob("*.py")
    assert not [path for path in sources if "unsafe_skip" in path.read_text()]


@pytest.mark.requirement("tokens:J-13:exact-lengths")
@pytest.mark.parametrize("alg", ["RS256", "PS256"])
def test_a_modulus_that_does_not_fill_its_bytes_is_served(alg):
    """RFC 8017 section 8.2.2: the signature has the modulus' length, rounded up to bytes."""
    handle = rsa.generate_private_key(65_537, 2050)
    assert handle.key_size == 2050
    held = jwt.Key.from_handle(handle, alg=alg)
    signature = held.stamper(b"h")(b"p")
    check = held.public().checker(b"h")
    check(b"p", signature)
    data = base64url.decode(signature)
    assert len(data) == 257
    for wrong in (data[1:], data[:256], b"\0" + data):
        with pytest.raises(jwt.SignatureInvalid):
            check(b"p", base64url.encode(wrong).encode())
