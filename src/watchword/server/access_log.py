"""One line for each request: who, method, path without its query, status, milliseconds.

Source: security.md rule 48 and section 9 (uvicorn's access log prints the query).
"""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchword.base.clock import Clock
from watchword.base.log_text import one_line
from watchword.server.log import ACCESS

__all__ = ["logged"]


def logged(app: ASGIApp, clock: Clock) -> ASGIApp:
    """Return `app` with its access log; nothing is measured while nobody reads it."""

    async def with_log(scope: Scope, receive: Receive, send: Send) -> None:
        if not ACCESS.isEnabledFor(logging.INFO):
            await app(scope, receive, send)
            return
        started = clock.monotonic()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, noting)
        finally:
            address = (scope.get("client") or ("-",))[0]
            elapsed_ms = (clock.monotonic() - started) * 1000
            ACCESS.info(
                "%s %s %s %d %.0f ms",
                address,
                scope["method"],
                one_line(scope["path"]),
                status,
                elapsed_ms,
            )

    return with_log
