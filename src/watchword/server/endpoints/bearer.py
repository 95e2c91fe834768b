"""Who calls, by an access token of this server: verified, then held against the store.

Source: RFC 6750 section 2.1; ARCHITECTURE section 6 (issuer in `aud`; suspended before ended);
oauth.md section 5 (the first sight of an access token); security.md section 3.1 step 4.
"""

from starlette.requests import Request

from watchword.accounts.users import User
from watchword.base.records import dataclass
from watchword.jose.errors import TokenRevoked, WrongAudience
from watchword.jose.jwt.verifier import Verifier
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.bearer import TokenOfClient, bearer_token
from watchword.oauth.families import Sight
from watchword.server.errors import AccountSuspended, LoginOver
from watchword.server.runtime import Runtime
from watchword.server.tracing import SUBJECT

__all__ = ["Caller", "authenticate", "authenticate_any"]


@dataclass(frozen=True, slots=True)
class Caller:
    """What was proved: a live token, and the account as it stands at this moment."""

    user: User
    claims: AccessClaims


async def authenticate(request: Request, runtime: Runtime) -> Caller:
    """Return the caller, who acts for the account itself: by a client of this server's owner.

    Raises:
        BearerError: no token, several, or something else.
        TokenError: the token is refused, somebody else's client has it, or a repeated refresh has
            replaced it.
        AccountSuspended, LoginOver: the token is good, and what stood behind it is not.
    """
    caller = await _caller(request, runtime.verifier, runtime)
    client = await runtime.store.find_client(caller.claims.client_id)
    if client is None or not client.is_first_party:  # where the issuer itself is the resource
        raise WrongAudience("the token is of a client that is not first-party", claim="aud")
    return caller


async def authenticate_any(request: Request, runtime: Runtime) -> Caller:
    """Return the caller by an access token of this issuer for whichever audience.

    Raises:
        BearerError, TokenError, AccountSuspended, LoginOver: as `authenticate`.
    """
    return await _caller(request, runtime.introspection.verifier, runtime)


async def _caller(request: Request, verifier: Verifier[AccessClaims], runtime: Runtime) -> Caller:
    token = bearer_token(request.headers.getlist("authorization"))
    claims = verifier.verify(token).claims
    if claims.is_of_client:
        raise TokenOfClient
    now = runtime.clock.now()
    state = await runtime.store.read_token_state(
        user_id=claims.sub,
        sid=claims.sid,
        family_id=claims.fam,
        generation_id=claims.generation_id,
        now=now,
    )
    if state.user is None:
        raise LoginOver
    request.scope[SUBJECT] = state.user.id
    if not state.user.is_active:
        raise AccountSuspended
    if not state.is_live:
        raise LoginOver
    if state.is_seen:
        return Caller(state.user, claims)
    # Between the read and the mark a repeated refresh may have killed the pair.
    sight = await runtime.store.mark_access_seen(claims.generation_id, now=now)
    if state.is_replaced or sight is Sight.REPLACED:
        raise TokenRevoked("a repeated refresh has replaced the token")
    return Caller(state.user, claims)
