import pytest
from tests.jose.keys import ASYMMETRIC, key

from watchword import jwt
from watchword.jose.algorithms import ecdsa, eddsa, es256k, mldsa, rsa
from watchword.jose.algorithms.families import operations


@pytest.mark.parametrize(
    ("module", "algorithms"),
    [
        (rsa, {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
        (ecdsa, {"ES256", "ES384", "ES512"}),
        (es256k, {"ES256K"}),
        (eddsa, {"EdDSA", "Ed25519", "Ed448"}),
        (mldsa, {"ML-DSA-44", "ML-DSA-65", "ML-DSA-87"}),
    ],
)
def test_each_family_has_its_file(module, algorithms):
    assert {alg for alg in ASYMMETRIC if operations(key(alg).algorithm) is module} == algorithms


@pytest.mark.requirement("tokens:J-2:bound-at-the-operation")
@pytest.mark.parametrize("alg", ASYMMETRIC)
@pytest.mark.parametrize("other", ["RS256", "ES256", "Ed25519"])
def test_an_operation_takes_no_handle_of_another_type(alg, other):
    """Tokens.md J-2: whatever put the handle there."""
    row, material = key(alg).algorithm, key(other)._material
    fits = row.key_type == material.kty
    offered = [None] if fits else [None, material.private_handle, material.public_handle]
    for handle in offered:
        with pytest.raises(jwt.InvalidKey, match=f"{alg} needs a private"):
            operations(row).signer(handle, row)
        with pytest.raises(jwt.InvalidKey, match=f"{alg} needs a public"):
            operations(row).verifier(handle, row)
