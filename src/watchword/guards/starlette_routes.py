"""Which routes of a Starlette application say who may call them.

Source: security.md rules 80 and 92; ARCHITECTURE section 6; access.md G4.
"""

from collections.abc import Iterable, Iterator
from inspect import isclass
from typing import Any

from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.routing import BaseRoute, Host, Mount, Route

from watchword.guards.declarations import Access, Declaration, declaration_of, shown
from watchword.guards.routes import RouteAccess

__all__ = ["Survey"]

# What a class of Starlette may answer, and what one of its versions to come might.
_HANDLERS = (
    *("get", "head", "post", "put", "patch", "delete", "options", "query", "trace", "connect"),
)


class Survey:
    """The routes of one application, as they stand when it starts.

    Args:
        app: the application.
        guard: which asks; routes behind another guard are declared, not closed to it.
        public: paths and names of routes that anybody may call.
    """

    def __init__(self, app: Starlette, guard: object, public: frozenset[str]) -> None:
        self._app, self._guard, self._public = app, guard, public

    def undeclared(self) -> tuple[str, ...]:
        """Return the routes that declare no access, each as methods and path."""
        return tuple(str(each) for each in self.routes() if not each.access)

    def routes(self) -> tuple[RouteAccess, ...]:
        """Return every route with what it declares."""
        return tuple(self._of(self._app.routes, ""))

    def is_closed(self, route: object) -> bool:
        """Return whether a matched route is only for callers that this guard authenticates."""
        declaration = declaration_of(getattr(route, "endpoint", None))
        return declaration is not None and declaration.closes(self._guard)

    def _of(self, routes: Iterable[BaseRoute], prefix: str) -> Iterator[RouteAccess]:
        for route in routes:
            path = prefix + getattr(route, "path", "")
            if self._is_public(route, path):
                yield RouteAccess(_methods(route), path, Access.PUBLIC.value)
            elif isinstance(route, Mount | Host):
                yield from self._mounted(route, path)
            else:
                declaration = _declared(route)
                words = "" if declaration is None else shown(declaration)
                yield RouteAccess(_methods(route), path, words)

    def _mounted(self, route: Mount | Host, path: str) -> Iterator[RouteAccess]:
        """Return what is below a mount: another guard's, its routes, or what nobody knows."""
        if hasattr(getattr(route.app, "state", None), "watchword_guard"):
            yield RouteAccess(type(route).__name__, path, "guarded by itself")
        elif route.routes:
            yield from self._of(route.routes, path)
        else:
            yield RouteAccess(type(route).__name__, path, "")

    def _is_public(self, route: BaseRoute, path: str) -> bool:
        return path in self._public or getattr(route, "name", None) in self._public


def _declared(route: BaseRoute) -> Declaration | None:
    # The token of a WebSocket would have to be checked again while it is open.
    if not isinstance(route, Route):
        return None
    return _of_class(route.endpoint) if isclass(route.endpoint) else declaration_of(route.endpoint)


def _of_class(endpoint: Any) -> Declaration | None:
    """Return what a class declares, each of its methods by itself."""
    if not issubclass(endpoint, HTTPEndpoint):
        return None
    methods = [getattr(endpoint, name) for name in _HANDLERS if hasattr(endpoint, name)]
    declared = [found for each in methods if (found := declaration_of(each)) is not None]
    if not declared or len(declared) < len(methods):
        return None
    return min(declared, key=lambda each: list(Access).index(each.access))


def _methods(route: BaseRoute) -> str:
    methods = getattr(route, "methods", None)
    return ",".join(sorted(set(methods) - {"HEAD"})) if methods else type(route).__name__
