"""Wycheproof's JOSE vectors: C2SP/wycheproof, read from where they lie."""

import pytest
from tests.jose.wycheproof import FOLDER, Vector, vectors

from watchword import jws, jwt

# The published file contradicts itself or an RFC; what is done instead, and why.
CONTESTED = {
    ("signature", 346): "refused: the JWK says PS256, the token PS384, marked valid",
    ("signature", 350): "refused: the JWK says PS256, the token PS384, marked valid",
    ("signature", 347): "refused: the JWK's alg ES521 is not registered, marked valid",
    ("signature", 351): "refused: the JWK's alg ES521 is not registered, marked valid",
    ("signature", 367): "accepted: byte for byte the valid 357, marked invalid",
    ("signature", 370): "accepted: byte for byte the valid 357, marked invalid",
    ("signature", 372): "refused: a question mark inside base64url, marked valid",
    ("signature", 373): "refused: a question mark inside base64url, marked valid",
}
ALL = [*vectors("signature"), *vectors("key"), *vectors("crypto")]
EXPECTED_COUNTS = {"signature": 401, "key": 26, "crypto": 49}


@pytest.mark.requirement("tokens:9:wycheproof", "security-a:26:wycheproof")
@pytest.mark.parametrize("vector", ALL, ids=str)
def test_vector(vector):
    """Tokens.md section 9."""
    contested = CONTESTED.get((vector.file, vector.number))
    accepted = is_accepted(vector)
    if contested:
        assert contested.startswith("accepted" if accepted else "refused")
    else:
        assert accepted == vector.is_valid


def test_no_vector_is_missing():
    if not FOLDER.exists():
        pytest.skip("the Wycheproof files are not present; set WATCHWORD_VECTORS")
    found = {file: len(vectors(file)) for file in EXPECTED_COUNTS}
    assert found == EXPECTED_COUNTS


def is_accepted(vector: Vector) -> bool:
    """Import the key and verify; any refusal but our own fails the test."""
    jwk = vector.jwk
    try:
        if "keys" in jwk:
            source = jwt.KeySet.from_jwks(jwk)
        else:
            kind = jwt.Secret if jwk.get("kty") == "oct" else jwt.Key
            source = kind.from_jwk(jwk)
        jws.Verifier(source).verify(vector.jws)
    except (jwt.KeyRefused, jwt.TokenError):
        return False
    return True
