"""What administrators do to clients: the protocol `oauth.registration.administration`."""

from functools import partial

from watchword.oauth.clients import Client
from watchword.oauth.registration.administration import (
    CLIENTS_MAX,
    ClientAdded,
    ClientChange,
    KeptClient,
)
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.clients import changes as client_changes

__all__ = ["ClientChangeVerbs"]


class ClientChangeVerbs(Handle):
    """Carries out `ClientAdministration`."""

    __slots__ = ()

    async def add_client(self, client: Client, *, now: int) -> ClientAdded:
        """Insert a client unless its id is taken, also by one that is switched off."""
        return await self._driver.write(
            partial(client_changes.add_client, self._tenant, client, now=now)
        )

    async def page_clients(
        self, *, after: str = "", limit: int = CLIENTS_MAX
    ) -> tuple[KeptClient, ...]:
        """Return clients in the database's order of ids, switched off or not, from after one on."""
        return await self._driver.read(
            client_changes.page_clients(self._tenant, after=after, limit=limit)
        )

    async def has_added_client(self) -> bool:
        """Tell whether a client is kept beside the default one, switched off or not."""
        return await self._driver.read(client_changes.has_added_client(self._tenant))

    async def find_kept_client(self, client_id: str) -> KeptClient | None:
        """Return a client, also one that is switched off."""
        return await self._driver.read(client_changes.find_kept_client(self._tenant, client_id))

    async def disable_client(self, client_id: str, *, now: int) -> ClientChange:
        """Switch a client off and end all that it was given, in one transaction."""
        return await self._driver.write(
            partial(client_changes.disable_client, self._tenant, client_id, now=now)
        )

    async def enable_client(self, client_id: str, *, now: int) -> ClientChange:
        """Switch a client on again. What it was given before stays dead."""
        return await self._driver.write(
            partial(client_changes.enable_client, self._tenant, client_id, now=now)
        )

    async def replace_client_secret(self, client_id: str, secret_hash: bytes) -> ClientChange:
        """Put another secret in the place of the one that a client has."""
        return await self._driver.write(
            partial(client_changes.replace_client_secret, self._tenant, client_id, secret_hash)
        )

    async def replace_client_ways(self, client: Client, *, before: Client) -> ClientChange:
        """Say anew all of a client but who brought it and how it proves who it is.

        UNCHANGED: it is not as it was before, when the caller read it. One transaction.
        """
        return await self._driver.write(
            partial(client_changes.replace_client_ways, self._tenant, client, before=before)
        )

    async def remove_client(self, client_id: str, *, now: int) -> ClientChange:
        """Delete a client that nobody is kept as signed in to; the feed tells of its own tokens.

        One transaction. UNCHANGED: it has had a login, whose record is kept for a while.
        """
        return await self._driver.write(
            partial(client_changes.remove_client, self._tenant, client_id, now=now)
        )
