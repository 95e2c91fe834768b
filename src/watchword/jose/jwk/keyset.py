"""Sets of keys, and the choice of the one key that a header may name.

Source: RFC 7517 section 5; RFC 8725 section 3.10; tokens.md J-7, J-8.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol, Self, runtime_checkable

from watchword.base.limits import KEYS_MAX, KID_CHARACTERS_MAX
from watchword.jose.algorithms.hmac import Check
from watchword.jose.algorithms.table import ALGORITHMS, algorithm
from watchword.jose.errors import InvalidKey, KeyMismatch, KeyRefused, UnknownKey
from watchword.jose.jwk import binding
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.secret import HmacKey

__all__ = ["FetchedSource", "Find", "KeySet", "KeySource", "VerificationKey", "as_source"]

# Tuples: what a JWK holds is compared with them, whatever its type.
_NAMES = tuple(ALGORITHMS)
_KEY_TYPES = tuple({row.key_type for row in ALGORITHMS.values()})
_CURVES = tuple({curve for row in ALGORITHMS.values() for curve in row.curves})
_OPERATIONS = ("sign", "verify")


class VerificationKey(Protocol):
    """What verification asks of a key. `Key` and `HmacKey` are such."""

    @property
    def alg(self) -> str:
        """The key's one algorithm."""
        ...

    @property
    def kid(self) -> str | None:
        """The key's id."""
        ...

    def checker(self, header_b64u: bytes) -> Check:
        """Return the function that verifies payloads under one header."""
        ...

    def thumbprint(self) -> str:
        """Return what tells the key from others, whatever its kid: its RFC 7638 thumbprint."""
        ...


class KeySource(Protocol):
    """Where a Verifier finds keys: a KeySet, or a set that is kept fresh from elsewhere."""

    @property
    def algorithms(self) -> frozenset[str]:
        """The algorithms that keys of this source may have; never empty."""
        ...

    def find(self, alg: str, kid: str | None) -> VerificationKey:
        """Return the one key for a header.

        Called for every good token, so that a source may notice that its keys grow old. The same
        key object should come back while the key is the same: what is prepared for it is kept.

        Raises:
            UnknownKey: none fits, or more than one.
            KeysUnavailable: the source has no keys to answer from.
        """
        ...


Find = Callable[[str, str | None], VerificationKey]
"""`alg` and `kid` to the one key; raises as `KeySource.find`."""


@runtime_checkable
class FetchedSource(KeySource, Protocol):
    """A KeySource whose keys may have to be fetched, so that `find` may wait."""

    def find_at_hand(self, alg: str, kid: str | None) -> VerificationKey:
        """Return the one key without fetching anything.

        Raises:
            UnknownKey: none fits, and the set is known to be whole.
            KeysUnavailable: the key would have to be fetched first.
        """
        ...

    def find_or_pending(self, alg: str, kid: str | None) -> VerificationKey:
        """Return the one key, or start the fetch that may bring it, and wait for nothing.

        Raises:
            KeysPending: it has to be fetched first; the fetch is under way.
            UnknownKey, KeysUnavailable: as `find`.
        """
        ...


class KeySet:
    """A fixed set of keys, all symmetric or all asymmetric.

    Args:
        keys: 1 to 50 keys, no two with the same kid.

    Raises:
        InvalidKey: empty, too many, mixed, or a kid used twice.
    """

    __slots__ = ("_algorithms", "_by_header", "_keys", "prepared")

    prepared: dict[tuple[object, ...], object]
    """What `jwt.verify` has prepared for this set; kept here, it goes when the set goes."""

    def __init__(self, keys: Iterable[Key | HmacKey]) -> None:
        if isinstance(keys, str | bytes | Key | HmacKey) or not isinstance(keys, Iterable):
            raise InvalidKey("a key set is made of a list: jwt.KeySet([key])")
        self._keys = tuple(keys)
        if not 0 < len(self._keys) <= KEYS_MAX:
            raise InvalidKey(f"a key set holds 1 to {KEYS_MAX} keys")
        for key in self._keys:
            if not isinstance(key, Key | HmacKey):
                raise InvalidKey("a key set holds Key or Secret objects; text is never a key")
        if len({isinstance(key, HmacKey) for key in self._keys}) != 1:
            raise InvalidKey("a key set is all shared secrets or all key pairs, never both")
        kids = [key.kid for key in self._keys if key.kid is not None]
        if len(set(kids)) != len(kids):
            raise InvalidKey("two keys of the set have the same kid", claim="kid")
        self._algorithms = frozenset(key.alg for key in self._keys)
        self._by_header: dict[tuple[str, str | None], Key | HmacKey] = {
            (key.alg, key.kid): key for key in self._keys if key.kid is not None
        }
        for alg in self._algorithms:
            fitting = [key for key in self._keys if key.alg == alg]
            if len(fitting) == 1:
                self._by_header[alg, None] = fitting[0]
        self.prepared = {}

    @classmethod
    def from_jwks(
        cls, jwks: Mapping[str, object] | str | bytes, *, algorithms: Iterable[str] = ()
    ) -> Self:
        """Read a JWKS document of which every key that is understood must be good.

        Args:
            jwks: its members, or its JSON.
            algorithms: gives keys without `alg` the one listed algorithm that fits their type.

        Raises:
            InvalidKey: no list of keys, a broken key, or no usable one. Keys of an unknown type,
                curve or algorithm, and encryption keys, are skipped (RFC 7517 section 5).
        """
        document = binding.read(jwks)
        if "kty" in document:
            raise InvalidKey("this is one JWK and no set; read it with Key.from_jwk", claim="keys")
        listed = document.get("keys")
        if not isinstance(listed, list | tuple) or len(listed) > KEYS_MAX:
            raise InvalidKey(f"a JWKS has a list of at most {KEYS_MAX} keys", claim="keys")
        offered = tuple(algorithms)
        keys = [_read(number, jwk, offered) for number, jwk in enumerate(listed, start=1)]
        return cls(key for key in keys if key is not None)

    @property
    def algorithms(self) -> frozenset[str]:
        """The algorithms of the keys."""
        return self._algorithms

    def find(self, alg: str, kid: str | None) -> Key | HmacKey:
        """Return the one key for a header, by kid and then by algorithm."""
        found = self._by_header.get((alg, kid))
        if found is not None:
            return found
        only = self._keys[0]
        if kid is not None and len(self._keys) == 1 and only.kid is None and only.alg == alg:
            return only  # a single key without a kid serves tokens with one
        if kid is None:
            raise UnknownKey("the token names no key, and not exactly one key fits", claim="kid")
        raise UnknownKey(
            "no key of the set has the token's kid and algorithm", claim="kid", got=kid
        )

    def publish(self) -> dict[str, object]:
        """Return the JWKS document with the public halves.

        Raises:
            KeyMismatch: the set holds shared secrets, which have none.
            InvalidKey: of several keys for one algorithm one has no kid, so that no verifier could
                choose between them.
        """
        self._refuse_unnamed()
        members = []
        for key in self._keys:
            if isinstance(key, HmacKey):
                raise KeyMismatch("shared secrets are never published")
            members.append(key.to_jwk())
        return {"keys": members}

    def _refuse_unnamed(self) -> None:
        algorithms = [key.alg for key in self._keys]
        for key in self._keys:
            if key.kid is None and algorithms.count(key.alg) > 1:
                raise InvalidKey(
                    f"the set has several keys for {key.alg}, and each of them needs a kid; "
                    'read or make them with kid="auto"',
                    claim="kid",
                )

    def __iter__(self) -> Iterator[Key | HmacKey]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"KeySet({list(self._keys)!r})"


def as_source(keys: "Key | HmacKey | KeySet | KeySource") -> KeySource:
    """Return the source that a key, a set or a source stands for."""
    if isinstance(keys, Key | HmacKey):
        return KeySet([keys])
    return keys


def _read(number: int, jwk: object, offered: tuple[str, ...]) -> Key | HmacKey | None:
    """Read one member of a JWKS, or return None for what is not understood."""
    if not isinstance(jwk, Mapping):
        raise InvalidKey("a member of a JWKS is a JSON object", claim="keys")
    if not _is_understood(jwk):
        return None
    named = jwk.get("alg")
    fitting = _fitting(jwk, offered) if named is None else [str(named)]
    if len(fitting) != 1:
        return None
    kind = HmacKey if jwk.get("kty") == "oct" else Key
    try:
        return kind.from_jwk(jwk, alg=fitting[0])
    except KeyRefused as error:
        refused = error
    kid = jwk.get("kid")
    is_fit = isinstance(kid, str) and len(kid) <= KID_CHARACTERS_MAX
    name = repr(kid) if is_fit else str(number)
    raise type(refused)(f"key {name} of the set: {refused.hint}", claim=refused.claim)


def _is_understood(jwk: Mapping[str, object]) -> bool:
    """Whether type, curve, algorithm and use are known, and are those of a signature key."""
    return (
        binding.is_for(jwk, "sig", _OPERATIONS)
        and jwk.get("kty") in _KEY_TYPES
        and ("crv" not in jwk or jwk["crv"] in _CURVES)
        and ("alg" not in jwk or jwk["alg"] in _NAMES)
    )


def _fitting(jwk: Mapping[str, object], offered: tuple[str, ...]) -> list[str]:
    return [name for name in offered if binding.fits(algorithm(name), jwk)]
