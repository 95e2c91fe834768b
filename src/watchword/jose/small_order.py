"""The points of small order on the curves of Ed25519, Ed448, X25519 and X448.

Their order divides the curve's cofactor, so they carry no secret: a signature key among them
accepts what nobody signed, and everybody knows what is agreed with one.

Source: RFC 8032 sections 5.1 and 5.2 (cofactors 8 and 4); RFC 7748 sections 4.1, 4.2 and 6.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ED25519_ENCODINGS", "PRIME_448", "PRIME_25519", "SMALL_ORDER"]

PRIME_25519 = 2**255 - 19
PRIME_448 = 2**448 - 2**224 - 1

# The y of two of the points of order 8 on Edwards25519; the other two have its negative.
_Y = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
# The u of those points on the Montgomery form (RFC 7748 section 4.1); the others have its inverse.
_U = (1 + _Y) * pow(1 - _Y, -1, PRIME_25519) % PRIME_25519

SMALL_ORDER: Mapping[str, frozenset[int]] = MappingProxyType(
    {
        "Ed25519": frozenset({0, 1, PRIME_25519 - 1, _Y, PRIME_25519 - _Y}),
        "Ed448": frozenset({0, 1, PRIME_448 - 1}),
        "X25519": frozenset({0, 1, PRIME_25519 - 1, _U, pow(_U, -1, PRIME_25519)}),
        "X448": frozenset({0, 1, PRIME_448 - 1}),
    }
)
"""By curve, y or u of each point of small order, below the prime."""

ED25519_ENCODINGS = frozenset(
    (y | sign << 255).to_bytes(32, "little") for y in SMALL_ORDER["Ed25519"] for sign in (0, 1)
)
"""The points of Edwards25519 as they stand in a signature, with either sign of x."""
