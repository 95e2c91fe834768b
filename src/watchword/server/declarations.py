"""What code says about clients and resources, written to the store at every start.

Source: oauth.md L-4 (one default client), T-2; ARCHITECTURE section 6 (`POST /login`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from watchword.oauth.clients import Client, ClientStore, Resource

__all__ = ["BUILT_IN_CLIENT_ID", "Declarations", "write_declarations"]

BUILT_IN_CLIENT_ID = "first-party"  # what /login means where code declares no client


@dataclass(frozen=True, slots=True)
class Declarations:
    """The clients and resources of one server, and the endpoints that its metadata lists."""

    clients: tuple[Client, ...] = ()
    resources: tuple[Resource, ...] = ()
    endpoints: Mapping[str, str] = field(default_factory=dict)  # metadata member to path


async def write_declarations(said: Declarations, store: ClientStore, *, issuer: str) -> None:
    """Declare everything, and what a server cannot be without: a client and a resource.

    Where code names no resource and the store has none, the issuer itself is the only one: its
    tokens open `/me` and nothing else.
    """
    resources: Sequence[Resource] = said.resources
    if not resources and not await store.list_resources():
        resources = (Resource(issuer, (), is_default=True),)
    for resource in resources:
        await store.declare_resource(resource)
    for client in await _clients(said.clients, store):
        await store.declare_client(client)


async def _clients(said: tuple[Client, ...], store: ClientStore) -> tuple[Client, ...]:
    """Return what to declare: a single client is the default one, several have none."""
    match said:
        case ():
            built_in = Client(
                BUILT_IN_CLIENT_ID,
                "First-party application",
                is_first_party=True,
                is_default=True,
                scopes=None,
            )
            return (built_in,)
        case (only,):
            return (replace(only, is_default=True),)
    before = await store.default_client()
    if before is None or before.client_id in {client.client_id for client in said}:
        return said
    return (replace(before, is_default=False), *said)
