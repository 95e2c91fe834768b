"""The authorization server as an ASGI application: routes, bodies, hashing threads, deadlines.

Owns settings, the route table, what every answer carries, the process (`serve`) and the pages.
Implements oauth.md section 3 (E-1 to E-5), RFC 9110 as far as methods and bodies go, security.md
rules 34, 48, 67, 76, 77, 97, 98, 103 to 105 and 110.
Leaves what a request may get to `oauth`, rows to `stores`, the guarding of other APIs to `guards`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchword.server.app import AuthServer
    from watchword.server.settings import Settings

__all__ = ["AuthServer", "Settings"]

# Resolved at first use: a program that only reads settings loads no pages and no store.
_HOMES = {"AuthServer": "watchword.server.app", "Settings": "watchword.server.settings"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'watchword.server' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
