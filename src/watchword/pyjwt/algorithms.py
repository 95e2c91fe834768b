"""PyJWT's algorithm classes under PyJWT's path."""

from watchword.jose.pyjwt.algorithms import (
    AKPAlgorithm,
    Algorithm,
    ECAlgorithm,
    HMACAlgorithm,
    OKPAlgorithm,
    RSAAlgorithm,
    RSAPSSAlgorithm,
    get_default_algorithms,
    has_crypto,
    requires_cryptography,
)

__all__ = [
    "AKPAlgorithm",
    "Algorithm",
    "ECAlgorithm",
    "HMACAlgorithm",
    "OKPAlgorithm",
    "RSAAlgorithm",
    "RSAPSSAlgorithm",
    "get_default_algorithms",
    "has_crypto",
    "requires_cryptography",
]
