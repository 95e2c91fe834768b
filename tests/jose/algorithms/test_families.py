import pytest
from tests.jose.keys import ASYMMETRIC, key

from watchword import jwt
from watchword.jose.algorithms.families import operations


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
