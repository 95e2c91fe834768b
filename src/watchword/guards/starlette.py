"""Starlette: decorators that say who may call an endpoint, and refuse.

    @auth.require("notes:read")
    async def notes(request):
        return JSONResponse({"owner": request.user.name})

    app = Starlette(routes=[Route("/notes", notes)])
    auth.install(app)

Source: access.md section 8 (G1 to G5); users.md U3, U50 to U56; security.md rules 80 to 93;
ARCHITECTURE section 6 (undeclared routes stop the start).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import isawaitable, iscoroutinefunction
from typing import Any, Self, TypeVar, Unpack, cast, overload

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from watchword.access import Context, Subject
from watchword.base.duration import Duration
from watchword.guards.answers import REFUSALS
from watchword.guards.asgi_scope import endpoint_of, presented
from watchword.guards.core import Core, Options
from watchword.guards.declarations import (
    Access,
    Declaration,
    Owner,
    Row,
    bound,
    declaration_of,
    declare,
    look_up,
)
from watchword.guards.door import Door, Unread, response_of
from watchword.guards.edge import stand_around
from watchword.guards.routes import RouteAccess
from watchword.guards.starlette_routes import Survey
from watchword.guards.step_up import demand
from watchword.guards.user import Authenticated, User
from watchword.guards.well_known import document_routes
from watchword.oauth.bearer import TokenMissing

__all__ = ["Guard", "Subject", "User"]

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_KEPT = "watchword"


class Guard:
    """Guards a Starlette application with the tokens of one issuer.

    `user` and `subject` are those of the request that is handled; the person is `request.user` too.

    Args:
        issuer: the exact issuer identifier.
        audience: this API, as `aud` names it.
        options: see `Options`. `db` is a `sessionmaker` or `async_sessionmaker`, or another
            function that returns a session, which `may` closes after the endpoint; the endpoint has
            it as `request.state.db`.
    """

    def __init__(self, issuer: str, *, audience: str, **options: Unpack[Options]) -> None:
        self._core = Core(issuer, audience, options)
        self._survey: Survey | None = None
        self._current: ContextVar[Authenticated | None] = ContextVar("watchword", default=None)
        self._handled: ContextVar[HTTPConnection | None] = ContextVar("handled", default=None)

    def install(self, app: Starlette) -> Self:
        """Guard the application: refusals get their answers, undeclared routes stop its start.

        Raises:
            PolicyError: the policy cannot mean what its author wants.
            ValueError: one of its scopes is a word that no token can have.
        """
        self._core.seal()
        for refusal in REFUSALS:
            app.add_exception_handler(refusal, self._refuse)
        app.add_exception_handler(Unread, self._refuse_unread)
        app.router.routes.extend(document_routes(self._core.document))
        self._survey = Survey(app, self, self._core.public)
        app.add_middleware(
            Door,
            authenticate=self._authenticate,
            survey=self._survey,
            answers=self._core.answers,
            ended=self._core.close,
        )
        stand_around(app, self._core.answers)
        app.state.watchword_guard = self
        return self

    @property
    def scopes(self) -> dict[str, None]:
        """The scopes that endpoints have asked for, in the order of their declaration."""
        return self._core.scopes

    @property
    def user(self) -> User:
        """The `User` of the request that is handled; in a public endpoint nobody is known."""
        return self._known().user

    @property
    def subject(self) -> Subject:
        """The `Subject` of the request that is handled."""
        return self._core.subject(self._known())

    @property
    def circumstances(self) -> Context | None:
        """What `may` tells the policy of the request, for calls of the policy by the endpoint.

        `policy.select(auth.subject, "read", Note, auth.circumstances)`. None where the policy
        declares nothing of a request.
        """
        return self._core.circumstances.of(self._handled.get())

    @property
    def caller(self) -> User | None:
        """The `User` of the request that is handled, or None where no token was sent."""
        found = self._current.get()
        return None if found is None else found.user

    @overload
    def required(self, endpoint: Endpoint, /) -> Endpoint: ...

    @overload
    def required(
        self,
        *scopes: str,
        owner: Owner | None = None,
        acr: str | None = None,
        max_age: Duration | None = None,
        fresh: Duration | None = None,
    ) -> Callable[[Endpoint], Endpoint]: ...

    def required(self, *what: Any, **given: Any) -> Any:
        """Let nobody in without a good token: `@auth.required`, or with what `require` takes."""
        if len(what) == 1 and callable(what[0]) and not given:
            return self.require()(what[0])
        return self.require(*what, **given)

    def require(
        self,
        *scopes: str,
        owner: Owner | None = None,
        acr: str | None = None,
        max_age: Duration | None = None,
        fresh: Duration | None = None,
    ) -> Callable[[Endpoint], Endpoint]:
        """Let nobody in whose token lacks a scope, or who does not own the thing.

        Args:
            scopes: all of them are needed.
            owner: a function of `request` (and the row, by its name) that returns the id of the
                owning user, never a name, or a path to it such as `note.owner`. The role `admin`
                passes it.
            acr: the level of the login, such as "aal2" for two factors.
            max_age: how long ago the login may be, such as "5m".
            fresh: another word for `max_age`.

        Raises:
            ValueError: a scope is a word that no token can have (RFC 6749 section 3.3), or a
                demand that no login can meet.
        """
        self._core.ask(scopes)
        asked = demand(acr, max_age, fresh)
        declaration = Declaration(self, Access.REQUIRED, scopes, owner=owner, asked=asked)
        return lambda endpoint: self._guarded(endpoint, declaration)

    def may(
        self, action: str, model: type[object], *, key: str = "id"
    ) -> Callable[[Endpoint], Endpoint]:
        """Hand the row that the path names to the endpoint, if the action is allowed on it.

        The row is the argument after the request. One statement reads and judges it; a row that is
        to be changed is locked where the database can (access.md S12).

        Args:
            action: as the policy names it.
            model: the mapped class.
            key: the path parameter with the primary key.
        """
        if self._core.policy is None or self._core.db is None:
            raise TypeError("may() needs Guard(..., policy=..., db=...)")
        declaration = Declaration(self, Access.REQUIRED, row=Row(action, model, key))
        return lambda endpoint: self._guarded(endpoint, declaration)

    def optional(self, endpoint: Endpoint) -> Endpoint:
        """Let everybody in, and know those who send a token; a bad one is refused all the same."""
        return self._guarded(endpoint, Declaration(self, Access.OPTIONAL))

    def public(self, endpoint: Endpoint) -> Endpoint:
        """Let everybody in."""

        @wraps(endpoint)
        async def open_endpoint(*given: Any) -> Any:
            handled = self._handled.set(_connection_of(given))
            try:
                return await _called(endpoint, *given)
            finally:
                self._handled.reset(handled)

        declare(open_endpoint, Declaration(None, Access.PUBLIC))
        return cast("Endpoint", open_endpoint)

    def routes(self) -> tuple[RouteAccess, ...]:
        """Return every route of the application with what it declares (access.md G4)."""
        if self._survey is None:
            raise RuntimeError("call Guard(...).install(app) first")
        return self._survey.routes()

    def _guarded(self, endpoint: Endpoint, declaration: Declaration) -> Endpoint:
        """Return the endpoint that refuses by itself, whatever leads to it."""

        @wraps(endpoint)
        async def guarded(*given: Any) -> Any:
            request = _connection_of(given)
            found = await self._found(request, declaration)
            token, handled = self._current.set(found), self._handled.set(request)
            try:
                if found is None:
                    return await _called(endpoint, *given)
                request.scope["user"] = found.user
                declaration.check_scopes(found)
                async with self._loaded(request, found, declaration.row) as rows:
                    arguments = bound(endpoint, (*given, *rows), {})
                    declaration.check_rest(found, arguments, self._core.clock.now())
                    return await _called(endpoint, *given, *rows)
            finally:
                self._handled.reset(handled)
                self._current.reset(token)

        declare(guarded, declaration)
        return cast("Endpoint", guarded)

    async def _found(
        self, request: HTTPConnection, declaration: Declaration
    ) -> Authenticated | None:
        try:
            return await self._authenticate(request)
        except TokenMissing:
            if declaration.access is Access.OPTIONAL:
                return None
            raise

    @asynccontextmanager
    async def _loaded(
        self, request: HTTPConnection, found: Authenticated, row: Row | None
    ) -> AsyncIterator[tuple[object, ...]]:
        """Load and judge the row, and keep its session open while the endpoint works."""
        if row is None:
            yield ()
            return
        lookup = look_up(
            self._core.policy,
            self._core.subject(found),
            row,
            request.path_params[row.key],
            self._core.circumstances.of(request),
        )
        session = cast("Callable[[], Any]", self._core.db)()
        try:
            request.state.db = session
            if iscoroutinefunction(session.execute):
                record = (await session.execute(lookup.statement)).first()
            else:
                record = await run_in_threadpool(lambda: session.execute(lookup.statement).first())
            yield (lookup.answer(record),)
        finally:
            closing = session.close()
            if isawaitable(closing):
                await closing

    async def _authenticate(self, connection: HTTPConnection) -> Authenticated:
        """Authenticate a request once, however many ask."""
        kept: dict[Guard, Authenticated] = connection.scope.setdefault(_KEPT, {})
        if self not in kept:
            kept[self] = await self._core.authenticator.authenticate(
                presented(self._core, connection.scope)
            )
        return kept[self]

    def _known(self) -> Authenticated:
        found = self._current.get()
        if found is None:
            raise TokenMissing
        return found

    async def _refuse(self, request: Request, error: Exception) -> Response:
        declaration = declaration_of(request.scope.get("endpoint"))
        scopes = () if declaration is None else declaration.scopes
        kept: dict[Guard, Authenticated] = request.scope.get(_KEPT, {})
        answer = self._core.answer(
            error, scopes=scopes, endpoint=endpoint_of(request.scope), found=kept.get(self)
        )
        return response_of(answer)

    async def _refuse_unread(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Unread)  # noqa: S101  # what it was registered for
        return await self._refuse(request, error.refusal)


def _connection_of(given: tuple[Any, ...]) -> HTTPConnection:
    """Return the request that an endpoint is given; a row of an outer decorator may follow it."""
    return next(each for each in given if isinstance(each, HTTPConnection))


async def _called(endpoint: Callable[..., Any], *given: Any) -> Any:
    """Call an endpoint, one that blocks in a thread."""
    if iscoroutinefunction(endpoint):
        return await cast("Callable[..., Awaitable[Any]]", endpoint)(*given)
    return await run_in_threadpool(endpoint, *given)
