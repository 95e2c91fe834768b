"""ECDSA signatures: ES256, ES384 and ES512.

Source: RFC 7518 section 3.4.
"""

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from watchword.jose.algorithms.der import from_der, to_der
from watchword.jose.algorithms.hashing import HASHES
from watchword.jose.algorithms.operations import Sign, Verify
from watchword.jose.algorithms.table import Algorithm
from watchword.jose.errors import InvalidKey, SignatureInvalid

__all__ = ["deterministic", "signer", "verifier"]

_CURVES: Mapping[str, type[ec.EllipticCurve]] = {
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
}


def signer(handle: object, row: Algorithm) -> Sign:
    """Return the signing operation."""
    if not isinstance(handle, ec.EllipticCurvePrivateKey) or not _is_on_curve(handle, row):
        raise InvalidKey(f"signing {row.name} needs a private EC key on {row.curves[0]}")
    private_sign = handle.sign
    scheme = deterministic(HASHES[row.hash_name])
    width = row.key_bytes_min

    def sign(signing_input: bytes) -> bytes:
        return from_der(private_sign(signing_input, scheme), width)

    return sign


def verifier(handle: object, row: Algorithm) -> Verify:
    """Return the verifying operation."""
    if not isinstance(handle, ec.EllipticCurvePublicKey) or not _is_on_curve(handle, row):
        raise InvalidKey(f"verifying {row.name} needs a public EC key on {row.curves[0]}")
    public_verify = handle.verify
    scheme = ec.ECDSA(HASHES[row.hash_name])
    width = row.key_bytes_min

    def verify(signing_input: bytes, signature: bytes) -> None:
        if len(signature) != width + width:
            raise SignatureInvalid("an ECDSA signature is r and s in full width")
        try:
            public_verify(to_der(signature, width), signing_input, scheme)
        except InvalidSignature:
            raise SignatureInvalid from None

    return verify


def deterministic(hasher: hashes.HashAlgorithm) -> ec.ECDSA:
    """Choose nonces after RFC 6979 where OpenSSL offers it (RFC 8725 section 3.2)."""
    try:
        return ec.ECDSA(hasher, deterministic_signing=True)
    except UnsupportedAlgorithm:  # OpenSSL before 3.2
        return ec.ECDSA(hasher)


def _is_on_curve(
    handle: ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey, row: Algorithm
) -> bool:
    return isinstance(handle.curve, _CURVES[row.curves[0]])
