"""The keys that one `PyJWT` or `PyJWS` has parsed.

They are found again by a digest under a secret of this process: neither the key's text nor anything
that could be compared with a digest from elsewhere stays behind, and no repr shows either.

Source: tokens.md P-1 and P-2.
"""

import hashlib
from collections.abc import Iterable
from typing import TypeVar

from watchword.base.chance import SYSTEM
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.secret import HmacKey
from watchword.jose.pyjwt.exceptions import DecodeError, InvalidKeyError
from watchword.jose.pyjwt.jwk import PyJWK
from watchword.jose.pyjwt.reading import AnyKey, known_algorithms, read_object, read_text

TYPE_CHECKING = False

__all__ = ["GivenKey", "KeyMemory", "bound_key"]

KEYS_KEPT_MAX = 64  # more than any service has; beyond that, something makes keys up
DIGEST_BYTES = 32

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ed448

    from watchword.jose.jwk.pem import PrivateHandle, PublicHandle

    PublicKey = PublicHandle | ed448.Ed448PublicKey
    PrivateKey = PrivateHandle | ed448.Ed448PrivateKey
    GivenKey = str | bytes | PyJWK | Key | HmacKey | PrivateKey | PublicKey
else:
    GivenKey = object  # the types of cryptography are not loaded for an annotation

K = TypeVar("K")
V = TypeVar("V")


class KeyMemory:
    """Turns what callers give as keys into keys, and remembers up to 64 of them."""

    __slots__ = ("_by_digest", "_by_object", "_digest_key")

    def __init__(self) -> None:
        self._digest_key = SYSTEM.token_bytes(DIGEST_BYTES)
        self._by_digest: dict[tuple[bytes, tuple[str, ...], bool], AnyKey] = {}
        # The object is held beside its key, so that its id cannot become another object's.
        self._by_object: dict[tuple[int, tuple[str, ...]], tuple[object, AnyKey]] = {}

    def for_signing(self, given: object, name: str) -> AnyKey:
        """Return the key that signs with an algorithm.

        Raises:
            AlgorithmAbsent: the algorithm does not exist here.
            KeyRefused: no key for it.
        """
        bound = bound_key(given)
        if bound is None:
            return self._key(given, known_algorithms(name), allow_short=False)
        if bound.alg != name:
            raise InvalidKeyError(f"the key is bound to {bound.alg}, not to {name}", claim="alg")
        return bound

    def for_verifying(
        self, given: object, algorithms: Iterable[str] | str | None, *, allow_short: bool
    ) -> tuple[AnyKey, tuple[str, ...]]:
        """Return the key that verifies, and the algorithms that the caller accepts.

        Raises:
            DecodeError: no algorithms, and the key is not bound to one.
            AlgorithmAbsent: one of the algorithms does not exist here.
            KeyRefused: not exactly one of the algorithms fits the key.
        """
        bound = bound_key(given)
        names = known_algorithms(algorithms or ())
        if bound is not None:
            return bound, names or (bound.alg,)
        if not names:
            raise DecodeError('algorithms= lists the accepted algorithms, such as ["RS256"]')
        return self._key(given, names, allow_short=allow_short), names

    def _key(self, given: object, names: tuple[str, ...], *, allow_short: bool) -> AnyKey:
        if not isinstance(given, str | bytes):
            return self._of_object(given, names)
        data = given.encode("utf-8", "surrogatepass") if isinstance(given, str) else given
        digest = hashlib.blake2b(data, key=self._digest_key, digest_size=DIGEST_BYTES).digest()
        known = self._by_digest.get((digest, names, allow_short))
        if known is None:
            known = read_text(data, names, allow_short=allow_short)
            _make_room(self._by_digest)
            self._by_digest[digest, names, allow_short] = known
        return known

    def _of_object(self, given: object, names: tuple[str, ...]) -> AnyKey:
        found = self._by_object.get((id(given), names))
        if found is not None:
            return found[1]
        key = read_object(given, names)
        _make_room(self._by_object)
        self._by_object[id(given), names] = (given, key)
        return key

    def __repr__(self) -> str:
        return f"KeyMemory({len(self._by_digest) + len(self._by_object)} keys)"


def bound_key(given: object) -> AnyKey | None:
    """Return the key where the caller gives one that is bound to its algorithm already."""
    if isinstance(given, PyJWK):
        return given.bound
    return given if isinstance(given, Key | HmacKey) else None


def _make_room(memory: dict[K, V]) -> None:
    """Forget everything at the bound: one step, which threads cannot interleave."""
    if len(memory) >= KEYS_KEPT_MAX:
        memory.clear()
