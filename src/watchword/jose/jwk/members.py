"""The members of a JWK that every key type shares: alg, kid, use, key_ops.

Source: RFC 7517 sections 4.1 to 4.5; tokens.md J-1, J-6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from watchword.base import strict_json
from watchword.base.limits import JWK_BYTES_MAX, KID_CHARACTERS_MAX
from watchword.jose.algorithms.table import ALGORITHMS, Algorithm, algorithm
from watchword.jose.errors import InvalidKey, KeyMismatch

__all__ = ["Operation", "Shared", "checked_kid", "read", "shared"]

Operation = Literal["sign", "verify"]


@dataclass(frozen=True, slots=True)
class Shared:
    """What a JWK says about itself, whatever its type."""

    algorithm: Algorithm
    kid: str | None
    operations: frozenset[str] | None  # None: not restricted


def read(jwk: Mapping[str, object] | str | bytes) -> Mapping[str, object]:
    """Return the members of a JWK given as a mapping or as JSON."""
    if isinstance(jwk, Mapping):
        return jwk
    data = jwk.encode("utf-8") if isinstance(jwk, str) else jwk
    fault, value = "a JWK is a JSON object", None
    try:
        value = strict_json.loads(data, bytes_max=JWK_BYTES_MAX)
    except strict_json.MalformedJSON as error:
        fault = str(error)
    if not isinstance(value, dict):
        raise InvalidKey(fault)
    return value


def shared(members: Mapping[str, object], alg: str | Algorithm | None) -> Shared:
    """Check the shared members against the algorithm that the caller names, if any."""
    row = _algorithm(members, alg)
    if members.get("kty") != row.key_type:
        raise KeyMismatch(f"{row.name} needs a JWK of kty {row.key_type}", claim="kty")
    return Shared(row, checked_kid(members.get("kid")), _operations(members))


def checked_kid(kid: object) -> str | None:
    """Return a key id that is absent or fit to be one."""
    if kid is None:
        return None
    if not isinstance(kid, str) or not 0 < len(kid) <= KID_CHARACTERS_MAX:
        raise InvalidKey(f"a kid is text of 1 to {KID_CHARACTERS_MAX} characters", claim="kid")
    return kid


def _algorithm(members: Mapping[str, object], alg: str | Algorithm | None) -> Algorithm:
    named = members.get("alg")
    if alg is None and named is None:
        raise InvalidKey("the JWK names no alg; say which with alg=", claim="alg")
    if alg is None:
        if not isinstance(named, str) or named not in ALGORITHMS:
            raise InvalidKey("the JWK's alg is no signature algorithm known here", claim="alg")
        return ALGORITHMS[named]
    row = algorithm(alg)
    if named is not None and named != row.name:
        raise KeyMismatch(f"the JWK is made for another algorithm than {row.name}", claim="alg")
    return row


def _operations(members: Mapping[str, object]) -> frozenset[str] | None:
    if members.get("use", "sig") != "sig":
        raise KeyMismatch("the JWK's use is not sig", claim="use")
    if "key_ops" not in members:
        return None
    listed = members["key_ops"]
    if not isinstance(listed, list | tuple) or not all(isinstance(item, str) for item in listed):
        raise InvalidKey("key_ops is a list of text", claim="key_ops")
    operations = frozenset(listed)
    if len(operations) != len(listed):
        raise InvalidKey("key_ops names an operation twice", claim="key_ops")
    if not operations & {"sign", "verify"} or (
        "use" in members and operations - {"sign", "verify"}
    ):
        raise KeyMismatch("key_ops does not fit a signature key", claim="key_ops")
    return operations
