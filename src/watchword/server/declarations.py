"""What code says about clients and resources, written to the store at every start.

Source: oauth.md L-4 (one default client), T-2; ARCHITECTURE section 6 (`POST /login`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from watchword.oauth.clients import Client, ClientStore, Declared, Resource

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
    only = Resource(issuer, (), is_default=True)
    await store.declare(Declared(_clients(said.clients), said.resources, only_resource=only))


def _clients(said: tuple[Client, ...]) -> tuple[Client, ...]:
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
    return said
