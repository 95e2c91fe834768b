"""Opaque access tokens: random texts of which only the hash is stored.

A resource asks for them by its `token_format`. They are explained by introspection alone, and are
dead the moment that their user, client, session, family or resource does not stand.

Source: RFC 6749 section 1.4; RFC 7662; oauth.md T-2, S-1, S-5; decisions/0160.
"""

from typing import Protocol

from watchword.base.records import dataclass
from watchword.oauth.families import Facts

__all__ = ["OpaqueState", "OpaqueStore", "RevokeOpaqueToken"]


@dataclass(frozen=True, slots=True)
class OpaqueState:
    """A live opaque token, and what it stands for."""

    token_id: str  # `jti` of the answer to introspection
    client_id: str
    resource: str
    scopes: tuple[str, ...]
    created_at: int
    expires_at: int
    facts: Facts | None  # of its family as they stand; None: the client's own token


@dataclass(frozen=True, slots=True)
class RevokeOpaqueToken:
    """The end of one opaque token by the client that holds it."""

    token_hash: bytes
    client_id: str
    now: int


class OpaqueStore(Protocol):
    """What opaque tokens need of a store. Each method is one transaction."""

    async def read_opaque_token(self, token_hash: bytes, *, now: int) -> OpaqueState | None:
        """Return what a live token stands for; None where anything behind it does not stand."""
        ...

    async def revoke_opaque_token(self, command: RevokeOpaqueToken) -> bool:
        """End a token of the client; return whether this call ended it."""
        ...
