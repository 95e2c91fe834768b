"""`POST /token` and `POST /refresh`: the refresh grant, as a form for OAuth and as JSON for people.

Both end in the same exchange. Requests with the same token and bindings that arrive while the first
is unanswered share its answer.

Source: RFC 6749 sections 3.2 and 6; oauth.md R-2; users.md U14.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.origin import Origin
from watchword.oauth.grants import TokenRequest, admit, exchange
from watchword.oauth.grants import refresh_token as refresh_grant
from watchword.oauth.pages import require_listed
from watchword.server.bodies import read_form, read_json
from watchword.server.endpoints.answers import token_answer
from watchword.server.endpoints.client_proof import all_proofs, basic_proofs
from watchword.server.endpoints.page_origin import page_origin_of
from watchword.server.peer import origin_of
from watchword.server.runtime import Runtime

__all__ = ["refresh", "token"]


async def token(request: Request, runtime: Runtime) -> Response:
    """Answer a token request. Pages of any origin may send one: oauth.md E-3."""
    admitted = await admit(all_proofs(request), await read_form(request), runtime.token)
    return await _answer(admitted, origin_of(request, runtime.proxies), runtime)


async def refresh(request: Request, runtime: Runtime) -> Response:
    """Answer the login API's refresh: the same grant without its name."""
    members = await read_json(request)
    grant = {"grant_type": refresh_grant.GRANT.grant_type}
    admitted = await admit(basic_proofs(request), {**members, **grant}, runtime.token)
    origin = page_origin_of(request, runtime)
    require_listed(origin, admitted.authenticated.client)
    return await _answer(admitted, origin, runtime)


async def _answer(admitted: TokenRequest, origin: Origin, runtime: Runtime) -> Response:
    if admitted.grant is not refresh_grant.GRANT:  # of others exactly one wins
        return token_answer(await exchange(admitted, origin, runtime.token))
    issued = await runtime.refreshes.share(
        admitted.bindings, lambda: exchange(admitted, origin, runtime.token)
    )
    return token_answer(issued)
