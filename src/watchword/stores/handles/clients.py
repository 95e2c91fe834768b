"""Clients and resources: the protocol `oauth.clients.ClientStore`."""

from functools import partial

from watchword.oauth.clients import Client, Declared, Resource
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.clients import records as clients

__all__ = ["ClientVerbs"]


class ClientVerbs(Handle):
    """Carries out `ClientStore`."""

    __slots__ = ()

    async def find_client(self, client_id: str) -> Client | None:
        """Return the client if it is registered and active."""
        return await self._driver.read(clients.find_client(self._tenant, client_id))

    async def default_client(self) -> Client | None:
        """Return the one default first-party client, if there is one."""
        return await self._driver.read(clients.default_client(self._tenant))

    async def list_resources(self) -> tuple[Resource, ...]:
        """Return the active resources, the default first."""
        return await self._driver.read(clients.list_resources(self._tenant))

    async def list_allowed_origins(self) -> frozenset[str]:
        """Return the origins of pages that active first-party clients list."""
        return await self._driver.read(clients.list_allowed_origins(self._tenant))

    async def list_id_token_algorithms(self) -> tuple[str, ...]:
        """Return the algorithms that active clients ask for, each once."""
        return await self._driver.read(clients.list_id_token_algorithms(self._tenant))

    async def register_client(self, client: Client) -> None:
        """Insert or replace a client; a default one takes that place from any other."""
        await self._driver.write(partial(clients.register_client, self._tenant, client))

    async def register_resource(self, resource: Resource) -> None:
        """Insert or replace a resource; a default one takes that place from any other."""
        await self._driver.write(partial(clients.register_resource, self._tenant, resource))

    async def declare(self, said: Declared, *, now: int) -> None:
        """Write what code declares and retire what it omits: all or nothing, and in turns."""
        await self._driver.write(partial(clients.declare, self._tenant, said, now=now))
