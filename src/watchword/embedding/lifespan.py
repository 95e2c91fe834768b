"""A server inside an ASGI application that has a lifespan.

Source: users.md section 5, U13; ASGI specification 3.0 (lifespan).
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from watchword.embedding.parts import Embedded

__all__ = ["mount", "run_with"]


def mount(app: Starlette, embedded: Embedded, path: str) -> None:
    """Serve an embedded server below a path, and what it has at the root."""
    app.mount(path, embedded.server)
    app.router.routes.extend(embedded.inserted)


def run_with(app: Starlette, embedded: Embedded, *, declare: Callable[[], None]) -> None:
    """Start and stop an embedded server with the application, around its own lifespan.

    Args:
        app: the application.
        embedded: the server. Its tables and signing key are made at its first start.
        declare: called before the start, when every route has been added.
    """
    outer = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(started: Any) -> AsyncIterator[Any]:
        declare()
        await embedded.server.startup()
        try:
            async with outer(started) as state:
                yield state
        finally:
            await embedded.server.shutdown()

    app.router.lifespan_context = lifespan
