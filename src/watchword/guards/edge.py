"""What leaves a guarded application last: problems in place of the framework's words, no Host.

A framework answers some requests before any route or handler sees them, with a phrase of its own,
and builds redirects from the Host header, which anybody writes. Both are changed where they leave,
because no handler of the application stands around all of them.

Source: RFC 9457 section 3; RFC 9110 sections 10.2.2 and 15.5.6; security.md rule 97.
"""

from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchword.guards.answers import Answers
from watchword.guards.door import in_place_of
from watchword.guards.places import relative

__all__ = ["Edge", "stand_around"]

# Recognised as a whole, so that an application which says more than the phrase is left alone.
_PHRASES = {
    400: b"There was an error parsing the body",
    404: b"Not Found",
    405: b"Method Not Allowed",
    413: b"Content Too Large",
    500: b"Internal Server Error",
}


class Edge:
    """Middleware around everything else, the framework's own included.

    Args:
        app: the application with all its middleware.
        answers: makes the problems.
    """

    def __init__(self, app: ASGIApp, answers: Answers) -> None:
        self._app = app
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: Message | None = None  # until the body says whose answer it is

        async def send_last(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                message = {**message, "headers": _without_host(message["headers"], scope)}
                if message["status"] in _PHRASES:
                    held = message
                    return
            elif held is not None:
                start, held = held, None
                if _is_phrase(start["status"], message):
                    await self._answer(start, scope, receive, send)
                    return
                await send(start)
            await send(message)

        await self._app(scope, receive, send_last)

    async def _answer(self, start: Message, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the problem, with the headers that the answer had beside those of its body."""
        response = in_place_of(start, self._answers.unreached(start["status"]))
        await response(scope, receive, send)


def _is_phrase(status: int, message: Message) -> bool:
    phrase = _PHRASES[status]
    is_whole = not message.get("more_body", False)
    return is_whole and message.get("body") in {phrase, b'{"detail":"%s"}' % phrase}


def stand_around(app: Starlette, answers: Answers) -> None:
    """Put an edge around an application of Starlette or FastAPI.

    The framework answers outside of what add_middleware() adds; the edge stands around that.
    """
    inner = app.build_middleware_stack
    app.build_middleware_stack = lambda: Edge(inner(), answers)  # type: ignore[method-assign]  # as said above


def _without_host(headers: list[tuple[bytes, bytes]], scope: Scope) -> list[tuple[bytes, bytes]]:
    """Make an address that was built from Host relative: the client knows which host it asked."""
    hosts = [value.lower() for name, value in scope["headers"] if name == b"host"]
    scheme = scope.get("scheme", "http").encode()
    prefixes = tuple(b"%s://%s" % (scheme, host) for host in hosts)
    return [
        (name, relative(value, prefixes)) if name.lower() == b"location" else (name, value)
        for name, value in headers
    ]
