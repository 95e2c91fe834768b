"""An issuer for tests: the server itself, in this process, on a port of this machine.

    from watchword.testing import issuer      # in conftest.py

    def test_notes(issuer):
        auth = Guard(issuer.url, audience=issuer.audience, clock=issuer.clock).install(app)
        header = {"Authorization": f"Bearer {issuer.token(sub='ada', scope='notes:read')}"}

Tokens are signed by the server's own key, and a guard fetches the keys as it does in production.
Nothing is shared with another test: database, keys and clock are made for each.

Source: users.md section 5 (test double).
"""

import asyncio
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from watchword.base.chance import SYSTEM as CHANCE
from watchword.base.chance import new_id
from watchword.base.clock import SYSTEM
from watchword.base.duration import Duration, seconds
from watchword.jose.jws.compact import sign
from watchword.keys.ring import make_record
from watchword.net.loop import Loop
from watchword.oauth.access_token import ACCESS_TOKEN_TYPE
from watchword.server.app import AuthServer
from watchword.server.serve import bind, make_server
from watchword.server.settings import Settings

__all__ = ["Issuer", "MovedClock", "issuer", "running_issuer"]

TOKEN_SECONDS = 300
START_SECONDS_MAX = 30.0


class MovedClock:
    """The system's clock, as far forward as a test moves it."""

    def __init__(self) -> None:
        self._moved_by = 0

    def now(self) -> int:
        """Return the time in seconds since the epoch."""
        return SYSTEM.now() + self._moved_by

    def monotonic(self) -> float:
        """Return a time that only grows."""
        return SYSTEM.monotonic() + self._moved_by

    def forward(self, duration: Duration) -> None:
        """Let time pass: "1h", "5m", or seconds."""
        self._moved_by += seconds(duration)


class Issuer:
    """A running server whose tokens a test makes without logging anybody in.

    Attributes:
        server: the running server; a login, a refresh and its pages work as everywhere.
        url: the issuer identifier.
        audience: of the tokens, where none is given.
        clock: of the server; give it to the guard too where a test moves it.
    """

    def __init__(self, server: AuthServer, clock: MovedClock, loop: Loop, audience: str) -> None:
        self.server, self.clock, self.audience = server, clock, audience
        self.url = server.issuer
        self._loop = loop

    def token(
        self,
        sub: str = "ada",
        *,
        scope: str = "",
        roles: Iterable[str] = (),
        audience: str | None = None,
        expired: bool = False,
        **claims: Any,
    ) -> str:
        """Return an access token of this issuer.

        Args:
            sub: whom it is about.
            scope: what it may ask for.
            roles: of the subject.
            audience: whom it is for.
            expired: makes one that expired a minute ago.
            claims: further ones, or others in place of these.
        """
        iat = self.clock.now() - (TOKEN_SECONDS + 60 if expired else 0)
        said: dict[str, Any] = {
            "iss": self.url,
            "sub": sub,
            "aud": audience or self.audience,
            "client_id": "test",
            "iat": iat,
            "exp": iat + TOKEN_SECONDS,
            "jti": new_id(CHANCE, "gen"),
            "roles": sorted(roles),
            "preferred_username": sub,
            "ver": 1,
        }
        if scope:
            said["scope"] = scope
        # A Signer refuses to make a bad one, and tests need those too.
        key = self.server.runtime.ring.signing_key
        payload = json.dumps(said | claims).encode()
        return sign(payload, key, header={"typ": ACCESS_TOKEN_TYPE})

    def rotate_keys(self) -> None:
        """Let the server sign with another key; the old one stays published, as in a rotation."""
        self._loop.run(self._rotate(), seconds=START_SECONDS_MAX)

    async def _rotate(self) -> None:
        runtime = self.server.runtime
        record = await asyncio.to_thread(
            make_record,
            runtime.sealing,
            alg=runtime.settings.signing_alg,
            now=self.clock.now(),
            chance=CHANCE,
            activates_at=self.clock.now(),
        )
        await runtime.store.add_pending_signing_key(record)
        await runtime.caretaker.turn()


@contextmanager
def running_issuer(
    audience: str = "notes", *, scopes: Iterable[str] = ("notes:read", "notes:write")
) -> Iterator[Issuer]:
    """Run an issuer until the block ends.

    Args:
        audience: the API that its tokens are for.
        scopes: that the API knows.
    """
    sock = bind("127.0.0.1", 0)
    with TemporaryDirectory(prefix="watchword-") as directory, sock:
        settings = Settings(
            database=f"sqlite:///{Path(directory) / 'issuer.db'}",
            url=f"http://127.0.0.1:{sock.getsockname()[1]}",
            signing_alg="ES256",
        )
        clock, loop = MovedClock(), Loop()
        server = AuthServer(settings, clock=clock)
        server.resource(audience, scopes={scope: f"Use {scope}" for scope in scopes})
        loop.run(server.startup(), seconds=START_SECONDS_MAX)
        serving = make_server(_Started(server), settings)
        thread = threading.Thread(target=_serve, args=(loop, serving, sock), daemon=True)
        thread.start()
        try:
            yield Issuer(server, clock, loop, audience)
        finally:
            serving.should_exit = True
            thread.join(START_SECONDS_MAX)
            loop.run(server.shutdown(), seconds=START_SECONDS_MAX)
            loop.close()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """Run an issuer for one test."""
    with running_issuer() as made:
        yield made


class _Started:
    """A server that runs already: the HTTP server has nothing to start."""

    def __init__(self, server: AuthServer) -> None:
        self._server = server

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._server(scope, receive, send)
            return
        for word in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{word}.complete"})


def _serve(loop: Loop, serving: Any, sock: Any) -> None:
    """Serve in the loop of the server, whose database belongs to it."""
    loop.run(serving.serve(sockets=[sock]), seconds=threading.TIMEOUT_MAX)
