"""Argon2id: its parameters, its stored form, and the work itself.

The two functions that compute take tens of milliseconds and block; `Hasher` is what the rooms
above see, and `server` implements it with a bounded pool of threads.

Source: RFC 9106 section 4; OWASP ASVS 5.0 V11.4.2; security.md rules 31, 33 and section 3.3.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from argon2.exceptions import VerificationError, VerifyMismatchError
from argon2.low_level import ARGON2_VERSION, Type, hash_secret, verify_secret

from watchword.accounts.errors import MalformedHash
from watchword.base.chance import Chance
from watchword.base.secrets import Secret

__all__ = [
    "HASH_BYTES",
    "PARAMETERS",
    "SALT_BYTES",
    "Argon2Parameters",
    "Hasher",
    "Match",
    "hash_password",
    "needs_rehash",
    "parse_label",
    "password_bytes",
    "read_label",
    "verify_password",
]

SALT_BYTES = 16  # RFC 9106 section 3.1
HASH_BYTES = 32
# What a stored hash may cost: a row altered by a stranger must not stall the server.
TIME_COST_MAX = 16
MEMORY_KIB_MAX = 1024 * 1024
LANES_MAX = 16

_PHC = re.compile(
    r"\$(?P<label>argon2id\$[^$]+\$[^$]+)\$[A-Za-z0-9+/]{22,86}\$[A-Za-z0-9+/]{43,86}"
)
_LABEL = re.compile(
    r"argon2id\$v=(?P<version>[0-9]{1,2})"
    r"\$m=(?P<memory>[0-9]{1,8}),t=(?P<time>[0-9]{1,3}),p=(?P<lanes>[0-9]{1,3})"
)


@dataclass(frozen=True, slots=True)
class Argon2Parameters:
    """The cost of one hash."""

    time_cost: int
    memory_kib: int
    lanes: int

    @property
    def label(self) -> str:
        """The parameters as a stored hash spells them: the key of the store's histogram."""
        return f"argon2id$v={ARGON2_VERSION}$m={self.memory_kib},t={self.time_cost},p={self.lanes}"


PARAMETERS = Argon2Parameters(time_cost=2, memory_kib=19 * 1024, lanes=1)  # the ASVS row


class Match(Enum):
    """Whether a password belongs to a hash."""

    SAME = "same"
    DIFFERENT = "different"


class Hasher(Protocol):
    """Where the work is done. Both calls may refuse at once when too many wait."""

    async def hash(self, password: Secret, parameters: Argon2Parameters) -> str:
        """Do what `hash_password` does, without blocking the caller's loop."""
        ...

    async def verify(self, password: Secret, password_hash: str) -> Match:
        """Do what `verify_password` does, without blocking the caller's loop."""
        ...


def hash_password(password: Secret, parameters: Argon2Parameters, *, chance: Chance) -> str:
    """Hash a password with a fresh salt and return the PHC string."""
    return hash_secret(
        password_bytes(password),
        chance.token_bytes(SALT_BYTES),
        time_cost=parameters.time_cost,
        memory_cost=parameters.memory_kib,
        parallelism=parameters.lanes,
        hash_len=HASH_BYTES,
        type=Type.ID,
    ).decode("ascii")


def verify_password(password: Secret, password_hash: str) -> Match:
    """Compare a password with a PHC string, with the parameters that the string names.

    Raises:
        MalformedHash: the string is no Argon2id hash, or costs more than the limits allow.
    """
    parse_label(read_label(password_hash))
    try:
        verify_secret(password_hash.encode("ascii"), password_bytes(password), Type.ID)
    except VerifyMismatchError:
        return Match.DIFFERENT
    except VerificationError as error:
        raise MalformedHash(f"argon2 refuses a stored hash: {error}") from None
    return Match.SAME


def needs_rehash(password_hash: str, parameters: Argon2Parameters) -> bool:
    """Tell whether a stored hash was made with other parameters than `parameters`."""
    return read_label(password_hash) != parameters.label


def read_label(password_hash: str) -> str:
    """Return the part of a PHC string that names algorithm, version and parameters.

    Raises:
        MalformedHash: the string is no Argon2id hash.
    """
    found = _PHC.fullmatch(password_hash)
    if found is None:
        raise MalformedHash("a stored password hash is not of the form $argon2id$v=..$m=..$..$..")
    return found["label"]


def parse_label(label: str) -> Argon2Parameters:
    """Return the parameters that a label names.

    Raises:
        MalformedHash: not a label of this version, or one that costs more than the limits allow.
    """
    found = _LABEL.fullmatch(label)
    if found is None or int(found["version"]) != ARGON2_VERSION:
        raise MalformedHash("a stored password hash names an unknown algorithm or version")
    time_cost, memory_kib, lanes = int(found["time"]), int(found["memory"]), int(found["lanes"])
    within = (
        1 <= time_cost <= TIME_COST_MAX
        and 1 <= lanes <= LANES_MAX
        and 8 * lanes <= memory_kib <= MEMORY_KIB_MAX  # RFC 9106 section 3.1
    )
    if not within:
        raise MalformedHash("a stored password hash names parameters outside the limits")
    return Argon2Parameters(time_cost=time_cost, memory_kib=memory_kib, lanes=lanes)


def password_bytes(password: Secret) -> bytes:
    """Return what is hashed: the whole password in NFKC, as UTF-8.

    Source: NIST SP 800-63B-4 section 3.1.1.2 (one normalisation before hashing, no truncation).
    """
    # Half of a surrogate pair is hashed like any other code point: a refusal here would be one
    # more way to answer differently.
    return unicodedata.normalize("NFKC", password.reveal()).encode("utf-8", "surrogatepass")
