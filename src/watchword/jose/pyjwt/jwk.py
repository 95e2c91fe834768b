"""PyJWK and PyJWKSet: keys read once, each bound to one algorithm.

Source: PyJWT 2.15.1, `jwt.api_jwk`; RFC 7517; tokens.md J-1, J-4 to J-7.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from watchword.jose.algorithms.table import ALGORITHMS
from watchword.jose.errors import KeyRefused
from watchword.jose.jwk.keyset import KeySet
from watchword.jose.pyjwt.algorithms import (
    Algorithm,
    JWKDict,
    bound_jwk,
    implementation,
    json_members,
    key_object,
)
from watchword.jose.pyjwt.exceptions import (
    InvalidKeyError,
    KeyNotInSet,
    PyJWKError,
    PyJWKSetError,
    PyJWTError,
)

__all__ = ["PyJWK", "PyJWKSet", "default_algorithm"]

# What PyJWT takes a JWK without `alg` to be for. One name a type and curve, so it stays bound.
_DEFAULTS = {
    ("RSA", None): "RS256",
    ("oct", None): "HS256",
    ("EC", None): "ES256",
    ("EC", "P-256"): "ES256",
    ("EC", "P-384"): "ES384",
    ("EC", "P-521"): "ES512",
    ("EC", "secp256k1"): "ES256K",
    ("OKP", "Ed25519"): "EdDSA",
}


class PyJWK:
    """A JWK as PyJWT hands it around.

    Args:
        jwk_data: its members.
        algorithm: the one algorithm, where the JWK has no `alg`; refused where it names another.

    Raises:
        InvalidKeyError: malformed, weak, of an unknown type or curve, or not for signatures.
        PyJWKError: an algorithm that does not exist here.
    """

    def __init__(self, jwk_data: JWKDict, algorithm: str | None = None) -> None:
        if not isinstance(jwk_data, Mapping):
            raise InvalidKeyError("a JWK is a mapping")
        name = algorithm or jwk_data.get("alg") or default_algorithm(jwk_data)
        if name is None:
            raise InvalidKeyError("no algorithm is for this kty and crv; name one with algorithm=")
        if not isinstance(name, str) or name not in ALGORITHMS:
            raise PyJWKError("the JWK names an algorithm that does not exist here", claim="alg")
        self.algorithm_name: str = name
        self.Algorithm: Algorithm = implementation(name)
        self.bound = bound_jwk(jwk_data, name)
        self._shown = {member: jwk_data.get(member) for member in ("kty", "kid", "use")}

    @staticmethod
    def from_dict(obj: JWKDict, algorithm: str | None = None) -> "PyJWK":
        """Read a JWK from its members."""
        return PyJWK(obj, algorithm)

    @staticmethod
    def from_json(data: str, algorithm: str | None = None) -> "PyJWK":
        """Read a JWK from its JSON."""
        return PyJWK(json_members(data), algorithm)

    @property
    def key(self) -> Any:
        """The key object of cryptography, or the bytes of a shared secret."""
        return key_object(self.bound)

    @property
    def key_type(self) -> str | None:
        """The JWK's `kty`."""
        return cast("str | None", self._shown["kty"])

    @property
    def key_id(self) -> str | None:
        """The JWK's `kid`."""
        return cast("str | None", self._shown["kid"])

    @property
    def public_key_use(self) -> str | None:
        """The JWK's `use`."""
        return cast("str | None", self._shown["use"])

    def __repr__(self) -> str:
        return f"PyJWK({self.bound!r})"


class PyJWKSet:
    """The usable keys of a JWKS; those of unknown, weak or broken form are left out.

    Args:
        keys: the members of each JWK.

    Raises:
        PyJWKSetError: nothing usable, secrets beside key pairs, or a kid used twice.
    """

    def __init__(self, keys: list[JWKDict]) -> None:
        listed: object = keys
        if not isinstance(listed, list) or not listed:
            raise PyJWKSetError("a key set has a list of keys, and it is not empty")
        self.keys: list[PyJWK] = []
        for jwk in keys:
            try:
                self.keys.append(PyJWK(jwk))
            except PyJWTError:
                continue
        if not self.keys:
            raise PyJWKSetError("the key set holds no usable key")
        try:
            KeySet(key.bound for key in self.keys)
        except KeyRefused as error:
            raise PyJWKSetError(error.hint) from error

    @staticmethod
    def from_dict(obj: dict[str, Any]) -> "PyJWKSet":
        """Read a JWKS from its members."""
        if not isinstance(obj, Mapping):
            raise PyJWKSetError("a key set is a mapping")
        return PyJWKSet(obj.get("keys", []))

    @staticmethod
    def from_json(data: str) -> "PyJWKSet":
        """Read a JWKS from its JSON."""
        return PyJWKSet.from_dict(json_members(data))

    def __getitem__(self, kid: str) -> PyJWK:
        for key in self.keys:
            if key.key_id == kid:
                return key
        raise KeyNotInSet("the key set has no key of this id", claim="kid", got=kid)

    def __iter__(self) -> Iterator[PyJWK]:
        return iter(self.keys)

    def __repr__(self) -> str:
        return f"PyJWKSet({self.keys!r})"


def default_algorithm(members: Mapping[str, object]) -> str | None:
    """Return the algorithm that PyJWT takes a JWK without `alg` to be for."""
    kty, crv = members.get("kty"), members.get("crv")
    if not isinstance(kty, str) or not isinstance(crv, str | None):
        return None
    return _DEFAULTS.get((kty, crv if kty in {"EC", "OKP"} else None))
