"""Clients and resources: who may ask for a token, and for which API.

Source: RFC 6749 section 2; RFC 8707 section 2; oauth.md L-4, L-13, T-2.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Protocol

from watchword.base.records import dataclass
from watchword.oauth.causes import NO_CLIENT
from watchword.oauth.errors import InvalidClient, InvalidRequest

__all__ = [
    "CLIENT_ID_CHARACTERS_MAX",
    "AuthMethod",
    "Client",
    "ClientOrigin",
    "ClientStore",
    "Declared",
    "Resource",
    "TokenFormat",
    "find_named",
    "identify_client",
    "is_client_id",
]

CLIENT_ID_CHARACTERS_MAX = 256
_CLIENT_ID = re.compile(rf"[\x20-\x7E]{{1,{CLIENT_ID_CHARACTERS_MAX}}}")  # RFC 6749 appendix A.1


class ClientOrigin(Enum):
    """Who brought a client, and so how far it is trusted."""

    DECLARED = "declared"  # by code or configuration
    ADMINISTRATOR = "administrator"
    DYNAMIC = "dynamic"  # it registered itself (RFC 7591)
    DOCUMENT = "document"  # its client_id is the address of its metadata (CIMD)


class AuthMethod(Enum):
    """How a client proves who it is at the token endpoint."""

    NONE = "none"
    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105  # a name of RFC 7591
    CLIENT_SECRET_POST = "client_secret_post"  # noqa: S105  # as above
    PRIVATE_KEY_JWT = "private_key_jwt"


class TokenFormat(Enum):
    """What the access tokens of a resource are."""

    JWT = "jwt"  # verified without asking (RFC 9068)
    OPAQUE = "opaque"  # a random text that only introspection explains


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client, as it stood in one transaction."""

    client_id: str
    name: str
    is_first_party: bool  # set by an administrator or by code, never by registration
    is_default: bool  # what /login means without client_id; at most one
    scopes: frozenset[str] | None  # entitlement; None: every scope of every registered resource
    origin: ClientOrigin = ClientOrigin.DECLARED
    grant_types: frozenset[str] = frozenset({"authorization_code", "refresh_token"})
    auth_methods: frozenset[AuthMethod] = frozenset({AuthMethod.NONE})
    secret_hash: bytes | None = field(default=None, repr=False)  # SHA-256; oauth.md S-2
    jwks: str | None = field(default=None, repr=False)  # JSON of its public keys
    jwks_uri: str | None = None
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()  # of web pages that may use the login API
    requires_pkce: bool = True  # oauth.md A-4: only a confidential OpenID client may go without
    id_token_alg: str | None = None  # None: the server's
    details: Mapping[str, str] = field(default_factory=dict)  # what pages show: logo_uri, tos_uri

    @property
    def is_registered(self) -> bool:
        """Whether somebody who runs this server brought it; others bring themselves."""
        return self.origin in {ClientOrigin.DECLARED, ClientOrigin.ADMINISTRATOR}

    @property
    def is_confidential(self) -> bool:
        """Whether it proves who it is."""
        return AuthMethod.NONE not in self.auth_methods


@dataclass(frozen=True, slots=True)
class Resource:
    """A protected API: the `aud` of its tokens and the scopes that it understands."""

    identifier: str  # a URI, or a short name such as "notes"
    scopes: tuple[tuple[str, str], ...]  # (scope, what it allows in plain words), in display order
    is_default: bool  # what a request without `resource` means; at most one
    secret_hash: bytes | None = field(default=None, repr=False)  # with which it asks about tokens
    token_format: TokenFormat = TokenFormat.JWT
    lost_scopes: bool = False  # it declares none, and did at one time or another

    @property
    def is_narrowed(self) -> bool:
        """Whether strangers reach it by its scopes alone; losing the last one opens nothing.

        Source: decisions/0185.
        """
        return self.lost_scopes or bool(self.scopes)

    @property
    def scope_names(self) -> frozenset[str]:
        """The scopes without their texts."""
        return frozenset(name for name, _ in self.scopes)


@dataclass(frozen=True, slots=True)
class Declared:
    """What code and configuration say at a start. What they said before and omit here, is retired.

    Args:
        clients: all of them; the one that is the default is so alone.
        resources: all of them.
        only_resource: what stands where neither they nor an administrator name a resource.
        beside: the server's own APIs, none of which is ever the default.
    """

    clients: tuple[Client, ...]
    resources: tuple[Resource, ...]
    only_resource: Resource
    beside: tuple[Resource, ...] = ()


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

    async def list_allowed_origins(self) -> frozenset[str]:
        """Return the origins of pages that active first-party clients list."""
        ...

    async def list_id_token_algorithms(self) -> tuple[str, ...]:
        """Return the algorithms that active clients ask for, each once."""
        ...

    async def register_client(self, client: Client) -> None:
        """Insert or replace a client on behalf of an administrator; no start retires it."""
        ...

    async def register_resource(self, resource: Resource) -> None:
        """Insert or replace a resource on behalf of an administrator; no start retires it."""
        ...

    async def declare(self, said: Declared, *, now: int) -> None:
        """Write what code declares, and retire what it declared at an earlier start and omits.

        What retired clients were given ends with them, and the feed says so. Nobody sees a part of
        it. Starts beside one another take turns, and the last one stands.
        """
        ...


def is_client_id(text: str) -> bool:
    """Whether a text has the form of a client_id."""
    return _CLIENT_ID.fullmatch(text) is not None


async def find_named(store: ClientStore, client_id: str) -> Client | None:
    """Return the client of this name; None also for what cannot be a name, unasked."""
    return await store.find_client(client_id) if is_client_id(client_id) else None


async def identify_client(store: ClientStore, client_id: str | None) -> Client:
    """Return the public client that a request names, or the default one where it names none.

    Raises:
        InvalidClient: unknown or inactive, or one that has to prove who it is.
        InvalidRequest: none is named, and there is no default.

    Source: RFC 6749 section 2.2; oauth.md L-4; ARCHITECTURE section 6.
    """
    if client_id is None:
        found = await store.default_client()
        if found is None:
            raise InvalidRequest("client_id is missing")
    else:
        found = await find_named(store, client_id)
    if found is None:
        raise InvalidClient(detail=NO_CLIENT)
    if found.is_confidential:
        raise InvalidClient("the client has to authenticate")
    return found
