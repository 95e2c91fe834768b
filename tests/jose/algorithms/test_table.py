import dataclasses

import pytest

from watchword import jwt
from watchword.jose.algorithms import table
from watchword.jose.algorithms.table import ALGORITHMS, Algorithm, Family, algorithm


@pytest.mark.requirement("tokens:J-10:none-does-not-exist")
def test_the_table_holds_the_signature_algorithms_and_nothing_else():
    """RFC 7518 section 3.1, RFC 8812, RFC 8037, RFC 9864, RFC 9964; security.md rule 4."""
    assert list(ALGORITHMS) == [
        *("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "ES256K", "Ed25519", "Ed448", "EdDSA"),
        *("ML-DSA-44", "ML-DSA-65", "ML-DSA-87"),
    ]


def test_the_table_cannot_be_added_to():
    with pytest.raises(TypeError):
        ALGORITHMS["none"] = jwt.HS256
    with pytest.raises(dataclasses.FrozenInstanceError):
        jwt.HS256.name = "none"


@pytest.mark.parametrize("name", ["none", "None", "NONE", "RSA1_5", "hs256", "HS256 ", "", None, 1])
def test_an_unknown_name_is_refused_naming_the_known_ones(name):
    with pytest.raises(jwt.PolicyRefused, match="HS256"):
        algorithm(name)


def test_a_row_stands_for_itself():
    assert algorithm(jwt.ES256) is jwt.ES256
    assert algorithm("ES256") is jwt.ES256


def test_families_are_named_as_go_readers_look_for_them():
    assert jwt.HS256.family is jwt.HMAC is Family.HMAC
    assert jwt.RS256.family is jwt.RSA
    assert jwt.PS256.family is jwt.RSA_PSS
    assert jwt.ES256.family is jwt.ECDSA
    assert jwt.ES256K.family is jwt.ECDSA
    assert jwt.Ed25519.family is jwt.Ed448.family is jwt.EdDSA.family is jwt.EDDSA
    assert jwt.ML_DSA_44.family is jwt.ML_DSA
    assert {row.name for row in ALGORITHMS.values() if row.is_symmetric} == {
        "HS256",
        "HS384",
        "HS512",
    }


def test_each_row_is_a_name_of_the_module():
    rows = {value.name for value in vars(table).values() if isinstance(value, Algorithm)}
    assert rows == set(ALGORITHMS)
