"""FastAPI's documentation page beside the server. Source: users.md U2, U12; decisions/0193."""

from typing import Annotated

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from watchword.fastapi import Auth, User

ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_URL", raising=False)


def made(app: FastAPI, **options) -> tuple[FastAPI, Auth]:
    auth = Auth("sqlite:///app.db", **options).mount(app)

    @app.get("/notes")
    def notes(user: Annotated[User, auth.require("notes:read")]):
        return user

    return app, auth


def client_in(auth, http, client_id="docs"):
    return http.portal.call(auth.server.runtime.store.find_client, client_id)


@pytest.mark.requirement("users:U2:openapi")
def test_document_says_where_a_token_comes_from_and_what_each_route_asks_for():
    app, _ = made(FastAPI(), scopes={"notes:read": "Read your notes"})
    document = app.openapi()
    schemes = document["components"]["securitySchemes"]
    assert schemes["oauth2"]["flows"] == {
        "authorizationCode": {
            "authorizationUrl": f"{ORIGIN}/auth/authorize",
            "tokenUrl": f"{ORIGIN}/auth/token",
            "refreshUrl": f"{ORIGIN}/auth/token",
            "scopes": {"notes:read": "Read your notes"},
        }
    }
    assert schemes["bearer"]["scheme"] == "bearer"
    assert document["paths"]["/notes"]["get"]["security"] == [
        {"oauth2": ["notes:read"]},
        {"bearer": ["notes:read"]},
    ]


@pytest.mark.requirement("users:U12:docs-client")
def test_page_is_a_client_that_answers_may_go_to_and_nowhere_else():
    app, auth = made(FastAPI(), url="https://api.example/v1")
    with TestClient(app, base_url="https://api.example") as http:
        client = client_in(auth, http)
        assert client.redirect_uris == ("https://api.example/v1/docs/oauth2-redirect",)
        assert client.requires_pkce
        assert not client.is_confidential
        assert not client.is_first_party
        assert client.grant_types == {"authorization_code"}
        assert client.scopes == {"notes:read"}
        page = http.get("/docs").text
        assert '"clientId": "docs", "usePkceWithAuthorizationCodeGrant": true' in page


@pytest.mark.requirement("users:U12:docs-client")
@pytest.mark.parametrize("off", ["docs_url", "openapi_url", "swagger_ui_oauth2_redirect_url"])
def test_application_without_the_page_has_no_such_client(off):
    app, auth = made(FastAPI(**{off: None}))
    with TestClient(app, base_url=ORIGIN) as http:
        assert client_in(auth, http) is None


def test_server_without_pages_offers_no_way_to_sign_in(monkeypatch):
    monkeypatch.setenv("WATCHWORD_AUTHORIZATION_PAGES", "false")
    app, auth = made(FastAPI())
    assert set(app.openapi()["components"]["securitySchemes"]) == {"bearer"}
    with TestClient(app, base_url=ORIGIN) as http:
        assert client_in(auth, http) is None
        assert "cross-origin-opener-policy" not in http.get("/docs").headers


def test_client_of_that_name_and_options_of_the_applications_own_stay():
    app, auth = made(FastAPI(swagger_ui_init_oauth={"clientId": "mine"}))
    auth.server.client("docs", name="Handbook", redirect_uris=["https://handbook.example/cb"])
    with TestClient(app, base_url=ORIGIN) as http:
        assert client_in(auth, http).name == "Handbook"
        assert (
            '"clientId": "mine", "usePkceWithAuthorizationCodeGrant": true'
            in http.get("/docs").text
        )


@pytest.mark.requirement("users:U12:swagger-signs-in")
def test_pages_share_the_opener_policy_of_the_sign_in():
    """Otherwise the browser parts the window from the page that waits for it."""
    app, _ = made(FastAPI())
    with TestClient(app, base_url=ORIGIN) as http:
        policy = http.get("/auth/signin").headers["cross-origin-opener-policy"]
        for path in ("/docs", "/docs/oauth2-redirect"):
            assert http.get(path).headers["cross-origin-opener-policy"] == policy, path
        assert "cross-origin-opener-policy" not in http.get("/notes").headers


@pytest.mark.parametrize(
    ("host", "is_led"),
    [
        ("localhost:8000", True),
        ("[::1]:8000", True),
        ("127.0.0.1:8000", False),
        ("localhost:3000", False),
        ("localhost", False),
        ("evil.example:8000", False),
        ("[", False),
    ],
)
def test_other_name_of_this_machine_leads_to_the_public_url(host, is_led):
    """Only the public URL is registered, and only there are the pages of one origin."""
    app, _ = made(FastAPI())
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as http:
        answer = http.get("/docs", headers={"host": host})
        assert answer.headers.get("location") == (f"{ORIGIN}/docs" if is_led else None)
        assert answer.status_code == (307 if is_led else answer.status_code)
