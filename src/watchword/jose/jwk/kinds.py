"""The record of each key type: where its material is made and read.

Source: RFC 7518 section 6.1; RFC 8037 section 2; RFC 9964 section 3.
"""

from watchword.jose.errors import InvalidKey
from watchword.jose.jwk.material import Material

__all__ = ["material_type"]


def material_type(kty: str) -> type[Material]:
    """Import the record of a key type: cryptography is loaded for the first key that needs it.

    Args:
        kty: RSA, EC, OKP or AKP; rows of the algorithm tables name no other asymmetric type.
    """
    match kty:
        case "RSA":
            from watchword.jose.jwk.rsa import RSAMaterial  # noqa: PLC0415 - import budget

            return RSAMaterial
        case "EC":
            from watchword.jose.jwk.ec import ECMaterial  # noqa: PLC0415 - import budget

            return ECMaterial
        case "OKP":
            from watchword.jose.jwk.okp import OKPMaterial  # noqa: PLC0415 - import budget

            return OKPMaterial
        case _:
            return _akp_type()


def _akp_type() -> type[Material]:
    try:
        from watchword.jose.jwk.akp import AKPMaterial  # noqa: PLC0415 - import budget
    except ImportError:
        raise InvalidKey("this cryptography is too old for ML-DSA; install a newer one") from None
    return AKPMaterial
