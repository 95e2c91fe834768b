"""What a stranger may try with the address of a client: the server fetches what it is told.

Source: security.md rules 70 and 102, C13; Keycloak CVE-2026-4366; ZITADEL CVE-2026-55671;
oauth.md D-1 to D-3.
"""

import json
from socket import gaierror

import pytest
from tests.net.hostile import hostile, says
from tests.server.conftest import MovedClock, Started

from watchword.net.fetcher import Fetcher
from watchword.oauth.errors import InvalidClient
from watchword.server.app import AuthServer
from watchword.server.settings import Settings

# Each leads to the machine itself, to a private network, to a cloud's metadata, or nowhere.
ADDRESSES = (
    "https://127.0.0.1/c",
    "https://127.1/c",
    "https://2130706433/c",
    "https://0x7f000001/c",
    "https://017700000001/c",
    "https://0.0.0.0/c",
    "https://[::1]/c",
    "https://[::]/c",
    "https://[::ffff:127.0.0.1]/c",
    "https://[64:ff9b::7f00:1]/c",
    "https://10.0.0.1/c",
    "https://172.16.0.1/c",
    "https://192.168.0.1/c",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fd00:ec2::254]/c",
    "https://[fe80::1]/c",
    "https://100.64.0.1/c",
    "https://192.0.2.1/c",
    "https://198.18.0.1/c",
    "https://224.0.0.1/c",
    "https://255.255.255.255/c",
    "https://localhost/c",
)
MALFORMED = (
    "http://app.example/c",
    "http://127.0.0.1/c",
    "https://app.example@127.0.0.1/c",
    "https://127.0.0.1#@app.example/c",
    "https://app.example/../c",
    "https://app.example:0/c",
    "https://app.example\\@127.0.0.1/c",
)


@pytest.fixture
def opened(tmp_path):
    started = []

    def start(**said):
        settings = Settings(
            database=f"sqlite:///{tmp_path}/w.db",
            signing_alg="ES256",
            client_documents="open",
            **said,
        )
        server = Started(AuthServer(settings, clock=MovedClock()), MovedClock())
        server.run(server.auth.startup())
        started.append(server)
        return server

    yield start
    for server in started:
        server.close()


def find(server, client_id):
    return server.run(server.runtime.clients.find_client(client_id))


def refusal_of(server, client_id):
    with pytest.raises(InvalidClient) as refused:
        find(server, client_id)
    return refused.value.public


@pytest.mark.requirement("security:70:documents")
@pytest.mark.parametrize("client_id", ADDRESSES)
def test_no_address_of_a_private_network_is_reached(opened, client_id):
    """Numbers are resolved as a resolver would, so that no spelling of them leads elsewhere."""
    server = opened()
    assert refusal_of(server, client_id) == "the client metadata document cannot be reached"
    assert server.run(server.runtime.store.find_document(client_id)) is None


@pytest.mark.parametrize("client_id", MALFORMED)
def test_what_two_parsers_read_differently_is_no_address(opened, client_id):
    with pytest.raises(InvalidClient, match="no address of a document"):
        find(opened(), client_id)


@pytest.mark.requirement("security:70:documents")
def test_a_name_that_resolves_to_the_machine_itself_is_not_asked(opened):
    """Rebinding: the address is checked after the name is resolved, and pinned."""
    server = opened()
    answers = iter([["93.184.216.34", "127.0.0.1"], ["127.0.0.1"], gaierror("nothing")])

    def resolve(host, port):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    server.runtime.clients.fetcher = Fetcher(resolve=resolve)
    for _ in range(3):
        assert "cannot be reached" in refusal_of(server, "https://app.example/c")


@pytest.fixture
def local(opened):
    """A server under development, which reads documents from this machine."""
    return opened(client_documents_on_loopback=True)


def documents(server, **members):
    def said(path="/c"):
        client_id = f"http://127.0.0.1:{server.port}{path}"
        known = {
            "client_id": client_id,
            "client_name": "App",
            "redirect_uris": ["http://127.0.0.1/"],
        }
        return client_id, json.dumps({**known, **members}).encode()

    return said


def serve(server, body, *, status="200 OK", headers="Content-Type: application/json\r\n"):
    server.behaviour = says(body, status=status, headers=headers)


def test_a_document_on_the_machine_itself_is_read_under_development(local):
    with hostile(says(b"")) as site:
        client_id, body = documents(site)()
        serve(site, body)
        assert find(local, client_id).name == "App"


@pytest.mark.requirement("oauth:D-2:fetch")
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(local, status):
    with hostile(says(b"")) as target, hostile(says(b"")) as site:
        client_id, body = documents(site)()
        where = f"Location: http://127.0.0.1:{target.port}/\r\nContent-Type: application/json\r\n"
        serve(site, body, status=status, headers=where)
        with pytest.raises(InvalidClient, match=f"status {status[:3]}"):
            find(local, client_id)
        assert target.connections == 0


@pytest.mark.requirement("oauth:D-2:fetch")
def test_a_huge_document_is_left_unread(local):
    with hostile(says(b"")) as site:
        client_id, body = documents(site, padding="x" * 10_000)()
        serve(site, body)
        with pytest.raises(InvalidClient, match="larger than 5120 bytes"):
            find(local, client_id)


@pytest.mark.requirement("oauth:D-2:fetch")
@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "204 No Content", "401 No"])
def test_only_a_200_is_a_document(local, status):
    with hostile(says(b"")) as site:
        client_id, body = documents(site)()
        serve(site, b"" if status.startswith("204") else body, status=status)
        with pytest.raises(InvalidClient, match=status[:3]):
            find(local, client_id)


def test_a_document_of_another_client_is_refused(local):
    """Whoever may put a file on a host is not every client of that host."""
    with hostile(says(b"")) as site:
        said = documents(site)
        client_id, _ = said("/mine")
        _, body = said("/theirs")
        serve(site, body)
        with pytest.raises(InvalidClient, match="own address"):
            find(local, client_id)


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "image/svg+xml"])
def test_a_file_that_somebody_uploaded_is_no_document(local, content_type):
    with hostile(says(b"")) as site:
        client_id, body = documents(site)()
        serve(site, body, headers=f"Content-Type: {content_type}\r\n")
        with pytest.raises(InvalidClient, match="application/json"):
            find(local, client_id)


def test_a_secret_that_everybody_can_read_is_none(local):
    with hostile(says(b"")) as site:
        client_id, body = documents(site, client_secret="s" * 43)()
        serve(site, body)
        with pytest.raises(InvalidClient, match="holds a secret"):
            find(local, client_id)
