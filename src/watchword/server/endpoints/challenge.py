"""`POST /authorize-challenge`: a first-party app logs in and gets an authorization code.

Source: draft-ietf-oauth-first-party-apps-03; oauth.md L-3, L-7 and L-12.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.oauth.challenge import challenge as take_step
from watchword.server.bodies import read_form
from watchword.server.endpoints.answers import device_member, json_answer
from watchword.server.endpoints.client_proof import all_proofs
from watchword.server.endpoints.page_origin import page_origin_of
from watchword.server.runtime import Runtime

__all__ = ["challenge"]


async def challenge(request: Request, runtime: Runtime) -> Response:
    """Answer one step of a login."""
    form = await read_form(request)
    origin = page_origin_of(request, runtime)
    granted = await take_step(all_proofs(request), form, origin, runtime.challenge)
    device = device_member(granted.device)
    return json_answer({"authorization_code": granted.code.reveal(), **device})
