"""Fetching by a client of the caller's own, within the same bounds.

Source: tokens.md J-41, J-45.
"""

import gzip
import threading
from contextlib import contextmanager

import httpx
import httpx2
import pytest
from tests.net.hostile import certificates, hostile, says, sends

from watchword.net import client as client_module
from watchword.net.client import ClientFetcher
from watchword.net.errors import AddressRefused, BadAnswer, Unreachable

LOCAL = ["127.0.0.0/8", "::1/128"]
BYTES_MAX = 1_000
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture(params=[httpx2, httpx], ids=["httpx2", "httpx"])
def library(request):
    return request.param


@pytest.fixture
def http(library):
    with library.Client(follow_redirects=True) as http:
        yield http


def fetch(http, server, **given):
    fetcher = ClientFetcher(http, **({"networks": LOCAL} | given))
    return fetcher.fetch(f"http://127.0.0.1:{server.port}/jwks?x=1", bytes_max=BYTES_MAX)


@pytest.mark.requirement("tokens:J-45:pluggable-client")
def test_document_comes_by_either_library(http):
    with hostile(says(b'{"keys": []}', headers="Cache-Control: max-age=60\r\n")) as server:
        document = fetch(http, server)
    assert document.body == b'{"keys": []}'
    assert document.cache_control == "max-age=60"
    head = server.requests[0].decode().lower()
    assert head.startswith("get /jwks?x=1 http/1.1\r\n")
    assert "accept-encoding: identity\r\n" in head


@pytest.mark.requirement("tokens:J-41:no-redirects")
@pytest.mark.parametrize("status", ["301 Moved", "307 Temporary"])
def test_redirect_is_not_followed_by_a_client_that_would(http, status):
    with hostile(says(b"")) as target:
        moved = says(b"", status=status, headers=f"Location: http://127.0.0.1:{target.port}/\r\n")
        with hostile(moved) as server, pytest.raises(BadAnswer, match=status[:3]):
            fetch(http, server)
        assert target.connections == 0


@pytest.mark.requirement("tokens:J-41:capped-while-reading")
@pytest.mark.parametrize(
    "behaviour",
    [
        says(b"x" * (BYTES_MAX + 1)),
        sends(OK, b"\r\n", *[b"x" * 1_000] * 100),
        says(gzip.compress(b"{}"), headers="Content-Encoding: gzip\r\n"),
        says(b"{}", status="404 Not Found"),
        says(b"", status="204 No Content"),
        sends(b"SSH-2.0-OpenSSH_9.2\r\n"),
        sends(OK + b"Content-Length: 50\r\n\r\nshort"),
        sends(),
    ],
)
def test_answer_that_is_no_bounded_document_is_refused(http, behaviour):
    with hostile(behaviour) as server, pytest.raises((BadAnswer, Unreachable)):
        fetch(http, server)


class Leaping:
    """A clock on which every look takes ten seconds."""

    time = 0.0

    def monotonic(self):
        self.time += 10
        return self.time


def test_body_that_drips_ends_at_the_deadline(http):
    """The clock leaps, so the test waits for nothing."""
    drip = sends(OK + b"Content-Length: 900\r\n\r\n", *[b"x"] * 900)
    with hostile(drip) as server, pytest.raises(Unreachable, match="5 s"):
        fetch(http, server, clock=Leaping())


class Hanging:
    """A client that answers when it is let go."""

    def __init__(self):
        self.gate = threading.Event()
        self.asked = 0

    @contextmanager
    def stream(self, *_arguments, **_options):
        self.asked += 1
        self.gate.wait(60)
        raise RuntimeError("let go")
        yield


def test_client_that_hangs_is_left_behind_once(monkeypatch):
    """A head that drips has no end that a client would see; the fetch ends all the same."""
    monkeypatch.setattr(client_module, "FETCH_SECONDS_MAX", 0.0)
    http = Hanging()
    fetcher = ClientFetcher(http, networks=LOCAL)
    with pytest.raises(Unreachable, match="no whole answer"):
        fetcher.fetch("http://127.0.0.1:1/", bytes_max=1)
    with pytest.raises(Unreachable, match="still hangs"):
        fetcher.fetch("http://127.0.0.1:1/", bytes_max=1)
    assert http.asked == 1
    http.gate.set()
    with pytest.raises(RuntimeError, match="let go"):
        fetcher._running.result(60)
    monkeypatch.setattr(client_module, "FETCH_SECONDS_MAX", 5.0)
    with pytest.raises(Unreachable, match="failed") as failed:
        fetcher.fetch("http://127.0.0.1:1/", bytes_max=1)
    assert failed.value.detail == "RuntimeError"


@pytest.mark.requirement("tokens:J-41:address-checked")
def test_address_is_checked_before_the_client_is_asked(http):
    with hostile(says(b"{}")) as server:
        with pytest.raises(AddressRefused):
            fetch(http, server, networks=[])
        assert server.connections == 0
    for url in ("file:///etc/passwd", "http://id.example.com/", "https://u:p@id.example.com/"):
        with pytest.raises(AddressRefused):
            ClientFetcher(http).fetch(url, bytes_max=1)


@pytest.mark.requirement("tokens:J-41:address-checked")
def test_name_that_turns_to_this_machine_after_the_check_is_refused(library, tmp_path):
    """The client resolves again: whoever answered it is checked before anything is read."""
    server_tls, client_tls = certificates(tmp_path, "localhost")
    with hostile(says(b"{}"), server_tls) as server, library.Client(verify=client_tls) as http:
        url = f"https://localhost:{server.port}/"
        fetcher = ClientFetcher(http, resolve=lambda *_: ["93.184.216.34"])
        with pytest.raises(AddressRefused):
            fetcher.fetch(url, bytes_max=9)
        allowed = ClientFetcher(http, networks=LOCAL)
        assert allowed.fetch(url, bytes_max=9).body == b"{}"


@pytest.mark.parametrize(("peer", "error"), [("127.0.0.1", None), ("93.184.216.34", BadAnswer)])
def test_plain_http_is_answered_by_this_machine_or_not_at_all(peer, error):
    class Stream:
        def get_extra_info(self, name):
            return (peer, 80) if name == "server_addr" else None

    def answer(_request):
        return httpx2.Response(200, content=b"{}", extensions={"network_stream": Stream()})

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        fetcher = ClientFetcher(http, networks=LOCAL)
        if error is None:
            assert fetcher.fetch("http://127.0.0.1/", bytes_max=9).body == b"{}"
        else:
            with pytest.raises(error):
                fetcher.fetch("http://127.0.0.1/", bytes_max=9)


def test_transport_without_a_socket_has_no_address_to_check(library):
    transport = library.MockTransport(lambda _request: library.Response(200, content=b"{}"))
    with library.Client(transport=transport) as http:
        fetcher = ClientFetcher(http, resolve=lambda *_: ["93.184.216.34"])
        assert fetcher.fetch("https://id.example.com/", bytes_max=9).body == b"{}"


def test_only_a_synchronous_client_will_do(library):
    for wrong in (library.AsyncClient(), object(), None):
        with pytest.raises(TypeError, match="synchronous client"):
            ClientFetcher(wrong)
