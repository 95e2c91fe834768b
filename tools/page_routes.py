"""The addresses of pages that can be opened, from the server's own table of routes.

A page that is added stands here by itself; one whose address has a variable part needs an example.
"""

import re
from collections.abc import Iterator, Mapping

from watchword.server.routes import ROUTES

__all__ = ["page_paths"]

NO_PAGES = frozenset({"/static/{version}/{name}"})  # answers with a file
VARIABLE = re.compile(r"{(\w+)}")


def page_paths(examples: Mapping[str, str]) -> Iterator[str]:
    """Yield the path of every page.

    Args:
        examples: what stands for each variable part of an address, by its name.

    Raises:
        KeyError: a variable part has no example.
    """
    for route in ROUTES:
        if route.shows_pages and "GET" in route.handlers and route.path not in NO_PAGES:
            yield VARIABLE.sub(lambda found: examples[found[1]], route.path)
