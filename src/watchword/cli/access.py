"""`watchword access routes`: every route of an application, and who may call it.

Source: access.md G4; security.md rule 80; ARCHITECTURE section 6.
"""

from collections.abc import Callable
from typing import Any, Protocol

import click

from watchword.cli.exits import Misconfigured, Refused
from watchword.cli.imported import imported, working_directory
from watchword.cli.options import json_option
from watchword.cli.printing import examples, harmless, print_json
from watchword.guards.errors import UnguardedFields
from watchword.guards.routes import RouteAccess

__all__ = ["access"]

NOTHING = "DECLARES NOTHING"


class Listing(Protocol):
    """A guard, of whatever framework."""

    def routes(self) -> tuple[RouteAccess, ...]:
        """Return every route with what it declares."""
        ...


@click.group(epilog=examples("watchword access routes app:app"))
def access() -> None:
    """Say who may call an application's routes."""


@access.command(
    short_help="List every route and who may call it.",
    epilog=examples(
        "watchword access routes app:app",
        "watchword access routes mysite.wsgi:application --json",
        "watchword access routes api:schema",
    ),
)
@click.argument("application", metavar="MODULE:NAME")
@json_option
def routes(application: str, is_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """List every route with what it declares; exit with 1 where one declares nothing.

    The application is imported from the working directory, as its server does. It is a guarded
    application of FastAPI, Starlette, Flask or Django, or a guard around any other; or a GraphQL
    schema with a field guard.
    """
    with working_directory():
        try:
            found = _guard(imported(application), application).routes()
        except UnguardedFields as refused:  # a schema is refused where it is made
            found = refused.listed
    if is_json:
        for each in found:
            print_json({"methods": each.methods, "path": each.path, "access": each.access or None})
    else:
        for line in _lines(found):
            print(line)
    kind = "fields" if {each.methods for each in found} == {"field"} else "routes"
    bare = [str(each) for each in found if not each.access]
    if bare:
        raise Refused(
            f"{len(bare)} of {len(found)} {kind} declare no access: {harmless(', '.join(bare))}",
            fix="Let each say who may call it, or name it in public=",
        )


def _lines(found: tuple[RouteAccess, ...]) -> list[str]:
    methods = max((len(each.methods) for each in found), default=0)
    paths = max((len(each.path) for each in found), default=0)
    return [
        harmless(f"{each.methods:{methods}}  {each.path:{paths}}  {each.access or NOTHING}")
        for each in found
    ]


def _guard(application: Any, place: str) -> Listing:
    """Return the guard of an application.

    Raises:
        Misconfigured: it has none.
    """
    for find in _PLACES:
        guard = find(application)
        if guard is not None:
            return guard
    raise Misconfigured(f"{place} has no guard", fix="Install one: Guard(...).install(app)")


def _of_asgi(application: Any) -> Listing | None:
    found: Listing | None = getattr(getattr(application, "state", None), "watchword_guard", None)
    return found


def _of_extensions(application: Any) -> Listing | None:
    """Find what Flask's applications and GraphQL's schemas keep, those of other libraries too."""
    for name in ("graphql_schema", "_schema"):
        application = getattr(application, name, application)
    extensions = getattr(application, "extensions", None)
    found: Listing | None = extensions.get("watchword") if isinstance(extensions, dict) else None
    return found


def _of_django(application: Any) -> Listing | None:
    if not type(application).__module__.startswith("django.core.handlers."):
        return None
    # Only where the application has imported Django itself.
    from watchword.guards.django.guard import current  # noqa: PLC0415

    return current()


def _itself(application: Any) -> Listing | None:
    is_guard = type(application).__module__ in {"watchword.guards.asgi", "watchword.guards.wsgi"}
    return application if is_guard else None


_PLACES: tuple[Callable[[Any], Listing | None], ...] = (
    _of_asgi,
    _of_extensions,
    _of_django,
    _itself,
)
