"""A signing key as a store keeps it: public part in clear, private part sealed.

Source: oauth.md K-1, K-6; security.md rule 101.
"""

from enum import Enum
from typing import Protocol

from watchword.base.records import dataclass

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
    activates_at: int | None = None  # of a pending key: when it begins to sign
    activated_at: int | None = None  # None of a first key: it signs since it was made
    retired_at: int | None = None
    deletes_at: int | None = None  # of a retired key


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

    async def add_pending_signing_key(self, record: SigningKeyRecord) -> bool:
        """Insert `record` unless its algorithm has a pending key; say whether this call did it."""
        ...

    async def activate_signing_key(self, kid: str, *, now: int, retired_deletes_at: int) -> bool:
        """Make a pending key the active one and retire the one that was; say who won."""
        ...

    async def delete_signing_key(self, kid: str, *, now: int) -> bool:
        """Delete a retired key whose time has come; say whether this call did it."""
        ...

    async def replace_signing_key(
        self, kid: str, record: SigningKeyRecord, *, now: int, until: int
    ) -> bool:
        """Delete a compromised key at once; where it was the active one, `record` takes its place.

        What it signed is revoked in the same transaction, for every guard that follows the feed.

        Args:
            kid: of the key, in whatever state.
            record: a fresh active key of the same algorithm.
            now: seconds since the epoch; a token issued before is dead.
            until: the last possible exp of such a token.
        """
        ...
