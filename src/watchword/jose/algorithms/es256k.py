"""ECDSA on secp256k1: ES256K, through coincurve where it is installed.

The curve is outside of OpenSSL's fast paths; libsecp256k1 signs and verifies it ten times faster.
RFC 8812 accepts both values of s that fit a signature. Signing writes the lower one, which is all
that libsecp256k1 and the blockchains take; both libraries draw the nonce after RFC 6979, so they
write the same signature.

Source: RFC 8812 section 3.2; RFC 7518 section 3.4.
"""

from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from watchword.jose.algorithms.der import from_der, to_der
from watchword.jose.algorithms.ecdsa import deterministic
from watchword.jose.algorithms.operations import Sign, Verify
from watchword.jose.algorithms.table import Algorithm
from watchword.jose.errors import InvalidKey, SignatureInvalid

try:
    import coincurve

    INSTALLED = True
except ImportError:  # the extra `secp256k1` is optional
    INSTALLED = False

__all__ = ["INSTALLED", "signer", "verifier"]

_WIDTH = 32
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_HALF = _ORDER // 2


def signer(handle: object, row: Algorithm) -> Sign:
    """Return the signing operation."""
    if not isinstance(handle, ec.EllipticCurvePrivateKey) or not _is_on_curve(handle):
        raise InvalidKey(f"signing {row.name} needs a private EC key on secp256k1")
    return _signer_fast(handle) if INSTALLED else _signer(handle)


def verifier(handle: object, row: Algorithm) -> Verify:
    """Return the verifying operation."""
    if not isinstance(handle, ec.EllipticCurvePublicKey) or not _is_on_curve(handle):
        raise InvalidKey(f"verifying {row.name} needs a public EC key on secp256k1")
    is_signed = _is_signed_fast(handle) if INSTALLED else _is_signed(handle)

    def verify(signing_input: bytes, signature: bytes) -> None:
        if len(signature) != _WIDTH + _WIDTH:
            raise SignatureInvalid("an ECDSA signature is r and s in full width")
        if not is_signed(signature, signing_input):
            raise SignatureInvalid

    return verify


def _signer(handle: ec.EllipticCurvePrivateKey) -> Sign:
    private_sign = handle.sign
    scheme = deterministic(hashes.SHA256())

    def sign(signing_input: bytes) -> bytes:
        return _lower_s(from_der(private_sign(signing_input, scheme), _WIDTH))

    return sign


def _signer_fast(handle: ec.EllipticCurvePrivateKey) -> Sign:
    number = handle.private_numbers().private_value
    fast_sign = coincurve.PrivateKey(number.to_bytes(_WIDTH)).sign

    def sign(signing_input: bytes) -> bytes:
        return from_der(fast_sign(signing_input), _WIDTH)

    return sign


def _is_signed(handle: ec.EllipticCurvePublicKey) -> Callable[[bytes, bytes], bool]:
    public_verify = handle.verify
    scheme = ec.ECDSA(hashes.SHA256())

    def is_signed(signature: bytes, signing_input: bytes) -> bool:
        try:
            public_verify(to_der(signature, _WIDTH), signing_input, scheme)
        except InvalidSignature:
            return False
        return True

    return is_signed


def _is_signed_fast(handle: ec.EllipticCurvePublicKey) -> Callable[[bytes, bytes], bool]:
    point = handle.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    fast_verify = coincurve.PublicKey(point).verify

    def is_signed(signature: bytes, signing_input: bytes) -> bool:
        # libsecp256k1 takes the lower s alone.
        return fast_verify(to_der(_lower_s(signature), _WIDTH), signing_input)

    return is_signed


def _lower_s(signature: bytes) -> bytes:
    """Return the signature with the lower of its two values of s; one out of range stays so."""
    s = int.from_bytes(signature[_WIDTH:])
    if not _HALF < s < _ORDER:
        return signature
    return signature[:_WIDTH] + (_ORDER - s).to_bytes(_WIDTH)


def _is_on_curve(handle: ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey) -> bool:
    return isinstance(handle.curve, ec.SECP256K1)
