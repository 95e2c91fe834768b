"""Who calls the management API: an access token for it, held against the store and the rules.

Source: security.md rules 82, 83 and 95; RFC 6750 section 2.1; RFC 9470 section 3.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from watchword.jose.errors import WrongAudience
from watchword.server.administration.desk import Desk
from watchword.server.administration.policy import administrator
from watchword.server.administration.scopes import MANAGEMENT, Action, Thing
from watchword.server.administration.step_up import check_login
from watchword.server.endpoints.bearer import authenticate_any
from watchword.server.errors import ActingAsUser
from watchword.server.peer import origin_of
from watchword.server.runtime import Runtime

__all__ = ["RUNTIME", "At", "at"]

RUNTIME = "watchword.runtime"  # in the scope of a request
CLAIMS = "watchword.claims"  # of the token, likewise
_TOLD = HTTPBearer(auto_error=False, description="An access token for this API.")  # for OpenAPI


async def _desk(request: Request, _told: Annotated[object, Security(_TOLD)] = None) -> Desk:
    """Return the administrator who calls.

    Raises:
        WrongAudience, ActingAsUser: the token is another API's, or of who acts as a user; and as
            `authenticate_any`.
    """
    runtime: Runtime = request.scope[RUNTIME]
    caller = await authenticate_any(request, runtime)
    audience = caller.claims.aud
    named = (audience,) if isinstance(audience, str) else audience
    if f"{runtime.settings.issuer}{MANAGEMENT}" not in named:
        raise WrongAudience("the token is for another API", claim="aud")
    if caller.claims.act is not None:  # rights over the server are not borrowed
        raise ActingAsUser
    request.scope[CLAIMS] = caller.claims
    me = administrator(caller.user, tenant=runtime.store.tenant, scopes=caller.claims.scopes)
    return Desk(me, origin_of(request, runtime.proxies), runtime)


At = Annotated[Desk, Depends(_desk)]


def at(action: Action, thing: Thing) -> Callable[..., Coroutine[Any, Any, Desk]]:
    """Return the dependency of an operation: whoever calls may do this.

    A change asks for a login that is strong and recent enough as well (RFC 9470).
    """

    async def permitted(request: Request, desk: At) -> Desk:
        desk.permit(action, thing)
        if action != "read":
            await check_login(request.scope[CLAIMS], desk.runtime)
        return desk

    return permitted
