"""`GET /me`: who the bearer of an access token is, at this moment.

Source: users.md U14; ARCHITECTURE section 6 (requires the issuer in `aud`, and no `openid`).
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchword.oidc.claims import me as describe
from watchword.server.endpoints.bearer import authenticate
from watchword.server.runtime import Runtime

__all__ = ["me"]


async def me(request: Request, runtime: Runtime) -> Response:
    """Answer with the account and the login."""
    caller = await authenticate(request, runtime)
    card = await runtime.store.read_card(caller.user.id)
    return JSONResponse(describe(caller.user, caller.claims, card))
