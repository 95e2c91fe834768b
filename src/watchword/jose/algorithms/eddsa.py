"""Ed25519 and Ed448 signatures, under their own names and under EdDSA.

Ed25519 goes through PyNaCl where it is installed, which verifies in half of OpenSSL's time. The
libraries differ about signatures that only the key's owner can make: libsodium refuses an R of
small order, so it is refused before either is asked.

Source: RFC 8037 section 3.1; RFC 9864 section 2.2; RFC 8032 sections 5.1.7 and 5.2.7.
"""

from cryptography.hazmat.primitives.asymmetric import ed448, ed25519

from watchword.jose.algorithms import fixed_length, sodium
from watchword.jose.algorithms.operations import Sign, Verify
from watchword.jose.algorithms.table import Algorithm
from watchword.jose.errors import InvalidKey, SignatureInvalid
from watchword.jose.small_order import ED25519_ENCODINGS

__all__ = ["signer", "verifier"]

_PrivateHandle = ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
_PublicHandle = ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
_ED25519_BYTES = 64
_ED448_BYTES = 114


def signer(handle: object, row: Algorithm) -> Sign:
    """Return the signing operation."""
    if not isinstance(handle, _PrivateHandle) or _curve(handle) not in row.curves:
        raise InvalidKey(f"signing {row.name} needs a private OKP key of its curve")
    if sodium.USABLE and isinstance(handle, ed25519.Ed25519PrivateKey):
        return sodium.signer(handle.private_bytes_raw())
    return handle.sign


def verifier(handle: object, row: Algorithm) -> Verify:
    """Return the verifying operation."""
    if not isinstance(handle, _PublicHandle) or _curve(handle) not in row.curves:
        raise InvalidKey(f"verifying {row.name} needs a public OKP key of its curve")
    if isinstance(handle, ed448.Ed448PublicKey):
        return fixed_length.verifier(handle.verify, _ED448_BYTES)
    if sodium.USABLE:
        return _verify_ed25519(sodium.verifier(handle.public_bytes_raw()))
    return _verify_ed25519(fixed_length.verifier(handle.verify, _ED25519_BYTES))


def _verify_ed25519(otherwise: Verify) -> Verify:
    def verify(signing_input: bytes, signature: bytes) -> None:
        r = signature[:32]
        if r in ED25519_ENCODINGS:
            raise SignatureInvalid("R of the signature is a point of small order")
        otherwise(signing_input, signature)

    return verify


def _curve(handle: _PrivateHandle | _PublicHandle) -> str:
    is_ed25519 = isinstance(handle, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey)
    return "Ed25519" if is_ed25519 else "Ed448"
