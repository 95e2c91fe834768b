"""`POST /token` and `POST /refresh`: the refresh grant, as a form for OAuth and as JSON for people.

Both end in the same exchange. Requests with the same token and bindings that arrive while the first
is unanswered share its answer.

Source: RFC 6749 sections 3.2 and 6; oauth.md R-2; users.md U14.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from watchword.base.secrets import digest
from watchword.oauth.grants import exchange
from watchword.oauth.grants import refresh_token as refresh_grant
from watchword.server.bodies import read_form, read_json
from watchword.server.endpoints.answers import token_answer
from watchword.server.peer import origin_of
from watchword.server.runtime import Runtime

__all__ = ["refresh", "token"]


async def token(request: Request, runtime: Runtime) -> Response:
    """Answer a token request."""
    return await _share(request, await read_form(request), runtime)


async def refresh(request: Request, runtime: Runtime) -> Response:
    """Answer the login API's refresh: the same grant without its name."""
    members = await read_json(request)
    grant = {"grant_type": refresh_grant.GRANT.grant_type}
    return await _share(request, {**members, **grant}, runtime)


async def _share(request: Request, members: Mapping[str, object], runtime: Runtime) -> Response:
    origin = origin_of(request, runtime.proxies)
    if members.get("grant_type") != refresh_grant.GRANT.grant_type:  # of others exactly one wins
        return token_answer(await exchange(members, origin, runtime.token))
    issued = await runtime.refreshes.share(
        _bindings(members), lambda: exchange(members, origin, runtime.token)
    )
    return token_answer(issued)


def _bindings(members: Mapping[str, object]) -> bytes:
    """Return what two requests have in common if they may share an answer: every member."""
    return digest(repr(sorted((name, repr(value)) for name, value in members.items())))
