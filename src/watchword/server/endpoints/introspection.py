"""`POST /introspect` and `POST /revoke`: tokens asked about, and given up.

Source: RFC 7662 section 2; RFC 7009 section 2; oauth.md T-5, T-6, W-5.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.oauth import introspection, revocation
from watchword.server.bodies import read_form
from watchword.server.endpoints.answers import json_answer
from watchword.server.endpoints.client_proof import all_proofs
from watchword.server.runtime import Runtime

__all__ = ["introspect", "revoke"]


async def introspect(request: Request, runtime: Runtime) -> Response:
    """Say what a token is, to those it is for."""
    form = await read_form(request)
    said = await introspection.introspect(all_proofs(request), form, runtime.introspection)
    return json_answer(said)


async def revoke(request: Request, runtime: Runtime) -> Response:
    """Revoke a token; an unknown one is no error."""
    form = await read_form(request)
    await revocation.revoke(all_proofs(request), form, runtime.revocation)
    return Response(status_code=200)
