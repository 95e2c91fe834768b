"""What every family of asymmetric algorithms does with its keys.

The records in `rsa`, `ecdsa` and `eddsa` are this Protocol's implementations; each wraps the key
objects of cryptography, so that no other module sees them.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, Self

from watchword.base import base64url
from watchword.jose.algorithms.table import Algorithm
from watchword.jose.errors import InvalidKey

__all__ = ["Material", "Sign", "Verify", "member_bytes", "refuse_mismatch"]

Sign = Callable[[bytes], bytes]
"""Signing input to signature."""

Verify = Callable[[bytes, bytes], None]
"""Signing input and signature; raises SignatureInvalid."""


class Material(Protocol):
    """A public key and, where it is held, its private half."""

    @classmethod
    def generate(cls, algorithm: Algorithm) -> Self:
        """Make a key of the algorithm's default size."""
        ...

    @classmethod
    def from_jwk(cls, members: Mapping[str, object], algorithm: Algorithm) -> Self:
        """Read a JWK's members. Raises InvalidKey, WeakKey or KeyMismatch."""
        ...

    @classmethod
    def from_handle(cls, handle: object, algorithm: Algorithm) -> Self:
        """Take a key object of cryptography. Raises InvalidKey, WeakKey or KeyMismatch."""
        ...

    @property
    def public_handle(self) -> object:
        """The public key object of cryptography."""
        ...

    @property
    def private_handle(self) -> object | None:
        """The private key object of cryptography, if held."""
        ...

    def public(self) -> Self:
        """Return the public half alone."""
        ...

    def public_members(self) -> dict[str, str]:
        """Return the JWK members of the public half, `kty` included."""
        ...

    def private_members(self) -> dict[str, str]:
        """Return the JWK members that only the private half has; empty without one."""
        ...

    def signer(self, algorithm: Algorithm) -> Sign:
        """Return the signing operation. Raises InvalidKey without a private half."""
        ...

    def verifier(self, algorithm: Algorithm) -> Verify:
        """Return the verifying operation."""
        ...


def member_bytes(members: Mapping[str, object], name: str) -> bytes:
    """Return the bytes of a base64url member of a JWK.

    Raises:
        InvalidKey: absent, not text, empty, or not canonical base64url.
    """
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidKey("a JWK member that the key type needs is absent or not text", claim=name)
    try:
        return base64url.decode(value)
    except base64url.MalformedBase64url:
        malformed = InvalidKey("a JWK member is not canonical base64url", claim=name)
    raise malformed


def refuse_mismatch(handle: object, algorithm: Algorithm) -> InvalidKey:
    """Return the refusal of a key object of another type than the algorithm needs."""
    return InvalidKey(
        f"{algorithm.name} needs a key of type {algorithm.key_type} {algorithm.curve}".rstrip(),
        got=type(handle).__name__,
    )
