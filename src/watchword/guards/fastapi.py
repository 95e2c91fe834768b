"""FastAPI: dependencies that say who calls, and refuse.

    auth = Guard("https://id.example.com", audience="notes").install(app)

    @app.get("/notes")
    def notes(user: Annotated[User, auth.user]): ...

Source: access.md section 4.1 and G1 to G5; users.md U2, U3, U50 to U56; security.md rules 80 to 93.
"""

from dataclasses import replace
from typing import Annotated, Self, Unpack, cast

from fastapi import FastAPI, Request
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.models import HTTPBearer
from fastapi.params import Depends, Security
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import Route

from watchword.access import Policy, Subject
from watchword.base.duration import Duration
from watchword.guards.answers import REFUSALS
from watchword.guards.asgi_scope import endpoint_of, presented
from watchword.guards.authenticator import subject_of
from watchword.guards.bodies import invalid_request
from watchword.guards.core import Core, Options
from watchword.guards.door import Door, Unread, response_of
from watchword.guards.edge import stand_around
from watchword.guards.errors import BrowserRefusal, ScopeMissing
from watchword.guards.fastapi_docs import CodeFlow, SignIn
from watchword.guards.fastapi_parts import Dependable, circumstances_of, loaded, narrowed
from watchword.guards.fastapi_routes import Declared, Proof, Survey
from watchword.guards.fastapi_session import SessionGuard
from watchword.guards.routes import RouteAccess
from watchword.guards.session import Browsers
from watchword.guards.step_up import demand
from watchword.guards.user import Authenticated, User
from watchword.guards.well_known import document_routes
from watchword.oauth.bearer import TokenMissing

__all__ = ["Guard", "Subject", "User"]


class Guard:
    """Guards a FastAPI application with the tokens of one issuer.

    Args:
        issuer: the exact issuer identifier.
        audience: this API, as `aud` names it.
        browsers: what the server in this process knows of browsers, for `session`.
        sign_in: where readers of the application's documentation get a token.
        options: see `Options`. `db` is the dependency that yields the application's SQLAlchemy
            session, for `may`. FastAPI's own schema and docs routes are public unless the
            application switches them off.
    """

    def __init__(
        self,
        issuer: str,
        *,
        audience: str,
        browsers: Browsers | None = None,
        sign_in: SignIn | None = None,
        **options: Unpack[Options],
    ) -> None:
        self._core = core = Core(issuer, audience, options)
        self._db = cast("Dependable | None", core.db)
        self._document = document_routes(core.document)
        self._survey: Survey | None = None
        self._scheme = _Bearer(core)
        flow = _offer_nothing if sign_in is None else CodeFlow(sign_in, core.catalogue)
        self._user, self._subject = _identities(self._scheme, core.policy, flow)
        self._optional = _Optional(self._scheme)
        self._circumstances = circumstances_of(core.circumstances)
        self._session = (
            None
            if browsers is None
            else SessionGuard(
                browsers,
                issuer=issuer,
                answers=replace(core.answers, scheme="Session", resource_metadata=None),
                circumstances=core.circumstances,
                db=self._db,
                shared=core.shared,
            )
        )

    @property
    def scopes(self) -> dict[str, None]:
        """The scopes that routes have asked for, in the order of their declaration."""
        return self._core.scopes

    def install(self, app: FastAPI) -> Self:
        """Guard the application: refusals get their answers, undeclared routes stop its start.

        Raises:
            PolicyError: the policy cannot mean what its author wants.
            ValueError: one of its scopes is a word that no token can have.
        """
        self._core.seal()
        for refusal in REFUSALS:
            app.add_exception_handler(refusal, self._refuse)
        app.add_exception_handler(Unread, self._refuse_unread)
        # An application's own form of validation errors stays.
        if app.exception_handlers.get(RequestValidationError) in {
            None,
            request_validation_exception_handler,
        }:
            app.add_exception_handler(RequestValidationError, self._invalid)
        app.router.routes.extend(self._document)
        self._survey = Survey(app, self._scheme, self._core.public)
        app.add_middleware(
            Door,
            authenticate=self._scheme,
            survey=self._survey,
            answers=self._core.answers,
            ended=self._core.close,
        )
        if self._session is not None:
            self._session.install(app, self._core.public)
        stand_around(app, self._core.answers)
        app.state.watchword_guard = self
        return self

    def routes(self) -> tuple[RouteAccess, ...]:
        """Return every route of the application with what it declares (access.md G4)."""
        if self._survey is None:
            raise RuntimeError("call Guard(...).install(app) first")
        return self._survey.routes()

    @property
    def user(self) -> Depends:
        """The `User`; 401 without a good token."""
        return Depends(self._user)

    @property
    def subject(self) -> Depends:
        """The `Subject` of decisions; 401 without a good token."""
        return Depends(self._subject)

    @property
    def circumstances(self) -> Depends:
        """What `may` tells the policy of the request, for calls of the policy by the route.

        A `Context` for `policy.select(me, "read", Note, ctx)`, or None where the policy declares
        nothing of a request.
        """
        return Depends(self._circumstances)

    @property
    def optional(self) -> Depends:
        """The `User`, or None where no token is sent; a bad token is refused all the same."""
        return Depends(self._optional)

    @property
    def session(self) -> SessionGuard:
        """The guard of browser routes, which reads the session cookie and no header."""
        if self._session is None:
            raise RuntimeError("only an application with the server in its process has sessions")
        return self._session

    @property
    def public(self) -> Depends:
        """Nothing: `dependencies=[auth.public]` says that anybody may call the route."""
        return Depends(_PUBLIC)

    def require(
        self,
        *scopes: str,
        owner: Dependable | None = None,
        acr: str | None = None,
        max_age: Duration | None = None,
        fresh: Duration | None = None,
    ) -> Security:
        """Return the `User`, whose token has the scopes and who owns the thing.

        Args:
            scopes: all of them are needed.
            owner: a dependency that returns the id of the owning user, never a name. The role
                `admin` passes it.
            acr: the level of the login, such as "aal2" for two factors.
            max_age: how long ago the login may be, such as "5m".
            fresh: another word for `max_age`.

        Raises:
            ValueError: a scope is a word that no token can have (RFC 6749 section 3.3), or a
                demand that no login can meet.
        """
        self._core.ask(scopes)
        asked = demand(acr, max_age, fresh)
        found = narrowed(self._user, self._scheme, owner=owner, asked=asked, clock=self._core.clock)
        return Security(found, scopes=list(scopes))

    def may(self, action: str, model: type[object], *, key: str = "id") -> Depends:
        """Return the row that the path names, if the action is allowed on it; else 404 or 403.

        One statement reads the row and judges it. A row that is to be changed is locked where the
        database can (access.md S12).

        Args:
            action: as the policy names it.
            model: the mapped class.
            key: the path parameter with the primary key.
        """
        if self._core.policy is None or self._db is None:
            raise TypeError("may() needs Guard(..., policy=..., db=...)")
        what = (action, model, key)
        row = loaded(self._core.policy, what, self._subject, self._db, self._circumstances)
        return Depends(row)

    def well_known(self) -> list[Route]:
        """Return the route of this API's document, for an application that mounts the guarded one.

        The address is one of the whole host (RFC 9728 section 3.1), and what is mounted answers
        below its path alone. `install` adds the route to the guarded application itself.
        """
        return list(self._document)

    async def _refuse(self, request: Request, error: Exception) -> Response:
        return self._answered(request, error)

    async def _refuse_unread(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Unread)  # noqa: S101  # what it was registered for
        if self._session is not None and isinstance(error.refusal, BrowserRefusal):
            return self._session.response(request, error.refusal)
        return self._answered(request, error.refusal)

    def _answered(self, request: Request, error: Exception) -> Response:
        kept: dict[object, Authenticated] = request.scope.get("watchword", {})
        answer = self._core.answer(
            error,
            scopes=self._asked(request),
            endpoint=endpoint_of(request.scope),
            found=kept.get(self._scheme),
        )
        return response_of(answer)

    async def _invalid(self, _request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  # as above
        return response_of(invalid_request(self._core.answers, error.errors()))

    def _asked(self, request: Request) -> tuple[str, ...]:
        """Return the scopes that the matched route asks for."""
        route = request.scope.get("route")
        return () if self._survey is None else self._survey.scopes(route)


class _Bearer(SecurityBase, Proof):
    """The scheme of the OpenAPI document, and the one place where a request is authenticated."""

    def __init__(self, core: Core) -> None:
        self.model = HTTPBearer(bearerFormat="JWT", description=f"An access token of {core.issuer}")
        self.scheme_name = "bearer"
        self._core = core

    async def __call__(self, connection: HTTPConnection) -> Authenticated:
        """Authenticate a request once, however many of its dependencies ask."""
        kept: dict[_Bearer, Authenticated] = connection.scope.setdefault("watchword", {})
        if self not in kept:
            kept[self] = await self._core.authenticator.authenticate(
                presented(self._core, connection.scope)
            )
        return kept[self]


class _Optional(Declared):
    """Authenticates whoever sends a token."""

    words = "optional"

    def __init__(self, scheme: _Bearer) -> None:
        self._scheme = scheme

    async def __call__(self, connection: HTTPConnection) -> User | None:
        """Return the person, or None where no token was sent."""
        try:
            return (await self._scheme(connection)).user
        except TokenMissing:
            return None


class _Anybody(Declared):
    """Says that a route is public."""

    def __call__(self) -> None:
        """Ask for nothing."""


_PUBLIC = _Anybody()


def _offer_nothing() -> None:
    """Say nothing of where a token comes from."""


def _identities(
    scheme: _Bearer, policy: Policy | None, flow: Dependable
) -> tuple[Dependable, Dependable]:
    """Make the dependencies of `user` and `subject` for one scheme.

    Args:
        scheme: authenticates.
        policy: the rules, if there are any.
        flow: says in the OpenAPI document where a token comes from, or nothing.
    """

    async def user(
        _offered: Annotated[None, Security(flow)],
        found: Annotated[Authenticated, Security(scheme)],
        needed: SecurityScopes,
    ) -> User:
        missing = [scope for scope in needed.scopes if scope not in found.claims.scopes]
        if missing:
            raise ScopeMissing(tuple(needed.scopes), detail=f"missing {' '.join(missing)}")
        return found.user

    async def subject(
        _offered: Annotated[None, Security(flow)],
        found: Annotated[Authenticated, Security(scheme)],
    ) -> Subject:
        return subject_of(found, policy)

    return user, subject
