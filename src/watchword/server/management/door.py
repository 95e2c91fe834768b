"""`/admin/api/v1`: the management API, an application of its own behind one row of the route table.

What every answer has in common (host, limits, headers, failures) comes from the row. FastAPI is
imported with the first request, since most servers have none of these.

Source: ARCHITECTURE section 2; security.md rule 95.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from watchword.base import strict_json
from watchword.server.administration.scopes import MANAGEMENT
from watchword.server.bodies import read_bytes
from watchword.server.errors import MalformedBody
from watchword.server.runtime import Runtime

__all__ = ["management"]


async def management(request: Request, runtime: Runtime) -> Response:
    """Answer through the application; what it raises is answered as of any other row."""
    from watchword.server.management.api import RUNTIME, application  # noqa: PLC0415  # FastAPI

    answer = _Answer()
    root = request.scope.get("root_path", "")
    method = "GET" if request.method == "HEAD" else request.method  # the row leaves the body out
    told = {RUNTIME: runtime, "root_path": f"{root}{MANAGEMENT}", "method": method}
    scope = {**request.scope, **told}

    async def receive() -> Message:
        return {"type": "http.request", "body": await _strict(request), "more_body": False}

    await application()(scope, receive, answer.send)
    return answer.response()


async def _strict(request: Request) -> bytes:
    """Return the body, within its limits and with one reading. Raises Rejected."""
    body = await read_bytes(request)
    try:
        if body:
            strict_json.loads(body, bytes_max=len(body))
    except strict_json.MalformedJSON as error:
        raise MalformedBody(str(error)) from None
    return body


class _Answer:
    """What an application sends, as one response. The answers are bounded, and small."""

    def __init__(self) -> None:
        self._status = 500
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = b""

    async def send(self, message: Message) -> None:
        """Take one message of the application."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = list(message["headers"])
        else:
            self._body += message.get("body", b"")

    def response(self) -> Response:
        """Return the whole answer."""
        response = Response(self._body, self._status)
        response.raw_headers = self._headers
        return response
