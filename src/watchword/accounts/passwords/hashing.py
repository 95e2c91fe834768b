"""Hashing a password and comparing one: what is done, and who does it.

The two functions that compute take tens of milliseconds and block; `Hasher` is what the rooms
above see, and `server` implements it with a bounded pool of threads.

Source: RFC 9106 section 4; OWASP ASVS 5.0 V11.4.2; security.md rules 31, 33 and section 3.3.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Protocol

from watchword.accounts.passwords.schemes.argon2 import OWN
from watchword.accounts.passwords.stored_hash import Peppers, make, read, read_label
from watchword.base.chance import Chance
from watchword.base.records import dataclass
from watchword.base.secrets import Secret

__all__ = [
    "NO_PEPPER",
    "OWASP_ROWS",
    "PARAMETERS",
    "SALT_BYTES",
    "Argon2Parameters",
    "Hasher",
    "Match",
    "hash_password",
    "is_enough",
    "needs_rehash",
    "verify_password",
]

SALT_BYTES = 16  # RFC 9106 section 3.1
NO_PEPPER: Peppers = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Argon2Parameters:
    """The cost of one hash, and the pepper that goes into it."""

    time_cost: int
    memory_kib: int
    lanes: int
    key_id: str | None = None  # `stored_hash.pepper_id`; None: no pepper

    @property
    def label(self) -> str:
        """The parameters as a stored hash spells them: the key of the store's histogram."""
        label = OWN.label(self.cost)
        return label if self.key_id is None else f"{label},keyid={self.key_id}"

    @property
    def cost(self) -> Mapping[str, int]:
        """The parameters as the scheme names them."""
        return {"m": self.memory_kib, "t": self.time_cost, "p": self.lanes}


PARAMETERS = Argon2Parameters(time_cost=2, memory_kib=19 * 1024, lanes=1)  # the ASVS row
# Passes and memory that OWASP counts as equal. What is below all of them is refused.
OWASP_ROWS = ((1, 46 * 1024), (2, 19 * 1024), (3, 12 * 1024), (4, 9 * 1024), (5, 7 * 1024))


def is_enough(parameters: Argon2Parameters) -> bool:
    """Tell whether parameters are at or above a row of OWASP's.

    Source: OWASP Password Storage Cheat Sheet, Argon2id; OWASP ASVS 5.0 V11.4.2.
    """
    return any(
        parameters.time_cost >= passes and parameters.memory_kib >= memory
        for passes, memory in OWASP_ROWS
    )


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


def hash_password(
    password: Secret,
    parameters: Argon2Parameters,
    *,
    chance: Chance,
    peppers: Peppers = NO_PEPPER,
) -> str:
    """Hash a password with a fresh salt and return what is stored.

    Raises:
        MalformedHash: the parameters name a pepper that is not at hand.
    """
    salt = chance.token_bytes(SALT_BYTES)
    made = make(password, parameters.cost, salt=salt, key_id=parameters.key_id, peppers=peppers)
    return made.text


def verify_password(password: Secret, password_hash: str, peppers: Peppers = NO_PEPPER) -> Match:
    """Compare a password with a stored hash, with the parameters that the hash names.

    Raises:
        MalformedHash: no hash of a known scheme, one that costs more than the limits allow, or one
            whose pepper is not at hand.
    """
    is_same = read(password_hash).is_of(password, peppers)
    return Match.SAME if is_same else Match.DIFFERENT


def needs_rehash(password_hash: str, parameters: Argon2Parameters) -> bool:
    """Tell whether a stored hash was made in another way than `parameters` say."""
    return read_label(password_hash) != parameters.label
