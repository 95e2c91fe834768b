import copy
import pickle
import traceback

import pytest
from tests.jose.keys import ASYMMETRIC, SYMMETRIC, key

from watchword import jwt
from watchword.base import base64url

PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "k", "oth", "priv"}


def private_members(held):
    members = held.to_jwk(private=True)
    return {name: members[name] for name in PRIVATE_MEMBERS & members.keys()}


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_every_form_brings_the_same_key_back(alg):
    made = key(alg)
    back = [
        jwt.Key.from_jwk(made.to_jwk(private=True)),
        jwt.Key.from_pem(made.to_pem(private=True, unprotected=True), alg=alg),
        jwt.Key.from_pem(made.to_pem(private=True, password="pw"), alg=alg, password=b"pw"),
    ]
    for each in back:
        assert each.is_private
        assert private_members(each) == private_members(made)
    for each in (jwt.Key.from_jwk(made.to_jwk()), jwt.Key.from_pem(made.to_pem(), alg=alg)):
        assert not each.is_private
        assert each.thumbprint() == made.thumbprint()


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_what_one_half_signs_the_other_verifies(alg):
    stamp, check = key(alg).stamper(b"header"), key(alg).public().checker(b"header")
    check(b"payload", stamp(b"payload"))
    with pytest.raises(jwt.SignatureInvalid):
        check(b"pavload", stamp(b"payload"))
    with pytest.raises(jwt.SignatureInvalid):
        key(alg).checker(b"heador")(b"payload", stamp(b"payload"))


def test_a_generated_key_is_named_by_its_thumbprint():
    made = jwt.Key.generate("ES256")
    assert made.kid == made.thumbprint()
    assert made.alg == "ES256"
    assert made.algorithm is jwt.ES256
    assert jwt.Key.generate(jwt.ES256, kid="mine").kid == "mine"
    assert jwt.Key.generate("Ed25519", kid=None).kid is None
    assert "kid" not in jwt.Key.generate("Ed25519", kid=None).to_jwk()


@pytest.mark.requirement("rfc7518:3.3:2048-bits", "tokens:J-4:sound-keys")
def test_a_generated_rsa_key_has_2048_bits():
    modulus = base64url.decode(jwt.Key.generate("PS512").to_jwk()["n"])
    assert len(modulus) == 256


@pytest.mark.requirement("security-a:22:private-parts-stay", "tokens:J-9:private-parts-stay")
@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_private_parts_leave_only_when_asked_for(alg):
    """Security.md rule 22; tokens.md J-9."""
    held = key(alg)
    private = held.to_jwk(private=True)
    secrets = {str(value) for name, value in private.items() if name in PRIVATE_MEMBERS}
    assert secrets
    assert not PRIVATE_MEMBERS & held.to_jwk().keys()
    assert "PRIVATE" not in held.to_pem()
    shown = [repr(held), str(held), f"{held}", repr(jwt.KeySet([held])), repr([held])]
    shown.append(str(jwt.KeySet([held]).publish()))
    try:
        pickle.dumps(held)
    except TypeError:
        shown.append(traceback.format_exc())
    assert not any(secret in text for secret in secrets for text in shown)
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="to_jwk"):
            leave(held)


def test_a_private_pem_is_encrypted_or_openly_not():
    """Tokens.md J-9."""
    held = key("ES256")
    for nothing in (None, "", b""):
        with pytest.raises(jwt.InvalidKey, match="password="):
            held.to_pem(private=True, password=nothing)
    assert "ENCRYPTED" in held.to_pem(private=True, password="pw")
    assert "ENCRYPTED" not in held.to_pem(private=True, unprotected=True)


def test_a_public_key_has_no_private_half_to_write():
    for alg in ASYMMETRIC:
        public = key(alg).public()
        with pytest.raises(jwt.InvalidKey, match="no private half"):
            public.to_jwk(private=True)
        with pytest.raises(jwt.InvalidKey, match="no private half"):
            public.to_pem(private=True, unprotected=True)


@pytest.mark.parametrize("alg", SYMMETRIC)
def test_symmetric_algorithms_are_another_class(alg):
    with pytest.raises(jwt.KeyMismatch, match="Secret"):
        jwt.Key.generate(alg)
    with pytest.raises(jwt.KeyMismatch, match="Secret"):
        jwt.Key.from_pem(key("RS256").to_pem(), alg=alg)
    with pytest.raises(jwt.KeyMismatch, match="Secret"):
        jwt.Key.from_jwk(key(alg).to_jwk(private=True))


@pytest.mark.parametrize("alg", ["none", "RSA1_5", "hs256", "", None])
def test_an_unknown_algorithm_makes_no_key(alg):
    with pytest.raises(jwt.PolicyRefused):
        jwt.Key.generate(alg)


@pytest.mark.parametrize("kid", ["", "k" * 257, 7])
def test_an_unfit_kid_makes_no_key(kid):
    with pytest.raises(jwt.InvalidKey):
        jwt.Key.generate("Ed25519", kid=kid)


@pytest.mark.requirement("tokens:J-15:canonical", "security-a:7:canonical")
def test_a_respelt_signature_is_malformed():
    check = key("ES256").checker(b"h")
    good = key("ES256").stamper(b"h")(b"p")
    for wrong in (good + b"=", good + b"\n", good[:-1] + b"+"):
        with pytest.raises(jwt.MalformedToken):
            check(b"p", wrong)


def test_public_is_what_the_pair_publishes():
    held = key("RS256")
    assert held.public().to_jwk() == held.to_jwk()
    assert held.to_jwk()["kid"] == "kid-RS256"
    assert repr(held.public()) == "Key(alg='RS256', kid='kid-RS256', public)"
    assert repr(held) == "Key(alg='RS256', kid='kid-RS256', private)"


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_a_key_object_goes_in_and_comes_out(alg):
    """For programs that hold keys of cryptography already; halves keep apart (J-9)."""
    pair = key(alg)
    private = pair.to_handle(private=True)
    assert jwt.Key.from_handle(private, alg=alg, kid="k").to_jwk() == pair.to_jwk() | {"kid": "k"}
    lone = jwt.Key.from_handle(pair.to_handle(), alg=alg)
    assert not lone.is_private
    with pytest.raises(jwt.InvalidKey, match="no private half"):
        lone.to_handle(private=True)


def test_a_key_begins_with_nothing_prepared():
    assert jwt.Key.generate("ES256").prepared == {}
