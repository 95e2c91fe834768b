"""Wycheproof's JWE vectors: C2SP/wycheproof, read from where they lie."""

import pytest
from tests.jose.wycheproof import FOLDER, EncryptionVector, encryption_vectors

from watchword import jwe, jwt

# RSA with the padding of PKCS #1 v1.5 does not exist here (tokens.md J-10).
REFUSED = {
    ("encryption", number): "refused: RSA1_5, marked valid"
    for number in (100, 101, 102, 103, 104, 105, 112, 128)
}
ALL = [*encryption_vectors("encryption"), *encryption_vectors("crypto")]
EXPECTED_COUNTS = {"encryption": 139, "crypto": 34}


@pytest.mark.requirement("tokens:9:wycheproof-encryption", "security-a:26:wycheproof")
@pytest.mark.parametrize("vector", ALL, ids=str)
def test_vector(vector):
    """Tokens.md section 9."""
    opened = decrypted(vector)
    if (vector.file, vector.number) in REFUSED:
        assert vector.is_valid
        assert opened is None
    elif vector.is_valid:
        assert opened is not None
        assert vector.plaintext is None or opened.hex() == vector.plaintext
    else:
        assert opened is None


def test_no_vector_is_missing():
    if not FOLDER.exists():
        pytest.skip("the Wycheproof files are not present; set WATCHWORD_VECTORS")
    assert {file: len(encryption_vectors(file)) for file in EXPECTED_COUNTS} == EXPECTED_COUNTS


def decrypted(vector: EncryptionVector) -> bytes | None:
    """Import the key and decrypt; any refusal but our own fails the test."""
    kind = jwe.Secret if vector.jwk["kty"] == "oct" else jwe.Key
    try:
        key = kind.from_jwk(vector.jwk)
        bound = [key.enc] if isinstance(key, jwe.Secret) and key.enc else jwe.CONTENT_ENCRYPTION
        opener = jwe.Decrypter(key, enc=bound, zip=True)
        return opener.decrypt(vector.jwe).data
    except (jwt.KeyRefused, jwt.TokenError):
        return None
