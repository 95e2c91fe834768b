import pytest
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwk.rsa import RSAMaterial


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
