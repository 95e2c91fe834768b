"""From what is presented to the client that it is.

An unknown client, a method that it may not use, and a wrong secret read the same.

Source: RFC 6749 sections 2.3 and 5.2; oauth.md C-1 to C-4; security.md rule 64.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, assert_never

from msgspec import Struct

from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest, same
from watchword.jose.errors import JoseError
from watchword.oauth.causes import NO_CLIENT, WRONG_METHOD, WRONG_SECRET
from watchword.oauth.client_authentication import assertion as assertions
from watchword.oauth.client_authentication.assertion import ClientKeys
from watchword.oauth.client_authentication.presented import (
    AssertionProof,
    Presented,
    SecretProof,
    read_presented,
)
from watchword.oauth.clients import (
    AuthMethod,
    Client,
    ClientStore,
    find_named,
    identify_client,
)
from watchword.oauth.errors import InvalidClient, InvalidRequest

__all__ = [
    "AuthenticatedClient",
    "ClientAuthenticationContext",
    "ReplayStore",
    "authenticate_client",
    "authenticate_presented",
]

ASSERTION_KIND = "client_assertion"
CLOCK_SECONDS = 60  # longer than clocks of nodes may differ
_NO_SECRET = digest("no client has this secret")


class ReplayStore(Protocol):
    """Remembers what may be presented once."""

    async def spend(self, kind: str, issuer: str, jti: str, *, expires_at: int, now: int) -> bool:
        """Remember an identifier until it expires; say whether this call is the first with it."""
        ...


@dataclass(frozen=True, slots=True)
class ClientAuthenticationContext:
    """What client authentication works with."""

    issuer: str
    clients: ClientStore
    replays: ReplayStore
    keys: ClientKeys
    clock: Clock


class AuthenticatedClient(Struct, frozen=True):
    """A client that has proved who it is, or is public and has only said so."""

    client: Client
    method: AuthMethod


async def authenticate_client(
    authorization: Sequence[str], form: Mapping[str, object], ctx: ClientAuthenticationContext
) -> AuthenticatedClient:
    """Find the client of a request and check its proof.

    Args:
        authorization: the values of all `Authorization` fields, each as sent.
        form: the parameters of the body, each once.
        ctx: clients, their keys, and what was presented before.

    Raises:
        InvalidClient: 401; unknown, not proved, or by a method that is not its own.
        InvalidRequest: two methods at once, or no client where there is no default.
    """
    return await authenticate_presented(read_presented(authorization, form), ctx)


async def authenticate_presented(
    presented: Presented, ctx: ClientAuthenticationContext
) -> AuthenticatedClient:
    """Find the client that was read out of a request, and check its proof.

    Raises:
        InvalidClient, InvalidRequest: as `authenticate_client`, but for what is malformed.
    """
    match presented.proof:
        case None:
            return await _public(presented, ctx)
        case SecretProof() as proof:
            return await _by_secret(presented, proof, ctx)
        case AssertionProof(assertion):
            return await _by_assertion(presented, assertion, ctx)
    assert_never(presented.proof)


async def _public(presented: Presented, ctx: ClientAuthenticationContext) -> AuthenticatedClient:
    client = await identify_client(ctx.clients, presented.client_id)
    return AuthenticatedClient(client, AuthMethod.NONE)


async def _by_secret(
    presented: Presented, proof: SecretProof, ctx: ClientAuthenticationContext
) -> AuthenticatedClient:
    if presented.client_id is None:
        raise InvalidRequest("client_id is missing")
    client = await find_named(ctx.clients, presented.client_id)
    expected = _NO_SECRET if client is None else client.secret_hash or _NO_SECRET
    is_right = same(digest(proof.secret), expected)
    method = AuthMethod.CLIENT_SECRET_BASIC if proof.is_basic else AuthMethod.CLIENT_SECRET_POST
    if client is None or not is_right or method not in client.auth_methods:
        cause = WRONG_SECRET if client is not None and not is_right else _unfit(client)
        detail = f"{presented.client_id!r} by {method.value}: {cause}"
        raise InvalidClient(detail=detail, is_basic=proof.is_basic)
    return AuthenticatedClient(client, method)


async def _by_assertion(
    presented: Presented, assertion: Secret, ctx: ClientAuthenticationContext
) -> AuthenticatedClient:
    client_id = assertions.claimed_id(assertion)
    if presented.client_id not in (None, client_id):
        raise InvalidRequest("client_id differs between the assertion and the body")
    client = await find_named(ctx.clients, client_id)
    if client is None or AuthMethod.PRIVATE_KEY_JWT not in client.auth_methods:
        raise InvalidClient(detail=f"{client_id!r} by private_key_jwt: {_unfit(client)}")
    try:
        keys = ctx.keys.of(client)
    except JoseError as error:
        raise InvalidClient("the keys of the client are unreadable", detail=str(error)) from None
    if keys is None:
        raise InvalidClient("the client has no keys")
    vouched = await assertions.verify(assertion, client, keys, issuer=ctx.issuer, clock=ctx.clock)
    is_first = await ctx.replays.spend(
        ASSERTION_KIND,
        client_id,
        vouched.jti,
        expires_at=vouched.exp + CLOCK_SECONDS,
        now=ctx.clock.now(),
    )
    if not is_first:
        raise InvalidClient("the client assertion was used before")
    return AuthenticatedClient(client, AuthMethod.PRIVATE_KEY_JWT)


def _unfit(client: Client | None) -> str:
    """Return for the operator why a client cannot be proved in this way. Its peer is not told."""
    return NO_CLIENT if client is None else WRONG_METHOD
