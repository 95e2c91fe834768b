"""Which routes of a FastAPI application say who may call them.

Source: security.md rules 80, 81, 92 and 93; ARCHITECTURE section 6; access.md G4.
"""

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from fastapi.security.base import SecurityBase
from starlette.routing import Mount, WebSocketRoute

__all__ = ["Declared", "Survey"]


class Declared:
    """A dependency that settles a route's access without refusing everybody unknown."""


class Survey:
    """The routes of one application, as they stand when it starts.

    Args:
        app: the application; its own schema and docs routes are public.
        public: further paths and names.
    """

    def __init__(self, app: FastAPI, public: frozenset[str]) -> None:
        self._app = app
        framework = (
            app.openapi_url,
            app.docs_url,
            app.redoc_url,
            app.swagger_ui_oauth2_redirect_url,
        )
        self._public = public.union(path for path in framework if path)
        self._closed: dict[int, bool] = {}

    def undeclared(self) -> tuple[str, ...]:
        """Return the routes that declare no access, each as methods and path."""
        found = []
        for route in self._routes():
            is_closed = _requires_token(route)
            original = id(route.original_route)
            # A router that is included twice is closed only if it is closed both times.
            self._closed[original] = is_closed and self._closed.get(original, True)
            if not (is_closed or self._is_public(route) or _is_settled(route)):
                found.append(_shown(route))
        return tuple(found)

    def is_closed(self, route: object) -> bool:
        """Return whether a matched route is for authenticated callers only."""
        return self._closed.get(id(route), False)

    def _routes(self) -> Iterator[RouteContext]:
        yield from iter_route_contexts(self._app.routes)
        # Static front ends stand in a list of their own, which has no public name.
        yield from iter_route_contexts(getattr(self._app.router, "_low_priority_routes", ()))

    def _is_public(self, route: RouteContext) -> bool:
        return route.path in self._public or route.name in self._public


def _requires_token(route: RouteContext) -> bool:
    # The token of a WebSocket would have to be checked again while it is open.
    if isinstance(route.original_route, WebSocketRoute):
        return False
    return any(isinstance(each.call, SecurityBase) for each in _dependants(route))


def _is_settled(route: RouteContext) -> bool:
    if isinstance(route.original_route, WebSocketRoute):
        return False
    if isinstance(route.original_route, Mount):
        state = getattr(route.original_route.app, "state", None)
        return hasattr(state, "watchword_guard")
    return any(isinstance(each.call, Declared) for each in _dependants(route))


def _dependants(route: RouteContext) -> Iterator[Dependant]:
    waiting = [getattr(route, "dependant", None)]
    while waiting:
        dependant = waiting.pop()
        if dependant is not None:
            yield dependant
            waiting.extend(dependant.dependencies)


def _shown(route: RouteContext) -> str:
    methods = getattr(route, "methods", None)
    kind = ",".join(sorted(methods)) if methods else type(route.original_route).__name__
    return f"{kind} {route.path}"
