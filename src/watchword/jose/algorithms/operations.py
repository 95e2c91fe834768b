"""What a family's file offers: the two operations of a signature algorithm.

Source: RFC 7518 section 3.1 (the table whose rows these compute).
"""

from collections.abc import Callable
from typing import Protocol

from watchword.jose.algorithms.table import Algorithm

__all__ = ["Operations", "Sign", "Verify"]

Sign = Callable[[bytes], bytes]
"""Signing input to signature."""

Verify = Callable[[bytes, bytes], None]
"""Signing input and signature; raises SignatureInvalid."""


class Operations(Protocol):
    """A family's module: `rsa`, `ecdsa`, `es256k`, `eddsa` or `mldsa`."""

    def signer(self, handle: object, row: Algorithm, /) -> Sign:
        """Return the signing operation of a private key. Raises InvalidKey for any other."""
        ...

    def verifier(self, handle: object, row: Algorithm, /) -> Verify:
        """Return the verifying operation of a public key. Raises InvalidKey for any other."""
        ...
