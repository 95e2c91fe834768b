import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwk.ec import ECMaterial

CURVES = {"P-256": 32, "P-384": 48, "P-521": 66, "secp256k1": 32}


@pytest.mark.parametrize(("crv", "width"), CURVES.items())
def test_members_and_handles_bring_the_same_key_back(crv, width):
    made = ECMaterial.generate(crv)
    assert (made.kty, made.crv) == ("EC", crv)
    members = {**made.public_members(), **made.private_members()}
    assert {len(base64url.decode(members[name])) for name in ("x", "y", "d")} == {width}
    for each in (ECMaterial.from_jwk(members), ECMaterial.from_handle(made.private_handle)):
        assert {**each.public_members(), **each.private_members()} == members
    public = made.public()
    assert public.private_members() == {}
    assert ECMaterial.from_handle(public.public_handle) == public


@pytest.mark.requirement("rfc7518:6.2.1.2:coordinate-width")
@pytest.mark.parametrize("crv", CURVES)
@pytest.mark.parametrize("name", ["x", "y", "d"])
def test_numbers_have_the_full_width_of_the_curve(crv, name):
    """RFC 7518 sections 6.2.1.2 and 6.2.2.1; RFC 8812 section 3.1."""
    made = ECMaterial.generate(crv)
    members = {**made.public_members(), **made.private_members()}
    data = base64url.decode(members[name])
    for wrong in (b"\0" + data, data[1:], data + b"\0"):
        with pytest.raises(jwt.InvalidKey) as caught:
            ECMaterial.from_jwk({**members, name: base64url.encode(wrong)})
        assert caught.value.claim == name


@pytest.mark.requirement(
    "rfc8725:3.4:valid-points", "tokens:J-4:sound-keys", "security-a:14:sound-keys"
)
@pytest.mark.parametrize(("crv", "width"), CURVES.items())
def test_a_point_off_the_curve_is_refused(crv, width):
    """RFC 8725 section 3.4; the point at infinity has no coordinates, so zeros stand for it."""
    members = ECMaterial.generate(crv).public_members()
    y = bytearray(base64url.decode(members["y"]))
    y[-1] ^= 1
    zeros = base64url.encode(bytes(width))
    other = next(each for each in CURVES if (CURVES[each] == width and each != crv) or each == crv)
    for wrong in ({"y": base64url.encode(bytes(y))}, {"x": zeros, "y": zeros}):
        with pytest.raises(jwt.InvalidKey, match="point"):
            ECMaterial.from_jwk({**members, **wrong})
    if other != crv:
        with pytest.raises(jwt.InvalidKey, match="point"):
            ECMaterial.from_jwk({**members, "crv": other})


@pytest.mark.parametrize("crv", CURVES)
def test_a_private_number_outside_of_the_group_is_refused(crv):
    made = ECMaterial.generate(crv)
    for d in (bytes(CURVES[crv]), b"\xff" * CURVES[crv]):
        with pytest.raises(jwt.InvalidKey):
            ECMaterial.from_jwk({**made.public_members(), "d": base64url.encode(d)})


@pytest.mark.requirement("tokens:J-4:halves-agree")
@pytest.mark.parametrize("crv", CURVES)
def test_halves_of_two_keys_are_refused(crv):
    made, other = ECMaterial.generate(crv), ECMaterial.generate(crv)
    with pytest.raises(jwt.InvalidKey, match="agree"):
        ECMaterial.from_jwk({**made.public_members(), **other.private_members()})


@pytest.mark.parametrize("crv", ["P-192", "p-256", "", None, 1, ["P-256"]])
def test_another_curve_is_refused(crv):
    with pytest.raises(jwt.InvalidKey) as caught:
        ECMaterial.from_jwk({"kty": "EC", "crv": crv, "x": "AAAA", "y": "AAAA"})
    assert caught.value.claim == "crv"


def test_a_handle_on_another_curve_is_refused():
    with pytest.raises(jwt.InvalidKey, match="brainpoolP256r1"):
        ECMaterial.from_handle(ec.generate_private_key(ec.BrainpoolP256R1()))


def test_a_handle_of_another_type_is_not_taken():
    assert ECMaterial.from_handle(key("RS256")._material.public_handle) is None


def test_a_size_is_refused():
    with pytest.raises(jwt.InvalidKey, match="bits="):
        ECMaterial.generate("P-256", 256)
