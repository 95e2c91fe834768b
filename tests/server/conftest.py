"""A started server in process, driven through ASGI."""

import asyncio
import contextlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pyotp
import pytest

from watchword.accounts.factors.together import Changer
from watchword.accounts.factors.totp import begin_enrolment, confirm_enrolment, open_enrolment
from watchword.accounts.passwords.hashing import PARAMETERS, hash_password
from watchword.accounts.users import NewUser, User
from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.server.app import AuthServer
from watchword.server.runtime import Runtime
from watchword.server.settings import Settings

PASSWORD = "alice walks seven brown dogs"
RESOURCE = "http://127.0.0.1:8000/notes"


@cache
def stored_hash(password: str) -> str:
    """Return the hash of a password, computed once for all tests of a process."""
    return hash_password(Secret(password), PARAMETERS, chance=chance.SYSTEM)


class MovedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000

    def now(self) -> int:
        return self.seconds

    def monotonic(self) -> float:
        return float(self.seconds)


class Started:
    """An application and the event loop that it lives in."""

    def __init__(self, auth: AuthServer, clock: MovedClock, app: Any = None) -> None:
        self.auth = auth
        self.clock = clock
        self.runner = asyncio.Runner()
        transport = httpx2.ASGITransport(app=app or auth, raise_app_exceptions=False)
        self.http = httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")

    @property
    def runtime(self) -> Runtime:
        return self.auth.runtime

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def request(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return self.run(self.http.request(method, path, **options))

    def get(self, path: str, **options: Any) -> httpx2.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx2.Response:
        return self.request("POST", path, **options)

    def log_in(self, name: str = "alice", **members: Any) -> httpx2.Response:
        return self.post("/login", json={"username": name, "password": PASSWORD, **members})

    def me(self, access_token: str) -> httpx2.Response:
        return self.get("/me", headers={"authorization": f"Bearer {access_token}"})

    def add_user(self, name: str = "alice", *roles: str) -> User:
        user = NewUser(
            id=chance.new_id(chance.SYSTEM, "user"),
            name=name,
            password_hash=stored_hash(PASSWORD),
            roles=frozenset(roles),
            created_at=self.clock.now(),
        )
        self.run(self.runtime.store.add_user(user))
        return self.run(self.runtime.store.find_user(name))

    def add_generator(self, name: str) -> pyotp.TOTP:
        """Give an account an authenticator app; its next code is for thirty seconds later."""
        runtime, user = self.runtime, self.run(self.runtime.store.find_user(name))

        async def enrol() -> pyotp.TOTP:
            await begin_enrolment(user, "phone", runtime.totp)
            enrolment = await open_enrolment(user, runtime.totp)
            generator = pyotp.parse_uri(enrolment.uri.reveal())
            code = Secret(generator.at(self.clock.now()))
            await confirm_enrolment(code, Changer(user.id), user, runtime.totp)
            return generator

        generator = self.run(enrol())
        self.clock.seconds += 30
        return generator

    def close(self) -> None:
        self.run(self.http.aclose())
        self.run(self.auth.shutdown())
        self.runner.close()


class Lifespan:
    """What an ASGI server does around the requests."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def start(self) -> None:
        self.inbox: asyncio.Queue[Any] = asyncio.Queue()
        self.outbox: asyncio.Queue[Any] = asyncio.Queue()
        scope = {"type": "lifespan", "state": {}}
        self.main = asyncio.create_task(self.app(scope, self.inbox.get, self.outbox.put))
        await self.inbox.put({"type": "lifespan.startup"})
        if (await self.outbox.get())["type"] == "lifespan.startup.failed":
            await self.main  # raises what the start raised

    async def stop(self) -> None:
        await self.inbox.put({"type": "lifespan.shutdown"})
        await self.main


@pytest.fixture
def started_in(clock: MovedClock) -> Any:
    """Return a context manager that runs an application with its lifespan."""

    @contextlib.contextmanager
    def run(app: Any, auth: AuthServer) -> Iterator[Started]:
        started = Started(auth, clock, app)
        lifespan = Lifespan(app)
        started.run(lifespan.start())
        try:
            yield started
        finally:
            started.run(lifespan.stop())
            started.close()

    return run


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/watchword.db"


@pytest.fixture
def auth(database: str, clock: MovedClock) -> AuthServer:
    """Make a server that has not started."""
    settings = Settings(
        database=database,
        signing_alg="ES256",
        register=True,
        client_registration="open",
        management_api=True,
    )
    made = AuthServer(settings, clock=clock)
    made.resource(RESOURCE, scopes={"notes:read": "Read", "notes:write": "Write"})
    return made


@pytest.fixture
def server(auth: AuthServer, clock: MovedClock) -> Iterator[Started]:
    """Start that server with one user, alice."""
    started = Started(auth, clock)
    started.run(auth.startup())
    started.add_user("alice")
    yield started
    started.close()


@pytest.fixture
def empty_server(auth: AuthServer, clock: MovedClock) -> Iterator[Started]:
    """Start that server without any user."""
    started = Started(auth, clock)
    started.run(auth.startup())
    yield started
    started.close()
