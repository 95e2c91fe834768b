"""Which routes of a FastAPI application say who may call them.

Source: security.md rules 80, 81, 92 and 93; ARCHITECTURE section 6; access.md G4.
"""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import Mount, WebSocketRoute

from watchword.guards.routes import RouteAccess

__all__ = ["Declared", "Proof", "Survey"]


class Proof:
    """A dependency of a guard that refuses whoever sends no good token.

    The security schemes of FastAPI are none: they read a header and believe it.
    """


class Declared:
    """A dependency that settles a route's access without refusing everybody unknown."""

    words: ClassVar[str] = "public"


class Survey:
    """The routes of one application, as they stand when it starts.

    Args:
        app: the application; its own schema and docs routes are public.
        proof: of the guard that asks; routes behind another guard are declared, not closed to it.
        public: further paths and names.
    """

    def __init__(self, app: FastAPI, proof: Proof, public: frozenset[str]) -> None:
        self._app = app
        self._proof = proof
        framework = (
            app.openapi_url,
            app.docs_url,
            app.redoc_url,
            app.swagger_ui_oauth2_redirect_url,
        )
        self._public = public.union(path for path in framework if path)
        self._closed: dict[int, bool] = {}
        self._scopes: dict[int, dict[str, None]] = {}

    def undeclared(self) -> tuple[str, ...]:
        """Return the routes that declare no access, each as methods and path."""
        return tuple(str(each) for each in self.routes() if not each.access)

    def routes(self) -> tuple[RouteAccess, ...]:
        """Return every route with what it declares."""
        found = []
        for route in iter_route_contexts(self._app.routes):
            proofs = _proofs(route)
            is_closed = self._proof in proofs
            original = id(route.original_route)
            # A router that is included twice is closed only if it is closed both times.
            self._closed[original] = is_closed and self._closed.get(original, True)
            self._scopes.setdefault(original, {}).update(dict.fromkeys(_scopes(route)))
            found.append(
                RouteAccess(_methods(route), route.path or "", self._access(route, proofs))
            )
        for path, dependant in _front_ends(self._app):
            is_declared = any(isinstance(call, Proof | Declared) for call in _calls(dependant))
            is_public = path in self._public
            words = "public" if is_public else "required" if is_declared else ""
            found.append(RouteAccess("front end", path, words))
        return tuple(found)

    def _access(self, route: RouteContext, proofs: list[Proof]) -> str:
        """Return what a route declares, in words."""
        if proofs:
            scopes = ", ".join(map(repr, dict.fromkeys(_scopes(route))))
            return f"require({scopes})" if scopes else "required"
        if self._is_public(route):
            return "public"
        return _settled(route)

    def is_closed(self, route: object) -> bool:
        """Return whether a matched route is only for callers that this guard authenticates."""
        return self._closed.get(id(route), False)

    def scopes(self, route: object) -> tuple[str, ...]:
        """Return the scopes that a matched route asks for."""
        return tuple(self._scopes.get(id(route), ()))

    def _is_public(self, route: RouteContext) -> bool:
        return route.path in self._public or route.name in self._public


def _proofs(route: RouteContext) -> list[Proof]:
    # The token of a WebSocket would have to be checked again while it is open.
    if isinstance(route.original_route, WebSocketRoute):
        return []
    return [call for call in _calls(_dependant(route)) if isinstance(call, Proof)]


def _scopes(route: RouteContext) -> Iterator[str]:
    for dependant in _dependants(_dependant(route)):
        yield from dependant.own_oauth_scopes or ()


def _settled(route: RouteContext) -> str:
    """Return what settles a route's access without a proof; empty where nothing does."""
    if isinstance(route.original_route, WebSocketRoute):
        return ""
    if isinstance(route.original_route, Mount):
        state = getattr(route.original_route.app, "state", None)
        return "guarded by itself" if hasattr(state, "watchword_guard") else ""
    settled = [call for call in _calls(_dependant(route)) if isinstance(call, Declared)]
    return settled[0].words if settled else ""


def _front_ends(app: FastAPI) -> Iterator[tuple[str, Dependant | None]]:
    """Return the paths of static front ends, which FastAPI keeps beside the routes.

    These lists have no public name; where a version of FastAPI has none, it has no front ends.
    """
    groups = [("", group) for group in getattr(app.router, "_low_priority_routes", ())]
    for route in app.routes:
        included: Iterable[Any] = getattr(route, "effective_low_priority_routes", tuple)()
        groups += [(each.frontend_prefix, each.original_route) for each in included]
    for prefix, group in groups:
        for route in getattr(group, "routes", (group,)):
            yield f"{prefix}{route.path}", getattr(group, "dependant", None)


def _dependant(route: RouteContext) -> Dependant | None:
    found: Dependant | None = getattr(route, "dependant", None)
    return found


def _calls(dependant: Dependant | None) -> Iterator[object]:
    """Return whatever is called for a route: its handler, and its dependencies at any depth."""
    return (each.call for each in _dependants(dependant))


def _dependants(dependant: Dependant | None) -> Iterator[Dependant]:
    waiting = [] if dependant is None else [dependant]
    while waiting:
        dependant = waiting.pop()
        yield dependant
        waiting.extend(dependant.dependencies)


def _methods(route: RouteContext) -> str:
    methods = getattr(route, "methods", None)
    return ",".join(sorted(methods)) if methods else type(route.original_route).__name__
