"""Slow and greedy peers are cut off; honest ones are not."""

import contextlib
import socket
import threading

import pytest
import uvicorn

from watchword.server.deadlines import ConnectionLimits, limits_of, protocol_with
from watchword.server.serve import bind
from watchword.server.settings import Settings

PATIENCE_SECONDS = 60  # how long a test waits for the server to act; never how long it must take


async def application(scope, receive, send):
    """Answer /big with 64 MiB, everything else with one word, after the body."""
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
    big = scope["path"] == "/big"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(1024 if big else 0):
        await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
    await send({"type": "http.response.body", "body": b"hello"})


@contextlib.contextmanager
def serving(**limits):
    config = uvicorn.Config(
        application,
        http=protocol_with(ConnectionLimits(**limits)),
        ws="none",
        lifespan="off",
        log_config=None,
        timeout_keep_alive=limits.pop("keep_alive", 5),
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    sock = bind("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    address = sock.getsockname()
    thread.start()
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def connected(address):
    return socket.create_connection(address, timeout=PATIENCE_SECONDS)


def everything(sock):
    """Return what comes until the server closes."""
    received = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while chunk := sock.recv(65_536):
            received += chunk
    return bytes(received)


def one_answer(sock):
    answer = b""
    while not answer.endswith(b"0\r\n\r\n"):
        answer += sock.recv(65_536)
    return answer


def write_for_ever(sock):
    while True:
        sock.sendall(GET)


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_honest_requests_are_answered_and_kept_alive():
    with serving(header_seconds=5) as address, connected(address) as sock:
        for _ in range(3):
            sock.sendall(GET)
            assert one_answer(sock).startswith(b"HTTP/1.1 200")


@pytest.mark.requirement("server:104:slow-header")
@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: 1"])
def test_silent_or_half_header_is_cut(sent):
    """security.md section 3.5; 6.4 no. 7."""
    with serving(header_seconds=0.2) as address, connected(address) as sock:
        sock.sendall(sent)
        assert everything(sock).startswith(b"HTTP/1.1 408 ")


def test_clock_starts_again_for_each_request_of_a_connection():
    """security.md section 3.5: uvicorn stops its keep-alive timer at the first byte."""
    with serving(header_seconds=0.3) as address, connected(address) as sock:
        sock.sendall(GET)
        one_answer(sock)
        sock.sendall(b"GET / HTT")
        assert everything(sock).startswith(b"HTTP/1.1 408 ")


def test_empty_lines_after_an_answer_are_cut():
    """A line end is not yet the begin of a message for the parser."""
    with serving(header_seconds=0.3) as address, connected(address) as sock:
        sock.sendall(GET)
        one_answer(sock)
        sock.sendall(b"\r\n")
        assert b"408" in everything(sock)


@pytest.mark.requirement("server:104:large-header")
@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nX: " + b"a" * 8192 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 8192,
        b"GET /" + b"a" * 8192 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 4\r\n" + b"A: b\r\n" * 101 + b"\r\nbody",
    ],
)
def test_large_header_is_refused(sent):
    """RFC 6585 section 5."""
    with serving(header_bytes_max=4096) as address, connected(address) as sock:
        sock.sendall(sent)
        answer = everything(sock)
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert answer.endswith(b'{"error":"header_too_large"}')


@pytest.mark.requirement("server:104:never-reading")
def test_peer_that_never_reads_is_cut():
    """security.md section 3.5: a never-reading client aborts the transport."""
    with serving(send_seconds=0.2) as address, connected(address) as sock:
        sock.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        sock.settimeout(PATIENCE_SECONDS)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            write_for_ever(sock)  # until the other side is gone, which a write finds out


def test_slow_reader_who_reads_in_time_gets_everything():
    with serving(send_seconds=5) as address, connected(address) as sock:
        sock.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert everything(sock).count(b"x" * 65_536) == 1024


@pytest.mark.requirement("server:104:connections")
@pytest.mark.parametrize("limits", [{"connections_max": 2}, {"connections_per_address_max": 2}])
def test_one_connection_too_many_is_turned_away(limits):
    """security.md rule 104."""
    with serving(**limits) as address, contextlib.ExitStack() as stack:
        held = [stack.enter_context(connected(address)) for _ in range(2)]
        for sock in held:
            sock.sendall(GET)
            assert sock.recv(65_536).startswith(b"HTTP/1.1 200")
        last = stack.enter_context(connected(address))
        assert everything(last).startswith(b"HTTP/1.1 503 ")
        held[0].sendall(GET)


def test_limits_come_from_settings():
    settings = Settings(header_seconds=3, send_seconds=4, header_bytes_max=5000)
    limits = limits_of(settings)
    assert (limits.header_seconds, limits.send_seconds, limits.header_bytes_max) == (3, 4, 5000)
    assert protocol_with(limits).limits is limits
