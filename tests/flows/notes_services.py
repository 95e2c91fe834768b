"""Notes APIs that run for a test: a server in a thread, on a free loopback port."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx2
import uvicorn

from watchword.accounts.passwords.hashing import PARAMETERS, hash_password
from watchword.accounts.users import NewUser
from watchword.base.chance import SYSTEM, new_id
from watchword.base.clock import SYSTEM as SYSTEM_CLOCK
from watchword.base.secrets import Secret
from watchword.stores import Store, migrate, open_store

ROLES = {"alice": {"user"}, "bob": {"user"}, "admin": {"user", "admin"}}
SCOPES = {"notes:read": "Read notes", "notes:write": "Write notes"}
START_SECONDS_MAX = 60


@dataclass(slots=True)
class MovedClock:
    """The system's clock, moved."""

    moved_by: int = 0

    def now(self) -> int:
        return SYSTEM_CLOCK.now() + self.moved_by

    def monotonic(self) -> float:
        return SYSTEM_CLOCK.monotonic() + self.moved_by


@dataclass(slots=True)
class Administration:
    """People in a server's database, as the command line would change them."""

    database: str
    passwords: dict[str, str] = field(default_factory=dict)

    def add_people(self) -> None:
        asyncio.run(self._add_people())

    def suspend(self, name: str) -> None:
        asyncio.run(self._change(name, "suspend_user"))

    def restore(self, name: str) -> None:
        asyncio.run(self._change(name, "restore_user"))

    def add(self, name: str, password: str, *, roles: set[str] | None = None) -> None:
        asyncio.run(self._add({name: password}, {name: roles or set()}))

    def give(self, name: str, role: str) -> None:
        asyncio.run(self._change(name, "assign_role", role))

    def roles_of(self, name: str) -> frozenset[str]:
        return asyncio.run(self._roles_of(name))

    async def _add_people(self) -> None:
        await migrate(self.database)
        self.passwords |= {name: f"{name} has a long passphrase" for name in ROLES}
        await self._add(self.passwords, ROLES)

    async def _add(self, passwords: dict[str, str], roles: dict[str, set[str]]) -> None:
        async with _opened(self.database) as store:
            for name, held in roles.items():
                hashed = hash_password(Secret(passwords[name]), PARAMETERS, chance=SYSTEM)
                user = NewUser(
                    new_id(SYSTEM, "user"), name, hashed, frozenset(held), SYSTEM_CLOCK.now()
                )
                await store.add_user(user)

    async def _roles_of(self, name: str) -> frozenset[str]:
        async with _opened(self.database) as store:
            user = await store.find_user(name)
            assert user is not None
            return user.roles

    async def _change(self, name: str, verb: str, *more: str) -> None:
        async with _opened(self.database) as store:
            user = await store.find_user(name)
            assert user is not None
            await getattr(store, verb)(user.id, *more, now=SYSTEM_CLOCK.now())


@contextlib.asynccontextmanager
async def _opened(database: str) -> AsyncIterator[Store]:
    store = await open_store(database)
    try:
        yield store
    finally:
        await store.close()


def bind() -> tuple[socket.socket, str]:
    """Return a listening socket and its URL."""
    listening = socket.create_server(("127.0.0.1", 0))
    return listening, f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextlib.contextmanager
def running(app: object, listening: socket.socket, **tls: str) -> Iterator[None]:
    """Run an ASGI application until the block ends; `tls` names uvicorn's files for it."""
    config = uvicorn.Config(app, lifespan="on", log_level="warning", ws="none", **tls)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    waited = threading.Event()
    for _ in range(START_SECONDS_MAX * 100):
        if server.started or not thread.is_alive():
            break
        waited.wait(0.01)
    assert server.started
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(START_SECONDS_MAX)
        listening.close()


@contextlib.contextmanager
def example_running(
    home: Path,
    program: str,
    listening: socket.socket,
    *,
    server: Literal["uvicorn", "werkzeug"] = "uvicorn",
    **variables: str,
) -> Iterator[None]:
    """Run a program of an example in a process of its own, as its README says."""
    process = subprocess.Popen(
        [sys.executable, *_served(server, program, listening.fileno())],
        cwd=home,
        env={**os.environ, **variables, "PYTHONDONTWRITEBYTECODE": "1"},
        pass_fds=[listening.fileno()],
    )
    pause = threading.Event()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        for _ in range(START_SECONDS_MAX * 100):
            assert process.poll() is None, "the example did not start"
            try:
                httpx2.get(url, timeout=1)
            except httpx2.TransportError:
                pause.wait(0.01)
            else:
                break
        else:
            raise AssertionError("the example does not answer")
        yield
    finally:
        process.terminate()
        process.wait(START_SECONDS_MAX)
        listening.close()


def _served(server: str, program: str, fd: int) -> list[str]:
    if server == "uvicorn":
        return ["-m", "uvicorn", program, "--log-level", "warning", "--fd", str(fd)]
    module, _, name = program.partition(":")
    make = f"make_server('127.0.0.1', 0, {name}, threaded=True, fd={fd})"
    script = f"from werkzeug.serving import make_server; from {module} import {name}; "
    return ["-c", f"{script}{make}.serve_forever()"]


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"
