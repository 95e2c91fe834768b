"""Ed25519 signatures, under the names Ed25519 and EdDSA.

Source: RFC 8037 section 3.1; RFC 9864 section 2.2.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

from watchword.jose.algorithms.operations import Sign, Verify
from watchword.jose.algorithms.table import Algorithm
from watchword.jose.errors import InvalidKey, SignatureInvalid

__all__ = ["signer", "verifier"]


def signer(handle: object, row: Algorithm) -> Sign:
    """Return the signing operation."""
    if not isinstance(handle, ed25519.Ed25519PrivateKey):
        raise InvalidKey(f"signing {row.name} needs a private OKP key")
    return handle.sign


def verifier(handle: object, row: Algorithm) -> Verify:
    """Return the verifying operation."""
    if not isinstance(handle, ed25519.Ed25519PublicKey):
        raise InvalidKey(f"verifying {row.name} needs a public OKP key")
    public_verify = handle.verify
    signature_bytes = row.signature_bytes

    def verify(signing_input: bytes, signature: bytes) -> None:
        if len(signature) != signature_bytes:
            raise SignatureInvalid(f"such a signature has {signature_bytes} bytes")
        try:
            public_verify(signature, signing_input)
        except InvalidSignature:
            raise SignatureInvalid from None

    return verify
