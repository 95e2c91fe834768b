"""Any ASGI application: every path needs a good token, but for those that are named public.

    app = Guard(app, "https://id.example.com", audience="notes", public=["/health"])

The application finds who sends a request in `scope["watchword.user"]` and
`scope["watchword.subject"]`, and in `scope["watchword.circumstances"]` what its policy is to be
told. What a guard of this kind cannot know is which route a path leads to, so it opens a path only
where it is spelled exactly as it was named.

Source: ASGI specification 3.0; security.md rules 80 to 83, 92 and 93; users.md U11.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Unpack

from watchword.access import Subject
from watchword.guards.answers import REFUSALS, Answer
from watchword.guards.asgi_scope import endpoint_of, presented
from watchword.guards.core import Core, Options
from watchword.guards.declarations import Access, Declaration
from watchword.guards.document import METHODS
from watchword.guards.routes import RouteAccess
from watchword.guards.user import Authenticated, User

__all__ = ["CIRCUMSTANCES", "SUBJECT", "USER", "Guard", "Subject", "User"]

USER, SUBJECT = "watchword.user", "watchword.subject"
CIRCUMSTANCES = "watchword.circumstances"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Guard:
    """Middleware around an ASGI application.

    Args:
        app: the application.
        issuer: the exact issuer identifier.
        audience: this API, as `aud` names it.
        require: the scopes that every request needs.
        options: see `Options`; `public` are exact paths. A WebSocket is closed unless its path is
            public: its token would have to be checked again while it is open.

    Raises:
        ValueError: a scope is a word that no token can have.
    """

    def __init__(
        self,
        app: Application,
        issuer: str,
        *,
        audience: str,
        require: Iterable[str] = (),
        **options: Unpack[Options],
    ) -> None:
        self._app = app
        self._core = Core(issuer, audience, options)
        self._core.seal()
        self._declared = Declaration(self, Access.REQUIRED, tuple(require))
        self._core.ask(self._declared.scopes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on, or answer it."""
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "websocket" if scope["path"] not in self._core.public:
                await receive()
                await send({"type": "websocket.close", "code": 1008})
            case "lifespan":
                try:
                    await self._app(scope, receive, send)
                finally:
                    self._core.close()
            case _:
                await self._app(scope, receive, send)

    def routes(self) -> tuple[RouteAccess, ...]:
        """Return what is public, and what everything else needs."""
        return self._core.paths(self._declared)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if path in self._core.document.paths and method in METHODS:
            await _send(self._core.document.answer(method), send)
            return
        if path in self._core.public:
            # An outer middleware's word is not the guard's.
            ours = {USER, SUBJECT, CIRCUMSTANCES}
            bare = {name: value for name, value in scope.items() if name not in ours}
            await self._app(bare, receive, send)
            return
        found: Authenticated | None = None
        try:
            found = await self._core.authenticator.authenticate(presented(self._core, scope))
            self._declared.check_scopes(found)
            known = {
                USER: found.user,
                SUBJECT: self._core.subject(found),
                CIRCUMSTANCES: self._core.circumstances.of(scope),
            }
        except REFUSALS as refusal:
            await _send(self._answer(refusal, scope, found), send)
            return
        await self._pass({**scope, **known}, receive, send, found)

    def _answer(self, refusal: Exception, scope: Scope, found: Authenticated | None) -> Answer:
        endpoint, scopes = endpoint_of(scope), self._declared.scopes
        return self._core.answer(refusal, scopes=scopes, endpoint=endpoint, found=found)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, found: Authenticated) -> None:
        """Let the application answer, and answer for it where its policy refuses."""
        is_begun = False

        async def send_noting(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except REFUSALS as refusal:
            if is_begun:
                raise
            await _send(self._answer(refusal, scope, found), send)


async def _send(answer: Answer, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers]
    length = (b"content-length", str(len(answer.body)).encode())
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": [*headers, length]}
    )
    await send({"type": "http.response.body", "body": answer.body})
