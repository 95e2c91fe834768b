"""The real server: its own protocol class, a socket, a SQLite file, and a clock that tests move."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.flows.authorization import CLIENTS, Browser

from watchword.accounts.passwords.hashing import PARAMETERS, hash_password
from watchword.accounts.users import NewUser, User
from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.server.app import AuthServer
from watchword.server.serve import bind, make_server
from watchword.server.settings import Settings

PATIENCE_SECONDS = 60
PASSWORDS = {name: f"{name} walks seven brown dogs" for name in ("alice", "bob", "root")}


class MovedClock:
    """Wall time that only a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000

    def now(self) -> int:
        return self.seconds

    def monotonic(self) -> float:
        return float(self.seconds)

    def forward(self, seconds: int) -> None:
        self.seconds += seconds


@cache
def stored_hash(name: str) -> str:
    """Return the hash of a user's password, computed once for all tests of a process."""
    return hash_password(Secret(PASSWORDS[name]), PARAMETERS, chance=chance.SYSTEM)


@dataclass(slots=True)
class RunningServer:
    """A server in a thread, reached over HTTP like any other."""

    auth: AuthServer
    clock: MovedClock
    url: str
    http: httpx2.Client
    users: dict[str, User] = field(default_factory=dict)

    @property
    def challenge(self) -> str:
        """What a request without a token is told."""
        place = f"{self.url}/.well-known/oauth-protected-resource"
        return f'Bearer realm="watchword", resource_metadata="{place}"'

    def store(self, verb: str, *arguments: Any, **options: Any) -> Any:
        """Call one verb of the store, as an administrator's command would."""
        store = self.auth.runtime.store

        async def call() -> Any:
            try:
                return await getattr(store, verb)(*arguments, **options)
            finally:
                await store.release()

        return asyncio.run(call())

    def log_in(self, name: str = "alice", **members: Any) -> httpx2.Response:
        document = {"username": name, "password": PASSWORDS.get(name, "unknown"), **members}
        return self.http.post("/login", json=document)

    def tokens(self, name: str = "alice", **members: Any) -> dict[str, Any]:
        answer = self.log_in(name, **members)
        assert answer.status_code == 200, answer.text
        pair: dict[str, Any] = answer.json()
        return pair

    def refresh(self, refresh_token: str, **members: Any) -> httpx2.Response:
        return self.http.post("/refresh", json={"refresh_token": refresh_token, **members})

    def me(self, access_token: str) -> httpx2.Response:
        return self.http.get("/me", headers={"Authorization": f"Bearer {access_token}"})

    def add_user(self, name: str, *roles: str) -> User:
        user = NewUser(
            id=chance.new_id(chance.SYSTEM, "user"),
            name=name,
            password_hash=stored_hash(name),
            roles=frozenset(roles),
            created_at=self.clock.now(),
        )
        self.store("add_user", user)
        self.users[name] = self.store("find_user", name)
        return self.users[name]


@pytest.fixture
def settings() -> dict[str, Any]:
    """Return what a test module sets differently."""
    return {}


@pytest.fixture
def running(tmp_path: Path, settings: dict[str, Any]) -> Iterator[RunningServer]:
    """Run a server with the users alice, bob and root (an admin)."""
    with running_in(tmp_path, **settings) as made:
        yield made


@contextmanager
def running_in(directory: Path, **settings: Any) -> Iterator[RunningServer]:
    """Run a server over a database of this directory, with those users."""
    sock = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    usual = {"database": f"sqlite:///{directory}/watchword.db", "signing_alg": "ES256"}
    chosen = Settings(url=url, **{**usual, **settings})
    clock = MovedClock()
    auth = AuthServer(chosen, clock=clock)
    auth.resource(
        f"{url}/notes", scopes={"notes:read": "Read notes", "notes:write": "Change notes"}
    )
    server = make_server(auth, chosen)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    try:
        with httpx2.Client(base_url=url, timeout=PATIENCE_SECONDS) as http:
            while thread.is_alive() and http.get("/readyz").status_code != 200:
                pass
            made = RunningServer(auth, clock, url, http)
            for name in PASSWORDS:
                made.add_user(name, *(["admin"] if name == "root" else []))
            yield made
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def op(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run one provider for a module, with the clients of `authorization`."""
    said = {"register": True, "client_documents": "open"}
    with running_in(tmp_path_factory.mktemp("op"), **said) as made:
        for client in CLIENTS:
            made.store("register_client", client)
        yield made


@pytest.fixture
def browser(op: RunningServer) -> Iterator[Browser]:
    with closing(Browser(op.url)) as made:
        yield made


@pytest.fixture
def alice(browser: Browser) -> Browser:
    """Return a browser that alice has signed in with."""
    browser.sign_in(browser.http.get("/signin"), "alice", PASSWORDS["alice"])
    return browser
