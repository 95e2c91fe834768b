"""Verifying for schemes that take a message and a signature of one length, and nothing else.

Source: RFC 8032 sections 5.1.7 and 5.2.7; FIPS 204 algorithm 3.
"""

from collections.abc import Callable

from cryptography.exceptions import InvalidSignature

from watchword.jose.algorithms.operations import Verify
from watchword.jose.errors import SignatureInvalid

__all__ = ["verifier"]


def verifier(public_verify: Callable[[bytes, bytes], None], signature_bytes: int) -> Verify:
    """Return the verifying operation.

    Args:
        public_verify: of a public key object of cryptography.
        signature_bytes: the one length that a signature has.
    """

    def verify(signing_input: bytes, signature: bytes) -> None:
        if len(signature) != signature_bytes:
            raise SignatureInvalid(f"such a signature has {signature_bytes} bytes")
        try:
            public_verify(signature, signing_input)
        except InvalidSignature:
            raise SignatureInvalid from None

    return verify
