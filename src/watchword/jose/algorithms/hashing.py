"""The hashes that rows of the tables name, as cryptography has them.

Source: RFC 7518 sections 3.1, 4.1 and 5.1.
"""

from collections.abc import Mapping
from types import MappingProxyType

from cryptography.hazmat.primitives import hashes

__all__ = ["HASHES"]

HASHES: Mapping[str, hashes.HashAlgorithm] = MappingProxyType(
    {
        "sha1": hashes.SHA1(),  # noqa: S303 - inside OAEP no collision matters (RFC 8017 7.1)
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
)
