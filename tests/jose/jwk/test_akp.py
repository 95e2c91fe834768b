import sys

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwk import akp, kinds
from watchword.jose.jwk.akp import AKPMaterial

SETS = {"ML-DSA-44": 1312, "ML-DSA-65": 1952, "ML-DSA-87": 2592}


@pytest.fixture(params=SETS)
def members(request):
    made = AKPMaterial.generate(request.param)
    return {**made.public_members(), **made.private_members()}


@pytest.mark.requirement("rfc9964:4:seed", "rfc9964:5:sizes")
def test_members_and_handles_bring_the_same_key_back(members):
    """RFC 9964 sections 3 to 5: the private key is a seed of 32 bytes."""
    assert set(members) == {"kty", "alg", "pub", "priv"}
    assert len(base64url.decode(members["priv"])) == 32
    assert len(base64url.decode(members["pub"])) == SETS[members["alg"]]
    read = AKPMaterial.from_jwk(members)
    assert (read.kty, read.crv) == ("AKP", members["alg"])
    wrapped = AKPMaterial.from_handle(read.private_handle)
    for each in (read, wrapped):
        assert {**each.public_members(), **each.private_members()} == members
    public = read.public()
    assert public.private_members() == {}
    assert AKPMaterial.from_handle(public.public_handle) == public
    assert AKPMaterial.from_jwk(public.public_members()).public_members() == read.public_members()


@pytest.mark.requirement("rfc9964:3:alg-required", "tokens:J-9:akp")
@pytest.mark.parametrize("alg", [None, "", "ES256", "ml-dsa-44", 1, ["ML-DSA-44"]])
def test_alg_is_part_of_the_key(members, alg):
    """RFC 9964 section 3: alg is required of every AKP key, whatever the caller names."""
    changed = {**members, "alg": alg}
    if alg is None:
        del changed["alg"]
        with pytest.raises(jwt.InvalidKey):
            jwt.Key.from_jwk(changed, alg=members["alg"])
    with pytest.raises(jwt.InvalidKey) as caught:
        AKPMaterial.from_jwk(changed)
    assert caught.value.claim == "alg"


@pytest.mark.requirement("rfc9964:4:seed", "rfc9964:5:sizes")
@pytest.mark.parametrize("name", ["pub", "priv"])
def test_members_have_their_exact_length(members, name):
    data = base64url.decode(members[name])
    for wrong in (data[1:], data + b"\0", data * 2, b""):
        with pytest.raises(jwt.InvalidKey) as caught:
            AKPMaterial.from_jwk({**members, name: base64url.encode(wrong)})
        assert caught.value.claim == name


@pytest.mark.requirement("rfc9964:7.4:mismatch", "tokens:J-4:halves-agree")
def test_halves_of_two_keys_are_refused(members):
    other = AKPMaterial.generate(members["alg"])
    with pytest.raises(jwt.InvalidKey, match="agree"):
        AKPMaterial.from_jwk({**members, **other.private_members()})


def test_another_parameter_set_is_refused():
    for alg in SETS:
        for other in SETS:
            if alg != other:
                with pytest.raises(jwt.InvalidKey, match=alg):
                    jwt.Key.from_pem(key(other).to_pem(), alg=alg)
                with pytest.raises(jwt.KeyMismatch):
                    jwt.Key.from_jwk(key(other).to_jwk(), alg=alg)


def test_a_handle_of_another_type_is_not_taken():
    assert AKPMaterial.from_handle(key("ES256").to_handle()) is None


def test_a_size_or_a_curve_is_refused():
    with pytest.raises(jwt.InvalidKey, match="bits="):
        AKPMaterial.generate("ML-DSA-44", 2048)
    with pytest.raises(jwt.InvalidKey, match="ML-DSA-44"):
        AKPMaterial.generate("P-256")


def test_an_openssl_without_it_is_named(monkeypatch, members):
    """OpenSSL has ML-DSA since 3.5."""

    def refuse(*_):
        raise UnsupportedAlgorithm("not in this build")

    lacking = akp._Set(
        type("Public", (), {"from_public_bytes": refuse}),
        type("Private", (), {"generate": staticmethod(refuse)}),
        SETS[members["alg"]],
    )
    monkeypatch.setitem(akp._SETS, members["alg"], lacking)
    for make in (lambda: AKPMaterial.generate(members["alg"]), lambda: jwt.Key.from_jwk(members)):
        with pytest.raises(jwt.InvalidKey, match=r"OpenSSL .* does not offer ML-DSA") as caught:
            make()
        assert caught.value.claim == "alg"


def test_a_cryptography_without_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "watchword.jose.jwk.akp", None)
    with pytest.raises(jwt.InvalidKey, match="too old for ML-DSA"):
        kinds.material_type("AKP")
    with pytest.raises(jwt.InvalidKey, match="too old"):
        jwt.Key.generate("ML-DSA-65")
