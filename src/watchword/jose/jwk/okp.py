"""Keys on Edwards and Montgomery curves: Ed25519 and Ed448 sign, X25519 and X448 agree on secrets.

Source: RFC 8037 section 2; RFC 7748 section 5; RFC 8032 sections 5.1 and 5.2.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519, x448, x25519

from watchword.base import base64url
from watchword.base.records import dataclass
from watchword.jose.errors import InvalidKey, WeakKey
from watchword.jose.jwk.material import member_of, not_offered, refuse_bits
from watchword.jose.small_order import PRIME_448, PRIME_25519, SMALL_ORDER

__all__ = ["OKPMaterial"]

PublicHandle = (
    ed25519.Ed25519PublicKey | ed448.Ed448PublicKey | x25519.X25519PublicKey | x448.X448PublicKey
)
PrivateHandle = (
    ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | x25519.X25519PrivateKey
    | x448.X448PrivateKey
)


@dataclass(frozen=True, slots=True)
class _Curve:
    """What tells one curve's keys from another's."""

    public_type: type[PublicHandle]
    private_type: type[PrivateHandle]
    key_bytes: int
    prime: int
    number_bits: int  # of a public key; a bit above them is the sign of x, or is ignored
    small_order: frozenset[int]
    edwards: tuple[int, int] | None = None  # a and d of a x^2 + y^2 = 1 + d x^2 y^2


_CURVES: Mapping[str, _Curve] = {
    "Ed25519": _Curve(
        *(ed25519.Ed25519PublicKey, ed25519.Ed25519PrivateKey, 32, PRIME_25519, 255),
        SMALL_ORDER["Ed25519"],
        (-1, -121_665 * pow(121_666, -1, PRIME_25519)),
    ),
    "Ed448": _Curve(
        *(ed448.Ed448PublicKey, ed448.Ed448PrivateKey, 57, PRIME_448, 455),
        SMALL_ORDER["Ed448"],
        (1, -39_081),
    ),
    "X25519": _Curve(
        *(x25519.X25519PublicKey, x25519.X25519PrivateKey, 32, PRIME_25519, 255),
        SMALL_ORDER["X25519"],
    ),
    "X448": _Curve(
        *(x448.X448PublicKey, x448.X448PrivateKey, 56, PRIME_448, 448),
        SMALL_ORDER["X448"],
    ),
}


@dataclass(frozen=True, slots=True)
class OKPMaterial:
    """An octet key pair."""

    public_handle: PublicHandle
    private_handle: PrivateHandle | None

    kty: ClassVar[str] = "OKP"

    @classmethod
    def generate(cls, crv: str, bits: int | None = None) -> Self:
        """Make a key on a curve."""
        refuse_bits(bits)
        curve = _curve(crv)
        try:
            handle = curve.private_type.generate()
        except UnsupportedAlgorithm:
            raise not_offered(crv, "crv") from None
        return cls(handle.public_key(), handle)

    @classmethod
    def from_handle(cls, handle: object) -> Self | None:
        """Take a key object of cryptography."""
        private = handle if isinstance(handle, PrivateHandle) else None
        public = handle.public_key() if isinstance(handle, PrivateHandle) else handle
        if not isinstance(public, PublicHandle):
            return None
        material = cls(public, private)
        _check_point(public.public_bytes_raw(), _CURVES[material.crv])
        return material

    @classmethod
    def from_jwk(cls, members: Mapping[str, object]) -> Self:
        """Read a JWK's members."""
        crv = members.get("crv")
        curve = _curve(crv)
        x = member_of(members, "x", curve.key_bytes)
        _check_point(x, curve)
        try:
            public = curve.public_type.from_public_bytes(x)
        except UnsupportedAlgorithm:
            raise not_offered(crv, "crv") from None
        if "d" not in members:
            return cls(public, None)
        private = curve.private_type.from_private_bytes(member_of(members, "d", curve.key_bytes))
        if private.public_key().public_bytes_raw() != x:
            raise InvalidKey("the private and public halves of the OKP key do not agree")
        return cls(public, private)

    @property
    def crv(self) -> str:
        """The curve, as a JWK names it."""
        return next(
            name
            for name, curve in _CURVES.items()
            if isinstance(self.public_handle, curve.public_type)
        )

    def public(self) -> Self:
        """Return the public half alone."""
        return type(self)(self.public_handle, None)

    def public_members(self) -> dict[str, str]:
        """Return the JWK members of the public half."""
        x = base64url.encode(self.public_handle.public_bytes_raw())
        return {"kty": "OKP", "crv": self.crv, "x": x}

    def private_members(self) -> dict[str, str]:
        """Return the JWK members of the private half."""
        if self.private_handle is None:
            return {}
        return {"d": base64url.encode(self.private_handle.private_bytes_raw())}


def _curve(crv: object) -> _Curve:
    curve = _CURVES.get(crv) if isinstance(crv, str) else None
    if curve is None:
        raise InvalidKey(f"the crv of an OKP key is one of {', '.join(_CURVES)}", claim="crv")
    return curve


def _check_point(point: bytes, curve: _Curve) -> None:
    """Refuse what is no point of the curve, or one of small order in whatever encoding.

    RFC 7748 section 5 takes every number for a point of a Montgomery curve, canonical or not.
    """
    number = int.from_bytes(point, "little") & ((1 << curve.number_bits) - 1)
    if number % curve.prime in curve.small_order:
        raise WeakKey("the public key is a point of small order")
    if curve.edwards is not None and not _is_on_curve(number, curve.prime, curve.edwards):
        raise InvalidKey("the OKP key is not a point of its curve", claim="x")


def _is_on_curve(y: int, prime: int, edwards: tuple[int, int]) -> bool:
    """Whether y is canonical and has an x (RFC 8032 sections 5.1.3 and 5.2.3)."""
    a, d = edwards
    x_squared = (y * y - 1) * pow(d * y * y - a, -1, prime)
    return y < prime and pow(x_squared, (prime - 1) // 2, prime) == 1
