"""What administrators do to clients: add, list, change, switch off and on, remove.

Source: oauth.md S-2, F-3; security.md rule 61.
"""

from collections.abc import AsyncIterator, Callable
from enum import Enum
from typing import Protocol

from watchword.base.records import dataclass
from watchword.oauth.clients import Client

__all__ = [
    "CLIENTS_MAX",
    "ClientAdded",
    "ClientAdministration",
    "ClientChange",
    "KeptClient",
    "every_client",
    "rewrite_client",
]

CLIENTS_MAX = 50  # of one page; further ones are asked for


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

    async def page_clients(
        self, *, after: str = "", limit: int = CLIENTS_MAX
    ) -> tuple[KeptClient, ...]:
        """Return clients in the database's order of ids, switched off or not, from after one on."""
        ...

    async def has_added_client(self) -> bool:
        """Tell whether a client is kept beside the default one, switched off or not."""
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

    async def replace_client_ways(self, client: Client, *, before: Client) -> ClientChange:
        """Say anew all of a client but who brought it and how it proves who it is.

        The caller has checked the client. UNCHANGED: it is not as it was before, when the caller
        read it. One transaction.

        A registration of equal metadata finds the client no more.
        """
        ...

    async def remove_client(self, client_id: str, *, now: int) -> ClientChange:
        """Delete a client that nobody is kept as signed in to; the feed tells of its own tokens.

        One transaction. UNCHANGED: it has had a login, whose record is kept for a while.
        """
        ...


async def every_client(store: ClientAdministration) -> AsyncIterator[KeptClient]:
    """Read the clients page by page, those that are switched off included."""
    after = ""
    while page := await store.page_clients(after=after):
        for kept in page:
            yield kept
        after = page[-1].client.client_id


async def rewrite_client(
    store: ClientAdministration, client_id: str, rewritten: Callable[[KeptClient], Client]
) -> ClientChange:
    """Say anew what a client is, from how it stands at that moment.

    Args:
        store: where it is kept.
        client_id: of the client.
        rewritten: makes the record out of the one that is kept, or raises. It is asked again where
            another change came in between, so that neither takes back what the other has changed.
    """
    while (kept := await store.find_kept_client(client_id)) is not None:
        done = await store.replace_client_ways(rewritten(kept), before=kept.client)
        if done is not ClientChange.UNCHANGED:
            return done
    return ClientChange.UNKNOWN
