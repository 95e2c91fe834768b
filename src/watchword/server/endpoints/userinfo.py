"""`GET` and `POST /userinfo`: what a client may know of whoever signed in to it.

The token stands in the header and nowhere else; a body says nothing.

Source: OpenID Connect Core section 5.3; RFC 9700 section 4.3.2; oauth.md N-16, N-31.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.oidc.userinfo import userinfo as tell
from watchword.server.bodies import read_bytes
from watchword.server.endpoints.answers import json_answer
from watchword.server.endpoints.bearer import authenticate_any
from watchword.server.runtime import Runtime

__all__ = ["userinfo"]


async def userinfo(request: Request, runtime: Runtime) -> Response:
    """Answer with the claims that scopes and wishes open.

    Raises:
        BearerError, TokenError, AccountSuspended, LoginOver: as `authenticate_any`; and
            InsufficientScope for a token without `openid`.
    """
    await read_bytes(request)  # it has its limit all the same
    caller = await authenticate_any(request, runtime)
    return json_answer(await tell(caller.user, caller.claims, runtime.store))
