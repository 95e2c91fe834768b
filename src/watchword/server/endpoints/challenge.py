"""`POST /authorize-challenge`: a first-party app logs in and gets an authorization code.

Source: draft-ietf-oauth-first-party-apps-03; oauth.md L-3, L-7 and L-12.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.oauth.challenge import challenge as take_step
from watchword.server.bodies import read_form
from watchword.server.cross_origin import require_own_origin
from watchword.server.endpoints.answers import device_member, json_answer
from watchword.server.endpoints.client_proof import all_proofs
from watchword.server.peer import origin_of
from watchword.server.runtime import Runtime

__all__ = ["challenge"]


async def challenge(request: Request, runtime: Runtime) -> Response:
    """Answer one step of a login."""
    require_own_origin(request, runtime.settings.origin)
    form = await read_form(request)
    origin = origin_of(request, runtime.proxies)
    granted = await take_step(all_proofs(request), form, origin, runtime.challenge)
    device = device_member(granted.device)
    return json_answer({"authorization_code": granted.code.reveal(), **device})
