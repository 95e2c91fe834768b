"""Flask: decorators that say who may call a view, and refuse.

    auth = Guard("https://id.example.com", audience="notes").install(app)

    @app.get("/notes")
    @auth.required
    def notes():
        return {"owner": auth.user.name}

Source: access.md section 4.2 and G1 to G5; users.md U3, U50 to U56; security.md rules 80 to 93;
ARCHITECTURE section 6 (undeclared routes: 503 at the first request).
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, ParamSpec, Self, TypeVar, Unpack, overload

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from watchword.access import Context, Subject
from watchword.base.duration import Duration
from watchword.guards.answers import REFUSALS, UNREACHED, Answer
from watchword.guards.bodies import invalid_request
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
from watchword.guards.errors import UnguardedRoutes
from watchword.guards.flask_routes import access_of, routes_of
from watchword.guards.places import relative
from watchword.guards.routes import RouteAccess
from watchword.guards.step_up import demand
from watchword.guards.user import Authenticated, User
from watchword.guards.wsgi_environ import presented
from watchword.oauth.bearer import TokenMissing

__all__ = ["Guard", "Subject", "User"]

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[..., Any]
_KEPT = "_watchword"
_log = logging.getLogger(__name__)


class Guard:
    """Guards a Flask application with the tokens of one issuer.

    `user` and `subject` are those of the request that is handled.

    Args:
        issuer: the exact issuer identifier.
        audience: this API, as `aud` names it.
        options: see `Options`. `db` is a `scoped_session`, or a function that returns the session
            of the request. The application's own static files are public.
    """

    def __init__(self, issuer: str, *, audience: str, **options: Unpack[Options]) -> None:
        self._core = Core(issuer, audience, options)
        self._app: Flask | None = None
        self._bare: UnguardedRoutes | None = None
        self._is_surveyed = False

    def install(self, app: Flask) -> Self:
        """Guard the application: refusals get their answers, undeclared views stop it.

        Raises:
            PolicyError: the policy cannot mean what its author wants.
            ValueError: one of its scopes is a word that no token can have.
        """
        self._core.seal()
        for refusal in REFUSALS:
            app.register_error_handler(refusal, self._refuse)
        app.register_error_handler(HTTPException, self._unreached)
        for place in self._core.document.paths:
            app.add_url_rule(
                place,
                endpoint=f"watchword:{place}",
                view_func=self.public(self._document),
                methods=["GET", "OPTIONS"],
                provide_automatic_options=False,
            )
        # Before every other function: none reads a body for a stranger.
        app.before_request_funcs.setdefault(None, []).insert(0, self._enter)
        app.after_request(self._leave)
        app.extensions["watchword"] = self
        self._app = app
        return self

    @property
    def scopes(self) -> dict[str, None]:
        """The scopes that views have asked for, in the order of their declaration."""
        return self._core.scopes

    @property
    def user(self) -> User:
        """The `User` of this request; without a good token the request is refused."""
        return self._found().user

    @property
    def subject(self) -> Subject:
        """The `Subject` of this request; without a good token the request is refused."""
        return self._core.subject(self._found())

    @property
    def circumstances(self) -> Context | None:
        """What `may` tells the policy of this request, for calls of the policy by the view.

        `policy.select(auth.subject, "read", Note, auth.circumstances)`. None where the policy
        declares nothing of a request.
        """
        return self._core.circumstances.of(request)

    @property
    def caller(self) -> User | None:
        """The `User` of this request, or None where no token was sent."""
        try:
            return self.user
        except TokenMissing:
            return None

    @overload
    def required(self, view: Callable[P, R], /) -> Callable[P, R]: ...

    @overload
    def required(
        self,
        *scopes: str,
        owner: Owner | None = None,
        acr: str | None = None,
        max_age: Duration | None = None,
        fresh: Duration | None = None,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]: ...

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
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Let nobody in whose token lacks a scope, or who does not own the thing.

        Args:
            scopes: all of them are needed.
            owner: a function of the view's arguments that returns the id of the owning user, never
                a name, or a path to it such as `note.owner`. The role `admin` passes it.
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
        return lambda view: self._guarded(view, declaration)

    def may(
        self, action: str, model: type[object], *, key: str = "id"
    ) -> Callable[[Callable[..., R]], Callable[..., R]]:
        """Hand the row that the path names to the view, if the action is allowed on it.

        The row takes the place of the path parameter, as the view's first argument. One statement
        reads and judges it; a row that is to be changed is locked where the database can (S12).

        Args:
            action: as the policy names it.
            model: the mapped class.
            key: the path parameter with the primary key.
        """
        if self._core.policy is None or self._core.db is None:
            raise TypeError("may() needs Guard(..., policy=..., db=...)")
        declaration = Declaration(self, Access.REQUIRED, row=Row(action, model, key))
        return lambda view: self._guarded(view, declaration)

    def optional(self, view: Callable[P, R]) -> Callable[P, R]:
        """Let everybody in, and know those who send a token; a bad one is refused all the same."""
        return self._guarded(view, Declaration(self, Access.OPTIONAL))

    def public(self, view: Callable[P, R]) -> Callable[P, R]:
        """Let everybody in."""

        @wraps(view)
        def open_view(*arguments: P.args, **named: P.kwargs) -> R:
            found: R = current_app.ensure_sync(view)(*arguments, **named)
            return found

        declare(open_view, Declaration(None, Access.PUBLIC))
        return open_view

    def invalid(self, errors: Iterable[Mapping[str, Any]], *, part: str = "body") -> Response:
        """Return the answer to a request that does not fit, which repeats nothing of it.

        Args:
            errors: as pydantic lists them: `error.errors()` of its ValidationError.
            part: of the request.
        """
        placed = [{**each, "loc": (part, *each["loc"])} for each in errors]
        return response_of(invalid_request(self._core.answers, placed))

    def routes(self) -> tuple[RouteAccess, ...]:
        """Return every route of the application with what it declares (access.md G4)."""
        if self._app is None:
            raise RuntimeError("call Guard(...).install(app) first")
        return routes_of(self._app, self._core.public)

    def _guarded(self, view: Callable[P, R], declaration: Declaration) -> Callable[P, R]:
        """Return the view that refuses by itself, whatever leads to it."""

        @wraps(view)
        def guarded(*arguments: P.args, **named: P.kwargs) -> R:
            call: Callable[..., R] = current_app.ensure_sync(view)
            if declaration.access is Access.OPTIONAL:
                _ = self.caller
                return call(*arguments, **named)
            found = self._found()
            declaration.check_scopes(found)
            given: tuple[Any, ...] = arguments
            if declaration.row is not None:
                key = named.pop(declaration.row.key)
                given = (*arguments, self._load(declaration.row, key))
            declaration.check_rest(found, bound(view, given, named), self._core.clock.now())
            return call(*given, **named)

        declare(guarded, declaration)
        return guarded

    def _load(self, row: Row, key: object) -> object:
        found = look_up(self._core.policy, self.subject, row, key, self.circumstances)
        db: Any = self._core.db
        session = db if hasattr(db, "execute") else db()
        return found.answer(session.execute(found.statement).first())

    def _found(self) -> Authenticated:
        """Prove who sends this request, once."""
        kept = _kept()
        if self not in kept:
            kept[self] = self._core.authenticator.authenticate_blocking(
                presented(self._core, request.environ)
            )
        return kept[self]

    def _enter(self) -> Response | None:
        """Look at the application's views once, and at who sends each request to a closed one."""
        if not self._is_surveyed:
            bare = tuple(str(route) for route in self.routes() if not route.access)
            self._bare = UnguardedRoutes(bare) if bare else None
            self._is_surveyed = True
        if self._bare is not None:
            _log.error("%s", self._bare)
            return response_of(self._core.answers.unreached(503, hint=self._bare.hint))
        rule = request.url_rule
        if rule is None or _is_preflight(rule):
            return None
        declaration = access_of(current_app.view_functions[rule.endpoint])
        if declaration is not None and declaration.closes(self):
            self._found()
        return None

    def _leave(self, response: Response) -> Response:
        """Make an address that was built from Host relative."""
        location = response.headers.get("Location")
        if location is not None:
            own = f"{request.scheme}://{request.headers.get('Host', '')}".lower()
            found = relative(location.encode("latin-1", "replace"), (own.encode("latin-1"),))
            response.headers["Location"] = found.decode("latin-1")
        return response

    def _refuse(self, error: Exception) -> Response:
        rule = request.url_rule
        view = None if rule is None else current_app.view_functions[rule.endpoint]
        declaration = declaration_of(view)
        scopes = () if declaration is None else declaration.scopes
        endpoint = f"{request.method} {rule.rule if rule else request.path}"
        found = _kept().get(self)
        answer = self._core.answer(error, scopes=scopes, endpoint=endpoint, found=found)
        return response_of(answer)

    def _unreached(self, error: HTTPException) -> Response | HTTPException:
        """Answer in place of the framework's phrase; who says more than that is left alone."""
        status = error.code or 500
        if status not in UNREACHED or error.response is not None or not _is_phrase(error):
            return error
        response = response_of(self._core.answers.unreached(status))
        for name, value in error.get_headers():
            if name not in response.headers:
                response.headers[name] = value
        return response

    def _document(self) -> Response:
        return response_of(self._core.document.answer(request.method))


def response_of(answer: Answer) -> Response:
    """Return the answer as Flask sends it."""
    response = Response(answer.body, answer.status)
    response.headers.remove("Content-Type")
    for name, value in answer.headers:
        response.headers[name] = value
    return response


def _kept() -> dict[Guard, Authenticated]:
    """Return what was proved of this request, by guard.

    It belongs to the request and not to `flask.g`, which outlives one where somebody has pushed the
    application's context.
    """
    handled: Any = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  # the proxy's way
    kept: dict[Guard, Authenticated] = vars(handled).setdefault(_KEPT, {})
    return kept


def _is_phrase(error: HTTPException) -> bool:
    phrases = {vars(each).get("description") for each in type(error).__mro__}
    return error.description in phrases or error.code == 415  # Flask's own, about JSON


def _is_preflight(rule: Any) -> bool:
    """Whether a browser asks what it may ask: the framework answers, and reaches no view."""
    is_asked = "Access-Control-Request-Method" in request.headers
    return request.method == "OPTIONS" and is_asked and bool(rule.provide_automatic_options)
