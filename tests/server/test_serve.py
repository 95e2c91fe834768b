"""The process: sockets, signals, the drain."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from watchword.server.errors import ConfigurationError, PortInUse
from watchword.server.serve import bind, run
from watchword.server.settings import Settings

PATIENCE_SECONDS = 60


@pytest.mark.requirement("server:port-in-use")
def test_answers_are_not_held_back():
    """Nagle's algorithm would add the delay of an acknowledgement to each kept connection."""

    async def accepted() -> int:
        seen = asyncio.get_running_loop().create_future()

        class Seen(asyncio.Protocol):
            def connection_made(self, transport):
                there = transport.get_extra_info("socket")
                seen.set_result(there.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
                transport.close()

        with bind("127.0.0.1", 0) as listening:
            server = await asyncio.get_running_loop().create_server(Seen, sock=listening)
            async with server:
                _, writer = await asyncio.open_connection(*listening.getsockname())
                found = await seen
                writer.close()
        return found

    assert asyncio.run(accepted())


def test_taken_port_is_named():
    """users.md U21."""
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"127.0.0.1:{port}: another program listens there"):
            bind("127.0.0.1", port)


def test_address_of_another_machine_is_named():
    with pytest.raises(ConfigurationError, match=r"192\.0\.2\.1 is no address of this machine"):
        bind("192.0.2.1", 0)


@pytest.mark.parametrize(
    "error", [socket.gaierror(-2, "Name or service not known"), UnicodeError("label too long")]
)
def test_name_that_is_no_address_is_named(monkeypatch, error):
    def refuse(*_address):
        raise error

    monkeypatch.setattr("socket.socket.bind", refuse)
    with pytest.raises(ConfigurationError, match=r"nothing\.invalid is no address of this machine"):
        bind("nothing.invalid", 0)


def test_port_for_the_administrator_only_is_named(monkeypatch):
    def refuse(*_address):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("socket.socket.bind", refuse)
    with pytest.raises(ConfigurationError, match=r"port .*80 may not be used by this user"):
        bind("127.0.0.1", 80)


def test_ipv6_loopback_is_bound():
    if not socket.has_ipv6:
        pytest.skip("no IPv6 on this machine")
    with bind("::1", 0) as sock:
        assert sock.family == socket.AF_INET6


def test_failed_start_is_raised_not_printed(caplog):
    """ARCHITECTURE section 5: a bad setting stops the start, naming the fix."""
    caplog.set_level(logging.DEBUG)

    async def application(_scope, _receive, _send):
        raise ConfigurationError("url", "is wrong", fix="Correct it")

    thread_result = []

    def serve():
        try:
            run(application, Settings(), bind("127.0.0.1", 0))
        except ConfigurationError as error:
            thread_result.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    assert thread_result
    assert "Traceback" not in caplog.text


PROGRAM = """
import asyncio, sys
from watchword.server.serve import bind, run
from watchword.server.settings import Settings

HEADERS = [(b"content-length", b"4")]

async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("closed", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    print("asked", flush=True)
    await asyncio.sleep(0.3)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"done"})

sock = bind("127.0.0.1", 0)
print(sock.getsockname()[1], flush=True)
run(application, Settings(), sock)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_lets_an_open_request_finish_and_exits_0(number):
    """users.md U21: Ctrl-C exits 0 after draining."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            address = ("127.0.0.1", port)
            with socket.create_connection(address, timeout=PATIENCE_SECONDS) as sock:
                sock.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert process.stdout.readline() == "asked\n"
                os.kill(process.pid, number)
                answer = b""
                while chunk := sock.recv(4096):
                    answer += chunk
            assert answer.startswith(b"HTTP/1.1 200")
            assert answer.endswith(b"done")
            assert b"server:" not in answer.lower()
            assert process.stdout.read() == "closed\n"
            assert process.wait(PATIENCE_SECONDS) == 0
        finally:
            process.kill()


WAITING = """
import asyncio
import sys

from watchword.server.serve import bind, run
from watchword.server.settings import Settings

class Application:
    def __init__(self):
        self.over = asyncio.Event()

    def drain(self):
        self.over.set()

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            for word in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{word}.complete"})
            return
        print("asked", flush=True)
        await self.over.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

sock = bind("127.0.0.1", 0)
print(sock.getsockname()[1], flush=True)
run(Application(), Settings(drain_seconds=600), sock)
"""


@pytest.mark.requirement("oauth:F-1:shutdown")
def test_those_who_wait_are_sent_away_before_open_requests_are_waited_for():
    """A long poll would otherwise hold the end of a process up for as long as it may wait."""
    with subprocess.Popen(
        [sys.executable, "-c", WAITING], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            address = ("127.0.0.1", int(process.stdout.readline()))
            with socket.create_connection(address, timeout=PATIENCE_SECONDS) as sock:
                sock.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert process.stdout.readline() == "asked\n"
                os.kill(process.pid, signal.SIGTERM)
                assert sock.recv(4096).startswith(b"HTTP/1.1 204")
            assert process.wait(PATIENCE_SECONDS) == 0
        finally:
            process.kill()


LEAVING = """
import gc
import os
import signal

from watchword.server.serve import bind, run
from watchword.server.settings import Settings

def told():
    print(gc.get_freeze_count() > 0, flush=True)

async def application(scope, receive, send):
    await receive()
    told()
    await send({"type": "lifespan.startup.complete"})
    told()
    os.kill(os.getpid(), signal.SIGTERM)
    await receive()
    await send({"type": "lifespan.shutdown.complete"})

run(application, Settings(), bind("127.0.0.1", 0))
told()
"""


@pytest.mark.requirement("server:U102:collections")
def test_what_a_start_leaves_is_left_out_of_collections_while_the_server_runs():
    """A full collection would look through all modules while nobody is answered."""
    done = subprocess.run(
        [sys.executable, "-c", LEAVING],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.stdout.split() == ["False", "True", "False"]
