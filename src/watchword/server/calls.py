"""Calls of the management API, as a page names them and as a line of curl.

Source: users.md U40.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from watchword.base.records import dataclass

__all__ = ["Argument", "Call", "CurlLine", "WriteCurl"]

Argument: TypeAlias = str | int | list[str]


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of the management API, with its arguments."""

    operation: str  # the name of the function that carries it out, such as `give_role`
    arguments: Mapping[str, Argument]  # of its path, query and body, by their names there


@dataclass(frozen=True, slots=True)
class CurlLine:
    """A line for a shell, and what it does in the words of the API."""

    what: str
    text: str


WriteCurl: TypeAlias = Callable[[Call], CurlLine | None]  # None: the API takes no such value
