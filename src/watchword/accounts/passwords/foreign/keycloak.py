r"""A password credential of a Keycloak realm export: two JSON texts.

    {"secretData": "{\"value\": .., \"salt\": ..}",
     "credentialData": "{\"hashIterations\": .., \"algorithm\": \"pbkdf2-sha512\", ..}"}

Keycloak derives 64 bytes by default, whatever the hash; the first block is kept.

Source: Keycloak, Server Administration Guide, "Password policies" and realm export.
"""

from collections.abc import Mapping

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.passwords.foreign.format import (
    HASH_CHARACTERS_MAX,
    Format,
    base64_bytes,
    take,
)
from watchword.accounts.passwords.schemes.pbkdf2 import BLOCK_BYTES
from watchword.accounts.passwords.stored_hash import StoredHash
from watchword.base.strict_json import MalformedJSON, loads

__all__ = ["FORMAT", "json_object", "read", "read_credential"]

_PBKDF2 = {"pbkdf2": "sha1", "pbkdf2-sha256": "sha256", "pbkdf2-sha512": "sha512"}
_ARGON2_VERSIONS = {"1.0": 16, "1.3": 19}


def read(text: str) -> StoredHash:
    """Read the JSON object of a credential.

    Raises:
        HashNotTaken: no credential, malformed, or too costly.
    """
    return read_credential(json_object(text))


def read_credential(credential: Mapping[str, object]) -> StoredHash:
    """Read a credential of a realm export.

    Raises:
        HashNotTaken: as `read`.
    """
    secret = json_object(_text(credential, "secretData"))
    data = json_object(_text(credential, "credentialData"))
    salt, digest = base64_bytes(_text(secret, "salt")), base64_bytes(_text(secret, "value"))
    iterations, algorithm = data.get("hashIterations"), data.get("algorithm")
    if not isinstance(iterations, int) or isinstance(iterations, bool):
        raise HashNotTaken("a Keycloak credential has no number of iterations")
    if algorithm == "argon2":
        scheme, cost = _argon2(data.get("additionalParameters"), iterations)
        return take(scheme, cost, salt, digest)
    if not isinstance(algorithm, str) or algorithm not in _PBKDF2:
        raise HashNotTaken("a Keycloak credential is of an algorithm that is not taken over")
    name = _PBKDF2[algorithm]
    return take(f"pbkdf2-{name}", {"i": iterations}, salt, digest[: BLOCK_BYTES[name]])


def _argon2(parameters: object, iterations: int) -> tuple[str, dict[str, int]]:
    if not isinstance(parameters, dict):
        raise HashNotTaken("a Keycloak Argon2 credential has no parameters")
    kind, version = _first(parameters, "type"), _ARGON2_VERSIONS.get(_first(parameters, "version"))
    if kind not in {"id", "i"} or version is None:
        raise HashNotTaken("a Keycloak Argon2 credential is of a type that is not taken over")
    memory, lanes = _first(parameters, "memory"), _first(parameters, "parallelism")
    if not all(text.isascii() and text.isdigit() and len(text) <= 8 for text in (memory, lanes)):
        raise HashNotTaken("a Keycloak Argon2 credential has malformed parameters")
    return f"foreign-argon2{kind}$v={version}", {"m": int(memory), "t": iterations, "p": int(lanes)}


def _first(parameters: Mapping[str, object], name: str) -> str:
    """Return the one value of a parameter; Keycloak writes each as a list."""
    match parameters.get(name):
        case [str(text)]:
            return text
        case _:
            raise HashNotTaken("a Keycloak Argon2 credential has malformed parameters")


def json_object(text: str) -> Mapping[str, object]:
    """Read a JSON object within an export.

    Raises:
        HashNotTaken: no JSON object, or a large one.
    """
    try:
        found = loads(text.encode("utf-8", "surrogatepass"), bytes_max=4 * HASH_CHARACTERS_MAX)
    except MalformedJSON:
        raise HashNotTaken("a Keycloak credential is no JSON") from None
    if not isinstance(found, dict):
        raise HashNotTaken("a Keycloak credential is no JSON object")
    return found


def _text(members: Mapping[str, object], name: str) -> str:
    found = members.get(name)
    if not isinstance(found, str):
        raise HashNotTaken(f"a Keycloak credential has no {name}")
    return found


FORMAT = Format(
    name="Keycloak",
    begins=('{"',),
    read=read,
    spelling=('{"secretData": "...", "credentialData": "..."}',),
)
