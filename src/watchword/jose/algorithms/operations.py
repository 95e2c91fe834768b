"""What a family's file offers: the two operations of a signature algorithm.

Source: RFC 7518 section 3.1 (the table whose rows these compute).
"""

from collections.abc import Callable
from typing import Protocol

from watchword.jose.algorithms.table import Algorithm, Family

__all__ = ["Operations", "Sign", "Verify", "operations"]

Sign = Callable[[bytes], bytes]
"""Signing input to signature."""

Verify = Callable[[bytes, bytes], None]
"""Signing input and signature; raises SignatureInvalid."""


class Operations(Protocol):
    """A family's module: `rsa`, `ecdsa` or `eddsa`."""

    def signer(self, handle: object, row: Algorithm, /) -> Sign:
        """Return the signing operation of a private key. Raises InvalidKey for any other."""
        ...

    def verifier(self, handle: object, row: Algorithm, /) -> Verify:
        """Return the verifying operation of a public key. Raises InvalidKey for any other."""
        ...


def operations(row: Algorithm) -> Operations:
    """Import the module of a row's family: cryptography is loaded for the first key needing it."""
    match row.family:
        case Family.RSA | Family.RSA_PSS:
            from watchword.jose.algorithms import rsa  # noqa: PLC0415 - import budget

            return rsa
        case Family.ECDSA:
            from watchword.jose.algorithms import ecdsa  # noqa: PLC0415 - import budget

            return ecdsa
        case _:
            from watchword.jose.algorithms import eddsa  # noqa: PLC0415 - import budget

            return eddsa
