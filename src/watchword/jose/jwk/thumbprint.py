"""JWK thumbprints: a name for a key that follows from the key.

Source: RFC 7638 section 3; RFC 8037 section 2; RFC 9278 section 3.
"""

import hashlib
import json
from collections.abc import Mapping

from watchword.base import base64url

__all__ = ["required_members", "thumbprint", "thumbprint_uri"]

_REQUIRED = {  # in the order of their names, as RFC 7638 section 3.3 hashes them
    "RSA": ("e", "kty", "n"),
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "AKP": ("alg", "kty", "pub"),
    "oct": ("k", "kty"),
}


def required_members(members: Mapping[str, object]) -> dict[str, object]:
    """Return the members without which a public JWK is not that key, and no others."""
    return {name: members[name] for name in _REQUIRED[str(members["kty"])]}


def thumbprint(members: Mapping[str, object]) -> str:
    """Return the SHA-256 thumbprint of a public JWK's members as base64url."""
    canonical = json.dumps(required_members(members), separators=(",", ":"))
    return base64url.encode(hashlib.sha256(canonical.encode()).digest())


def thumbprint_uri(members: Mapping[str, object]) -> str:
    """Return the thumbprint as a URI."""
    return f"urn:ietf:params:oauth:jwk-thumbprint:sha-256:{thumbprint(members)}"
