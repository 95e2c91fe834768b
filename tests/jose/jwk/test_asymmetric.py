"""The base of every key pair, under an algorithm that is not for signatures.

Signature keys, the other users of the base, are in test_key.py.
"""

from dataclasses import dataclass

import pytest
from tests.jose.keys import key

from watchword import jwt
from watchword.jose.errors import PolicyRefused
from watchword.jose.jwk.asymmetric import AsymmetricKey


@dataclass(frozen=True, slots=True)
class Agreement:
    """A row as a table of key agreement would have it: two key types, five curves."""

    name: str = "ECDH-ES"
    key_types: tuple[str, ...] = ("EC", "OKP")
    curves: tuple[str, ...] = ("P-256", "P-384", "P-521", "X25519", "X448")
    use: str = "enc"
    public_operations: frozenset[str] = frozenset()
    private_operations: frozenset[str] = frozenset({"deriveKey", "deriveBits"})


ROW = Agreement()


class AgreementKey(AsymmetricKey[Agreement]):
    __slots__ = ()
    _USE = "enc"

    @classmethod
    def _row_of(cls, alg):
        if alg not in (ROW, ROW.name):
            raise PolicyRefused("name one of these algorithms: ECDH-ES", claim="alg")
        return ROW


@pytest.mark.parametrize("crv", ROW.curves)
def test_each_curve_is_made_written_and_read(crv):
    made = AgreementKey.generate("ECDH-ES", crv=crv)
    assert made.algorithm is ROW
    members = made.to_jwk(private=True)
    assert (members["crv"], members["use"], members["alg"]) == (crv, "enc", "ECDH-ES")
    back = [
        AgreementKey.from_jwk(members),
        AgreementKey.from_pem(made.to_pem(private=True, unprotected=True), alg=ROW, kid="auto"),
        AgreementKey.from_der(made.to_der(private=True, password="p"), alg=ROW, password="p"),
    ]
    assert {each.thumbprint() for each in back} == {made.kid}
    assert {str(each.to_jwk(private=True)["d"]) for each in back} == {members["d"]}
    assert AgreementKey.from_der(made.to_der(), alg=ROW).thumbprint() == made.kid
    assert repr(made) == f"AgreementKey(alg='ECDH-ES', kid='{made.kid}', private)"


def test_the_first_curve_is_the_default():
    assert AgreementKey.generate("ECDH-ES").to_jwk()["crv"] == "P-256"


@pytest.mark.parametrize("crv", ["secp256k1", "Ed25519", "", "p-256"])
def test_another_curve_is_refused(crv):
    with pytest.raises(jwt.InvalidKey) as caught:
        AgreementKey.generate("ECDH-ES", crv=crv)
    assert caught.value.claim == "crv"


@pytest.mark.parametrize("alg", ["ES256", "Ed25519", "RS256"])
def test_a_signature_key_is_sent_to_its_own_door(alg):
    """Tokens.md J-40."""
    members = key(alg).to_jwk()
    with pytest.raises(jwt.InvalidKey, match=r"jwt\.Key\.from_jwk"):
        AgreementKey.from_jwk(members)
    del members["alg"]
    if alg == "ES256":
        with pytest.raises(jwt.KeyMismatch, match=r"jwt\.Key\.from_jwk"):
            AgreementKey.from_jwk(members, alg="ECDH-ES")


@pytest.mark.requirement("tokens:J-40:separate-keys")
@pytest.mark.parametrize("crv", ROW.curves)
def test_an_encryption_key_is_no_signature_key(crv):
    """Tokens.md J-40: by its `use`, by its `alg`, by its curve and by its type."""
    made = AgreementKey.generate("ECDH-ES", crv=crv)
    members = made.to_jwk(private=True)
    with pytest.raises(jwt.InvalidKey, match=r"jwe\.Key\.from_jwk"):
        jwt.Key.from_jwk(members)
    for alg in ("ES256", "Ed25519"):
        with pytest.raises(jwt.KeyRefused):
            jwt.Key.from_jwk(members, alg=alg)
    del members["alg"]
    fitting = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}.get(crv)
    if fitting:
        with pytest.raises(jwt.KeyMismatch, match=r"jwe\.Key\.from_jwk"):
            jwt.Key.from_jwk(members, alg=fitting)
    with pytest.raises(jwt.InvalidKey):
        jwt.KeySet([made])


def test_key_ops_are_those_of_the_row():
    members = AgreementKey.generate("ECDH-ES").to_jwk(private=True)
    AgreementKey.from_jwk({**members, "key_ops": ["deriveKey"]})
    with pytest.raises(jwt.KeyMismatch, match="ECDH-ES"):
        AgreementKey.from_jwk({**members, "key_ops": ["sign"]})
