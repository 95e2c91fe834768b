"""A signing key as a store keeps it: public part in clear, private part sealed.

Source: oauth.md K-1, K-6; security.md rule 101.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

__all__ = ["KeyState", "KeyStore", "SigningKeyRecord"]


class KeyState(Enum):
    """Where a key stands in its life: published before it is used and after it was."""

    PENDING = "pending"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class SigningKeyRecord:
    """One row of the key table."""

    kid: str
    alg: str
    public_jwk: str  # JSON text of the public JWK
    sealed_private: bytes
    state: KeyState
    created_at: int


class KeyStore(Protocol):
    """What the ring needs of a store."""

    async def list_signing_keys(self) -> tuple[SigningKeyRecord, ...]:
        """Return every key that is not deleted, oldest first."""
        ...

    async def add_first_signing_key(self, record: SigningKeyRecord) -> SigningKeyRecord:
        """Insert `record` unless an active key of its algorithm exists; return the one that stands.

        Under concurrency every caller gets the same record.
        """
        ...
