"""The form of a signature, as far as it is known before the key.

A text that no key can make good is refused before a key is looked for, so that it causes no fetch.

Source: RFC 7515 section 5.2; RFC 7518 sections 3.2 and 3.4; RFC 8037 section 3.1; tokens.md J-13
and J-43.
"""

from watchword.base import base64url
from watchword.jose import segment
from watchword.jose.algorithms.table import ALGORITHMS
from watchword.jose.errors import MalformedToken, SignatureInvalid

__all__ = ["check_signature"]


def check_signature(alg: str, signature_b64u: bytes) -> None:
    """Check what every signature of an algorithm has in common.

    Args:
        alg: an algorithm that exists here, and is accepted.
        signature_b64u: the encoded signature.

    Raises:
        MalformedToken: not canonical base64url.
        SignatureInvalid: another length than the algorithm's signatures have; that of RSA and of
            EdDSA, the older name of two schemes, depends on the key.
    """
    try:
        signature = segment.decode(signature_b64u)
    except base64url.MalformedBase64url:
        raise MalformedToken("the signature is not canonical base64url") from None
    length = ALGORITHMS[alg].signature_bytes
    if length and len(signature) != length:
        raise SignatureInvalid(f"a signature of {alg} has {length} bytes")
