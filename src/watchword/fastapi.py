"""FastAPI: the whole server inside an application, or a guard for one elsewhere.

    app = FastAPI()
    auth = Auth("sqlite:///app.db").mount(app)

    @app.get("/notes")
    def notes(user: Annotated[User, auth.user]): ...

This door puts rooms together and decides nothing.

Source: users.md section 5, U7 and U13; ARCHITECTURE section 6 (scopes, public routes).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Never, Self

from fastapi import FastAPI
from fastapi.params import Depends, Security

from watchword.access import Policy, Subject
from watchword.base.clock import SYSTEM, Clock
from watchword.base.duration import Duration
from watchword.embedding.lifespan import mount, run_with
from watchword.embedding.parts import MOUNT_PATH, Embedded, said_in_code
from watchword.guards.circumstances import Telling
from watchword.guards.fastapi import Guard
from watchword.guards.fastapi_docs import DOCS_CLIENT_ID, SignIn, install_docs
from watchword.guards.fastapi_session import SessionGuard
from watchword.guards.user import User
from watchword.server.app import AuthServer
from watchword.server.routes import served_endpoints

__all__ = ["Auth", "Guard", "SessionGuard", "Subject", "User"]

DOCS_CLIENT_NAME = "API documentation"


class Auth:
    """An authorization server and a guard on the same keys, store and policy.

    Args:
        database: where users, sessions and keys are; not the application's own tables.
        url: the public URL of the application; loopback while it is not given here or as
            WATCHWORD_URL.
        policy: the rules; without one, scopes and `owner=` decide.
        db: the dependency that yields the application's SQLAlchemy session, for `may`.
        circumstances: what the policy declares of a request beside the time: a function of the
            request that returns it by name.
        audience: this API, as `aud` names it; the public URL where left out.
        scopes: what the scopes mean, in words for people. Those that routes require and the
            policy maps are offered whether they stand here or not.
        public: paths or names of routes that anybody may call.
        mode: "development" adds details to refusals.
        clock: the time; a test moves it.

    Raises:
        ConfigurationError: a setting that the server will not start with.
    """

    def __init__(  # noqa: PLR0913  # one keyword a part, all with a usual value
        self,
        database: str,
        *,
        url: str | None = None,
        policy: Policy | None = None,
        db: Callable[..., object] | None = None,
        circumstances: Telling | None = None,
        audience: str | None = None,
        scopes: Mapping[str, str] | None = None,
        public: Iterable[str] = (),
        mode: Literal["production", "development"] = "production",
        clock: Clock = SYSTEM,
    ) -> None:
        self._given = said_in_code(database, url)
        self._shared: dict[str, Any] = {"policy": policy, "scopes": scopes, "clock": clock}
        self._own = {"db": db, "circumstances": circumstances, "mode": mode, "clock": clock}
        self._audience = audience
        self._public = tuple(public)
        self._server: AuthServer | None = None
        self._guard: Guard | None = None

    def mount(self, app: FastAPI, path: str = MOUNT_PATH) -> Self:
        """Serve the authorization server below `path`, and guard the rest of the application.

        Its tables and its signing key are made when the application starts for the first time.
        """
        embedded = Embedded(self._given, path=path, audience=self._audience, **self._shared)
        server = embedded.server
        sign_in = _sign_in_at(server)
        options: dict[str, Any] = {**self._own, **embedded.options()}
        guard = Guard(
            server.issuer,
            audience=embedded.audience,
            browsers=embedded.browsers,
            sign_in=sign_in,
            public=(*self._public, *embedded.places),
            **options,
        )
        mount(app, embedded, path)
        self._server, self._guard = server, guard.install(app)
        docs = None if sign_in is None else install_docs(app, server.settings.public_url)

        def declare() -> None:
            catalogue = embedded.declare(guard.scopes)
            if docs is not None and not server.declares(DOCS_CLIENT_ID):
                server.client(
                    DOCS_CLIENT_ID,
                    name=DOCS_CLIENT_NAME,
                    redirect_uris=[docs],
                    grant_types=["authorization_code"],
                    scopes=catalogue,
                )

        run_with(app, embedded, declare=declare)
        return self

    @property
    def server(self) -> AuthServer:
        """The mounted server."""
        if self._server is None:
            raise RuntimeError("call Auth(...).mount(app) first")
        return self._server

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Never:
            """Say where clients and resources are declared: the server's part of this object."""
            where = f": write auth.server.{name}" if name in {"client", "resource"} else ""
            raise AttributeError(f"Auth has no {name}{where}", name=name, obj=self)

    @property
    def user(self) -> Depends:
        """The `User`; 401 without a good token."""
        return self._mounted.user

    @property
    def subject(self) -> Depends:
        """The `Subject` of decisions; 401 without a good token."""
        return self._mounted.subject

    @property
    def circumstances(self) -> Depends:
        """What `may` tells the policy of the request, for calls of the policy by the route."""
        return self._mounted.circumstances

    @property
    def optional(self) -> Depends:
        """The `User`, or None where no token is sent."""
        return self._mounted.optional

    @property
    def public(self) -> Depends:
        """Says that anybody may call a route: `dependencies=[auth.public]`."""
        return self._mounted.public

    @property
    def session(self) -> SessionGuard:
        """The guard of browser routes, which reads the session cookie and no header."""
        return self._mounted.session

    def require(
        self,
        *scopes: str,
        owner: Callable[..., object] | None = None,
        acr: str | None = None,
        max_age: Duration | None = None,
        fresh: Duration | None = None,
    ) -> Security:
        """Return the `User`, whose token has the scopes, the level and the age, and who owns it."""
        return self._mounted.require(*scopes, owner=owner, acr=acr, max_age=max_age, fresh=fresh)

    def may(self, action: str, model: type[object], *, key: str = "id") -> Depends:
        """Return the row that the path names, if the action is allowed on it."""
        return self._mounted.may(action, model, key=key)

    @property
    def _mounted(self) -> Guard:
        if self._guard is None:
            raise RuntimeError("call Auth(...).mount(app) first")
        return self._guard


def _sign_in_at(server: AuthServer) -> SignIn | None:
    """Return where people sign in for a token; None where the server does not show them pages."""
    paths = served_endpoints(server.settings)
    if "authorization_endpoint" not in paths:
        return None
    authorization, token = paths["authorization_endpoint"], paths["token_endpoint"]
    return SignIn(server.issuer + authorization, server.issuer + token)
