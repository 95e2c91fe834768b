"""Pages of other origins at the login API. oauth.md E-3 and L-12."""

import httpx2
import pytest

from watchword.base.secrets import Secret
from watchword.server.app import AuthServer
from watchword.server.settings import Settings

APP, SHOP, EVIL = "https://app.example", "https://shop.example", "https://evil.example"
PASSWORD = "alice walks seven brown dogs"
LOGIN_API = ("/login", "/authorize-challenge", "/refresh", "/logout")


@pytest.fixture
def server(tmp_path, clock, started_in):
    settings = Settings(database=f"sqlite:///{tmp_path}/w.db", signing_alg="ES256")
    auth = AuthServer(settings, clock=clock)
    auth.client("app", name="App", first_party=True, allowed_origins=[APP])
    auth.client("other", name="Other", first_party=True, allowed_origins=["https://o.example"])
    auth.client("shop", name="Shop", secret=Secret("s" * 43), allowed_origins=[SHOP])
    with started_in(auth, auth) as started:
        started.add_user("alice")
        yield started


def log_in(server, origin: str | None, client_id="app", **members) -> httpx2.Response:
    headers = {} if origin is None else {"origin": origin}
    known = {"username": "alice", "password": PASSWORD, "client_id": client_id}
    return server.post("/login", json={**known, **members}, headers=headers)


def preflight(server, path: str, origin: str) -> httpx2.Response:
    asked = {"origin": origin, "access-control-request-method": "POST"}
    return server.request("OPTIONS", path, headers=asked)


@pytest.mark.requirement("oauth:E-3:listed-origins")
@pytest.mark.parametrize("path", LOGIN_API)
def test_a_preflight_is_answered_for_an_origin_that_a_first_party_client_lists(server, path):
    answer = preflight(server, path, APP)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == APP
    assert "POST" in answer.headers["access-control-allow-methods"].split(", ")
    assert "Content-Type" in answer.headers["access-control-allow-headers"]
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.requirement("oauth:E-3:listed-origins")
@pytest.mark.parametrize("path", LOGIN_API)
@pytest.mark.parametrize("origin", [EVIL, SHOP, "null", "https://app.example:443", APP + "/"])
def test_any_other_preflight_is_told_nothing(server, path, origin):
    answer = preflight(server, path, origin)
    assert answer.status_code == 204
    assert answer.headers["vary"] == "Origin"
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.requirement("oauth:L-12:listed-on-the-client")
def test_a_page_of_a_listed_origin_logs_in_refreshes_and_logs_out(server):
    page = {"origin": APP}
    answer = log_in(server, APP)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["vary"] == "Origin"
    sent = {"client_id": "app", "refresh_token": answer.json()["refresh_token"]}
    answer = server.post("/refresh", json=sent, headers=page)
    assert answer.status_code == 200
    bearer = {**page, "authorization": f"Bearer {answer.json()['access_token']}"}
    assert server.post("/logout", headers=bearer).status_code == 204
    sent["refresh_token"] = log_in(server, APP).json()["refresh_token"]
    assert server.post("/logout", json=sent, headers=page).status_code == 204


@pytest.mark.requirement("oauth:L-12:listed-on-the-client")
def test_a_page_logs_in_by_the_challenge_endpoint(server):
    form = {"username": "alice", "password": PASSWORD, "client_id": "app"}
    answer = server.post("/authorize-challenge", data=form, headers={"origin": APP})
    assert "authorization_code" in answer.json()
    refused = server.post("/authorize-challenge", data=form, headers={"origin": EVIL})
    assert (refused.status_code, refused.json()["error"]) == (403, "unauthorized_client")


@pytest.mark.requirement("oauth:L-12:listed-on-the-client")
@pytest.mark.parametrize(
    ("origin", "client_id"),
    [(EVIL, "app"), ("null", "app"), (APP, "other"), ("https://o.example", "app"), ("", "app")],
)
def test_a_page_that_the_client_does_not_list_is_refused(server, origin, client_id):
    """Also where another client lists it: that page can read the refusal and no more."""
    refused = log_in(server, origin, client_id)
    assert (refused.status_code, refused.json()["error"]) == (403, "unauthorized_client")
    is_listed = origin in {APP, "https://o.example"}
    assert ("access-control-allow-origin" in refused.headers) is is_listed


@pytest.mark.requirement("oauth:L-12:listed-on-the-client")
def test_stolen_tokens_are_worth_nothing_on_another_page(server):
    pair = log_in(server, None).json()
    page = {"origin": EVIL}
    sent = {"client_id": "app", "refresh_token": pair["refresh_token"]}
    for path in ("/refresh", "/logout"):
        assert server.post(path, json=sent, headers=page).status_code == 403
    bearer = {"authorization": f"Bearer {pair['access_token']}"}
    assert server.post("/logout", headers={**page, **bearer}).status_code == 403
    assert server.post("/refresh", json=sent).status_code == 200


@pytest.mark.parametrize(("looks", "error"), [(0, "wrong_audience"), (1, "invalid_client")])
def test_a_page_with_the_token_of_a_client_that_is_gone_is_refused(server, looks, error):
    """Gone before anybody looks for it, or between two looks."""
    bearer = {"authorization": f"Bearer {log_in(server, None).json()['access_token']}"}
    store = server.runtime.store
    find, asked = store.find_client, []

    async def nobody(client_id):
        asked.append(client_id)
        return None if asked.count("app") > looks else await find(client_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(store), "find_client", lambda _, client_id: nobody(client_id))
        answer = server.post("/logout", headers={"origin": APP, **bearer})
    assert (answer.status_code, answer.json()["error"]) == (401, error)


def test_an_own_page_and_a_program_need_no_listing(server):
    assert log_in(server, None).status_code == 200
    answer = log_in(server, server.auth.settings.origin)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


def test_two_origins_are_none(server):
    headers = [("origin", APP), ("origin", EVIL)]
    refused = server.post("/login", json={}, headers=headers)
    assert (refused.status_code, refused.json()["error"]) == (403, "unauthorized_client")


def test_a_page_reads_why_it_was_refused(server):
    answer = log_in(server, APP, password="wrong")
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == APP
    assert "WWW-Authenticate" in answer.headers["access-control-expose-headers"]


def test_a_server_that_has_not_started_opens_nothing(server):
    server.run(server.auth.shutdown())
    answer = preflight(server, "/login", APP)
    assert answer.status_code == 204
    assert "access-control-allow-origin" not in answer.headers
    server.run(server.auth.startup())


def test_pages_of_third_parties_use_the_token_endpoint(server):
    """oauth.md E-3: it is open to every origin, as it takes no ambient authority."""
    answer = server.post("/token", data={"grant_type": "refresh_token"}, headers={"origin": EVIL})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.status_code == 400
