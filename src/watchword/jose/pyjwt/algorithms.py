"""PyJWT's algorithm classes: keys from and to JWK, and the digest that OpenID Connect asks for.

They are views of `jose.algorithms.table`: a class is a family, an object is a row. There is no
class for unsecured tokens, and none can be added.

Source: PyJWT 2.15.1, `jwt.algorithms`; RFC 7517; RFC 7518; tokens.md J-1, J-4, J-9 and J-10.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal, Never, cast, overload

from watchword.base import base64url, strict_json
from watchword.base.limits import JWK_BYTES_MAX
from watchword.jose.algorithms.table import ALGORITHMS, Family
from watchword.jose.errors import PolicyRefused
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.secret import HmacKey
from watchword.jose.pyjwt.exceptions import AlgorithmAbsent, InvalidKeyError, renaming
from watchword.jose.pyjwt.reading import AnyKey, read_object, read_text

__all__ = [
    "AKPAlgorithm",
    "Algorithm",
    "ECAlgorithm",
    "HMACAlgorithm",
    "JWKDict",
    "OKPAlgorithm",
    "RSAAlgorithm",
    "RSAPSSAlgorithm",
    "bound_jwk",
    "get_default_algorithms",
    "has_crypto",
    "implementation",
    "json_members",
    "key_object",
    "requires_cryptography",
]

JWKDict = dict[str, Any]

has_crypto = True
requires_cryptography = frozenset(name for name, row in ALGORITHMS.items() if not row.is_symmetric)


class Algorithm:
    """One signature algorithm.

    Args:
        hash_alg: one of the class's SHA256, SHA384 and SHA512.
    """

    SHA256: ClassVar[str] = "sha256"
    SHA384: ClassVar[str] = "sha384"
    SHA512: ClassVar[str] = "sha512"
    families: ClassVar[tuple[Family, ...]] = ()

    def __init__(self, hash_alg: str = "") -> None:
        rows = [row for row in ALGORITHMS.values() if row.family in self.families]
        names = [row.name for row in rows if row.hash_name == hash_alg]
        if not names:
            raise AlgorithmAbsent("name the hash: SHA256, SHA384 or SHA512 of the class")
        self.name = names[0]

    def prepare_key(self, key: Any) -> AnyKey:
        """Return a key for this algorithm, which `encode` and `decode` take as it is."""
        with renaming:
            if not isinstance(key, str | bytes):
                return read_object(key, (self.name,))
            data = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key
            return read_text(data, (self.name,))

    def compute_hash_digest(self, bytestr: bytes) -> bytes:
        """Return the digest under the algorithm's hash, as `at_hash` and `c_hash` need it."""
        hash_name = ALGORITHMS[self.name].hash_name
        if not hash_name:
            raise AlgorithmAbsent(f"{self.name} brings its own hash; name one from hashlib")
        return hashlib.new(hash_name, bytestr).digest()

    def sign(self, msg: bytes, key: Any) -> Never:
        """Refuse: what is signed here is a token, by `encode`, or a payload, by `PyJWS.encode`."""
        raise PolicyRefused("sign a payload with PyJWS().encode or watchword.jws")

    def verify(self, msg: bytes, key: Any, sig: bytes) -> Never:
        """Refuse: a check that answers False is a check that is forgotten."""
        raise PolicyRefused("verify a payload with PyJWS().decode or watchword.jws, which raise")

    @classmethod
    def from_jwk(cls, jwk: str | JWKDict) -> Any:
        """Return the key object of cryptography, or the bytes of a secret, of a JWK."""
        members = json_members(jwk)
        return key_object(bound_jwk(members, _name_for(members, cls._names())))

    @overload
    @classmethod
    def to_jwk(cls, key_obj: Any, as_dict: Literal[True], *, private: bool = False) -> JWKDict: ...

    @overload
    @classmethod
    def to_jwk(
        cls, key_obj: Any, as_dict: Literal[False] = False, *, private: bool = False
    ) -> str: ...

    @classmethod
    def to_jwk(cls, key_obj: Any, as_dict: bool = False, *, private: bool = False) -> JWKDict | str:
        """Return a key as a JWK: its members, or its JSON.

        Args:
            key_obj: a key object of cryptography, or the text or bytes of a secret.
            as_dict: members instead of JSON.
            private: needed for a private key or a secret, whose JWK is as secret as itself.
        """
        with renaming:
            key = cls._bound(key_obj)
            if not private and (isinstance(key, HmacKey) or key.is_private):
                raise InvalidKeyError(_UNASKED)
            members = key.to_jwk(private=private)
        for name in ("alg", "use", "kid"):
            members.pop(name, None)
        if members["kty"] == "RSA":
            members["key_ops"] = ["sign"] if private else ["verify"]
        return members if as_dict else json.dumps(members)

    @classmethod
    def _bound(cls, key_obj: Any) -> AnyKey:
        return read_object(key_obj, cls._names())

    @classmethod
    def _names(cls) -> tuple[str, ...]:
        """Return one algorithm a curve, so that a key of the class fits exactly one."""
        rows = [row for row in ALGORITHMS.values() if row.family in cls.families]
        first = {curve: row.name for row in reversed(rows) for curve in row.curves or ("",)}
        return tuple(dict.fromkeys(first.values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"


class HMACAlgorithm(Algorithm):
    """HS256, HS384 and HS512."""

    families = (Family.HMAC,)

    @classmethod
    def _bound(cls, key_obj: Any) -> AnyKey:
        return cls(cls.SHA256).prepare_key(key_obj)


class RSAAlgorithm(Algorithm):
    """RS256, RS384 and RS512."""

    families = (Family.RSA,)


class RSAPSSAlgorithm(RSAAlgorithm):
    """PS256, PS384 and PS512."""

    families = (Family.RSA_PSS,)


class ECAlgorithm(Algorithm):
    """ECDSA, one curve an algorithm."""

    families = (Family.ECDSA,)


class OKPAlgorithm(Algorithm):
    """EdDSA, and the names of its curves."""

    families = (Family.EDDSA,)


class AKPAlgorithm(Algorithm):
    """ML-DSA, one parameter set an algorithm. PyJWT has no such class."""

    families = (Family.ML_DSA,)


_CLASSES = {
    family: kind
    for kind in (
        *(HMACAlgorithm, RSAAlgorithm, RSAPSSAlgorithm),
        *(ECAlgorithm, OKPAlgorithm, AKPAlgorithm),
    )
    for family in kind.families
}
_UNASKED = "this JWK is as secret as the key: publish public_key()'s, or ask with private=True"


def implementation(name: str) -> Algorithm:
    """Return the object of an algorithm that exists."""
    made = object.__new__(_CLASSES[ALGORITHMS[name].family])
    made.name = name
    return made


def get_default_algorithms() -> dict[str, Algorithm]:
    """Return an object for every algorithm."""
    return {name: implementation(name) for name in ALGORITHMS}


def bound_jwk(members: Mapping[str, object], name: str) -> AnyKey:
    """Read a JWK for one algorithm, under PyJWT's exceptions."""
    with renaming:
        if ALGORITHMS[name].is_symmetric:
            return HmacKey.from_jwk(members, alg=name)
        return Key.from_jwk(members, alg=name)


def key_object(key: AnyKey) -> Any:
    """Return what PyJWT hands out as a key: cryptography's object, or the bytes of a secret."""
    if isinstance(key, HmacKey):
        return base64url.decode(cast("str", key.to_jwk(private=True)["k"]))
    return key.to_handle(private=key.is_private)


def json_members(jwk: str | JWKDict) -> JWKDict:
    """Return the members of a JWK given as members or as JSON."""
    read: object = jwk
    if isinstance(jwk, str):
        try:
            # A surrogate becomes bytes that are no UTF-8, and is refused as such.
            data = jwk.encode("utf-8", "surrogatepass")
            read = strict_json.loads(data, bytes_max=JWK_BYTES_MAX)
        except strict_json.MalformedJSON as error:
            raise InvalidKeyError(f"the JSON is refused: {error}") from None
    if not isinstance(read, dict):
        raise InvalidKeyError("a JWK is a JSON object")
    return read


def _name_for(members: Mapping[str, object], names: Iterable[str]) -> str:
    """Return the algorithm that a JWK names, or the one of a class that fits its curve."""
    rows = [ALGORITHMS[name] for name in names]
    if any(row.key_type != members.get("kty") for row in rows):
        raise InvalidKeyError("the JWK is of another kty than this class is for", claim="kty")
    named = members.get("alg")
    if isinstance(named, str) and named in ALGORITHMS:
        return named
    fitting = [row.name for row in rows if not row.curves or members.get("crv") in row.curves]
    if not fitting:
        raise InvalidKeyError("the JWK names no algorithm, and its curve is none of this class")
    return fitting[0]
