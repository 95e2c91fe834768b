"""A running server for page tests, and Chromium to look at it."""

import asyncio
import contextlib
import os
import shutil
import socket
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn

START_SECONDS_MAX = 30
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass(slots=True)
class Running:
    """A server in a thread of this process, on a free port of the loopback address."""

    url: str
    app: Any
    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something in the server's own event loop, such as a call of its store."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(START_SECONDS_MAX)

    def http(self, **options: Any) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, **options)


def listen() -> socket.socket:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


@contextlib.contextmanager
def serving(app: Any, sock: socket.socket) -> Iterator[Running]:
    """Serve an application until the block ends."""
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    loops: list[asyncio.AbstractEventLoop] = []
    started = threading.Event()

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        main = asyncio.create_task(server.serve(sockets=[sock]))
        while not server.started and not main.done():
            await asyncio.sleep(0.01)
        started.set()
        await main

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert started.wait(START_SECONDS_MAX)
    try:
        assert server.started, "the application did not start"
        yield Running(f"http://127.0.0.1:{sock.getsockname()[1]}", app, loops[0])
    finally:
        server.should_exit = True
        thread.join(START_SECONDS_MAX)
        sock.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start Chromium once for this worker; skip, saying why, where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # only where it is needed

    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        yield browser
        browser.close()
