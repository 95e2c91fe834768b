"""Introspection: what a token is, for those it is for and for whom it was issued.

What is not active, unknown, or another's reads the same.

Source: RFC 7662 section 2.2; oauth.md T-5, N-34; security.md rule 71.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from watchword.accounts.users import User
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import digest
from watchword.jose.errors import TokenError
from watchword.jose.jwt.verifier import Verifier
from watchword.oauth.access_token import AccessClaims, acting
from watchword.oauth.callers import Inquirer, authenticate_caller
from watchword.oauth.client_authentication import ClientAuthenticationContext
from watchword.oauth.client_tokens import ClientTokenStore
from watchword.oauth.families import Facts, FamilyStore, Sight
from watchword.oauth.opaque_tokens import OpaqueState, OpaqueStore
from watchword.oauth.parameters import required_secret
from watchword.oauth.scopes import PROFILE

__all__ = ["INACTIVE", "IntrospectionContext", "IntrospectionStore", "RefreshState", "introspect"]

INACTIVE: Mapping[str, object] = {"active": False}


@dataclass(frozen=True, slots=True)
class RefreshState:
    """A live refresh token and what it stands for."""

    user: User
    client_id: str
    granted: Mapping[str, tuple[str, ...]]  # the scopes of each resource, the first one first
    created_at: int
    expires_at: int
    actor: str | None = None  # who acts as the user


class IntrospectionStore(FamilyStore, OpaqueStore, ClientTokenStore, Protocol):
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
    inquirer = await authenticate_caller(authorization, form, ctx.authentication)
    token = required_secret(form, "token")
    try:
        claims = (await ctx.verifier.averify(token.reveal())).claims
    except TokenError:
        return await _stored(digest(token), inquirer, ctx)
    if not inquirer.may_see(client_id=claims.client_id, audiences=claims.audiences):
        return INACTIVE
    if claims.is_of_client:
        return _of_claims(claims) if await _is_live(claims, ctx) else INACTIVE
    user = await _live_user(claims, ctx)
    if user is None:
        return INACTIVE
    return _of_claims(claims) | _of_login(user, claims, inquirer, claims.scope.split())


async def _stored(
    token_hash: bytes, inquirer: Inquirer, ctx: IntrospectionContext
) -> Mapping[str, object]:
    """Describe what is no JWT of this server: an opaque access token, or a refresh token."""
    now = ctx.clock.now()
    opaque = await ctx.store.read_opaque_token(token_hash, now=now)
    if opaque is None:
        state = await ctx.store.read_refresh_state(token_hash, now=now)
        if (
            state is None or inquirer.client_id != state.client_id
        ):  # nobody else's, its API's neither
            return INACTIVE
        return _of_refresh(state, ctx.authentication.issuer)
    if not inquirer.may_see(client_id=opaque.client_id, audiences=(opaque.resource,)):
        return INACTIVE
    said = _of_opaque(opaque, ctx.authentication.issuer)
    if opaque.facts is None:
        return said
    if await ctx.store.mark_access_seen(opaque.token_id, now=now) is not Sight.SEEN:
        return INACTIVE
    return said | _of_login(opaque.facts.user, opaque.facts, inquirer, opaque.scopes)


async def _is_live(claims: AccessClaims, ctx: IntrospectionContext) -> bool:
    """Whether a client's own token holds at this moment."""
    return await ctx.store.is_client_token_live(
        client_id=claims.client_id,
        token_id=claims.jti,
        issued_at=claims.iat,
        now=ctx.clock.now(),
    )


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
    if state.is_seen:
        return state.user
    sight = await ctx.store.mark_access_seen(claims.generation_id, now=now)
    return state.user if sight is Sight.SEEN else None


def _of_claims(claims: AccessClaims) -> dict[str, object]:
    return {
        "active": True,
        "iss": claims.iss,
        "sub": claims.sub,
        "client_id": claims.client_id,
        "aud": claims.aud,
        "scope": claims.scope,
        "token_type": "Bearer",
        "iat": claims.iat,
        "exp": claims.exp,
        "jti": claims.jti,
    }


def _of_opaque(opaque: OpaqueState, issuer: str) -> dict[str, object]:
    return {
        "active": True,
        "iss": issuer,
        "sub": opaque.client_id if opaque.facts is None else opaque.facts.user.id,
        "client_id": opaque.client_id,
        "aud": opaque.resource,
        "scope": " ".join(opaque.scopes),
        "token_type": "Bearer",
        "iat": opaque.created_at,
        "exp": opaque.expires_at,
        "jti": opaque.token_id,
    }


def _of_login(
    user: User, login: AccessClaims | Facts, inquirer: Inquirer, scopes: Collection[str]
) -> dict[str, object]:
    """Describe the person, and how the login was proved.

    A resource has to know whom it lets in. A client that asks about its own token learns of the
    person what the scopes of the token allow, and the roles are no part of any (RFC 7662 section
    5: no more than whoever asks may know).
    """
    said: dict[str, object] = {
        "auth_time": login.auth_time,
        "acr": login.acr,
        "amr": login.amr,
    }
    actor = login.actor if isinstance(login, Facts) else next(iter(login.actors), None)
    said |= acting(actor)
    if inquirer.resource is not None:
        return said | {"username": user.name, "roles": sorted(user.roles)}
    return said | _name_for_client(user, scopes)


def _of_refresh(state: RefreshState, issuer: str) -> Mapping[str, object]:
    """Describe a refresh token to its client: for all that it may still ask for."""
    audiences = tuple(state.granted)
    scopes = tuple(dict.fromkeys(one for each in state.granted.values() for one in each))
    said: dict[str, object] = {
        "active": True,
        "iss": issuer,
        "sub": state.user.id,
        "client_id": state.client_id,
        "aud": audiences if len(audiences) > 1 else audiences[0],
        "scope": " ".join(scopes),
        "iat": state.created_at,
        "exp": state.expires_at,
    }
    return said | acting(state.actor) | _name_for_client(state.user, scopes)


def _name_for_client(user: User, scopes: Collection[str]) -> dict[str, object]:
    """Return the user name if the scopes of a token tell it."""
    return {"username": user.name} if PROFILE in scopes else {}
