"""Bodies that do not fit a view, raised where they are read and answered by the middleware.

Source: users.md U59.
"""

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["InvalidRequest"]


class InvalidRequest(Exception):
    """A request that does not fit a view. The answer repeats nothing of it.

    Args:
        errors: as pydantic lists them: `error.errors()` of its ValidationError.
        part: of the request.
    """

    def __init__(self, errors: Iterable[Mapping[str, Any]], *, part: str = "body") -> None:
        super().__init__("the request does not fit")
        self.errors = [{**each, "loc": (part, *each["loc"])} for each in errors]
