"""The server of a Django site: how it answers what Django was asked.

It runs in the process's one loop for it, under WSGI and ASGI alike: Django hears of no lifespan,
and the loops in which it runs coroutines of its own come and go.

Source: users.md section 5, U9 and U13; PEP 3333; ASGI specification 3.0 (HTTP).
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from starlette.requests import HTTPConnection
from starlette.types import Message, Scope

from watchword.base.chance import SYSTEM as SYSTEM_CHANCE
from watchword.base.clock import SYSTEM as SYSTEM_CLOCK
from watchword.django.users import DjangoUsers
from watchword.embedding.beside import Beside
from watchword.embedding.parts import Embedded
from watchword.guards.django.guard import current
from watchword.guards.errors import BrowserRefusal
from watchword.guards.session import Browsers, help_at
from watchword.net.loop import Loop
from watchword.server.following import FollowingStore
from watchword.server.wsgi import ANSWER_SECONDS_MAX, BODY_BYTES_MAX, asked, scope_of
from watchword.stores import Migration, migrate, open_store

__all__ = ["SiteServer"]

T = TypeVar("T")
MIGRATION_SECONDS_MAX = 86_400.0  # of tables with millions of rows

_UNDERSTOOD = frozenset({"tls"})  # extensions: an answer that names a file is none for Django


class SiteServer:
    """Answers requests of a site by a server in its process.

    Args:
        embedded: the server, made to run in `loop`.
        loop: of the server.
        users: Django's table, if accounts follow it.
    """

    def __init__(self, embedded: Embedded, loop: Loop, users: DjangoUsers | None) -> None:
        self.users = users
        self.server = embedded.server
        self.given = embedded.given
        """What the site says of it, which may hold a password."""
        self.issuer_path = embedded.issuer_path
        self.at_the_root = frozenset(route.path for route in embedded.inserted)
        """The paths that it answers outside of the site's URLs (RFC 8414 section 3.1)."""
        self.browsers: Browsers = embedded.browsers
        self.loop = loop
        self._embedded = embedded
        self._beside = Beside(embedded.server, loop, declare=self._declare)

    def start(self) -> None:
        """Start the server, unless it runs. Raises what `Beside.start` does."""
        self._beside.start()

    async def astart(self) -> None:
        """Do as `start`, on an event loop."""
        await self._beside.astart()

    def close(self) -> None:
        """Stop the server. The process does so at its end."""
        self._beside.close()

    def answer(self, request: HttpRequest, path: str) -> HttpResponse:
        """Answer a request for a path of the issuer's host."""
        body = _body(request)
        if body is None:
            return HttpResponse(status=413)
        work = asked(self.server, _scope(request, path), body)
        return _response(self.loop.run(work, seconds=ANSWER_SECONDS_MAX))

    async def aanswer(self, request: HttpRequest, path: str) -> HttpResponse:
        """Do as `answer`, on an event loop."""
        body = _body(request)
        if body is None:
            return HttpResponse(status=413)
        work = asked(self.server, _scope(request, path), body)
        return _response(await self.loop.wait(work, seconds=ANSWER_SECONDS_MAX))

    def connection(self, request: HttpRequest) -> HTTPConnection:
        """Return a request of the site as the server sees it."""
        return HTTPConnection(_scope(request, request.path))

    def help_at(self, request: HttpRequest, refusal: BrowserRefusal) -> str | None:
        """Return the address where a person is helped who looks at a page; else None."""
        return help_at(refusal, self.browsers, self.connection(request))

    def migrate(self) -> Migration:
        """Bring the server's tables to what this program needs."""
        return self.loop.run(migrate(self._embedded.database.url), seconds=MIGRATION_SECONDS_MAX)

    def follow(
        self,
        ask: Callable[[FollowingStore], Awaitable[T]],
        *,
        seconds: float = ANSWER_SECONDS_MAX,
    ) -> T:
        """Return what a question to the accounts that follow Django's table answers.

        A process that only changes users, such as a command, opens the database for it.

        Raises:
            ImproperlyConfigured: they follow nothing.
            StoreError: the database cannot be asked.
        """
        return self.loop.run(self._followed(ask), seconds=seconds)

    @property
    def has_accounts(self) -> bool:
        """Whether accounts follow Django's table."""
        return self.users is not None

    def account(self, user_id: str) -> Any:
        """Return Django's user behind an account; None where there is none."""
        return self._row_of(self.loop.run(self._followed(self._key_of(user_id))))

    async def aaccount(self, user_id: str) -> Any:
        """Do as `account`, on an event loop."""
        key = await self.loop.wait(self._followed(self._key_of(user_id)))
        return await sync_to_async(self._row_of)(key)

    async def _followed(self, ask: Callable[[FollowingStore], Awaitable[T]]) -> T:
        if self.users is None:
            raise ImproperlyConfigured("WATCHWORD['USERS'] = \"django\" is missing")
        if self._beside.is_started:
            return await ask(cast("FollowingStore", self.server.runtime.store))
        async with await open_store(self._embedded.database.url) as store:
            return await ask(FollowingStore(store, self.users, SYSTEM_CLOCK, SYSTEM_CHANCE))

    def _key_of(self, user_id: str) -> Callable[[FollowingStore], Awaitable[str | None]]:
        async def key(store: FollowingStore) -> str | None:
            found = await store.find_identity_of(DjangoUsers.issuer, user_id)
            return None if found is None else found.key

        return key

    def _row_of(self, key: str | None) -> Any:
        return None if key is None or self.users is None else self.users.row(key)

    def _declare(self) -> None:
        self._embedded.declare(current().survey.scopes)


def _body(request: HttpRequest) -> bytes | None:
    """Return the body of a request; None where it is longer than any that is taken."""
    body = request.read(BODY_BYTES_MAX + 1)
    return body if len(body) <= BODY_BYTES_MAX else None


def _scope(request: Any, path: str) -> Scope:
    """Return the scope of a request for a path, whatever prefix of it Django was told to drop."""
    scope = dict(getattr(request, "scope", None) or scope_of(request.environ))
    extensions = cast("dict[str, Any]", scope.get("extensions") or {})
    scope["extensions"] = {k: v for k, v in extensions.items() if k in _UNDERSTOOD}
    if isinstance(scope["query_string"], str):  # of Django's test client
        scope["query_string"] = scope["query_string"].encode()
    scope |= {"root_path": "", "path": path, "raw_path": quote(path).encode()}
    return scope


def _response(sent: list[Message]) -> HttpResponse:
    """Return what the server sent as Django's response, whose cookies are apart from its fields."""
    start = sent[0]
    content = b"".join(message.get("body", b"") for message in sent[1:])
    response = HttpResponse(content, status=start["status"])
    del response.headers["Content-Type"]  # Django's guess; what the server says follows
    for raw_name, raw_value in start["headers"]:
        name, value = raw_name.decode(), raw_value.decode("latin-1")
        if name == "set-cookie":
            response.cookies.load(value)
        elif name in response.headers:
            response.headers[name] += f", {value}"  # RFC 9110 section 5.3
        else:
            response.headers[name] = value
    return response
