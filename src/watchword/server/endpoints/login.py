"""`POST /login`: a user name and a password for a pair of tokens.

Source: oauth.md L-1, L-2, L-12; users.md U14.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.oauth.login import login as log_in
from watchword.server.bodies import read_json
from watchword.server.endpoints.answers import device_member, token_answer
from watchword.server.endpoints.client_proof import basic_proofs
from watchword.server.endpoints.page_origin import page_origin_of
from watchword.server.runtime import Runtime

__all__ = ["login"]


async def login(request: Request, runtime: Runtime) -> Response:
    """Answer a login."""
    document = await read_json(request)
    origin = page_origin_of(request, runtime)
    logged_in = await log_in(basic_proofs(request), document, origin, runtime.login)
    return token_answer(logged_in.issued, **device_member(logged_in.device))
