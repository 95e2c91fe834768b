"""The fetcher against servers that misbehave. Source: security.md rule 102; tokens.md J-41."""

import ssl
from dataclasses import dataclass
from socket import gaierror

import pytest
from tests.net.hostile import certificates, hostile, says, sends

from watchword.net.document import FETCH_SECONDS_MAX, resolve
from watchword.net.errors import AddressRefused, BadAnswer, Unreachable
from watchword.net.fetcher import Fetcher, fetcher_for

OK = b"HTTP/1.1 200 OK\r\n"
BYTES_MAX = 1_000
CHUNK = b"x" * 1_000


@dataclass
class Rushing:
    """A clock on which every look takes a second."""

    time: float = 0

    def now(self) -> int:
        return 0

    def monotonic(self) -> float:
        self.time += 1
        return self.time


def local(**given) -> Fetcher:
    return Fetcher(networks=["127.0.0.0/8", "::1/128"], **given)


def fetch(server, **given):
    return local(**given).fetch(f"http://127.0.0.1:{server.port}/jwks?x=1", bytes_max=BYTES_MAX)


def test_document_and_its_cache_control_come_back():
    told = "Cache-Control: max-age=60\r\nContent-Type: application/json\r\n"
    with hostile(says(b'{"keys": []}', headers=told)) as server:
        document = fetch(server)
    assert document.body == b'{"keys": []}'
    assert document.cache_control == "max-age=60"
    assert document.content_type == "application/json"
    head = server.requests[0].decode()
    assert head.startswith("GET /jwks?x=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n" in head
    assert "Accept-Encoding: identity\r\n" in head


@pytest.mark.requirement("tokens:J-41:no-redirects")
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_redirect_is_not_followed(status):
    with hostile(says(b"")) as target:
        where = f"Location: http://127.0.0.1:{target.port}/\r\n"
        moved = says(b"", status=status, headers=where)
        with hostile(moved) as server, pytest.raises(BadAnswer, match=status[:3]):
            fetch(server)
        assert target.connections == 0


@pytest.mark.requirement("tokens:J-41:capped-while-reading")
@pytest.mark.parametrize(
    "behaviour",
    [
        says(b"x" * (BYTES_MAX + 1)),
        sends(OK, b"\r\n", *[b"x" * 1_000] * 100),
        sends(
            OK, b"Transfer-Encoding: chunked\r\n\r\n", *[b"3e8\r\n" + b"x" * 1_000 + b"\r\n"] * 50
        ),
        sends(OK, *[b"X-Filler: " + b"x" * 1_000 + b"\r\n"] * 200),
        says(b"x", headers="Content-Encoding: gzip\r\n"),
        says(b"{}", status="404 Not Found"),
        says(b"{}", status="500 Oops"),
        says(b"", status="204 No Content"),
        sends(b"SSH-2.0-OpenSSH_9.2\r\n"),
        sends(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"),
        sends(OK, b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
        sends(OK, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        sends(),
    ],
)
def test_answer_that_is_no_bounded_document_is_refused(behaviour):
    with hostile(behaviour) as server, pytest.raises((BadAnswer, Unreachable)):
        fetch(server)


@pytest.mark.requirement("security:102:time-cap")
@pytest.mark.parametrize(
    "behaviour",
    [
        sends(*[bytes([byte]) for byte in OK * 10]),
        sends(OK, b"Content-Length: 900\r\n\r\n", *[b"x"] * 900),
    ],
)
def test_drip_ends_at_the_deadline(behaviour):
    """Each look at the clock costs a second, so the test waits for nothing."""
    with hostile(behaviour) as server, pytest.raises(Unreachable):
        fetch(server, clock=Rushing())


def test_silence_ends_at_the_deadline():
    clock = Rushing(time=0)
    with hostile(lambda connection: connection.recv(1)) as server:
        fetcher = local(clock=clock)
        clock.time = -FETCH_SECONDS_MAX
        with pytest.raises(Unreachable):
            fetcher.fetch(f"http://127.0.0.1:{server.port}/", bytes_max=1)


@pytest.mark.requirement("security:102:pinned")
def test_name_is_resolved_once_and_the_connection_pinned(tmp_path):
    asked = []

    def turning(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    server_tls, client_tls = certificates(tmp_path, "id.example.com")
    with hostile(says(b"{}"), server_tls) as server:
        fetcher = local(tls=client_tls, resolve=turning)
        document = fetcher.fetch(f"https://id.example.com:{server.port}/", bytes_max=10)
    assert document.body == b"{}"
    assert asked == [("id.example.com", server.port)]
    assert f"Host: id.example.com:{server.port}".encode() in server.requests[0]


def test_certificate_must_be_of_the_name(tmp_path):
    server_tls, client_tls = certificates(tmp_path, "other.example.com")
    with hostile(says(b"{}"), server_tls) as server:
        fetcher = local(tls=client_tls, resolve=lambda *_: ["127.0.0.1"])
        with pytest.raises(Unreachable):
            fetcher.fetch(f"https://id.example.com:{server.port}/", bytes_max=10)
        assert server.requests == []


def test_unknown_authority_is_refused(tmp_path):
    server_tls, _ = certificates(tmp_path, "id.example.com")
    with hostile(says(b"{}"), server_tls) as server:
        fetcher = local(tls=ssl.create_default_context(), resolve=lambda *_: ["127.0.0.1"])
        with pytest.raises(Unreachable):
            fetcher.fetch(f"https://id.example.com:{server.port}/", bytes_max=10)


@pytest.mark.requirement("security:102:canary-sees-nothing")
def test_canary_on_this_machine_sees_nothing():
    """Names and addresses that lead here, asked by a fetcher for the public internet."""
    with hostile(says(b"{}")) as canary:
        for host in ("localhost", "127.0.0.1", "[::1]", "evil.example", "[::ffff:127.0.0.1]"):
            for scheme in ("http", "https"):
                for answer in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1"):
                    fetcher = Fetcher(resolve=lambda *_, answer=answer: [answer])
                    url = f"{scheme}://{host}:{canary.port}/"
                    with pytest.raises(AddressRefused):
                        fetcher.fetch(url, bytes_max=10)
        assert canary.connections == 0


def test_plain_http_goes_to_this_machine_only():
    """A resolver may answer anything for "localhost"."""
    fetcher = local(resolve=lambda *_: ["93.184.216.34"])
    with pytest.raises(AddressRefused, match="plain http"):
        fetcher.fetch("http://localhost/", bytes_max=10)


def test_issuer_elsewhere_cannot_point_to_this_machine():
    with hostile(says(b"{}")) as canary:
        with pytest.raises(AddressRefused):
            fetcher_for("https://id.example.com").fetch(
                f"http://127.0.0.1:{canary.port}/", bytes_max=10
            )
        assert canary.connections == 0
        assert fetcher_for("http://127.0.0.1").fetch(
            f"http://127.0.0.1:{canary.port}/", bytes_max=10
        )


def test_name_that_does_not_resolve_is_unreachable():
    def failing(host: str, port: int) -> list[str]:
        raise gaierror

    for resolver in (failing, lambda *_: []):
        with pytest.raises(Unreachable, match="resolve"):
            local(resolve=resolver).fetch("https://id.example.com/", bytes_max=10)


def test_first_address_that_answers_is_taken():
    with hostile(says(b"{}")) as server:
        fetcher = local(resolve=lambda *_: ["127.0.0.9", "127.0.0.1"])
        # Nothing listens on the first: the server is bound to the second alone.
        assert fetcher.fetch(f"http://localhost:{server.port}/", bytes_max=10).body == b"{}"


def test_nobody_listening_is_unreachable():
    with hostile(says(b"")) as server:
        port = server.port
    with pytest.raises(Unreachable, match="no connection"):
        local().fetch(f"http://127.0.0.1:{port}/", bytes_max=10)


def test_system_resolver_knows_this_machine():
    assert "127.0.0.1" in resolve("127.0.0.1", 80)
