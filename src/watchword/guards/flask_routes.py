"""Which routes of a Flask application say who may call them.

Source: security.md rule 80; ARCHITECTURE section 6; access.md G4.
"""

from typing import Any

from flask import Flask

from watchword.guards.declarations import Access, Declaration, declaration_of, shown
from watchword.guards.routes import RouteAccess

__all__ = ["access_of", "routes_of"]


def routes_of(app: Flask, public: frozenset[str]) -> tuple[RouteAccess, ...]:
    """Return every route with what it declares.

    Args:
        app: the application; its own static files are public.
        public: further paths and endpoints.
    """
    own = frozenset({"static"}) if app.has_static_folder else frozenset[str]()
    found = []
    for rule in app.url_map.iter_rules():
        words = ""
        if rule.rule in public or rule.endpoint in public | own:
            words = Access.PUBLIC.value
        elif (declaration := access_of(app.view_functions.get(rule.endpoint))) is not None:
            words = shown(declaration)
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})) or "OPTIONS"
        found.append(RouteAccess(methods, rule.rule, words))
    return tuple(found)


def access_of(view: Any) -> Declaration | None:
    """Return what a view declares; a class says it for each of its methods or once for all."""
    declaration = declaration_of(view)
    found = getattr(view, "view_class", None)
    if declaration is not None or found is None:
        return declaration
    methods = [declaration_of(getattr(found, name.lower(), None)) for name in found.methods or ()]
    declared = [each for each in methods if each is not None]
    if not declared or len(declared) < len(methods):
        return None
    return min(declared, key=lambda each: list(Access).index(each.access))
