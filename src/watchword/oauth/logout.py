"""The end of a login: its session, its families, and every refresh token of them.

Access tokens live on until they expire, except where a guard reads the store.

Source: oauth.md L-14; ARCHITECTURE section 6 (`POST /logout`); RFC 7009 section 2.2 (an unknown
token is no error); security.md rule 41.
"""

from collections.abc import Mapping, Sequence

from watchword.accounts.origin import Origin
from watchword.accounts.sessions import EndOutcome, SessionStore
from watchword.accounts.users import User
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import digest
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.client_authentication import ClientAuthenticationContext, authenticate_client
from watchword.oauth.errors import InvalidClient, UnauthorizedClient
from watchword.oauth.families import FamilyStore, RevokeByRefreshToken
from watchword.oauth.pages import require_listed
from watchword.oauth.parameters import required_secret

__all__ = ["LogoutContext", "logout_with_access_token", "logout_with_refresh_token"]


@dataclass(frozen=True, slots=True)
class LogoutContext:
    """What a logout works with."""

    proving: ClientAuthenticationContext
    families: FamilyStore
    sessions: SessionStore
    clock: Clock


async def logout_with_refresh_token(
    authorization: Sequence[str],
    document: Mapping[str, object],
    origin: Origin,
    ctx: LogoutContext,
) -> User | None:
    """End the login that a refresh token belongs to, whether it is live or spent.

    The session may be a browser's, on which the logins of other applications hang: a client that
    is not first-party gives up its own at the revocation endpoint.

    Returns:
        The user, for the log; None where nothing was found, which the peer cannot tell apart.

    Raises:
        InvalidRequest: no `refresh_token`, or a member of the wrong type.
        InvalidClient: the client is unknown, or did not prove who it is.
        UnauthorizedClient: it is not first-party.
        PageRefused: a page of an origin that the client does not list.
    """
    refresh_token = required_secret(document, "refresh_token")
    client = (await authenticate_client(authorization, document, ctx.proving)).client
    if not client.is_first_party:
        detail = f"{client.client_id} is not first-party; /revoke ends what it was given"
        raise UnauthorizedClient(
            "only first-party clients end a session", detail=detail, status=403
        )
    require_listed(origin, client)
    now = ctx.clock.now()
    command = RevokeByRefreshToken(digest(refresh_token), client.client_id, now, origin)
    return await ctx.families.revoke_by_refresh_token(command)


async def logout_with_access_token(
    claims: AccessClaims, origin: Origin, ctx: LogoutContext
) -> EndOutcome:
    """End the session that a verified access token of this issuer belongs to.

    Raises:
        InvalidClient: a page shows the token of a client that is gone.
        PageRefused: a page of an origin that the client does not list.
    """
    if origin.page is not None:
        client = await ctx.proving.clients.find_client(claims.client_id)
        if client is None:
            raise InvalidClient
        require_listed(origin, client)
    return await ctx.sessions.end_session(claims.sid, now=ctx.clock.now(), origin=origin)
