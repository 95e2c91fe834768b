"""The outside of a guarded ASGI application: it does not start bare, nor read before it knows who.

Source: security.md rules 80 and 81; ARCHITECTURE section 6 (undeclared routes).
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchword.guards.answers import REFUSALS, Answer, Answers
from watchword.guards.errors import UnguardedRoutes

__all__ = ["Door", "Routes", "Unread", "in_place_of", "response_of"]

_log = logging.getLogger(__name__)
_OF_THE_BODY = (b"content-length", b"content-type")


class Routes(Protocol):
    """What is known of an application's routes."""

    def undeclared(self) -> tuple[str, ...]:
        """Return the routes that declare no access."""
        ...

    def is_closed(self, route: object) -> bool:
        """Return whether a matched route is only for callers that the guard authenticates."""
        ...


class Unread(HTTPException):
    """A refusal that arises while the body would be read.

    FastAPI turns every other exception at that point into its own 400.
    """

    def __init__(self, refusal: Exception) -> None:
        super().__init__(status_code=401)
        self.refusal = refusal


class Door:
    """Middleware that looks at an application's routes before the first request reaches one.

    Args:
        app: the application.
        authenticate: proves who sends a request, once for each.
        survey: of the application's routes.
        answers: makes the problem of an application that may not start.
        ended: called when the application has stopped.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticate: Callable[[HTTPConnection], Awaitable[object]],
        survey: Routes,
        answers: Answers,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._app = app
        self._ended = ended
        self._authenticate = authenticate
        self._survey = survey
        self._answers = answers
        self._bare: UnguardedRoutes | None = None
        self._is_surveyed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on."""
        if not self._is_surveyed:
            undeclared = self._survey.undeclared()
            self._bare = UnguardedRoutes(undeclared) if undeclared else None
            self._is_surveyed = True
        match scope["type"]:
            case "lifespan" if self._bare is not None:
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(self._bare)})
                raise self._bare
            case "http" if self._bare is not None:
                # Mounted in another application, this one hears of no start.
                _log.error("%s", self._bare)
                await response_of(self._answers.unreached(503, hint=self._bare.hint))(
                    scope, receive, send
                )
            case "websocket" if self._bare is not None:
                await send({"type": "websocket.close", "code": 1011})
            case "lifespan":
                try:
                    await self._app(scope, receive, send)
                finally:
                    self._ended()
            case "http":
                await self._app(scope, self._knowing_first(scope, receive), send)
            case _:
                await self._app(scope, receive, send)

    def _knowing_first(self, scope: Scope, receive: Receive) -> Receive:
        """Let nothing be read for a stranger: no large body, and no error about a malformed one."""
        is_known = False

        async def receive_known() -> Message:
            nonlocal is_known
            if not is_known and self._survey.is_closed(scope.get("route")):
                try:
                    await self._authenticate(HTTPConnection(scope))
                except REFUSALS as refusal:
                    raise Unread(refusal) from None
            is_known = True
            return await receive()

        return receive_known


def response_of(answer: Answer) -> Response:
    """Return the answer as Starlette sends it."""
    response = Response(answer.body, answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    return response


def in_place_of(start: Message, answer: Answer) -> Response:
    """Return the answer with the headers that another one had beside those of its body.

    Args:
        start: the message with which the other answer began.
        answer: what goes out instead.
    """
    response = response_of(answer)
    present = {name for name, _ in response.raw_headers}.union(_OF_THE_BODY)
    response.raw_headers.extend(pair for pair in start["headers"] if pair[0] not in present)
    return response
