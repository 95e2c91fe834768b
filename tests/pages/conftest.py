"""Running servers for page tests, and Chromium to look at them."""

import asyncio
import contextlib
import os
import shutil
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn

from watchword.accounts.links import LinkPurpose, new_link
from watchword.accounts.passwords.hashing import PARAMETERS, hash_password
from watchword.accounts.users import NewUser
from watchword.base.chance import SYSTEM as CHANCE
from watchword.base.chance import new_id, new_secret
from watchword.base.secrets import Secret
from watchword.cli.demo.app import make_app, make_settings
from watchword.cli.demo.pages.calls import Notes
from watchword.cli.demo.users import Person
from watchword.server.app import AuthServer
from watchword.server.settings import Settings
from watchword.stores import migrate

SECONDS_MAX = 60
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass(slots=True)
class Running:
    """A server in a thread of this process, on a free port of the loopback address."""

    url: str
    auth: Any  # the AuthServer, where it is served alone
    loop: asyncio.AbstractEventLoop
    passphrases: dict[str, str] = field(default_factory=dict)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something in the server's own event loop, such as a call of its store."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(SECONDS_MAX)

    def http(self, **options: Any) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, timeout=SECONDS_MAX, **options)

    def user(self, name: str) -> Any:
        return self.run(self.auth.runtime.store.find_user(name))

    def link(self, name: str) -> str:
        """Make a one-time link, as `watchword user link NAME` does."""
        secret = new_secret(CHANCE)
        link = new_link(
            secret,
            purpose=LinkPurpose.SET_PASSWORD,
            user_id=self.user(name).id,
            now=self.auth.runtime.clock.now(),
        )
        self.run(self.auth.runtime.store.add_link(link))
        return f"/setup?link={secret.reveal()}"

    def add_user(self, name: str, *roles: str) -> None:
        runtime = self.auth.runtime
        self.passphrases[name] = f"{name} walks seven brown dogs"
        password = Secret(self.passphrases[name])
        user = NewUser(
            id=new_id(CHANCE, "user"),
            name=name,
            password_hash=hash_password(password, PARAMETERS, chance=CHANCE),
            roles=frozenset(roles),
            created_at=runtime.clock.now(),
        )
        self.run(runtime.store.add_user(user))


class ReportingServer(uvicorn.Server):
    """Tells the test when it listens, and in which loop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.tried_to_start = threading.Event()
        self.loop: Any = None

    async def startup(self, sockets: Any = None) -> None:
        self.loop = asyncio.get_running_loop()
        try:
            await super().startup(sockets)
        finally:
            self.tried_to_start.set()


@contextlib.contextmanager
def serving(app: Any, auth: Any, sock: socket.socket) -> Iterator[Running]:
    """Serve an application until the block ends."""
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = ReportingServer(config)
    thread = threading.Thread(target=server.run, args=([sock],), daemon=True)
    thread.start()
    assert server.tried_to_start.wait(SECONDS_MAX)
    try:
        assert server.started, "the application did not start"
        yield Running(f"http://127.0.0.1:{sock.getsockname()[1]}", auth, server.loop)
    finally:
        server.should_exit = True
        thread.join(SECONDS_MAX)
        sock.close()


def apart(work: Callable[[], None]) -> None:
    """Run something in a thread: Playwright leaves a running event loop in the main one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result(SECONDS_MAX)


def make_auth(
    directory: Path, *, decisions: Any = None, **settings: Any
) -> tuple[AuthServer, socket.socket]:
    """Return a server over an empty database, and the socket for it."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    database = f"sqlite:///{directory}/watchword.db"
    apart(lambda: asyncio.run(migrate(database)))
    port = sock.getsockname()[1]
    auth = AuthServer(Settings(database=database, port=port, **settings), decisions=decisions)
    auth.resource(f"{auth.issuer}/notes", scopes={"notes:read": "Read", "notes:write": "Write"})
    return auth, sock


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run the authorization server alone, with alice and bob."""
    auth, sock = make_auth(tmp_path_factory.mktemp("server"))
    with serving(auth, auth, sock) as running:
        running.add_user("alice", "editor")
        running.add_user("bob")
        yield running


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run the demonstration as `watchword demo` does."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    settings = make_settings(tmp_path_factory.mktemp("demo"), sock.getsockname()[1])
    passphrases: dict[str, str] = {}

    def announce(people: Sequence[Person], _: Notes) -> None:
        passphrases.update({one.user.name: one.passphrase.reveal() for one in people})

    with serving(make_app(settings, announce=announce), None, sock) as running:
        running.passphrases = passphrases
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Start Chromium; skip, saying why, where there is none.

    Not for the whole session: as long as Playwright runs, `asyncio.run` fails in this thread.
    """
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # only where it is needed

    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        yield browser
        browser.close()
