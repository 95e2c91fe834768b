"""Where a person goes after signing in: a path of this server, or its start page.

Source: RFC 9700 section 4.11 (no open redirector); WHATWG URL sections 4.1 and 4.4.
"""

import re
from urllib.parse import urlencode

__all__ = ["HERE_CHARACTERS_MAX", "address", "way_back"]

WAY_CHARACTERS_MAX = 1_024  # it is kept in cookies, and inside of other ways
HERE_CHARACTERS_MAX = 8 * 1_024  # of the page that is shown, with what an application sent there

# One slash, then neither "/" nor "\": browsers read both as the start of a host. No backslash,
# space or control character anywhere: browsers drop tabs and line breaks and turn "\" into "/".
OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)


def way_back(asked: str | None, *, otherwise: str, characters_max: int = WAY_CHARACTERS_MAX) -> str:
    """Return the path that was asked for if it stays on this origin, else the other one."""
    if asked is None or len(asked) > characters_max or not OWN_PATH.fullmatch(asked):
        return otherwise
    return asked


def address(
    path: str,
    *,
    after: str = "",
    notice: str | None = None,
    back: str = "",
    acr: str | None = None,
    undo: str = "",
) -> str:
    """Return the address of a page, with what it says and where the person goes from there.

    Args:
        path: of the page, perhaps with a query that says which.
        after: the entry of a list after which the page begins, where it is not the first.
        notice: the name of a sentence.
        back: a path that `way_back` let through, or nothing.
        acr: the level that the page is to reach.
        undo: the entry of the log that the page offers to undo.
    """
    asked = {"after": after, "notice": notice, "next": back, "acr": acr, "undo": undo}
    query = urlencode({name: value for name, value in asked.items() if value}, safe="/")
    return f"{path}{'&' if '?' in path else '?'}{query}" if query else path
