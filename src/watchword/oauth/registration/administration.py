"""What administrators do to clients: add, list, give another secret, switch off and on.

Source: oauth.md S-2, F-3; security.md rule 61.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from watchword.oauth.clients import Client

__all__ = ["ClientAdded", "ClientAdministration", "ClientChange", "KeptClient"]


class ClientAdded(Enum):
    """What became of a client that was to be added."""

    ADDED = "added"
    ID_TAKEN = "id_taken"


class ClientChange(Enum):
    """What became of a change to a client."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class KeptClient:
    """A client as it is kept, switched off or not."""

    client: Client
    is_active: bool
    is_declared: bool  # by code, which says so again at its next start
    created_at: int


class ClientAdministration(Protocol):
    """What commands need of the store."""

    async def add_client(self, client: Client, *, now: int) -> ClientAdded:
        """Insert a client unless its id is taken, also by one that is switched off."""
        ...

    async def list_clients(self) -> tuple[KeptClient, ...]:
        """Return the clients by id, those that are switched off included."""
        ...

    async def find_kept_client(self, client_id: str) -> KeptClient | None:
        """Return a client, also one that is switched off."""
        ...

    async def disable_client(self, client_id: str, *, now: int) -> ClientChange:
        """Switch a client off and end all that it was given; the feed tells guards of it.

        From that moment nothing is issued to it. One transaction.
        """
        ...

    async def enable_client(self, client_id: str, *, now: int) -> ClientChange:
        """Switch a client on again. What it was given before stays dead."""
        ...

    async def replace_client_secret(self, client_id: str, secret_hash: bytes) -> ClientChange:
        """Put another secret in the place of the one that a client has."""
        ...
