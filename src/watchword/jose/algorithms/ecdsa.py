"""ECDSA signatures: ES256, ES384 and ES512.

A JWS carries r and s side by side in fixed width; OpenSSL speaks DER. Both directions work on the
bytes, since a detour through integers costs more than the rest of the wrapping.

Source: RFC 7518 section 3.4.
"""

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from watchword.jose.algorithms.operations import Sign, Verify
from watchword.jose.algorithms.table import Algorithm
from watchword.jose.errors import InvalidKey, SignatureInvalid

__all__ = ["signer", "verifier"]

_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def signer(handle: object, row: Algorithm) -> Sign:
    """Return the signing operation."""
    if not isinstance(handle, ec.EllipticCurvePrivateKey):
        raise InvalidKey(f"signing {row.name} needs a private EC key")
    private_sign = handle.sign
    scheme = _deterministic(_HASHES[row.hash_name])
    width = row.key_bytes_min

    def sign(signing_input: bytes) -> bytes:
        return _from_der(private_sign(signing_input, scheme), width)

    return sign


def verifier(handle: object, row: Algorithm) -> Verify:
    """Return the verifying operation."""
    if not isinstance(handle, ec.EllipticCurvePublicKey):
        raise InvalidKey(f"verifying {row.name} needs a public EC key")
    public_verify = handle.verify
    scheme = ec.ECDSA(_HASHES[row.hash_name])
    width = row.key_bytes_min

    def verify(signing_input: bytes, signature: bytes) -> None:
        if len(signature) != width + width:
            raise SignatureInvalid("an ECDSA signature is r and s in full width")
        try:
            public_verify(_to_der(signature, width), signing_input, scheme)
        except InvalidSignature:
            raise SignatureInvalid from None

    return verify


def _deterministic(hasher: hashes.HashAlgorithm) -> ec.ECDSA:
    """Choose nonces after RFC 6979 where OpenSSL offers it (RFC 8725 section 3.2)."""
    try:
        return ec.ECDSA(hasher, deterministic_signing=True)
    except UnsupportedAlgorithm:  # pragma: no cover - OpenSSL before 3.2
        return ec.ECDSA(hasher)


def _to_der(signature: bytes, width: int) -> bytes:
    """Write r || s as an ASN.1 SEQUENCE of two INTEGERs."""
    body = _der_integer(signature[:width]) + _der_integer(signature[width:])
    if len(body) < 128:
        return b"\x30%c" % len(body) + body
    return b"\x30\x81%c" % len(body) + body  # P-521; at most 138 bytes


def _der_integer(number: bytes) -> bytes:
    digits = number.lstrip(b"\0")
    if not digits:
        raise SignatureInvalid("r and s are not zero")
    if digits[0] & 0x80:
        return b"\x02%c\0" % (len(digits) + 1) + digits
    return b"\x02%c" % len(digits) + digits


def _from_der(der: bytes, width: int) -> bytes:
    """Read the DER that OpenSSL has just written: its form needs no checking."""
    r_at = 5 if der[1] & 0x80 else 4
    r_end = r_at + der[r_at - 1]
    s_at = r_end + 2
    return _fixed(der[r_at:r_end], width) + _fixed(der[s_at:], width)


def _fixed(digits: bytes, width: int) -> bytes:
    return digits.lstrip(b"\0").rjust(width, b"\0")
