"""A server and a guard in one Flask application: the server's loop runs beside its threads.

This door puts rooms together and decides nothing.

Source: users.md section 5, U7, U9 and U13; ARCHITECTURE section 6 (scopes, public routes).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Self

from flask import Flask

from watchword.access import Policy
from watchword.base.clock import SYSTEM, Clock
from watchword.embedding.beside import Beside
from watchword.embedding.parts import Embedded, said_in_code
from watchword.guards.circumstances import Telling
from watchword.guards.flask import Guard
from watchword.net.loop import Loop
from watchword.server.wsgi import under_wsgi

__all__ = ["Auth"]


class Auth(Guard):
    """An authorization server and a guard on the same keys, store and policy.

    The server, pages included, answers below a path of the application. It starts with the first
    request of the process, in an event loop of its own.

    Args:
        database: where users, sessions and keys are; not the application's own tables.
        url: the public URL of the application; loopback while it is not given here or as
            WATCHWORD_URL.
        policy: the rules; without one, scopes and `owner=` decide.
        db: a `scoped_session`, or a function that returns the session of the request, for `may`.
        circumstances: what the policy declares of a request beside the time: a function of the
            request that returns it by name.
        audience: this API, as `aud` names it; the public URL where left out.
        scopes: what the scopes mean, in words for people. Those that views require and the policy
            maps are offered whether they stand here or not.
        public: paths or endpoints that anybody may call.
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
        db: object = None,
        circumstances: Telling | None = None,
        audience: str | None = None,
        scopes: Mapping[str, str] | None = None,
        public: Iterable[str] = (),
        mode: Literal["production", "development"] = "production",
        clock: Clock = SYSTEM,
    ) -> None:
        self._loop = Loop()
        self._embedded = embedded = Embedded(
            said_in_code(database, url),
            audience=audience,
            policy=policy,
            scopes=scopes,
            clock=clock,
            loop=self._loop,
        )
        self.server = embedded.server
        """The mounted server; declare clients and further resources here."""
        self._beside = Beside(self.server, self._loop, declare=self._declare)
        super().__init__(
            self.server.issuer,
            audience=embedded.audience,
            **embedded.options(
                db=db, circumstances=circumstances, public=public, mode=mode, clock=clock
            ),
        )

    def mount(self, app: Flask) -> Self:
        """Serve the authorization server below `/auth`, and guard the rest of the application."""
        self.install(app)
        inner: Callable[..., Iterable[bytes]] = app.wsgi_app
        served, places = under_wsgi(self.server, self._loop), self._embedded.places

        def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            self._beside.start()
            path = environ.get("PATH_INFO", "")
            if any(path == place or path.startswith(f"{place}/") for place in places):
                return served(environ, start_response)
            return inner(environ, start_response)

        app.wsgi_app = answer  # type: ignore[method-assign]  # as Flask's documentation does
        return self

    def close(self) -> None:
        """Stop the server. The process does so at its end."""
        self._beside.close()

    def _declare(self) -> None:
        self._embedded.declare(self.scopes)
