"""The addresses of the start page, as rows like those of the server's own table."""

from starlette.routing import Route as StarletteRoute

from watchword.base.chance import SYSTEM, Chance
from watchword.cli.demo.pages.start import StartPage
from watchword.server.app import AuthServer
from watchword.server.dispatch import Endpoint
from watchword.server.failures import Kind
from watchword.server.route import PAGE_BYTES_MAX, Route

__all__ = ["start_routes"]


def start_routes(
    start: StartPage, auth: AuthServer, *, chance: Chance = SYSTEM
) -> list[StarletteRoute]:
    """Return the routes that the demo's application puts before the server's own.

    Args:
        start: the page.
        auth: the server whose sessions, keys and clock it uses; it answers once that has started.
        chance: makes the ids of failures.
    """
    buttons = {"/try/call": start.call, "/try/refresh": start.refresh}
    rows = (
        Route(path="/", handlers={"GET": start.show}, kind=Kind.PAGE, access="session"),
        Route(
            path="/static/{version}/{name}",
            handlers={"GET": start.static},
            kind=Kind.PAGE,
            access="public",
            is_cacheable=True,
        ),
        *(
            Route(
                path=path,
                handlers={"POST": handler},
                kind=Kind.PAGE,
                access="session",
                body_bytes_max=PAGE_BYTES_MAX,
            )
            for path, handler in buttons.items()
        ),
    )
    return [
        StarletteRoute(
            row.path,
            Endpoint(row, settings=auth.settings, chance=chance, runtime=lambda: auth.runtime),
            name=f"demo:{row.path}",
        )
        for row in rows
    ]
