"""The keys of a running server: replaced as a whole when the database holds others.

Signing and verifying read one attribute, which never holds half of a change.

Source: oauth.md K-6; ARCHITECTURE section 3 (nodes learn of changes by polling).
"""

from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import VerificationKey
from watchword.keys.ring import SIGNING_ALGORITHMS, KeyRing

__all__ = ["LiveRing"]


class LiveRing:
    """A KeySource over the ring that stands at the moment.

    Args:
        ring: as it was opened.
    """

    __slots__ = ("_ring",)

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    @property
    def ring(self) -> KeyRing:
        """The keys that stand."""
        return self._ring

    @property
    def signing_key(self) -> Key:
        """What is signed with."""
        return self._ring.signing_key

    def signing_key_of(self, alg: str) -> Key | None:
        """Return what is signed with where this algorithm is asked for; None: there is no key."""
        return self._ring.signing_keys.get(alg)

    @property
    def algorithms(self) -> frozenset[str]:
        """The algorithms that the keys may have: a client may ask for another one at any time."""
        return frozenset(SIGNING_ALGORITHMS)

    def find(self, alg: str, kid: str | None) -> VerificationKey:
        """Return the one published key for a header. Raises as `KeySource.find`."""
        return self._ring.public_keys.find(alg, kid)

    def replace(self, ring: KeyRing) -> None:
        """Let other keys stand from now on."""
        self._ring = ring
