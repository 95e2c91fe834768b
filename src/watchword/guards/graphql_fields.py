"""The fields of a GraphQL schema, and what their resolvers declare.

A field of the roots has no object above it that somebody was refused, so each of them declares who
may resolve it, and so does every other field with a resolver of its own. A field that is read off
its object, by the library's own resolver, is as open as the object is.

Source: access.md G4; security.md rule 80.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from watchword.guards.declarations import Access, Declaration, declaration_of, shown
from watchword.guards.routes import RouteAccess

__all__ = ["core_schema", "fields_of"]

OF_ITS_OBJECT = "read of its object"
_KIND = "field"

# Whose functions read an attribute of the object above, and do nothing else.
_READERS = ("graphql.execution.", "graphene.types.resolver", "ariadne.resolvers")
_STRAWBERRY = "strawberry-definition"  # of a field: its library calls resolvers by one of its own


def core_schema(schema: Any) -> Any:
    """Return graphql-core's schema of one of graphene, ariadne, strawberry or graphql-core.

    Raises:
        TypeError: it is no schema.
    """
    # Whoever has a schema has the library.
    from graphql import GraphQLSchema  # noqa: PLC0415

    for each in (schema, getattr(schema, "graphql_schema", None), getattr(schema, "_schema", None)):
        if isinstance(each, GraphQLSchema):
            return each
    raise TypeError(f"{schema!r} is no GraphQL schema")


def fields_of(schema: Any, public: frozenset[str]) -> tuple[RouteAccess, ...]:
    """Return every field with what it declares; empty where it should and does not.

    Args:
        schema: of graphql-core.
        public: fields such as `Query.version`, which anybody may resolve.

    Raises:
        ValueError: `public` names a field that there is not.
    """
    found = {name: _access(field, is_root=is_root) for name, field, is_root in _fields(schema)}
    unknown = sorted(public - found.keys())
    if unknown:
        raise ValueError(f"public= names fields that the schema lacks: {', '.join(unknown)}")
    found |= dict.fromkeys(public, Access.PUBLIC.value)
    return tuple(RouteAccess(_KIND, name, access) for name, access in found.items())


def _fields(schema: Any) -> Iterator[tuple[str, Any, bool]]:
    # As above.
    from graphql import GraphQLObjectType  # noqa: PLC0415

    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", field, kind in roots


def _access(field: Any, *, is_root: bool) -> str:
    own = list(_own(field))
    declared = next(filter(None, map(_declared, own)), None)
    if declared is not None:
        return shown(declared)
    return "" if is_root or own else OF_ITS_OBJECT


def _own(field: Any) -> Iterator[Callable[..., Any]]:
    """Yield the functions of the application that a field calls."""
    strawberry = field.extensions.get(_STRAWBERRY)
    if strawberry is not None:
        if strawberry.base_resolver is not None:
            yield strawberry.base_resolver.wrapped_func
        return
    for each in (field.subscribe, field.resolve):
        if each is not None and not _home(each).startswith(_READERS):
            yield each


def _home(resolver: Any) -> str:
    return str(getattr(_bare(resolver), "__module__", ""))


def _bare(resolver: Any) -> Any:
    return resolver.func if isinstance(resolver, partial) else resolver


def _declared(resolver: Any) -> Declaration | None:
    """Return what a resolver declares, or one that a library has bound to a function of its own."""
    given = resolver.args if isinstance(resolver, partial) else ()
    return next(filter(None, map(declaration_of, (_bare(resolver), *given))), None)
