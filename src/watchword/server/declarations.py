"""What code says about clients and resources, written to the store at every start.

Source: oauth.md L-4 (one default client), T-2; ARCHITECTURE section 6 (`POST /login`).
"""

from collections.abc import Mapping
from dataclasses import field, replace

from watchword.base.records import dataclass
from watchword.oauth.clients import Client, ClientStore, Declared, Resource
from watchword.oauth.registration.members import GRANT_TYPES

__all__ = ["BUILT_IN_CLIENT_ID", "Declarations", "write_declarations"]

BUILT_IN_CLIENT_ID = "first-party"  # what /login means where code declares no such client


@dataclass(frozen=True, slots=True)
class Declarations:
    """The clients and resources of one server, and the endpoints that its metadata lists."""

    clients: tuple[Client, ...] = ()
    resources: tuple[Resource, ...] = ()
    beside: tuple[Resource, ...] = ()  # the server's own APIs
    endpoints: Mapping[str, str] = field(default_factory=dict)  # metadata member to path


async def write_declarations(
    said: Declarations, store: ClientStore, *, issuer: str, now: int
) -> None:
    """Declare everything, and what a server cannot be without: a client and a resource.

    Where code names no resource and the store has none, the issuer itself is the only one: its
    tokens open `/me` and nothing else.
    """
    only = Resource(issuer, (), is_default=True)
    clients = _clients(said.clients)
    declared = Declared(clients, said.resources, only_resource=only, beside=said.beside)
    await store.declare(declared, now=now)


def _clients(said: tuple[Client, ...]) -> tuple[Client, ...]:
    """Return what to declare.

    A single first-party client is the default one; of several none is. Where there is none, one
    is built in, so that a third-party client can be added to a server that people log in to.
    """
    match [client for client in said if client.is_first_party]:
        case []:
            built_in = Client(
                BUILT_IN_CLIENT_ID,
                "First-party application",
                is_first_party=True,
                is_default=True,
                scopes=None,
                grant_types=GRANT_TYPES,
            )
            return (*said, built_in)
        case [only]:
            others = tuple(client for client in said if client is not only)
            return (*others, replace(only, is_default=True))
    return said
