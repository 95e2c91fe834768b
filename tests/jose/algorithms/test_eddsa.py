import pytest
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwk import okp

P = 2**255 - 19
L = 2**252 + 27_742_317_777_372_353_535_851_937_790_883_648_493


def edwards_double(y: int) -> int:
    """Return the y coordinate of twice a point, from its own y (RFC 8032 section 5.1.4)."""
    d = -121_665 * pow(121_666, -1, P) % P
    x_squared = (y * y - 1) * pow(d * y * y + 1, -1, P) % P
    return (y * y + x_squared) * pow(2 - y * y + x_squared, -1, P) % P


def test_the_listed_points_are_those_of_small_order():
    """Doubling takes order 8 to 4, 4 to 2, and 2 to the identity, whose y is 1."""
    assert edwards_double(P - 1) == 1
    assert edwards_double(0) == P - 1
    assert edwards_double(okp._ORDER_8_Y) == 0
    assert edwards_double(P - okp._ORDER_8_Y) == 0
    assert {0, 1, P - 1, okp._ORDER_8_Y, P - okp._ORDER_8_Y} == okp._CURVES["Ed25519"].small_order


@pytest.mark.requirement("tokens:J-4:small-order")
@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize(
    "y", [0, 1, P - 1, P, P + 1, okp._ORDER_8_Y, P - okp._ORDER_8_Y], ids=lambda y: f"{y:x}"[:8]
)
def test_a_small_order_point_is_refused_in_every_encoding(y, sign):
    """Tokens.md J-4: with such a key anybody can sign."""
    encoded = (y | sign << 255).to_bytes(32, "little")
    with pytest.raises(jwt.WeakKey, match="small order"):
        jwt.Key.from_jwk(
            {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(encoded)}, alg="Ed25519"
        )


@pytest.mark.requirement(
    "rfc9864:2.2:names-are-separate", "tokens:J-14:ed25519-preferred", "security-a:21:both-names"
)
def test_the_two_names_are_two_algorithms():
    """RFC 9864: Ed25519 is preferred, EdDSA is for keys made under that name."""
    members = key("Ed25519").to_jwk()
    with pytest.raises(jwt.KeyMismatch):
        jwt.Key.from_jwk(members, alg="EdDSA")
    assert key("EdDSA").alg == "EdDSA"


@pytest.mark.parametrize("crv", ["Ed448", "X25519", "P-256", None, 1])
def test_another_curve_is_refused(crv):
    with pytest.raises(jwt.InvalidKey) as caught:
        jwt.Key.from_jwk({**key("Ed25519").to_jwk(), "crv": crv})
    assert caught.value.claim == "crv"


@pytest.mark.parametrize("name", ["x", "d"])
@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_members_have_32_bytes(name, length):
    members = key("Ed25519").to_jwk(private=True)
    with pytest.raises(jwt.InvalidKey):
        jwt.Key.from_jwk({**members, name: base64url.encode(b"\x07" * length)})


@pytest.mark.requirement("tokens:J-4:halves-agree")
def test_halves_of_two_keys_are_refused():
    members = key("Ed25519").to_jwk(private=True)
    other = jwt.Key.generate("Ed25519").to_jwk(private=True)
    with pytest.raises(jwt.InvalidKey, match="agree"):
        jwt.Key.from_jwk({**members, "d": other["d"]})


@pytest.mark.requirement("tokens:J-13:exact-lengths")
def test_a_signature_has_64_bytes_and_a_reduced_s():
    """RFC 8032 section 5.1.7: S at or beyond the group's order is another spelling."""
    held = key("Ed25519")
    signature = base64url.decode(held.stamper(b"h")(b"p"))
    check = held.public().checker(b"h")
    check(b"p", base64url.encode(signature).encode())
    shifted = int.from_bytes(signature[32:], "little") + L
    for wrong in (
        signature[:32] + shifted.to_bytes(32, "little"),
        signature[:-1],
        signature + b"\0",
        bytes(64),
    ):
        with pytest.raises(jwt.SignatureInvalid):
            check(b"p", base64url.encode(wrong).encode())


def test_a_public_key_cannot_sign():
    with pytest.raises(jwt.InvalidKey, match="private"):
        key("Ed25519").public().stamper(b"h")
