"""Which routes of a Django site say who may call them.

Source: security.md rules 80, 81 and 93; ARCHITECTURE section 6; access.md G4.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, cast

from django.urls import LocalePrefixPattern, URLPattern, URLResolver

from watchword.base.records import dataclass
from watchword.guards.declarations import Declaration, declaration_of, shown
from watchword.guards.routes import RouteAccess

__all__ = ["Judge", "Proof", "Survey", "access_of", "is_below_a_language", "path_of"]

_STATIC_FILES = frozenset({"django.views.static", "django.contrib.staticfiles.views"})


class Proof:
    """An authentication class of the REST framework or Ninja that believes a good token alone."""


class Judge:
    """A permission class of the REST framework that asks the policy."""


@dataclass(frozen=True, slots=True)
class _Route:
    path: str
    name: str
    callback: Callable[..., Any]


class Survey:
    """The routes of one site.

    Args:
        resolver: of the site's URLs.
        public: paths and names that anybody may call, or that something else guards.
    """

    def __init__(self, resolver: URLResolver, public: frozenset[str]) -> None:
        self._public = public
        found = [(route, self._access(route)) for route in _routes(resolver, "/", "")]
        self.routes = tuple(
            RouteAccess(_methods(route.callback), route.path, access) for route, access in found
        )
        """Every route, with what it declares."""
        self.scopes = tuple(
            dict.fromkeys(scope for route, _ in found for scope in scopes_of(route.callback))
        )
        """What the routes ask for."""

    def undeclared(self) -> tuple[str, ...]:
        """Return the routes that declare no access, each as methods and path."""
        return tuple(str(route) for route in self.routes if not route.access)

    def is_declared(self, callback: Callable[..., Any], *, path: str, name: str) -> bool:
        """Tell whether a matched route says who may call it, wherever it was found."""
        return bool(self._access(_Route(path, name, callback)))

    def _access(self, route: _Route) -> str:
        if route.path in self._public or route.name in self._public:
            return "public"
        return access_of(route.callback)


def access_of(callback: Callable[..., Any]) -> str:
    """Return what a view says of its access, in words; nothing where it says nothing."""
    declaration = declaration_of(callback)
    if declaration is not None:
        return shown(declaration)
    if callback.__module__ in _STATIC_FILES:
        return "static files"
    if _is_of_the_admin_site(callback):
        return "admin site"
    if (operations := _operations_of(callback)) is not None:
        return _access_of_ninja(operations)
    return _access_of_rest(callback)


def scopes_of(callback: Callable[..., Any]) -> tuple[str, ...]:
    """Return the scopes that a view asks for."""
    declared = [declaration_of(callback), *map(_declared_by, _operations_of(callback) or ())]
    scopes = (scope for each in declared if each is not None for scope in each.scopes)
    return tuple(dict.fromkeys(scopes))


def path_of(resolver: URLResolver, callback: Callable[..., Any]) -> str | None:
    """Return the path of a view, as its patterns write it; None where no URL leads to it."""
    found = (route.path for route in _routes(resolver, "/", "") if route.callback is callback)
    return next(found, None)


def is_below_a_language(resolver: URLResolver, callback: Callable[..., Any]) -> bool:
    """Return whether a view stands in `i18n_patterns`, where its path is one of each language's."""
    return any(
        isinstance(each, URLResolver)
        and isinstance(each.pattern, LocalePrefixPattern)
        and path_of(each, callback) is not None
        for each in resolver.url_patterns
    )


def _routes(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[_Route]:
    for each in resolver.url_patterns:
        path = f"{prefix}{each.pattern}"
        if isinstance(each, URLPattern):
            yield _Route(path, f"{namespace}{each.name or ''}", each.callback)
        else:
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from _routes(each, path, inner)


def _methods(callback: Callable[..., Any]) -> str:
    actions = getattr(callback, "actions", None)  # of a view set
    if actions:
        return ",".join(sorted(method.upper() for method in actions))
    class_ = _class_of(callback)
    if class_ is None:
        return "ANY"
    names = class_.http_method_names
    return ",".join(sorted(name.upper() for name in names if hasattr(class_, name)))


def _class_of(callback: Callable[..., Any]) -> Any:
    return getattr(callback, "view_class", getattr(callback, "cls", None))


def _is_of_the_admin_site(callback: Callable[..., Any]) -> bool:
    """Whether a view belongs to Django's admin site, which has a login of its own."""
    return _belongs_to_admin(inspect.unwrap(callback, stop=_belongs_to_admin))


def _belongs_to_admin(view: Callable[..., Any]) -> bool:
    owners = (getattr(view, name, None) for name in ("__self__", "model_admin", "admin_site"))
    return any(
        each.__module__.startswith("django.contrib.admin.")
        for owner in owners
        for each in type(owner).__mro__
    )


def _access_of_rest(callback: Callable[..., Any]) -> str:
    """Return what a view of the REST framework says by its classes.

    It has to believe our tokens and nothing else, and some permission has to be asked for: the
    framework's default, AllowAny, is what a view has that says nothing.
    """
    class_ = _class_of(callback)
    initial: dict[str, Any] = getattr(callback, "initkwargs", {})
    proofs = initial.get("authentication_classes", getattr(class_, "authentication_classes", ()))
    permissions = initial.get("permission_classes", getattr(class_, "permission_classes", ()))
    if not proofs or not permissions or not all(_is(each, Proof) for each in proofs):
        return ""
    names = [getattr(each, "__name__", type(each).__name__) for each in permissions]
    return "" if "AllowAny" in names else ", ".join(names)


def _operations_of(callback: Callable[..., Any]) -> list[Any] | None:
    """Return the operations of Django Ninja behind a view; None for any other view.

    Ninja has one function for the operations of a path and no name that leads to them. A version
    that hid them otherwise would leave its routes undeclared, and the site closed.
    """
    cells = zip(_free_names(callback), getattr(callback, "__closure__", None) or (), strict=False)
    owner = next((cell.cell_contents for name, cell in cells if name == "self"), None)
    is_of_ninja = any(each.__module__ == "ninja.operation" for each in type(owner).__mro__)
    return list(getattr(owner, "operations", ())) if is_of_ninja else None


def _free_names(callback: Callable[..., Any]) -> tuple[str, ...]:
    code = getattr(callback, "__code__", None)
    return () if code is None else code.co_freevars


def _access_of_ninja(operations: list[Any]) -> str:
    """Return what every operation of a path says; nothing where one says nothing."""
    said = [(each.methods, _declared_by(each)) for each in operations]
    if any(declaration is None for _, declaration in said):
        return ""
    return "; ".join(f"{','.join(methods)} {shown(each)}" for methods, each in said if each)


def _declared_by(operation: Any) -> Declaration | None:
    """Return what an operation declares, by a decorator or by authentication of ours alone."""
    declaration = declaration_of(operation.view_func)
    if declaration is not None:
        return declaration
    proofs = operation.auth_callbacks
    is_ours = proofs and all(isinstance(each, Proof) for each in proofs)
    return cast("Declaration", proofs[0].declaration) if is_ours else None


def _is(class_: object, root: type) -> bool:
    return isinstance(class_, type) and issubclass(class_, root)
