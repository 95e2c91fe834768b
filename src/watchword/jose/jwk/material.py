"""Key material: the keys of one JWK type, sound by construction and bound to no algorithm.

`RSAMaterial`, `ECMaterial`, `OKPMaterial` and `AKPMaterial` are this Protocol's implementations,
one file each. They make, read, write and check keys; what a key may compute is not theirs to know.
Each wraps the key objects of cryptography, its handles.

Source: RFC 7518 section 6; RFC 8037 section 2; RFC 9964 section 3.
"""

from collections.abc import Mapping
from typing import Protocol, Self

from watchword.base import base64url
from watchword.jose.errors import InvalidKey

__all__ = ["PRIVATE_MEMBERS", "Material", "member_bytes", "member_of", "not_offered", "refuse_bits"]


PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv")
"""What no public JWK has, of whatever type (RFC 7518 section 6; RFC 9964 section 3)."""


class Material(Protocol):
    """A public key and, where it is held, its private half."""

    @classmethod
    def generate(cls, crv: str, bits: int | None = None) -> Self:
        """Make a key pair.

        Args:
            crv: as the property below.
            bits: the size of an RSA modulus; None takes the default, and is all that others take.
        """
        ...

    @classmethod
    def from_jwk(cls, members: Mapping[str, object]) -> Self:
        """Read a JWK's members. Raises InvalidKey or WeakKey."""
        ...

    @classmethod
    def from_handle(cls, handle: object) -> Self | None:
        """Take a key object of cryptography; None where it is of another type.

        Raises:
            InvalidKey, WeakKey: of this type, and not sound.
        """
        ...

    @property
    def kty(self) -> str:
        """The key's type, as in its JWK."""
        ...

    @property
    def crv(self) -> str:
        """The curve; of AKP the parameter set, which its JWK calls `alg`; of RSA empty."""
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


def member_of(members: Mapping[str, object], name: str, length: int) -> bytes:
    """Return the bytes of a member that has one length. Raises InvalidKey for any other."""
    data = member_bytes(members, name)
    if len(data) != length:
        raise InvalidKey(f"this member of such a key has {length} bytes", claim=name)
    return data


def not_offered(name: object, claim: str) -> InvalidKey:
    """Return the refusal of a curve or parameter set that OpenSSL was built without."""
    return InvalidKey(f"the OpenSSL under cryptography does not offer {name}", claim=claim)


def refuse_bits(bits: int | None) -> None:
    """Refuse a size for a key whose curve fixes it."""
    if bits is not None:
        raise InvalidKey("only RSA keys are made with bits=")
