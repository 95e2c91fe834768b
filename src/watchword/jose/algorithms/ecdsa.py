"""ECDSA signatures: ES256, ES384 and ES512.

A JWS carries r and s side by side in fixed width; OpenSSL speaks DER. Both directions work on the
bytes, since a detour through integers costs more than the rest of the wrapping.

Source: RFC 7518 sections 3.4 and 6.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from watchword.base import base64url
from watchword.jose.algorithms.material import Sign, Verify, member_bytes, refuse_mismatch
from watchword.jose.algorithms.table import Algorithm
from watchword.jose.errors import InvalidKey, SignatureInvalid

__all__ = ["ECMaterial"]

_CURVES: Mapping[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
_CURVE_NAMES = {curve.name: name for name, curve in _CURVES.items()}
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class ECMaterial:
    """A key on one of the NIST curves."""

    public_handle: ec.EllipticCurvePublicKey
    private_handle: ec.EllipticCurvePrivateKey | None

    @classmethod
    def generate(cls, algorithm: Algorithm) -> Self:
        """Make a key on the algorithm's curve."""
        return cls.from_handle(ec.generate_private_key(_CURVES[algorithm.curve]), algorithm)

    @classmethod
    def from_handle(cls, handle: object, algorithm: Algorithm) -> Self:
        """Take a key object of cryptography, which has checked that the point is on the curve."""
        private = handle if isinstance(handle, ec.EllipticCurvePrivateKey) else None
        public = handle.public_key() if isinstance(handle, ec.EllipticCurvePrivateKey) else handle
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise refuse_mismatch(handle, algorithm)
        if _CURVE_NAMES.get(public.curve.name) != algorithm.curve:
            raise refuse_mismatch(handle, algorithm)
        return cls(public, private)

    @classmethod
    def from_jwk(cls, members: Mapping[str, object], algorithm: Algorithm) -> Self:
        """Read a JWK's members."""
        if members.get("crv") != algorithm.curve:
            raise InvalidKey(f"{algorithm.name} needs the curve {algorithm.curve}", claim="crv")
        curve = _CURVES[algorithm.curve]
        x, y = (_coordinate(members, name, algorithm) for name in ("x", "y"))
        numbers = ec.EllipticCurvePublicNumbers(x, y, curve)
        d = _coordinate(members, "d", algorithm) if "d" in members else None
        public, private = None, None
        try:
            private = None if d is None else ec.derive_private_key(d, curve)
            public = numbers.public_key()
        except ValueError:
            public = None
        if public is None:
            raise InvalidKey("the EC key is not a point of its curve")
        if private is not None and private.public_key().public_numbers() != numbers:
            raise InvalidKey("the private and public halves of the EC key do not agree")
        return cls.from_handle(private or public, algorithm)

    def public(self) -> Self:
        """Return the public half alone."""
        return type(self)(self.public_handle, None)

    def public_members(self) -> dict[str, str]:
        """Return the JWK members of the public half."""
        numbers = self.public_handle.public_numbers()
        return {
            "kty": "EC",
            "crv": _CURVE_NAMES[numbers.curve.name],
            "x": self._text(numbers.x),
            "y": self._text(numbers.y),
        }

    def private_members(self) -> dict[str, str]:
        """Return the JWK members of the private half."""
        if self.private_handle is None:
            return {}
        return {"d": self._text(self.private_handle.private_numbers().private_value)}

    def signer(self, algorithm: Algorithm) -> Sign:
        """Return the signing operation."""
        if self.private_handle is None:
            raise InvalidKey("signing needs a private key")
        private_sign = self.private_handle.sign
        scheme = _deterministic(_HASHES[algorithm.hash_name])
        width = algorithm.key_bytes_min

        def sign(signing_input: bytes) -> bytes:
            return _from_der(private_sign(signing_input, scheme), width)

        return sign

    def verifier(self, algorithm: Algorithm) -> Verify:
        """Return the verifying operation."""
        public_verify = self.public_handle.verify
        scheme = ec.ECDSA(_HASHES[algorithm.hash_name])
        width = algorithm.key_bytes_min

        def verify(signing_input: bytes, signature: bytes) -> None:
            if len(signature) != width + width:
                raise SignatureInvalid("an ECDSA signature is r and s in full width")
            try:
                public_verify(_to_der(signature, width), signing_input, scheme)
            except InvalidSignature:
                raise SignatureInvalid from None

        return verify

    def _text(self, number: int) -> str:
        return base64url.encode(number.to_bytes((self.public_handle.key_size + 7) // 8))


def _deterministic(hasher: hashes.HashAlgorithm) -> ec.ECDSA:
    """Choose nonces after RFC 6979 where OpenSSL offers it (RFC 8725 section 3.2)."""
    try:
        return ec.ECDSA(hasher, deterministic_signing=True)
    except UnsupportedAlgorithm:  # pragma: no cover - OpenSSL before 3.2
        return ec.ECDSA(hasher)


def _coordinate(members: Mapping[str, object], name: str, algorithm: Algorithm) -> int:
    data = member_bytes(members, name)
    if len(data) != algorithm.key_bytes_min:
        raise InvalidKey("a number of an EC key has the full width of its curve", claim=name)
    return int.from_bytes(data)


def _to_der(signature: bytes, width: int) -> bytes:
    """Write r || s as an ASN.1 SEQUENCE of two INTEGERs."""
    body = _der_integer(signature[:width]) + _der_integer(signature[width:])
    if len(body) < 128:
        return b"\x30%c" % len(body) + body
    return b"\x30\x81%c" % len(body) + body  # P-521; at most 138 bytes


def _der_integer(number: bytes) -> bytes:
    digits = number.lstrip(b"\0")
    if not digits:
        raise SignatureInvalid("r and s are not zero")
    if digits[0] & 0x80:
        return b"\x02%c\0" % (len(digits) + 1) + digits
    return b"\x02%c" % len(digits) + digits


def _from_der(der: bytes, width: int) -> bytes:
    """Read the DER that OpenSSL has just written: its form needs no checking."""
    r_at = 5 if der[1] & 0x80 else 4
    r_end = r_at + der[r_at - 1]
    s_at = r_end + 2
    return _fixed(der[r_at:r_end], width) + _fixed(der[s_at:], width)


def _fixed(digits: bytes, width: int) -> bytes:
    return digits.lstrip(b"\0").rjust(width, b"\0")
