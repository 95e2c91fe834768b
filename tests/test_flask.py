"""The Flask door: the quickstart as it is written. Source: users.md section 5, U1, U7, U9, U13."""

import threading
import time

import pytest
from flask import Flask

from watchword.accounts.passwords.hashing import PARAMETERS
from watchword.accounts.users import NewUser
from watchword.base.secrets import Secret
from watchword.flask import Auth

ALICE = "user_AAAAAAAAAAAAAAAAAAAAAA"
PASSWORD = "a long passphrase of five words"
ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_URL", raising=False)


@pytest.fixture
def door():
    app = Flask(__name__)
    auth = Auth("sqlite:///app.db").mount(app)

    @app.get("/notes")
    @auth.required("notes:read")
    def notes():
        return {"owner": auth.user.name}

    yield app.test_client(), auth
    auth.close()
    auth.close()  # a second time does nothing


async def _add(auth: Auth) -> None:
    runtime = auth.server.runtime
    hashed = await runtime.hasher.hash(Secret(PASSWORD), PARAMETERS)
    await runtime.store.add_user(NewUser(ALICE, "alice", hashed, frozenset(), int(time.time())))


def log_in(client, auth: Auth) -> dict[str, str]:
    auth._loop.run(_add(auth))
    answer = client.post(
        "/auth/login", base_url=ORIGIN, json={"username": "alice", "password": PASSWORD}
    )
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.mark.requirement("users:U1:flask-quickstart", "users:U9:server-under-wsgi")
def test_quickstart_works_as_written(door):
    client, auth = door
    assert client.get("/notes", base_url=ORIGIN).status_code == 401
    pair = log_in(client, auth)
    header = {"Authorization": f"Bearer {pair['access_token']}"}
    assert client.get("/notes", base_url=ORIGIN, headers=header).json == {"owner": "alice"}
    assert client.get("/auth/me", base_url=ORIGIN, headers=header).json["sub"] == ALICE
    ended = client.post(
        "/auth/logout", base_url=ORIGIN, json={"refresh_token": pair["refresh_token"]}
    )
    assert ended.status_code == 204
    gone = client.get("/notes", base_url=ORIGIN, headers=header)
    assert (gone.status_code, gone.json["code"]) == (401, "session_ended")


@pytest.mark.requirement("access:F4:next-request")
def test_suspended_person_is_told_so_at_the_next_request(door):
    client, auth = door
    client.get("/notes", base_url=ORIGIN)
    header = {"Authorization": f"Bearer {log_in(client, auth)['access_token']}"}
    assert client.get("/notes", base_url=ORIGIN, headers=header).status_code == 200
    auth._loop.run(auth.server.runtime.store.suspend_user(ALICE, now=int(time.time())))
    refused = client.get("/notes", base_url=ORIGIN, headers=header)
    assert (refused.status_code, refused.json["code"]) == (403, "suspended")


@pytest.mark.requirement("users:U9:server-under-wsgi")
def test_pages_and_metadata_are_served(door):
    client, _ = door
    page = client.get("/auth/signin", base_url=ORIGIN)
    assert page.status_code == 200
    assert b"<form" in page.data
    place = "/.well-known/oauth-authorization-server/auth"
    told = client.get(place, base_url=ORIGIN).json
    assert told["issuer"] == f"{ORIGIN}/auth"
    assert "notes:read" in told["scopes_supported"]
    assert client.get("/authentic", base_url=ORIGIN).status_code == 404
    assert client.head("/auth/signin", base_url=ORIGIN).data == b""


def test_body_that_no_endpoint_takes_is_refused(door):
    client, _ = door
    for length in (2 * 1024 * 1024, "x"):
        answer = client.post(
            "/auth/login",
            base_url=ORIGIN,
            data=b"",
            environ_overrides={"CONTENT_LENGTH": str(length)},
        )
        assert answer.status_code == 413


def test_foreign_host_is_never_the_issuer(door):
    client, _ = door
    answer = client.get("/auth/signin", base_url="http://evil.example")
    assert answer.status_code == 503


def test_first_requests_of_many_threads_start_one_server(door):
    client, _ = door
    found = []

    def ask() -> None:
        found.append(client.application.test_client().get("/notes", base_url=ORIGIN).status_code)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [401] * 4
