"""Argon2: watchword's own, and that of other systems.

They differ in what they hash: watchword normalises a password first, the others take it as typed.

Source: RFC 9106 sections 3 and 4; OWASP ASVS 5.0 V11.4.2; security.md rule 33.
"""

from functools import partial

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw

from watchword.accounts.errors import MalformedHash
from watchword.accounts.passwords.schemes.scheme import (
    Parameters,
    Scheme,
    as_typed,
    frozen,
    normalised,
)

__all__ = ["FOREIGN", "LANES_MAX", "MEMORY_KIB_MAX", "OWN", "TIME_COST_MAX"]

# What a stored hash may cost: a row altered by a stranger must not stall the server.
TIME_COST_MAX = 16
MEMORY_KIB_MAX = 1024 * 1024
LANES_MAX = 16
WORK_KIB_MAX = 2 * 1024 * 1024  # memory times passes: about two seconds of one core

_VERSIONS = (19, 16)
_LIMITS = frozen({"m": (8, MEMORY_KIB_MAX), "t": (1, TIME_COST_MAX), "p": (1, LANES_MAX)})


def _derive(
    kind: Type, version: int, password: bytes, salt: bytes, parameters: Parameters, length: int
) -> bytes:
    try:
        return hash_secret_raw(
            password,
            salt,
            time_cost=parameters["t"],
            memory_cost=parameters["m"],
            parallelism=parameters["p"],
            hash_len=length,
            type=kind,
            version=version,
        )
    except HashingError as error:  # pragma: no cover  # the limits leave memory as the one cause
        raise MalformedHash(f"argon2 refuses a stored hash: {error}") from None


def _is_within(parameters: Parameters) -> bool:
    memory, lanes = parameters["m"], parameters["p"]
    return memory >= 8 * lanes and memory * parameters["t"] <= WORK_KIB_MAX  # RFC 9106 section 3.1


OWN = Scheme(
    name="argon2id$v=19",
    limits=_LIMITS,
    salt_bytes=(16, 64),  # RFC 9106 section 3.1
    digest_bytes=(32, 64),
    spelling=normalised,
    derive=partial(_derive, Type.ID, 19),
    is_within=_is_within,
    comes_from="watchword",
)
FOREIGN = tuple(
    Scheme(
        name=f"foreign-{name}$v={version}",
        limits=_LIMITS,
        salt_bytes=(8, 128),
        digest_bytes=(16, 64),
        spelling=as_typed,
        derive=partial(_derive, kind, version),
        is_within=_is_within,
        comes_from="argon2-cffi, Django, passlib, Keycloak, Auth0, OpenLDAP",
    )
    for name, kind in (("argon2id", Type.ID), ("argon2i", Type.I))
    for version in _VERSIONS
)
