"""`/register`: clients that make themselves known, and look after what they said.

Source: RFC 7591 section 3; RFC 7592 section 2; oauth.md C-5, C-6.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.oauth.registration import register as registration
from watchword.server.bodies import read_json
from watchword.server.endpoints.answers import json_answer
from watchword.server.runtime import Runtime

__all__ = ["change", "read", "register", "remove"]


async def register(request: Request, runtime: Runtime) -> Response:
    """Answer a registration."""
    told = await registration.register(
        _authorization(request), await read_json(request), runtime.registration
    )
    answer = json_answer(told)
    answer.status_code = 201
    return answer


async def read(request: Request, runtime: Runtime) -> Response:
    """Show a client what is kept of it."""
    told = await registration.read(
        _authorization(request), _client_id(request), runtime.registration
    )
    return json_answer(told)


async def change(request: Request, runtime: Runtime) -> Response:
    """Replace what a client registered."""
    told = await registration.change(
        _authorization(request),
        _client_id(request),
        await read_json(request),
        runtime.registration,
    )
    return json_answer(told)


async def remove(request: Request, runtime: Runtime) -> Response:
    """End a client."""
    await registration.remove(_authorization(request), _client_id(request), runtime.registration)
    return Response(status_code=204)


def _authorization(request: Request) -> list[str]:
    return request.headers.getlist("authorization")


def _client_id(request: Request) -> str:
    found: str = request.path_params["client_id"]
    return found
