"""`GET` and `POST /userinfo`: what a client may know of whoever signed in to it.

The token stands in the header and nowhere else; a body says nothing.

Source: OpenID Connect Core section 5.3; RFC 9700 section 4.3.2; oauth.md N-16, N-31.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.users import User
from watchword.base.chance import is_secret
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest
from watchword.oauth.bearer import TokenOfClient, bearer_token
from watchword.oauth.families import Sight
from watchword.oidc.userinfo import userinfo as tell
from watchword.server.bodies import read_bytes
from watchword.server.endpoints.answers import json_answer
from watchword.server.endpoints.bearer import authenticate_any
from watchword.server.runtime import Runtime

__all__ = ["userinfo"]


@dataclass(frozen=True, slots=True)
class _Login:
    """What stands behind an access token of either form."""

    user: User
    scopes: frozenset[str]
    family_id: str


async def userinfo(request: Request, runtime: Runtime) -> Response:
    """Answer with the claims that scopes and wishes open.

    Raises:
        BearerError, TokenError, AccountSuspended, LoginOver: as `authenticate_any`; and
            InsufficientScope for a token without `openid`.
    """
    await read_bytes(request)  # it has its limit all the same
    token = bearer_token(request.headers.getlist("authorization"))
    login = await _of_opaque(token, runtime) if is_secret(token) else None
    if login is None:
        caller = await authenticate_any(request, runtime)
        login = _Login(caller.user, caller.claims.scopes, caller.claims.fam)
    told = await tell(login.user, runtime.store, scopes=login.scopes, family_id=login.family_id)
    return json_answer(told)


async def _of_opaque(token: str, runtime: Runtime) -> _Login | None:
    """Return what a live opaque token stands for; None for what is none here."""
    now = runtime.clock.now()
    found = await runtime.store.read_opaque_token(digest(Secret(token)), now=now)
    if found is None:
        return None
    if found.facts is None:
        raise TokenOfClient
    if await runtime.store.mark_access_seen(found.token_id, now=now) is not Sight.SEEN:
        return None
    return _Login(found.facts.user, frozenset(found.scopes), found.facts.family_id)
