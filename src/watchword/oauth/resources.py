"""Resource indicators: for which API a token is asked.

Source: RFC 8707 section 2; oauth.md A-9, T-2.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from watchword.base.log_text import one_line
from watchword.oauth.causes import NO_RESOURCE
from watchword.oauth.clients import Resource
from watchword.oauth.errors import InvalidTarget

__all__ = ["choose_resource"]

NAMED_CHARACTERS_MAX = 200  # of what was asked for, where an operator reads it


def choose_resource(resources: Sequence[Resource], asked: str | None) -> Resource:
    """Return the resource that a request means.

    Args:
        resources: the active ones.
        asked: the `resource` parameter; None means the default.

    Raises:
        InvalidTarget: unknown, or none is named and there is no default.
    """
    for resource in resources:
        if resource.is_default if asked is None else _is_same(asked, resource.identifier):
            return resource
    if asked is None:
        raise InvalidTarget("resource is missing, and there is no default")
    raise InvalidTarget(detail=f"{one_line(asked)[:NAMED_CHARACTERS_MAX]}: {NO_RESOURCE}")


def _is_same(asked: str, identifier: str) -> bool:
    """Compare whole strings; the slash that alone follows an origin makes no difference."""
    return asked == identifier or (
        _is_origin(identifier) and asked.removesuffix("/") == identifier.removesuffix("/")
    )


def _is_origin(identifier: str) -> bool:
    parts = urlsplit(identifier)
    return bool(parts.netloc) and parts.path in ("", "/") and not parts.query + parts.fragment
