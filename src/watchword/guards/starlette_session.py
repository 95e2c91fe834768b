"""Starlette: decorators of pages, where the cookie of the server inside says who is signed in.

    @auth.session.required
    async def profile(request):
        return page(request.user.name, form_token=auth.session.form_token(request))

A browser that asks for a page and is not signed in is sent to the sign-in page; everything else
gets the problem.

Source: ARCHITECTURE section 6 (`auth.session`); security.md rules 38, 39 and 47; users.md U52.
"""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast, overload

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from watchword.access import Subject
from watchword.base.duration import Duration
from watchword.guards.asgi_scope import endpoint_of
from watchword.guards.core import Core
from watchword.guards.declarations import Access, Declaration, Owner, bound, declare
from watchword.guards.door import response_of
from watchword.guards.errors import BrowserRefusal, SessionMissing, SessionOver
from watchword.guards.session import (
    Browsers,
    SignedIn,
    browser_demand,
    help_at,
    recognise,
    require_own,
    subject,
)
from watchword.guards.session_form import presented
from watchword.guards.user import User

__all__ = ["SessionGuard"]

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_KEPT = "watchword.session"


class SessionGuard:
    """Guards browser routes of an application that has the server in its process.

    Args:
        browsers: what the server knows of them.
        core: of the guard of tokens beside it.
    """

    def __init__(self, browsers: Browsers, core: Core) -> None:
        self._browsers = browsers
        self._core = core

    def install(self, app: Starlette) -> None:
        """Answer refusals of browser routes."""
        app.add_exception_handler(BrowserRefusal, self._refuse)

    @overload
    def required(self, endpoint: Endpoint, /) -> Endpoint: ...

    @overload
    def required(
        self,
        /,
        *,
        owner: Owner | None = None,
        acr: str | None = None,
        max_age: Duration | None = None,
        fresh: Duration | None = None,
    ) -> Callable[[Endpoint], Endpoint]: ...

    def required(
        self,
        endpoint: Any = None,
        /,
        *,
        owner: Owner | None = None,
        acr: str | None = None,
        max_age: Duration | None = None,
        fresh: Duration | None = None,
    ) -> Any:
        """Let nobody in who is not signed in: `@auth.session.required`, or with conditions.

        Args:
            endpoint: the endpoint, where there are no conditions.
            owner: a function of `request` that returns the id of the owning user, never a name.
                The role `admin` passes it.
            acr: the level of the sign-in, such as "aal2" for two factors.
            max_age: how long ago the last proof may be, such as "5m".
            fresh: another word for `max_age`.

        Raises:
            ValueError: a demand that no sign-in can meet.
        """
        asked = browser_demand(acr, max_age, fresh)
        declaration = Declaration(self, Access.REQUIRED, owner=owner, asked=asked)
        if endpoint is not None:
            return self._guarded(endpoint, declaration)
        return lambda endpoint: self._guarded(endpoint, declaration)

    def optional(self, endpoint: Endpoint) -> Endpoint:
        """Let everybody in, and know those who are signed in."""
        return self._guarded(endpoint, Declaration(self, Access.OPTIONAL))

    def user(self, request: Request) -> User | None:
        """Return the `User` of a request that was let in, or None where nobody is signed in."""
        found: SignedIn | None = request.scope.get(_KEPT)
        return None if found is None else found.user

    def subject(self, request: Request) -> Subject:
        """Return the `Subject` of decisions. Raises SessionMissing where nobody is signed in."""
        found: SignedIn | None = request.scope.get(_KEPT)
        if found is None:
            raise SessionMissing
        return subject(found, self._core.policy)

    def form_token(self, request: Request) -> str:
        """Return the text that forms carry in their field `form_token`, scripts in `X-Form-Token`.

        Raises:
            SessionMissing: the browser has lost one of two cookies; signing in gives it both.
        """
        token = self._browsers.form_token(request)
        if token is None:
            raise SessionMissing(detail="the cookie that forms are bound to is missing")
        return token

    def _guarded(self, endpoint: Endpoint, declaration: Declaration) -> Endpoint:
        """Return the endpoint that refuses by itself, whatever leads to it."""

        @wraps(endpoint)
        async def guarded(*given: Any) -> Any:
            request = next(each for each in given if isinstance(each, Request))
            try:
                found = await self._own(request)
                arguments = bound(endpoint, given, {})
                declaration.check_rest(found, arguments, self._core.clock.now())
            except (SessionMissing, SessionOver):
                if declaration.access is not Access.OPTIONAL:
                    raise
            else:
                request.scope["user"], request.scope[_KEPT] = found.user, found
            if iscoroutinefunction(endpoint):
                return await endpoint(*given)
            return await run_in_threadpool(endpoint, *given)

        declare(guarded, declaration)
        return cast("Endpoint", guarded)

    async def _own(self, request: Request) -> SignedIn:
        """Recognise a browser, and then the form that it sends."""
        core = self._core
        found = await recognise(request, self._browsers, issuer=core.issuer, shared=core.shared)
        require_own(request, self._browsers, await presented(request))
        return found

    async def _refuse(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, BrowserRefusal)  # noqa: S101  # what it was registered for
        answer = self._core.answer(error, endpoint=endpoint_of(request.scope))
        there = help_at(error, self._browsers, request)
        if there is None:
            return response_of(answer)
        return RedirectResponse(there, 303, {"cache-control": "no-store"})
