"""FastAPI: dependencies for browser routes, where a cookie says who is signed in.

    @app.get("/profile")
    def profile(user: Annotated[User, auth.session.user]): ...

    @app.post("/profile")
    def change(user: Annotated[User, auth.session.user]): ...   # the form carries form_token

A browser that asks for a page and is not signed in is sent to the sign-in page; everything else
gets the problem.

Source: ARCHITECTURE section 6 (`auth.session`); security.md rules 38, 39 and 47; users.md U52.
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import FastAPI, Request
from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.params import Depends, Security
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response

from watchword.access import Policy, Subject
from watchword.base.duration import Duration
from watchword.guards.answers import Answers
from watchword.guards.circumstances import Circumstances
from watchword.guards.door import Door, response_of
from watchword.guards.errors import BrowserRefusal, SessionMissing, SessionOver
from watchword.guards.fastapi_parts import Dependable, circumstances_of, loaded, narrowed
from watchword.guards.fastapi_routes import Declared, Proof, Survey
from watchword.guards.session import (
    Browsers,
    SignedIn,
    browser_demand,
    help_at,
    recognise,
    require_own,
    subject,
)
from watchword.guards.session_form import FORM_FIELD, FORM_HEADER, presented
from watchword.guards.shared import SharedWith
from watchword.guards.user import User

__all__ = ["SessionGuard"]


class SessionGuard:
    """Guards browser routes of an application that has the server in its process.

    Args:
        browsers: what the server knows of them.
        issuer: the exact issuer identifier.
        answers: makes refusals.
        circumstances: what the policy is told of a request; its policy has the rules.
        db: the dependency that yields the application's SQLAlchemy session, for `may`.
        shared: reads what is shared with the person, where the rules may ask.
    """

    def __init__(  # one keyword a part
        self,
        browsers: Browsers,
        *,
        issuer: str,
        answers: Answers,
        circumstances: Circumstances,
        db: Dependable | None,
        shared: SharedWith | None,
    ) -> None:
        self._answers = answers
        self._browsers = browsers
        self._policy = policy = circumstances.policy
        self._db = db
        self._clock = circumstances.clock
        self._circumstances = circumstances_of(circumstances)
        self._scheme = _Cookie(browsers, issuer, shared)
        self._user, self._subject, self._form_token = _identities(self._scheme, policy)
        self._optional = _Optional(self._scheme)

    def install(self, app: FastAPI, public: frozenset[str]) -> None:
        """Answer refusals of browser routes, and read no body of theirs for a stranger.

        Args:
            app: the application, which the guard of tokens guards as well.
            public: paths and names that anybody may call.
        """
        app.add_exception_handler(BrowserRefusal, self._refuse)
        survey = Survey(app, self._scheme, public)
        app.add_middleware(
            Door, authenticate=self._scheme.known, survey=survey, answers=self._answers
        )

    @property
    def user(self) -> Depends:
        """The `User`; a browser that is not signed in is sent to the sign-in page."""
        return Depends(self._user)

    @property
    def subject(self) -> Depends:
        """The `Subject` of decisions."""
        return Depends(self._subject)

    @property
    def circumstances(self) -> Depends:
        """What `may` tells the policy of the request; see `Guard.circumstances`."""
        return Depends(self._circumstances)

    @property
    def optional(self) -> Depends:
        """The `User`, or None where nobody is signed in. For GET alone: it checks no form."""
        return Depends(self._optional)

    @property
    def form_token(self) -> Depends:
        """The text that forms carry in their field `form_token`, scripts in `X-Form-Token`."""
        return Depends(self._form_token)

    def require(
        self,
        *,
        owner: Dependable | None = None,
        acr: str | None = None,
        max_age: Duration | None = None,
        fresh: Duration | None = None,
    ) -> Security:
        """Return the `User` who owns the thing and whose sign-in is strong and recent enough.

        Args:
            owner: a dependency that returns the id of the owning user, never a name. The role
                `admin` passes it.
            acr: the level of the sign-in, such as "aal2" for two factors.
            max_age: how long ago the last proof may be, such as "5m".
            fresh: another word for `max_age`.

        Raises:
            ValueError: a demand that no sign-in can meet.
        """
        found = narrowed(
            self._user,
            self._scheme,
            owner=owner,
            asked=browser_demand(acr, max_age, fresh),
            clock=self._clock,
        )
        return Security(found)

    def may(self, action: str, model: type[object], *, key: str = "id") -> Depends:
        """Return the row that the path names, if the action is allowed on it; else 404 or 403."""
        if self._policy is None or self._db is None:
            raise TypeError("may() needs Auth(..., policy=..., db=...)")
        what = (action, model, key)
        row = loaded(self._policy, what, self._subject, self._db, self._circumstances)
        return Depends(row)

    async def _refuse(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, BrowserRefusal)  # noqa: S101  # what it was registered for
        return self.response(request, error)

    def response(self, request: Request, error: BrowserRefusal) -> Response:
        """Return the answer: for a person who looks at a page, the page that helps."""
        answer = response_of(self._answers.answer(error))
        there = help_at(error, self._browsers, request)
        if there is None:
            return answer
        return RedirectResponse(there, 303, {"cache-control": "no-store"})


class _Cookie(SecurityBase, Proof):
    """The scheme of the OpenAPI document, and the one place where a browser is recognised."""

    def __init__(self, browsers: Browsers, issuer: str, shared: SharedWith | None) -> None:
        self.model = APIKey.model_validate(
            {
                "in": APIKeyIn.cookie,
                "name": browsers.cookie,
                "description": f"A session at {issuer}; unsafe methods also carry {FORM_HEADER}, "
                f"or the field {FORM_FIELD} of a form",
            }
        )
        self.scheme_name = "session"
        self.browsers = browsers
        self._issuer = issuer
        self._shared = shared

    async def known(self, connection: HTTPConnection) -> SignedIn:
        """Recognise the browser once, however many dependencies ask."""
        kept: dict[object, SignedIn] = connection.scope.setdefault("watchword", {})
        if self not in kept:
            kept[self] = await recognise(
                connection, self.browsers, issuer=self._issuer, shared=self._shared
            )
        return kept[self]

    async def own(self, request: Request) -> SignedIn:
        """Recognise the browser, and the form that it sends."""
        found = await self.known(request)
        require_own(request, self.browsers, await presented(request))
        return found

    async def __call__(self, request: Request) -> AsyncIterator[SignedIn]:
        """Recognise browser and form for a route; what came with the form is let go after it."""
        try:
            yield await self.own(request)
        finally:
            await request.close()


class _Optional(Declared):
    """Recognises whoever is signed in."""

    def __init__(self, scheme: _Cookie) -> None:
        self._scheme = scheme

    async def __call__(self, request: Request) -> User | None:
        """Return the person, or None where nobody is signed in."""
        try:
            return (await self._scheme.own(request)).user
        except (SessionMissing, SessionOver):
            return None


def _identities(
    scheme: _Cookie, policy: Policy | None
) -> tuple[Dependable, Dependable, Dependable]:
    """Make the dependencies of `user`, `subject` and `form_token`."""

    async def user(found: Annotated[SignedIn, Security(scheme)]) -> User:
        return found.user

    async def the_subject(found: Annotated[SignedIn, Security(scheme)]) -> Subject:
        return subject(found, policy)

    async def form_token(request: Request, _found: Annotated[SignedIn, Security(scheme)]) -> str:
        token = scheme.browsers.form_token(request)
        if token is None:  # the browser lost one of two cookies; signing in gives it both
            raise SessionMissing(detail="the cookie that forms are bound to is missing")
        return token

    return user, the_subject, form_token
