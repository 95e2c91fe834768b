"""Introspection: what a token is, for those it is for and for whom it was issued.

What is not active, unknown, or another's reads the same.

Source: RFC 7662 section 2.2; oauth.md T-5, N-34; security.md rule 71.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from watchword.accounts.users import User
from watchword.base.clock import Clock
from watchword.base.secrets import digest
from watchword.jose.errors import TokenError
from watchword.jose.jwt.verifier import Verifier
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.callers import Asking, authenticate_caller
from watchword.oauth.client_authentication import ClientAuthenticationContext
from watchword.oauth.families import FamilyStore, Sight
from watchword.oauth.parameters import required_secret

__all__ = ["INACTIVE", "IntrospectionContext", "IntrospectionStore", "RefreshState", "introspect"]

INACTIVE: Mapping[str, object] = {"active": False}


@dataclass(frozen=True, slots=True)
class RefreshState:
    """A live refresh token and what it stands for."""

    user: User
    client_id: str
    resource: str
    scopes: tuple[str, ...]
    created_at: int
    expires_at: int


class IntrospectionStore(FamilyStore, Protocol):
    """What introspection needs of a store."""

    async def read_refresh_state(self, token_hash: bytes, *, now: int) -> RefreshState | None:
        """Return what a live refresh token stands for; None for one that would be refused."""
        ...


@dataclass(frozen=True, slots=True)
class IntrospectionContext:
    """What introspection works with."""

    authentication: ClientAuthenticationContext
    store: IntrospectionStore
    verifier: Verifier[AccessClaims]  # of this issuer's access tokens for any audience
    clock: Clock


async def introspect(
    authorization: Sequence[str], form: Mapping[str, object], ctx: IntrospectionContext
) -> Mapping[str, object]:
    """Say what a token is.

    Args:
        authorization: the values of all `Authorization` fields.
        form: `token`, and the client's part; a hint is not needed and not read.
        ctx: who may ask, and what is known of tokens.

    Raises:
        InvalidClient: 401; whoever asks did not prove who it is.
        InvalidRequest: `token` is missing.
    """
    asking = await authenticate_caller(authorization, form, ctx.authentication)
    token = required_secret(form, "token")
    try:
        claims = (await ctx.verifier.averify(token.reveal())).claims
    except TokenError:
        state = await ctx.store.read_refresh_state(digest(token), now=ctx.clock.now())
        return INACTIVE if state is None else _of_refresh(state, asking)
    if not asking.may_see(client_id=claims.client_id, audiences=claims.audiences):
        return INACTIVE
    user = await _live_user(claims, ctx)
    return INACTIVE if user is None else _of_access(claims, user)


async def _live_user(claims: AccessClaims, ctx: IntrospectionContext) -> User | None:
    """Return the account behind a token that holds at this moment."""
    now = ctx.clock.now()
    state = await ctx.store.read_token_state(
        user_id=claims.sub,
        sid=claims.sid,
        family_id=claims.fam,
        generation_id=claims.generation_id,
        now=now,
    )
    if state.user is None or not (state.user.is_active and state.is_live) or state.is_replaced:
        return None
    sight = await ctx.store.mark_access_seen(claims.generation_id, now=now)
    return state.user if sight is Sight.SEEN else None


def _of_access(claims: AccessClaims, user: User) -> Mapping[str, object]:
    said: dict[str, object] = {
        "active": True,
        "iss": claims.iss,
        "sub": claims.sub,
        "username": user.name,
        "client_id": claims.client_id,
        "aud": claims.aud,
        "scope": claims.scope,
        "token_type": "Bearer",
        "iat": claims.iat,
        "exp": claims.exp,
        "jti": claims.jti,
        "auth_time": claims.auth_time,
        "amr": claims.amr,
        "roles": sorted(user.roles),
    }
    return said


def _of_refresh(state: RefreshState, asking: Asking) -> Mapping[str, object]:
    """Describe a refresh token, to the client that holds it alone."""
    if asking.client_id != state.client_id:
        return INACTIVE
    return {
        "active": True,
        "sub": state.user.id,
        "username": state.user.name,
        "client_id": state.client_id,
        "aud": state.resource,
        "scope": " ".join(state.scopes),
        "iat": state.created_at,
        "exp": state.expires_at,
    }
