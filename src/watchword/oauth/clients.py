"""Clients and resources: who may ask for a token, and for which API.

Source: RFC 6749 section 2; RFC 8707 section 2; oauth.md L-4, L-13, T-2.
"""

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Client", "ClientStore", "Resource"]


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client, as it stood in one transaction."""

    client_id: str
    name: str
    is_first_party: bool  # set by an administrator or by code, never by registration
    is_default: bool  # what /login means without client_id; at most one
    scopes: frozenset[str] | None  # entitlement; None: every scope of every registered resource


@dataclass(frozen=True, slots=True)
class Resource:
    """A protected API: the `aud` of its tokens and the scopes that it understands."""

    identifier: str  # a URI, or a short name such as "notes"
    scopes: tuple[tuple[str, str], ...]  # (scope, what it allows in plain words), in display order
    is_default: bool  # what a request without `resource` means; at most one

    @property
    def scope_names(self) -> frozenset[str]:
        """The scopes without their texts."""
        return frozenset(name for name, _ in self.scopes)


class ClientStore(Protocol):
    """What requests need to know of clients and resources. Reads are of one moment."""

    async def find_client(self, client_id: str) -> Client | None:
        """Return the client if it is registered and active."""
        ...

    async def default_client(self) -> Client | None:
        """Return the one default first-party client, if there is one."""
        ...

    async def list_resources(self) -> tuple[Resource, ...]:
        """Return the active resources, the default first."""
        ...

    async def declare_client(self, client: Client) -> None:
        """Insert or replace a client that code or configuration declares."""
        ...

    async def declare_resource(self, resource: Resource) -> None:
        """Insert or replace a resource that code or configuration declares."""
        ...
