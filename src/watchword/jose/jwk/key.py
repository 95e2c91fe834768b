"""Asymmetric keys that sign and verify.

Source: RFC 8725 section 3.1; tokens.md J-1, J-2, J-6, J-40.
"""

from typing import ClassVar

from watchword.base import base64url
from watchword.jose import segment
from watchword.jose.algorithms.families import operations
from watchword.jose.algorithms.hmac import Check, Stamp
from watchword.jose.algorithms.table import Algorithm, algorithm
from watchword.jose.errors import KeyMismatch
from watchword.jose.jwk.asymmetric import AsymmetricKey
from watchword.jose.jwk.binding import Shared
from watchword.jose.jwk.material import Material

__all__ = ["Key"]


class Key(AsymmetricKey[Algorithm]):
    """A public key, or a key pair, for one signature algorithm.

    Made by `generate` and the `from_*` class methods, which check it once and for all. Immutable,
    and shareable between threads. No repr, pickle or copy shows a private part.
    """

    __slots__ = ("prepared",)

    _USE: ClassVar[str] = "sig"

    prepared: dict[tuple[object, ...], object]
    """What `jwt.verify` has prepared for this key; kept here, it goes when the key goes."""

    def __init__(self, material: Material, shared: Shared[Algorithm]) -> None:
        super().__init__(material, shared)
        self.prepared = {}

    def stamper(self, header_b64u: bytes) -> Stamp:
        """Return the function that signs payloads under one header.

        Raises:
            KeyMismatch: the key's `key_ops` does not allow signing.
            InvalidKey: no private half.
        """
        self._permit("sign")
        sign = operations(self._row).signer(self._material.private_handle, self._row)
        prefix = header_b64u + b"."

        def stamp(payload_b64u: bytes) -> bytes:
            return base64url.encode_bytes(sign(prefix + payload_b64u))

        return stamp

    def checker(self, header_b64u: bytes) -> Check:
        """Return the function that verifies payloads under one header.

        Raises:
            KeyMismatch: the key's `key_ops` does not allow verifying.
        """
        self._permit("verify")
        verify = operations(self._row).verifier(self._material.public_handle, self._row)
        prefix = header_b64u + b"."

        def check(payload_b64u: bytes, signature_b64u: bytes) -> None:
            verify(prefix + payload_b64u, segment.decode_signature(signature_b64u))

        return check

    @classmethod
    def _row_of(cls, alg: str | Algorithm) -> Algorithm:
        row = algorithm(alg)
        if row.is_symmetric:
            raise KeyMismatch(f"{row.name} needs a shared secret: use Secret instead of Key")
        return row
