"""A start and a stop for a site under ASGI, which Django passes over.

    application = with_lifespan(get_asgi_application())

A setting that the server will not start with then stops the start, the first request waits for
nothing, and a signal that ends the process lets the server write what it has still to write.

Source: users.md U9; ASGI specification 3.0 (lifespan).
"""

import asyncio
from types import SimpleNamespace

from starlette.types import ASGIApp, Receive, Scope, Send

from watchword.django.views import site_server
from watchword.guards.django.guard import current

__all__ = ["WithLifespan", "with_lifespan"]


class WithLifespan:
    """A site of Django that starts and stops the server inside it.

    Args:
        application: what Django's `get_asgi_application` returned.
    """

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    @property
    def state(self) -> SimpleNamespace:
        """Where `watchword access routes` looks for the guard."""
        return SimpleNamespace(watchword_guard=current())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on, unless it is the lifespan."""
        if scope["type"] != "lifespan":
            await self._application(scope, receive, send)
            return
        await receive()
        try:
            server = site_server()
            await server.astart()
        except BaseException:
            # The text goes to whoever catches the exception; a server would print it as it is.
            await send({"type": "lifespan.startup.failed", "message": ""})
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(server.close)
        await send({"type": "lifespan.shutdown.complete"})


def with_lifespan(application: ASGIApp) -> WithLifespan:
    """Return a site that starts and stops its server with the process."""
    return WithLifespan(application)
