"""Where a person goes after signing in: a path of this server, or its start page.

Source: RFC 9700 section 4.11 (no open redirector); WHATWG URL sections 4.1 and 4.4.
"""

import re

__all__ = ["way_back"]

# One slash, then neither "/" nor "\": browsers read both as the start of a host. No backslash,
# space or control character anywhere: browsers drop tabs and line breaks and turn "\" into "/".
OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,1023}", re.ASCII)


def way_back(asked: str | None, *, otherwise: str) -> str:
    """Return the path that was asked for if it stays on this origin, else the other one."""
    if asked is not None and OWN_PATH.fullmatch(asked):
        return asked
    return otherwise
