"""The notes API of the demo, beside its server and apart from it, over real HTTP.

Source: issue 2 (5), "Show it".
"""

from collections.abc import Iterator
from functools import partial

import httpx
import httpx2
import pytest
from fastapi import FastAPI
from tests.flows.notes_contract import Caller, NotesContract, Service, problem
from tests.flows.notes_services import (
    SCOPES,
    Administration,
    MovedClock,
    bind,
    running,
    sqlite_url,
)

from watchword.cli.demo.notes import create_notes_app
from watchword.client import Login, LoginFailed
from watchword.fastapi import Guard
from watchword.guards.embedded import RingKeys, StoreSubjects
from watchword.server.app import AuthServer
from watchword.server.settings import Settings


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def embedded(tmp_path_factory, clock) -> Iterator[Service]:
    """Login and notes on one address, and a guard that asks the store."""
    home = tmp_path_factory.mktemp("embedded")
    listening, url = bind()
    people = Administration(sqlite_url(home / "server.db"))
    people.add_people()
    port = int(url.rpartition(":")[2])
    server = AuthServer(Settings(database=people.database, port=port), clock=clock)
    server.resource(url + "/notes", scopes=SCOPES)
    guard = partial(
        Guard,
        server.issuer,
        audience=url + "/notes",
        keys=RingKeys(lambda: server.runtime.ring, alg="RS256"),
        subjects=StoreSubjects(lambda: server.runtime.store),
        clock=clock,
    )
    notes = create_notes_app(guard, database_url=sqlite_url(home / "notes.db"))

    async def both(scope, receive, send):
        app = notes.app if scope.get("path", "").startswith("/notes") else server
        await app(scope, receive, send)

    with running(both, listening), httpx2.Client(timeout=60) as http:
        yield Service(http, url, url, people.passwords, people.suspend, people.restore, True)
    notes.close()


@pytest.fixture(scope="module")
def apart(tmp_path_factory, clock) -> Iterator[Service]:
    """A notes API that knows of its issuer by its URL only."""
    home = tmp_path_factory.mktemp("apart")
    (issuer_socket, issuer), (api_socket, api) = bind(), bind()
    people = Administration(sqlite_url(home / "server.db"))
    people.add_people()
    port = int(issuer.rpartition(":")[2])
    server = AuthServer(Settings(database=people.database, port=port), clock=clock)
    server.resource(api, scopes=SCOPES)
    guard = partial(Guard, issuer, audience=api, clock=clock)
    notes = create_notes_app(guard, database_url=sqlite_url(home / "notes.db"))
    with (
        running(server, issuer_socket),
        running(notes.app, api_socket),
        httpx2.Client(timeout=60) as http,
    ):
        yield Service(http, api, issuer, people.passwords, people.suspend, people.restore, False)
    notes.close()


class TestEmbedded(NotesContract):
    @pytest.fixture
    def service(self, embedded: Service) -> Service:
        return embedded

    def test_expired_token_is_refused_until_refreshed(self, service, clock):
        alice = Caller(service, "alice")
        clock.moved_by += 301
        answer = alice.call("GET", "/notes")
        assert answer.status_code == 401
        assert problem(answer)["code"] == "token_expired"
        assert 'error_description="The token has expired."' in answer.headers["www-authenticate"]
        document = {"refresh_token": alice.pair["refresh_token"]}
        alice.pair = service.http.post(f"{service.issuer}/refresh", json=document).json()
        assert alice.call("GET", "/notes").status_code == 200

    @pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])
    def test_login_object_logs_in_and_refreshes_against_the_server(self, service, clock, library):
        """`client.Login` beside the real login API: RFC 6749 section 6 and oauth.md section 6."""
        login = Login(service.issuer, "alice", service.people["alice"], clock=clock)
        with library.Client(base_url=service.api, auth=login) as http:
            written = http.post("/notes", json={"title": "By a program", "body": ""})
            assert written.status_code == 201
            clock.moved_by += 301
            assert http.get(f"/notes/{written.json()['id']}").status_code == 200
            assert http.get(f"{service.issuer}/me").json()["preferred_username"] == "alice"
        wrong = Login(service.issuer, "alice", "not her passphrase", clock=clock)
        with library.Client(auth=wrong) as http, pytest.raises(LoginFailed) as failed:
            http.get(f"{service.api}/notes")
        assert failed.value.code == "invalid_credentials"


class TestApart(NotesContract):
    @pytest.fixture
    def service(self, apart: Service) -> Service:
        return apart

    def test_suspended_user_is_out_when_the_token_expires(self, service, clock):
        bob = Caller(service, "bob")
        service.suspend("bob")
        try:
            clock.moved_by += 301
            assert bob.call("GET", "/notes").status_code == 401
            login = {"username": "bob", "password": service.people["bob"]}
            assert service.http.post(f"{service.issuer}/login", json=login).status_code == 401
        finally:
            service.restore("bob")


def test_mounted_api_refuses_to_answer_while_a_route_is_bare():
    app = FastAPI()
    Guard("https://id.example.com", audience="x").install(app)
    app.get("/bare")(lambda: "open")
    listening, url = bind()
    outer = FastAPI()
    outer.mount("/api", app)
    with running(outer, listening):
        assert httpx2.get(f"{url}/api/bare").status_code == 503
