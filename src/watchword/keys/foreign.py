"""Reading a key set of somebody else, where one bad key must not lose the others.

Source: RFC 7517 section 5; tokens.md J-41, J-42; security.md rule 23.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from watchword.base import strict_json
from watchword.base.limits import JWK_BYTES_MAX, KEYS_MAX
from watchword.base.records import dataclass
from watchword.jose.algorithms.table import algorithm
from watchword.jose.errors import InvalidKey, KeyRefused
from watchword.jose.jwk import binding
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.jose.jwk.material import PRIVATE_MEMBERS
from watchword.jose.jwk.secret import HmacKey

__all__ = ["Dropped", "ForeignKeys", "NoUsableKey", "carried_over", "read_key_set"]

_Identity = tuple[str, str | None, str]  # algorithm, kid and thumbprint
_Name = str | _Identity


@dataclass(frozen=True, slots=True)
class Dropped:
    """A key of the document that is not used, and why."""

    reason: str
    is_alarming: bool = False  # the issuer published a private part
    kid: str | None = None  # as the document has it


@dataclass(frozen=True, slots=True)
class ForeignKeys:
    """What a document holds for us."""

    keys: KeySet
    dropped: tuple[Dropped, ...]


class NoUsableKey(InvalidKey):
    """A document none of whose keys is used; `dropped` says why of each."""

    def __init__(self, dropped: tuple[Dropped, ...]) -> None:
        reasons = "; ".join(dict.fromkeys(each.reason for each in dropped))
        super().__init__(f"the key set holds no usable key{reasons and f': {reasons}'}")
        self.dropped = dropped


def read_key_set(document: bytes, algorithms: Iterable[str]) -> ForeignKeys:
    """Read a JWKS document.

    Args:
        document: JSON, at most 64 KiB.
        algorithms: the names that keys of this issuer may have. A key without `alg` takes the one
            that fits its type; where none or several fit, it is dropped.

    Raises:
        InvalidKey: no JWKS, or a shared secret among its keys.
        NoUsableKey: every key is dropped.
    """
    offered = frozenset(algorithms)
    keys: dict[_Name, Key] = {}
    dropped: list[Dropped] = []
    for jwk in _members(document):
        read = _read(jwk, offered)
        if not isinstance(read, Dropped) and _name(read) in keys:
            read = Dropped("its kid is taken by an earlier key, or it is that key")
        if isinstance(read, Dropped):
            kid = jwk.get("kid") if isinstance(jwk, dict) else None
            dropped.append(replace(read, kid=kid if isinstance(kid, str) else None))
        else:
            keys[_name(read)] = read
    if not keys:
        raise NoUsableKey(tuple(dropped))
    return ForeignKeys(KeySet(keys.values()), tuple(dropped))


def carried_over(keys: KeySet, earlier: KeySet | None) -> KeySet:
    """Return the set with the earlier objects of the keys that did not change.

    What was prepared for a key, and what was verified with it, is kept as long as its object is.
    """
    if earlier is None:
        return keys
    known = {_identity(key): key for key in earlier}
    kept = [known.get(_identity(key), key) for key in keys]
    return earlier if kept == list(earlier) else KeySet(kept)


def _name(key: Key) -> _Name:
    """Return what no second key of a set may have: its kid, or without one all that it is."""
    return _identity(key) if key.kid is None else key.kid


def _identity(key: Key | HmacKey) -> _Identity:
    return key.alg, key.kid, key.thumbprint()


def _members(document: bytes) -> list[object]:
    try:
        jwks = strict_json.loads(document, bytes_max=JWK_BYTES_MAX)
    except strict_json.MalformedJSON as error:
        raise InvalidKey(f"the key set is refused: {error}") from None
    listed = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(listed, list) or len(listed) > KEYS_MAX:
        raise InvalidKey(f"a key set has a list of at most {KEYS_MAX} keys", claim="keys")
    if any(isinstance(jwk, dict) and jwk.get("kty") == "oct" for jwk in listed):
        # Whoever reads this document can make tokens: nothing in it deserves trust.
        raise InvalidKey("the key set publishes a shared secret", claim="kty")
    return listed


def _read(jwk: object, offered: frozenset[str]) -> Key | Dropped:
    if not isinstance(jwk, dict):
        return Dropped("it is no JSON object")
    if not jwk.keys().isdisjoint(PRIVATE_MEMBERS):
        return Dropped("it has a private part", is_alarming=True)
    if not binding.is_for(jwk, "sig", ("verify",)):
        return Dropped("it is not for signatures")
    named = jwk.get("alg")
    fitting = [named] if isinstance(named, str) else sorted(_fitting(jwk, offered))
    if len(fitting) != 1 or fitting[0] not in offered:
        return Dropped("its algorithm is not accepted, or is not clear from its type")
    try:
        return Key.from_jwk(jwk, alg=fitting[0])
    except KeyRefused as error:
        return Dropped(f"it is refused: {error.code}")


def _fitting(jwk: Mapping[str, object], offered: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in offered if binding.fits(algorithm(name), jwk))
