"""RSA signatures: RS256, RS384, RS512 (PKCS1-v1_5) and PS256, PS384, PS512 (PSS).

Source: RFC 7518 sections 3.3 and 3.5.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from watchword.jose.algorithms.hashing import HASHES
from watchword.jose.algorithms.operations import Sign, Verify
from watchword.jose.algorithms.table import Algorithm, Family
from watchword.jose.errors import InvalidKey, SignatureInvalid

__all__ = ["signer", "verifier"]


def signer(handle: object, row: Algorithm) -> Sign:
    """Return the signing operation."""
    if not isinstance(handle, rsa.RSAPrivateKey):
        raise InvalidKey(f"signing {row.name} needs a private RSA key")
    private_sign = handle.sign
    hasher = HASHES[row.hash_name]
    padded = _padding(row, hasher)

    def sign(signing_input: bytes) -> bytes:
        return private_sign(signing_input, padded, hasher)

    return sign


def verifier(handle: object, row: Algorithm) -> Verify:
    """Return the verifying operation."""
    if not isinstance(handle, rsa.RSAPublicKey):
        raise InvalidKey(f"verifying {row.name} needs a public RSA key")
    public_verify = handle.verify
    signature_bytes = (handle.key_size + 7) // 8
    hasher = HASHES[row.hash_name]
    padded = _padding(row, hasher)

    def verify(signing_input: bytes, signature: bytes) -> None:
        if len(signature) != signature_bytes:
            raise SignatureInvalid("the signature is not as long as the modulus")
        try:
            public_verify(signature, signing_input, padded, hasher)
        except InvalidSignature:
            raise SignatureInvalid from None

    return verify


def _padding(row: Algorithm, hasher: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    if row.family is Family.RSA_PSS:
        return padding.PSS(padding.MGF1(hasher), padding.PSS.DIGEST_LENGTH)
    return padding.PKCS1v15()
