"""Tokens of clients for themselves: no user, no session, no family and no refresh.

Source: RFC 6749 section 4.4; RFC 9068 section 2.2; RFC 9700 section 4.15; oauth.md section 8.
"""

from typing import Protocol

from watchword.base.records import dataclass
from watchword.oauth.clients import Client, Resource
from watchword.oauth.families import NewOpaqueToken, Refused

__all__ = ["ClientFacts", "ClientTokenStore", "IssueToClient"]


@dataclass(frozen=True, slots=True)
class IssueToClient:
    """A token for a client that has proved who it is.

    Args:
        client: as it proved itself; one whose credential changed meanwhile gets nothing.
        resource: the `aud`.
        scopes: in the order asked.
        token_id: the `jti`.
        opaque: what is stored where the resource asks for opaque tokens. None: it was seen to ask
            for JWTs, and nothing is written.
        now: seconds since the epoch.
    """

    client: Client
    resource: str
    scopes: tuple[str, ...]
    token_id: str
    opaque: NewOpaqueToken | None
    now: int


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What the issuing transaction saw: both are active, and the client may have the scopes."""

    client: Client
    resource: Resource
    scopes: tuple[str, ...]
    token_id: str


class ClientTokenStore(Protocol):
    """What clients' own tokens need of a store. Each method is one transaction."""

    async def issue_to_client(self, command: IssueToClient) -> ClientFacts | Refused:
        """Read client and resource again, and store an opaque token where there is one."""
        ...

    async def is_client_token_live(
        self, *, client_id: str, token_id: str, issued_at: int, now: int
    ) -> bool:
        """Whether the client of a JWT is active, and neither it nor the token was revoked since."""
        ...
