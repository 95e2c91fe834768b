"""FastAPI: dependencies that say who calls, and refuse.

    auth = Guard("https://id.example.com", audience="notes").install(app)

    @app.get("/notes")
    def notes(user: Annotated[User, auth.user]): ...

Source: access.md section 4.1 and G1 to G5; users.md U2, U3, U50 to U56; security.md rules 80 to 93.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Literal, Self

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
from watchword.base.chance import SYSTEM as SYSTEM_CHANCE
from watchword.base.clock import SYSTEM, Clock
from watchword.base.duration import Duration
from watchword.base.secrets import Secret
from watchword.guards.answers import REFUSALS, Answers, Disclosure
from watchword.guards.asgi import Door, Unread, response_of
from watchword.guards.authenticator import Authenticator, SubjectReader, subject_of
from watchword.guards.edge import Edge
from watchword.guards.errors import BrowserRefusal, ScopeMissing
from watchword.guards.fastapi_bodies import invalid_request
from watchword.guards.fastapi_docs import CodeFlow, SignIn
from watchword.guards.fastapi_parts import Dependable, loaded, narrowed
from watchword.guards.fastapi_routes import Declared, Proof, Survey
from watchword.guards.fastapi_session import SessionGuard
from watchword.guards.feed import Follower, follower_of
from watchword.guards.session import Browsers
from watchword.guards.step_up import demand
from watchword.guards.user import Authenticated, User
from watchword.guards.well_known import resource_routes
from watchword.jose.jwk.keyset import KeySource
from watchword.oauth.bearer import TokenMissing
from watchword.oauth.characters import is_scope_token
from watchword.oauth.protected_resource import address

__all__ = ["Guard", "Subject", "User"]


class Guard:
    """Guards a FastAPI application with the tokens of one issuer.

    Args:
        issuer: the exact issuer identifier.
        audience: this API, as `aud` names it.
        policy: the rules; without one, scopes and `owner=` decide.
        db: the dependency that yields the application's SQLAlchemy session, for `may`.
        keys: where the keys are; None fetches them from the issuer's metadata.
        secret: of this API at the issuer. With it the guard follows the issuer's revocation feed,
            and tokens of a login that has ended are refused within a second or so.
        revocations: a follower of the caller's own, with other bounds or for private networks.
        scopes: what the scopes of the routes mean, in words for people.
        browsers: what the server in this process knows of browsers, for `session`.
        sign_in: where readers of the application's documentation get a token.
        subjects: makes every request ask the store behind the issuer; see `Authenticator`.
        public: paths or names of routes and mounts that anybody may call. Those of FastAPI's own
            schema and docs are public unless the application switches them off.
        mode: "development" adds details to refusals.
        clock: the time; a test moves it.
    """

    def __init__(  # noqa: PLR0913  # one keyword a part, all but two with a usual value
        self,
        issuer: str,
        *,
        audience: str,
        policy: Policy | None = None,
        db: Dependable | None = None,
        keys: KeySource | None = None,
        subjects: SubjectReader | None = None,
        secret: Secret | str | None = None,
        revocations: Follower | None = None,
        browsers: Browsers | None = None,
        sign_in: SignIn | None = None,
        scopes: Mapping[str, str] | None = None,
        public: Iterable[str] = (),
        mode: Literal["production", "development"] = "production",
        clock: Clock = SYSTEM,
    ) -> None:
        self.scopes: dict[str, None] = {}
        """The scopes that routes have asked for, in the order of their declaration."""
        self._policy = policy
        self._db = db
        self._clock = clock
        self._described = dict(scopes or {})
        self._document = resource_routes(audience, issuer=issuer, scopes=self._catalogue)
        self._public = frozenset([*public, *(route.path for route in self._document)])
        self._answers = Answers(
            issuer, audience, Disclosure(mode), SYSTEM_CHANCE, resource_metadata=address(audience)
        )
        if revocations is None:
            revocations = follower_of(issuer, name=audience, secret=secret, clock=clock)
        self._revocations = revocations
        self._survey: Survey | None = None
        authenticator = Authenticator(
            issuer,
            audience=audience,
            keys=keys,
            subjects=subjects,
            revocations=revocations,
            clock=clock,
        )
        self._scheme = _Bearer(authenticator)
        flow = _offer_nothing if sign_in is None else CodeFlow(sign_in, self._catalogue)
        self._user, self._subject = _identities(self._scheme, policy, flow)
        self._optional = _Optional(self._scheme)
        self._session = (
            None
            if browsers is None
            else SessionGuard(
                browsers,
                issuer=issuer,
                answers=replace(self._answers, scheme="Session", resource_metadata=None),
                policy=policy,
                db=db,
                clock=clock,
            )
        )

    def install(self, app: FastAPI) -> Self:
        """Guard the application: refusals get their answers, undeclared routes stop its start.

        Raises:
            PolicyError: the policy cannot mean what its author wants.
            ValueError: one of its scopes is a word that no token can have.
        """
        if self._policy is not None:
            self._policy.seal()
            _check_scopes(self._policy.words.scopes)
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
        self._survey = Survey(app, self._scheme, self._public)
        app.add_middleware(
            Door,
            authenticate=self._scheme,
            survey=self._survey,
            answers=self._answers,
            ended=self._close,
        )
        if self._session is not None:
            self._session.install(app, self._public)
        inner = app.build_middleware_stack
        # The framework answers outside of what add_middleware() adds; the edge stands around that.
        app.build_middleware_stack = lambda: Edge(inner(), self._answers)  # type: ignore[method-assign]  # as said above
        app.state.watchword_guard = self
        return self

    @property
    def user(self) -> Depends:
        """The `User`; 401 without a good token."""
        return Depends(self._user)

    @property
    def subject(self) -> Depends:
        """The `Subject` of decisions; 401 without a good token."""
        return Depends(self._subject)

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
        _check_scopes(scopes)
        asked = demand(acr, max_age, fresh)
        found = narrowed(self._user, self._scheme, owner=owner, asked=asked, clock=self._clock)
        self.scopes |= dict.fromkeys(scopes)
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
        if self._policy is None or self._db is None:
            raise TypeError("may() needs Guard(..., policy=..., db=...)")
        return Depends(loaded(self._policy, (action, model, key), self._subject, self._db))

    def well_known(self) -> list[Route]:
        """Return the route of this API's document, for an application that mounts the guarded one.

        The address is one of the whole host (RFC 9728 section 3.1), and what is mounted answers
        below its path alone. `install` adds the route to the guarded application itself.
        """
        return list(self._document)

    async def _refuse(self, request: Request, error: Exception) -> Response:
        return response_of(self._answers.answer(error, scopes=self._asked(request)))

    async def _refuse_unread(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Unread)  # noqa: S101  # what it was registered for
        if self._session is not None and isinstance(error.refusal, BrowserRefusal):
            return self._session.response(request, error.refusal)
        return response_of(self._answers.answer(error.refusal, scopes=self._asked(request)))

    async def _invalid(self, _request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  # as above
        return response_of(invalid_request(self._answers, error))

    def _asked(self, request: Request) -> tuple[str, ...]:
        """Return the scopes that the matched route asks for."""
        route = request.scope.get("route")
        return () if self._survey is None else self._survey.scopes(route)

    def _catalogue(self) -> dict[str, str]:
        """Return the scopes that routes ask for, with their words."""
        words = self._policy.words.scopes if self._policy is not None else ()
        return dict.fromkeys([*self.scopes, *words], "") | self._described

    def _close(self) -> None:
        if self._revocations is not None:
            self._revocations.close()


class _Bearer(SecurityBase, Proof):
    """The scheme of the OpenAPI document, and the one place where a request is authenticated."""

    def __init__(self, authenticator: Authenticator) -> None:
        self.model = HTTPBearer(
            bearerFormat="JWT", description=f"An access token of {authenticator.issuer}"
        )
        self.scheme_name = "bearer"
        self._authenticator = authenticator

    async def __call__(self, connection: HTTPConnection) -> Authenticated:
        """Authenticate a request once, however many of its dependencies ask."""
        kept: dict[_Bearer, Authenticated] = connection.scope.setdefault("watchword", {})
        if self not in kept:
            kept[self] = await self._authenticator.authenticate(
                connection.headers.getlist("authorization"),
                query=connection.scope.get("query_string", b""),
            )
        return kept[self]


class _Optional(Declared):
    """Authenticates whoever sends a token."""

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


def _check_scopes(scopes: Iterable[str]) -> None:
    for scope in scopes:
        if not is_scope_token(scope):
            raise ValueError(
                f"{scope!r} is no scope: use printable ASCII without space, quote and backslash"
            )
