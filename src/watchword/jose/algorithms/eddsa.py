"""Ed25519 signatures, under the names Ed25519 and EdDSA.

Source: RFC 8037 sections 2 and 3.1; RFC 9864 section 2.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

from watchword.base import base64url
from watchword.jose.algorithms.material import Sign, Verify, member_bytes, refuse_mismatch
from watchword.jose.algorithms.table import Algorithm
from watchword.jose.errors import InvalidKey, SignatureInvalid, WeakKey

__all__ = ["OKPMaterial"]

_P = 2**255 - 19
_Y_MASK = 2**255 - 1  # the top bit is the sign of x
# The y coordinates of the eight points of small order (RFC 8032 section 5.1, cofactor 8). A key
# among them accepts signatures that nobody made.
_ORDER_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
_SMALL_ORDER = frozenset({0, 1, _P - 1, _ORDER_8, _P - _ORDER_8})


@dataclass(frozen=True, slots=True)
class OKPMaterial:
    """A key on Edwards25519."""

    public_handle: ed25519.Ed25519PublicKey
    private_handle: ed25519.Ed25519PrivateKey | None

    @classmethod
    def generate(cls, algorithm: Algorithm) -> Self:
        """Make a key."""
        return cls.from_handle(ed25519.Ed25519PrivateKey.generate(), algorithm)

    @classmethod
    def from_handle(cls, handle: object, algorithm: Algorithm) -> Self:
        """Take a key object of cryptography."""
        private = handle if isinstance(handle, ed25519.Ed25519PrivateKey) else None
        public = handle.public_key() if isinstance(handle, ed25519.Ed25519PrivateKey) else handle
        if not isinstance(public, ed25519.Ed25519PublicKey):
            raise refuse_mismatch(handle, algorithm)
        if _has_small_order(public.public_bytes_raw()):
            raise WeakKey("the public key is a point of small order")
        return cls(public, private)

    @classmethod
    def from_jwk(cls, members: Mapping[str, object], algorithm: Algorithm) -> Self:
        """Read a JWK's members."""
        if members.get("crv") != algorithm.curve:
            raise InvalidKey(f"{algorithm.name} needs the curve {algorithm.curve}", claim="crv")
        x = _octets(members, "x", algorithm)
        if "d" not in members:
            return cls.from_handle(ed25519.Ed25519PublicKey.from_public_bytes(x), algorithm)
        private = ed25519.Ed25519PrivateKey.from_private_bytes(_octets(members, "d", algorithm))
        if private.public_key().public_bytes_raw() != x:
            raise InvalidKey("the private and public halves of the OKP key do not agree")
        return cls.from_handle(private, algorithm)

    def public(self) -> Self:
        """Return the public half alone."""
        return type(self)(self.public_handle, None)

    def public_members(self) -> dict[str, str]:
        """Return the JWK members of the public half."""
        x = base64url.encode(self.public_handle.public_bytes_raw())
        return {"kty": "OKP", "crv": "Ed25519", "x": x}

    def private_members(self) -> dict[str, str]:
        """Return the JWK members of the private half."""
        if self.private_handle is None:
            return {}
        return {"d": base64url.encode(self.private_handle.private_bytes_raw())}

    def signer(self, algorithm: Algorithm) -> Sign:  # noqa: ARG002 - one scheme under two names
        """Return the signing operation."""
        if self.private_handle is None:
            raise InvalidKey("signing needs a private key")
        return self.private_handle.sign

    def verifier(self, algorithm: Algorithm) -> Verify:
        """Return the verifying operation."""
        public_verify = self.public_handle.verify
        signature_bytes = algorithm.signature_bytes

        def verify(signing_input: bytes, signature: bytes) -> None:
            if len(signature) != signature_bytes:
                raise SignatureInvalid("an Ed25519 signature has 64 bytes")
            try:
                public_verify(signature, signing_input)
            except InvalidSignature:
                raise SignatureInvalid from None

        return verify


def _has_small_order(point: bytes) -> bool:
    return (int.from_bytes(point, "little") & _Y_MASK) % _P in _SMALL_ORDER


def _octets(members: Mapping[str, object], name: str, algorithm: Algorithm) -> bytes:
    data = member_bytes(members, name)
    if len(data) != algorithm.key_bytes_min:
        raise InvalidKey("a member of an Ed25519 key has 32 bytes", claim=name)
    return data
