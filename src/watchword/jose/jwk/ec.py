"""Elliptic curve keys on P-256, P-384, P-521 and secp256k1.

Source: RFC 7518 section 6.2; RFC 8812 section 3.1; RFC 8725 section 3.4.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

from cryptography.hazmat.primitives.asymmetric import ec

from watchword.base import base64url
from watchword.base.records import dataclass
from watchword.jose.errors import InvalidKey
from watchword.jose.jwk.material import member_bytes, refuse_bits

__all__ = ["ECMaterial"]

_CURVES: Mapping[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}
_CURVE_NAMES = {curve.name: name for name, curve in _CURVES.items()}


@dataclass(frozen=True, slots=True)
class ECMaterial:
    """A key on a Weierstrass curve."""

    public_handle: ec.EllipticCurvePublicKey
    private_handle: ec.EllipticCurvePrivateKey | None

    kty: ClassVar[str] = "EC"

    @classmethod
    def generate(cls, crv: str, bits: int | None = None) -> Self:
        """Make a key on a curve."""
        refuse_bits(bits)
        handle = ec.generate_private_key(_curve(crv))
        return cls(handle.public_key(), handle)

    @classmethod
    def from_handle(cls, handle: object) -> Self | None:
        """Take a key object of cryptography, which has checked that the point is on the curve."""
        private = handle if isinstance(handle, ec.EllipticCurvePrivateKey) else None
        public = handle.public_key() if isinstance(handle, ec.EllipticCurvePrivateKey) else handle
        if not isinstance(public, ec.EllipticCurvePublicKey):
            return None
        if public.curve.name not in _CURVE_NAMES:
            raise InvalidKey(f"no algorithm here uses the curve {public.curve.name}")
        return cls(public, private)

    @classmethod
    def from_jwk(cls, members: Mapping[str, object]) -> Self:
        """Read a JWK's members."""
        curve = _curve(members.get("crv"))
        x, y = (_coordinate(members, name, curve) for name in ("x", "y"))
        d = _coordinate(members, "d", curve) if "d" in members else None
        numbers = ec.EllipticCurvePublicNumbers(x, y, curve)
        private, public = None, None
        try:
            private = None if d is None else ec.derive_private_key(d, curve)
            public = numbers.public_key()
        except ValueError:
            public = None
        if public is None:
            raise InvalidKey("the EC key is not a point of its curve")
        if private is not None and private.public_key().public_numbers() != numbers:
            raise InvalidKey("the private and public halves of the EC key do not agree")
        return cls(public, private)

    @property
    def crv(self) -> str:
        """The curve, as a JWK names it."""
        return _CURVE_NAMES[self.public_handle.curve.name]

    def public(self) -> Self:
        """Return the public half alone."""
        return type(self)(self.public_handle, None)

    def public_members(self) -> dict[str, str]:
        """Return the JWK members of the public half."""
        numbers = self.public_handle.public_numbers()
        x, y = self._text(numbers.x), self._text(numbers.y)
        return {"kty": "EC", "crv": self.crv, "x": x, "y": y}

    def private_members(self) -> dict[str, str]:
        """Return the JWK members of the private half."""
        if self.private_handle is None:
            return {}
        return {"d": self._text(self.private_handle.private_numbers().private_value)}

    def _text(self, number: int) -> str:
        return base64url.encode(number.to_bytes(_width(self.public_handle.curve)))


def _curve(crv: object) -> ec.EllipticCurve:
    curve = _CURVES.get(crv) if isinstance(crv, str) else None
    if curve is None:
        raise InvalidKey(f"the crv of an EC key is one of {', '.join(_CURVES)}", claim="crv")
    return curve


def _width(curve: ec.EllipticCurve) -> int:
    return (curve.key_size + 7) // 8


def _coordinate(members: Mapping[str, object], name: str, curve: ec.EllipticCurve) -> int:
    data = member_bytes(members, name)
    if len(data) != _width(curve):
        raise InvalidKey("a number of an EC key has the full width of its curve", claim=name)
    return int.from_bytes(data)
