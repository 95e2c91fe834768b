"""The server in the process of a site, as its guard knows it.

An installed application of Django brings it, so that the guard of a site whose issuer is elsewhere
loads nothing of a server.

Source: users.md section 5, U9 and U13; ARCHITECTURE section 2 (server and guards are apart).
"""

from typing import TYPE_CHECKING, Any, Protocol

from django.http import HttpRequest, HttpResponse

from watchword.guards.errors import BrowserRefusal
from watchword.net.loop import Loop

if TYPE_CHECKING:  # what a guard without a server has not installed
    from starlette.requests import HTTPConnection

    from watchword.guards.session import Browsers

__all__ = ["Served"]


class Served(Protocol):
    """A server that answers requests of the site."""

    @property
    def at_the_root(self) -> frozenset[str]:
        """The paths that it answers outside of the site's URLs."""
        ...

    @property
    def browsers(self) -> "Browsers":
        """What it knows of browsers."""
        ...

    @property
    def loop(self) -> Loop:
        """Where it runs."""
        ...

    @property
    def has_accounts(self) -> bool:
        """Whether the accounts of people are Django's own users."""
        ...

    def account(self, user_id: str) -> Any:
        """Return Django's user behind an account; None where there is none."""
        ...

    async def aaccount(self, user_id: str) -> Any:
        """Do as `account`, on an event loop."""
        ...

    def connection(self, request: HttpRequest) -> "HTTPConnection":
        """Return a request as the server sees it."""
        ...

    def help_at(self, request: HttpRequest, refusal: BrowserRefusal) -> str | None:
        """Return the address where a person is helped who looks at a page; else None."""
        ...

    def start(self) -> None:
        """Start it, unless it runs: the first request does."""
        ...

    async def astart(self) -> None:
        """Do as `start`, on an event loop."""
        ...

    def answer(self, request: HttpRequest, path: str) -> HttpResponse:
        """Answer a request for one of the server's paths."""
        ...

    async def aanswer(self, request: HttpRequest, path: str) -> HttpResponse:
        """Do as `answer`, on an event loop."""
        ...
