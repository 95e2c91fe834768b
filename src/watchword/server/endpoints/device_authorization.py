"""`POST /device_authorization`: a code for a device, and one for its person.

Source: RFC 8628 sections 3.1 and 3.2.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.oauth.device_authorization import authorize_device
from watchword.server.bodies import read_form
from watchword.server.endpoints.answers import json_answer
from watchword.server.endpoints.client_proof import all_proofs
from watchword.server.peer import origin_of
from watchword.server.runtime import Runtime

__all__ = ["device_authorization"]


async def device_authorization(request: Request, runtime: Runtime) -> Response:
    """Answer a device that asks to be let in."""
    form = await read_form(request)
    origin = origin_of(request, runtime.proxies)
    asked = await authorize_device(all_proofs(request), form, origin, runtime.devices)
    return json_answer(asked.render())
