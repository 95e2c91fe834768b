"""ML-DSA signatures: ML-DSA-44, ML-DSA-65 and ML-DSA-87, with the empty context.

Source: RFC 9964 section 5; FIPS 204 algorithms 2 and 3.
"""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import mldsa

from watchword.jose.algorithms import fixed_length
from watchword.jose.algorithms.operations import Sign, Verify
from watchword.jose.algorithms.table import Algorithm
from watchword.jose.errors import InvalidKey

__all__ = ["signer", "verifier"]

_PrivateHandle = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
_PublicHandle = mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey
_PRIVATE: Mapping[str, type[_PrivateHandle]] = {
    "ML-DSA-44": mldsa.MLDSA44PrivateKey,
    "ML-DSA-65": mldsa.MLDSA65PrivateKey,
    "ML-DSA-87": mldsa.MLDSA87PrivateKey,
}
_PUBLIC: Mapping[str, type[_PublicHandle]] = {
    "ML-DSA-44": mldsa.MLDSA44PublicKey,
    "ML-DSA-65": mldsa.MLDSA65PublicKey,
    "ML-DSA-87": mldsa.MLDSA87PublicKey,
}


def signer(handle: object, row: Algorithm) -> Sign:
    """Return the signing operation."""
    if not isinstance(handle, _PRIVATE[row.name]):
        raise InvalidKey(f"signing {row.name} needs a private key of its parameter set")
    return handle.sign


def verifier(handle: object, row: Algorithm) -> Verify:
    """Return the verifying operation."""
    if not isinstance(handle, _PUBLIC[row.name]):
        raise InvalidKey(f"verifying {row.name} needs a public key of its parameter set")
    return fixed_length.verifier(handle.verify, row.signature_bytes)
