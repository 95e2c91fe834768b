"""The character NUL, which PostgreSQL stores in no text, wherever a request may carry it.

A refusal that comes from the database reads as an outage, and is written to the log as one, whoever
asks. Source: oauth.md issue "no 500 for any request"; RFC 6749 appendix A; security.md rule 110.
"""

from base64 import b64encode
from contextlib import closing

import pytest
from tests.flows.authorization import CLIENTS, SECRET, Browser
from tests.flows.conftest import PASSWORDS, running_in

NUL = "a\0b"


def basic(name, secret="x"):
    return {"authorization": f"Basic {b64encode(f'{name}:{secret}'.encode()).decode()}"}


@pytest.fixture(scope="module")
def server(tmp_path_factory, postgres_cluster):
    directory, database = tmp_path_factory.mktemp("nul"), postgres_cluster.create()
    try:
        with running_in(
            directory,
            database=postgres_cluster.url(database),
            key_file=str(directory / "watchword.key"),
            client_registration="open",
        ) as made:
            for client in CLIENTS:
                made.store("register_client", client)
            yield made
    finally:
        postgres_cluster.drop(database)


CODE = {"grant_type": "authorization_code", "client_id": "own", "code": "c" * 43}


@pytest.mark.postgres
@pytest.mark.requirement("oauth:E-2:no-500")
@pytest.mark.parametrize(
    ("path", "form", "headers", "status"),
    [
        ("/token", {"grant_type": "client_credentials"}, basic("a%00b"), 401),
        ("/token", {**CODE, "client_id": NUL}, {}, 400),
        ("/token", {**CODE, "redirect_uri": f"https://app.example/{NUL}"}, {}, 400),
        ("/introspect", {"token": "t"}, basic("a%00b"), 401),
        ("/revoke", {"token": "t"}, basic("a%00b"), 401),
        ("/device_authorization", {"client_id": NUL}, {}, 400),
        ("/authorize", {"client_id": "own", "nonce": NUL}, {}, 400),
    ],
)
def test_nul_in_a_form_or_a_header_is_the_peers_fault(server, path, form, headers, status):
    assert server.http.post(path, data=form, headers=headers).status_code == status


@pytest.mark.postgres
@pytest.mark.requirement("oauth:E-2:no-500")
def test_nul_in_json_and_in_an_address_is_the_peers_fault(server):
    member = {"client_id": NUL, "username": "alice", "password": "x"}
    assert server.http.post("/login", json=member).status_code == 400
    bearer = {"authorization": f"Bearer {'t' * 43}"}
    assert server.http.get("/register/a%00b", headers=bearer).status_code == 401
    assert server.http.delete("/register/a%00b", headers=bearer).status_code == 401
    with closing(Browser(server.url)) as browser:
        browser.sign_in(browser.http.get("/signin"), "alice", PASSWORDS["alice"])
        assert browser.http.get("/account/apps/a%00b").status_code == 404


@pytest.mark.postgres
@pytest.mark.requirement("oauth:E-2:no-500")
@pytest.mark.parametrize("number", [2**63, 10**30])
def test_cursor_beyond_what_a_database_counts_reads_everything(server, number):
    for cursor in (f"0.{number}", f"{number}.0"):
        answer = server.http.get(
            "/revocations", params={"cursor": cursor}, headers=basic("shop", SECRET)
        )
        assert answer.status_code == 200
        assert (
            answer.json()["cursor"]
            == server.http.get("/revocations", headers=basic("shop", SECRET)).json()["cursor"]
        )
