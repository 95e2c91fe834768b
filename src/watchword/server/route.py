"""One address of the server: what its row in the table says.

Source: oauth.md section 3; ARCHITECTURE section 6.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from watchword.base.records import dataclass
from watchword.server.cross_origin import Cors
from watchword.server.failures import Kind
from watchword.server.runtime import Runtime
from watchword.server.settings import Settings

__all__ = ["PAGE_BYTES_MAX", "Access", "Handler", "Route", "page"]

Handler = Callable[[Request, Runtime], Awaitable[Response]]

PAGE_BYTES_MAX = 8 * 1024  # a user name, a password, a CSRF token

# How a caller proves itself. The handler does it; the table says so for everybody else.
Access = Literal[
    "public",
    "credential",  # a user name and a password, or a one-time link
    "refresh_token",
    "client",  # a client that authenticates, or a resource with its secret
    "registration",  # an initial access token or nothing, and then the client's own token
    "bearer",  # an access token of this issuer
    "session",  # the cookie, and for a POST a form of this server
]


def _always(settings: Settings) -> bool:  # noqa: ARG001  # as other rows' conditions
    return True


def _never(request: Request) -> bool:  # noqa: ARG001  # as other rows' conditions
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address."""

    path: str  # below the issuer
    handlers: Mapping[str, Handler]  # by method; HEAD follows GET, unless that has an effect
    kind: Kind
    access: Access
    body_bytes_max: int = 0
    cors: Cors = Cors.NONE
    is_cacheable: bool = False  # every other answer says no-store
    acts_on_get: bool = False  # a browser that comes by a link changes something: HEAD is refused
    member: str | None = None  # of the metadata document
    is_served: Callable[[Settings], bool] = _always  # by a server of these settings
    is_for_people: Callable[[Request], bool] = _never  # whether an error is a page all the same
    echoed: tuple[str, ...] = ()  # fields of a request that every answer carries back

    def kind_for(self, request: Request) -> Kind:
        """Return what is spoken with whoever sends this request."""
        return Kind.PAGE if self.is_for_people(request) else self.kind

    @property
    def shows_pages(self) -> bool:
        """Whether a browser that comes by a link is shown a page."""
        return self.kind is Kind.PAGE or self.is_for_people is not _never

    @property
    def methods(self) -> str:
        """What `Allow` says."""
        return ", ".join(sorted({*self.handlers, "OPTIONS", *(("HEAD",) if self.has_head else ())}))

    @property
    def has_head(self) -> bool:
        """Whether HEAD is answered as GET is (RFC 9110 section 9.2.1: it is safe)."""
        return "GET" in self.handlers and not self.acts_on_get


def page(path: str, access: Access = "public", **handlers: Handler) -> Route:
    """Return a row of pages; `get=` and `post=` are its handlers."""
    return Route(
        path=path,
        handlers={method.upper(): handler for method, handler in handlers.items()},
        kind=Kind.PAGE,
        access=access,
        body_bytes_max=PAGE_BYTES_MAX,
    )
