"""The line of curl that calls an operation of the management API, made from the operation itself.

Method, path, query and body come from the routes and the models that answer the call, so that what
is shown is what is served. A token stands in no line: `$TOKEN` is for the shell to fill in.

Source: users.md U40.
"""

import inspect
import json
import re
import shlex
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, get_type_hints
from urllib.parse import quote, urlencode

from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError

from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.administration.scopes import MANAGEMENT
from watchword.server.calls import Call, CurlLine
from watchword.server.management.api import routers

__all__ = ["curl_line"]

_VARIABLE = re.compile(r"{(\w+)}")
_BEARER = '-H "Authorization: Bearer $TOKEN"'


@dataclass(frozen=True, slots=True)
class _Operation:
    """Where an operation of the API is, and what it takes."""

    method: str
    path: str
    what: str
    body: type[BaseModel] | None
    parameters: Mapping[str, TypeAdapter[Any]]  # of the path and of the query


def curl_line(call: Call, *, issuer: str) -> CurlLine | None:
    """Return the line that calls an operation.

    Args:
        call: the operation and its arguments.
        issuer: of the server that is called.

    Returns:
        None where the API takes no such value: a role that only code can have named, or the id of a
        client that is an address, which no part of a path can be.

    Raises:
        KeyError: there is no such operation.
        TypeError: it takes no argument of this name, or lacks one for its path.
    """
    found, arguments = _operations()[call.operation], call.arguments
    fields = found.body.model_fields.keys() if found.body is not None else frozenset[str]()
    unknown = sorted(arguments.keys() - fields - found.parameters.keys())
    lacking = sorted({*_VARIABLE.findall(found.path)} - arguments.keys())
    if unknown or lacking:
        raise TypeError(f"{call.operation} does not take {unknown}, and lacks {lacking}")
    try:
        values = {
            name: str(adapter.validate_python(arguments[name]))
            for name, adapter in found.parameters.items()
            if name in arguments
        }
        body = _body(found.body, {name: arguments[name] for name in fields & arguments.keys()})
    except ValidationError:
        return None
    if any("/" in values[name] for name in _VARIABLE.findall(found.path)):
        return None
    return CurlLine(found.what, _written(found, values, body, issuer))


def _written(found: _Operation, values: Mapping[str, str], body: str | None, issuer: str) -> str:
    named = frozenset(_VARIABLE.findall(found.path))
    path = _VARIABLE.sub(lambda part: quote(values[part[1]], safe=""), found.path)
    query = urlencode({name: value for name, value in values.items() if name not in named})
    url = f"{issuer}{MANAGEMENT}{path}" + (f"?{query}" if query else "")
    parts = [f"curl -X {found.method} {shlex.quote(url)}", _BEARER]
    if body is not None:
        parts.append(f"--json {shlex.quote(body)}")
    return " \\\n  ".join(parts)


def _body(model: type[BaseModel] | None, values: Mapping[str, object]) -> str | None:
    """Return a body as JSON. All of it is ASCII: nothing in it turns or hides what a shell reads.

    Raises:
        ValidationError: the API would refuse it.
    """
    if model is None:
        return None
    return json.dumps(model.model_validate(values).model_dump(mode="json", exclude_unset=True))


@cache
def _operations() -> Mapping[str, _Operation]:
    """Return every operation by the name of its function."""
    routes = [route for router in routers() for route in router.routes]
    return MappingProxyType(
        {route.name: _operation(route) for route in routes if isinstance(route, APIRoute)}
    )


def _operation(route: APIRoute) -> _Operation:
    hints = get_type_hints(route.endpoint, include_extras=True)
    plain = get_type_hints(route.endpoint)
    taken = [name for name in inspect.signature(route.endpoint).parameters if plain[name] != Desk]
    bodies = [
        name
        for name in taken
        if inspect.isclass(plain[name]) and issubclass(plain[name], BaseModel)
    ]
    return _Operation(
        method=min(route.methods or ()),
        path=route.path,
        what=(inspect.getdoc(route.endpoint) or "").partition("\n")[0],
        body=plain[bodies[0]] if bodies else None,
        parameters={name: TypeAdapter(hints[name]) for name in taken if name not in bodies},
    )
