"""A server and a guard in one Flask application: the server's loop runs beside its threads.

This door puts rooms together and decides nothing.

Source: users.md section 5, U7, U9 and U13; ARCHITECTURE section 6 (scopes, public routes).
"""

import atexit
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Self

from flask import Flask

from watchword.access import Policy
from watchword.base.clock import SYSTEM, Clock
from watchword.guards.embedded import KeptRecords, RingKeys, StoreSubjects
from watchword.guards.flask import Guard
from watchword.net.loop import Loop
from watchword.server.app import AuthServer
from watchword.server.settings_sources import load_settings
from watchword.server.wsgi import under_wsgi

__all__ = ["Auth"]

MOUNT_PATH = "/auth"
START_SECONDS_MAX = 60.0  # of a first start, which makes tables and a signing key


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
        audience: str | None = None,
        scopes: Mapping[str, str] | None = None,
        public: Iterable[str] = (),
        mode: Literal["production", "development"] = "production",
        clock: Clock = SYSTEM,
    ) -> None:
        given = {"database": database} | ({} if url is None else {"url": url})
        settings = load_settings(given={**given, "mount_path": MOUNT_PATH}).settings
        self.server = server = AuthServer(settings, clock=clock)
        """The mounted server; declare clients and further resources here."""
        self._resource = audience or settings.public_url
        self._policy = policy
        self._words = dict(scopes or {})
        self._loop = Loop()
        self._lock = threading.Lock()
        self._is_started = False
        places = (MOUNT_PATH, *(route.path for route in server.well_known()))
        super().__init__(
            server.issuer,
            audience=self._resource,
            policy=policy,
            db=db,
            keys=RingKeys(lambda: server.runtime.ring, alg=settings.signing_alg),
            subjects=StoreSubjects(lambda: server.runtime.store),
            records=KeptRecords(lambda: server.runtime.tracer),
            loop=self._loop,
            scopes=self._words,
            public=public,
            mode=mode,
            clock=clock,
        )
        self._places = places

    def mount(self, app: Flask) -> Self:
        """Serve the authorization server below `/auth`, and guard the rest of the application."""
        self.install(app)
        inner: Callable[..., Iterable[bytes]] = app.wsgi_app
        served = under_wsgi(self.server, self._loop)

        def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            self._start()
            path = environ.get("PATH_INFO", "")
            if any(path == place or path.startswith(f"{place}/") for place in self._places):
                return served(environ, start_response)
            return inner(environ, start_response)

        app.wsgi_app = answer  # type: ignore[method-assign]  # as Flask's documentation does
        return self

    def close(self) -> None:
        """Stop the server. The process does so at its end."""
        with self._lock:
            if self._is_started:
                self._is_started = False
                self._loop.run(self.server.shutdown())
                self._loop.close()

    def _start(self) -> None:
        """Start the server with the first request, in the process that serves it."""
        if self._is_started:
            return
        with self._lock:
            if not self._is_started:
                self.server.resource(self._resource, scopes=self._offered())
                self._loop.run(self.server.startup(), seconds=START_SECONDS_MAX)
                self._is_started = True
                atexit.register(self.close)

    def _offered(self) -> dict[str, str]:
        """Return every scope with its words, those of the views first."""
        mapped = () if self._policy is None else self._policy.words.scopes
        return {scope: f"Use {scope}" for scope in (*self.scopes, *mapped)} | self._words
