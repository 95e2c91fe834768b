"""The fetcher that keeps its connections: each request inside its own bounds, none lost.

Source: security.md rule 102; decisions/0275.
"""

import socket
import threading

import pytest
from tests.net.hostile import certificates, hostile, read_head, says
from tests.net.test_fetcher import Rushing

from watchword.net import keeping
from watchword.net.address import parse_target
from watchword.net.bounded import Spending, translated
from watchword.net.document import Request
from watchword.net.errors import AddressRefused, BadAnswer, Crowded, Unreachable
from watchword.net.keeping import KeepingFetcher

LOCAL = ["127.0.0.0/8"]


def answer(body=b"{}"):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def talks(*answers: bytes):
    """Answer the requests of one connection in turn, then close it."""

    def behave(connection: socket.socket) -> None:
        for number, said in enumerate(answers):
            if number:
                read_head(connection)
            connection.sendall(said)

    return behave


def request(server, **given):
    return Request(url=f"http://127.0.0.1:{server.port}/x", **{"bytes_max": 1_000, **given})


@pytest.fixture
def fetcher():
    made = KeepingFetcher(networks=LOCAL)
    yield made
    made.close()


@pytest.mark.requirement("access:14.5:authzen-one-client")
def test_a_connection_serves_several_requests(fetcher):
    with hostile(talks(answer(b"1"), answer(b"2"), answer(b"3"))) as server:
        bodies = [fetcher.send(request(server)).body for _ in range(3)]
        assert bodies == [b"1", b"2", b"3"]
        assert server.connections == 1


def test_a_document_comes_over_it_too(fetcher):
    with hostile(says(b"doc")) as server:
        url = f"http://127.0.0.1:{server.port}/x"
        assert fetcher.fetch(url, bytes_max=10).body == b"doc"


def test_a_connection_that_the_server_closed_is_replaced(fetcher):
    def closes(connection):
        connection.sendall(answer())

    with hostile(closes) as server:
        assert [fetcher.send(request(server)).status for _ in range(3)] == [200] * 3
        assert server.connections == 3


def test_a_connection_that_ends_without_an_answer_is_replaced(fetcher):
    def leaves_the_second(connection):
        connection.sendall(answer())
        connection.settimeout(5)
        connection.recv(4_096)  # the next request, which nobody answers

    with hostile(leaves_the_second) as server:
        assert [fetcher.send(request(server)).status for _ in range(2)] == [200, 200]
        assert server.connections == 2
        fetcher.close()


def test_a_fresh_connection_without_an_answer_is_a_failure(fetcher):
    with hostile(lambda _connection: None) as server:
        with pytest.raises(BadAnswer):
            fetcher.send(request(server))
        assert server.connections == 1


def test_kept_connections_that_have_all_died_are_tried_once_each():
    fetcher = KeepingFetcher(networks=LOCAL, connections_max=1)
    with hostile(talks(answer(), b"")) as server:
        assert fetcher.send(request(server)).status == 200
        assert fetcher.send(request(server)).status == 200
        fetcher.close()


@pytest.mark.requirement("access:14.5:authzen-one-client")
def test_each_request_has_its_own_size(fetcher):
    with hostile(talks(answer(b"x" * 900), answer(b"x" * 900), answer(b"x" * 1_001))) as server:
        assert [len(fetcher.send(request(server)).body) for _ in range(2)] == [900, 900]
        with pytest.raises(BadAnswer, match="larger than 1000"):
            fetcher.send(request(server))


@pytest.mark.requirement("access:14.5:authzen-one-client")
def test_each_request_has_its_own_time():
    clock = Rushing()
    fetcher = KeepingFetcher(networks=LOCAL, clock=clock)
    with hostile(talks(answer(), answer(), b"HTTP/1.1 200 OK\r\n")) as server:
        assert fetcher.send(request(server, seconds_max=20)).status == 200
        assert fetcher.send(request(server, seconds_max=20)).status == 200
        with pytest.raises(Unreachable, match="within 1 s"):
            fetcher.send(request(server, seconds_max=1))
        fetcher.close()


def test_whoever_comes_beyond_the_connections_waits_within_their_time():
    fetcher, busy, done = KeepingFetcher(networks=LOCAL, connections_max=1), *_events()

    def holds(connection):
        busy.set()
        done.wait(10)
        connection.sendall(answer())

    with hostile(holds) as server:
        first = threading.Thread(target=fetcher.send, args=(request(server),))
        first.start()
        assert busy.wait(10)
        with pytest.raises(Crowded, match="all connections were in use"):
            fetcher.send(request(server, seconds_max=0.05))
        done.set()
        first.join()
    fetcher.close()


class Standing:
    """A clock that a test moves."""

    time = 0.0

    def monotonic(self):
        return self.time


@pytest.mark.requirement("access:14.5:authzen-own-crowd")
@pytest.mark.parametrize(
    ("waited", "what"), [(0.0, Unreachable), (1.4, Unreachable), (1.6, Crowded)]
)
def test_a_silence_counts_against_whoever_had_the_time(waited, what):
    """A connection that came late leaves the other side too little time to be blamed."""
    clock = Standing()
    url = "https://pdp.example.com/e"
    asked = Request(url=url, seconds_max=3.0)
    spending = Spending.begin(asked, parse_target(url), clock)
    clock.time = waited
    spending.connect()
    clock.time = 3.0
    with pytest.raises(Unreachable) as refused, translated(spending):
        spending.seconds_left()
    assert refused.type is what


def _events():
    return threading.Event(), threading.Event()


def test_an_address_is_checked_when_a_connection_is_made():
    fetcher = KeepingFetcher(networks=[])
    with hostile(says(b"")) as server:
        with pytest.raises(AddressRefused):
            fetcher.send(request(server))
        assert server.connections == 0


def test_tls_is_kept_too(tmp_path):
    theirs, ours = certificates(tmp_path, "localhost")
    fetcher = KeepingFetcher(networks=LOCAL, tls=ours, resolve=lambda _h, _p: ["127.0.0.1"])
    with hostile(talks(answer(), answer()), theirs) as server:
        url = f"https://localhost:{server.port}/"
        assert [fetcher.send(Request(url=url)).status for _ in range(2)] == [200, 200]
        assert server.connections == 1
    fetcher.close()


def test_a_fork_makes_connections_of_its_own(fetcher, monkeypatch):
    with hostile(says(b"")) as server:
        fetcher.send(request(server))
        before = fetcher._pool
        monkeypatch.setattr(keeping.os, "getpid", lambda: -1)
        fetcher.send(request(server))
        assert fetcher._pool is not before
        before.close()
        fetcher.close()
        fetcher.close()
        assert fetcher.send(request(server)).status == 200
        fetcher.close()  # in the process that made them, which ends with the patch
