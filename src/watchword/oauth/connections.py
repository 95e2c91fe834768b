"""Connected applications: the clients that hold live tokens of a person, and how they are let go.

A family is one authorization of one client; a person thinks in applications, so families are told
by client, and an application is disconnected with all of its families at once, or signed out of
one of them.

Source: users.md U39 (connected apps: scopes, last use, revoke); OWASP ASVS 5.0 V10.7.3; security.md
rule 45.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Protocol

from watchword.accounts.origin import Origin
from watchword.base.records import dataclass

__all__ = [
    "ConnectedApp",
    "ConnectedFamily",
    "ConnectionStore",
    "Disconnect",
    "Disconnection",
    "by_client",
]


@dataclass(frozen=True, slots=True)
class ConnectedFamily:
    """A live family: what one authorization lets an application do."""

    family_id: str
    client_id: str
    client_name: str
    is_first_party: bool
    sid: str
    granted: Mapping[str, tuple[str, ...]]  # the scopes of each resource, in the order asked
    created_at: int
    used_at: int  # when a token of it was last given out or seen
    origin: Origin  # of whoever was last given a token
    expires_at: int  # at the latest

    @property
    def scopes(self) -> frozenset[str]:
        """Every scope of whichever resource."""
        return frozenset().union(*self.granted.values())


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """An application and its live families, the one used last first."""

    client_id: str
    name: str
    is_first_party: bool
    families: tuple[ConnectedFamily, ...]  # at least one

    @property
    def used_at(self) -> int:
        """When it last got or showed a token."""
        return self.families[0].used_at

    @property
    def scopes(self) -> tuple[tuple[str, str], ...]:
        """Every (resource, scope) that it may ask for, once."""
        pairs = (
            (resource, scope)
            for one in self.families
            for resource, scopes in one.granted.items()
            for scope in scopes
        )
        return tuple(dict.fromkeys(pairs))


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The wish of a person that an application shall hold no tokens of theirs.

    Args:
        user_id: whose.
        client_id: of the application.
        origin: from where it was said.
        sid: the session in which it was said.
        now: seconds since the epoch.
        family_id: of the one sign-in that ends; None: all.
    """

    user_id: str
    client_id: str
    origin: Origin
    sid: str
    now: int
    family_id: str | None = None


class Disconnection(Enum):
    """What became of it."""

    DISCONNECTED = "disconnected"
    NOT_CONNECTED = "not_connected"  # also: no such client, another's family


class ConnectionStore(Protocol):
    """What the page of connected applications needs of a store. Each method is one transaction."""

    async def list_connections(self, user_id: str, *, now: int) -> tuple[ConnectedFamily, ...]:
        """Return the live families of a user, the one used last first."""
        ...

    async def disconnect(self, command: Disconnect) -> Disconnection:
        """Revoke every family of this user and client, or the one that is named.

        A session that has no cookie and no other live family ends with it.
        """
        ...


def by_client(families: Iterable[ConnectedFamily]) -> tuple[ConnectedApp, ...]:
    """Gather families by client, keeping their order: the application used last comes first."""
    gathered: dict[str, list[ConnectedFamily]] = {}
    for family in families:
        gathered.setdefault(family.client_id, []).append(family)
    return tuple(
        ConnectedApp(client_id, found[0].client_name, found[0].is_first_party, tuple(found))
        for client_id, found in gathered.items()
    )
