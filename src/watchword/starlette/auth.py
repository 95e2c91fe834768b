"""A server and a guard in one Starlette application, which start and stop with it.

This door puts rooms together and decides nothing.

Source: users.md section 5, U7 and U13; ARCHITECTURE section 6 (scopes, public routes).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, Self

from starlette.applications import Starlette

from watchword.access import Policy
from watchword.base.clock import SYSTEM, Clock
from watchword.embedding.lifespan import mount, run_with
from watchword.embedding.parts import MOUNT_PATH, Embedded, said_in_code
from watchword.guards.circumstances import Telling
from watchword.guards.starlette import Guard
from watchword.guards.starlette_session import SessionGuard

__all__ = ["Auth"]


class Auth(Guard):
    """An authorization server and a guard on the same keys, store and policy.

    Its decorators stand on endpoints before there is an application, so the path of the server is
    said here and not in `mount`.

    Args:
        database: where users, sessions and keys are; not the application's own tables.
        path: below which the server, pages included, answers.
        url: the public URL of the application; loopback while it is not given here or as
            WATCHWORD_URL.
        policy: the rules; without one, scopes and `owner=` decide.
        db: a function that returns a session, which `may` closes after the endpoint.
        circumstances: what the policy declares of a request beside the time: a function of the
            request that returns it by name.
        audience: this API, as `aud` names it; the public URL where left out.
        scopes: what the scopes mean, in words for people. Those that endpoints require and the
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
        path: str = MOUNT_PATH,
        url: str | None = None,
        policy: Policy | None = None,
        db: Callable[[], object] | None = None,
        circumstances: Telling | None = None,
        audience: str | None = None,
        scopes: Mapping[str, str] | None = None,
        public: Iterable[str] = (),
        mode: Literal["production", "development"] = "production",
        clock: Clock = SYSTEM,
    ) -> None:
        self._path = path
        self._embedded = embedded = Embedded(
            said_in_code(database, url),
            path=path,
            audience=audience,
            policy=policy,
            scopes=scopes,
            clock=clock,
        )
        self.server = embedded.server
        """The mounted server; declare clients and further resources here."""
        super().__init__(
            self.server.issuer,
            audience=embedded.audience,
            **embedded.options(
                db=db,
                circumstances=circumstances,
                public=(*public, *embedded.places),
                mode=mode,
                clock=clock,
            ),
        )

        self.session = SessionGuard(embedded.browsers, self._core)
        """The guard of browser routes, which reads the session cookie and no header."""

    def mount(self, app: Starlette) -> Self:
        """Serve the authorization server, and guard the rest of the application.

        Its tables and its signing key are made when the application starts for the first time.
        """
        mount(app, self._embedded, self._path)
        self.install(app)
        self.session.install(app)
        run_with(app, self._embedded, declare=self._declare)
        return self

    def _declare(self) -> None:
        self._embedded.declare(self.scopes)
