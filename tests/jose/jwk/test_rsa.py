import pytest
from tests.jose.keys import key

from watchword import jwt
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


@pytest.mark.parametrize("bits", [0, -2048, 1024, 2047, 2049, 16_392])
def test_other_sizes_are_refused(bits):
    with pytest.raises(jwt.InvalidKey, match="bits="):
        RSAMaterial.generate(bits=bits)


def test_a_curve_is_refused():
    with pytest.raises(jwt.InvalidKey, match="no curve"):
        RSAMaterial.generate("P-256")


def test_a_handle_of_another_type_is_not_taken():
    assert RSAMaterial.from_handle(key("ES256")._material.public_handle) is None
