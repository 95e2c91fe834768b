"""The Django door: the whole server inside a site. Source: users.md section 5, U1, U7, U9, U13."""

import hashlib
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from tests.flows.notes_services import Administration, bind, example_running, sqlite_url

PROJECT = Path(__file__).parent / "django_whole"
FIELD = re.compile(r'name="form_token" value="([^"]+)"')
HTML = {"accept": "text/html"}


@dataclass
class Site:
    http: httpx2.Client
    url: str
    people: Administration

    def log_in(self, name: str = "alice") -> dict[str, str]:
        body = {"username": name, "password": self.people.passwords[name]}
        answer = self.http.post("/id/login", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sign_in(self, name: str) -> None:
        page = self.http.get("/id/signin", headers=HTML)
        form = {
            "username": name,
            "password": self.people.passwords[name],
            "form_token": FIELD.findall(page.text)[0],
        }
        answer = self.http.post("/id/signin", data=form)
        assert answer.status_code == 303, answer.text


# Django's own bridge from each kind of server, in a process of its own.
@pytest.fixture(scope="module", params=["uvicorn", "werkzeug"], ids=["asgi", "wsgi"])
def served(request, tmp_path_factory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    listening, url = bind()
    people = Administration(sqlite_url(home / "server.db"))
    people.add_people()
    program = "app:app" if request.param == "uvicorn" else "app:wsgi"
    variables = {
        "SITE_DATABASE": str(home / "site.db"),
        "SITE_SERVER_DATABASE": people.database,
        "SITE_URL": url,
        "PYTHONPATH": str(PROJECT),
    }
    with (
        example_running(PROJECT, program, listening, server=request.param, **variables),
        httpx2.Client(base_url=url, timeout=60) as http,
    ):
        yield Site(http, url, people)


@pytest.fixture
def site(served) -> Site:
    served.http.cookies.clear()
    return served


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.requirement("users:5:django-server", "users:U9:server-in-django")
def test_person_logs_in_calls_refreshes_and_logs_out(site):
    assert site.http.get("/notes").json()["code"] == "token_missing"
    pair = site.log_in()
    header = bearer(pair["access_token"])
    assert site.http.get("/notes", headers=header).json() == {"owner": "alice"}
    me = site.http.get("/id/me", headers=header).json()
    assert me["preferred_username"] == "alice"
    assert site.http.get("/later", headers=header).json() == {"id": me["sub"]}
    answer = site.http.post("/id/refresh", json={"refresh_token": pair["refresh_token"]})
    fresh = answer.json()
    assert site.http.get("/notes", headers=bearer(fresh["access_token"])).status_code == 200
    ended = site.http.post("/id/logout", json={"refresh_token": fresh["refresh_token"]})
    assert (ended.status_code, ended.content) == (204, b"")
    gone = site.http.get("/notes", headers=bearer(fresh["access_token"]))
    assert (gone.status_code, gone.json()["code"]) == (401, "session_ended")
    assert site.http.get("/later", headers=bearer(fresh["access_token"])).status_code == 401


@pytest.mark.requirement("users:5:django-server", "users:U9:server-in-django")
def test_browser_signs_in_and_an_application_gets_its_token(site):
    verifier = secrets.token_urlsafe(32)
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    request = {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": f"{site.url}/callback",
        "scope": "notes:read",
        "state": "s",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    site.sign_in("alice")
    answer = site.http.get("/id/authorize", params=request, headers=HTML)
    while not answer.headers.get("location", "").startswith(f"{site.url}/callback"):
        assert answer.status_code in {302, 303}, answer.text
        answer = site.http.get(answer.headers["location"], headers=HTML)
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (told["iss"], told["state"]) == ([f"{site.url}/id"], ["s"])
    form = {
        "grant_type": "authorization_code",
        "client_id": "app",
        "code": told["code"][0],
        "code_verifier": verifier,
        "redirect_uri": f"{site.url}/callback",
    }
    pair = site.http.post("/id/token", data=form).json()
    assert site.http.get("/notes", headers=bearer(pair["access_token"])).json() == {
        "owner": "alice"
    }
    assert site.http.post("/id/token", data=form).json()["error"] == "invalid_grant"


@pytest.mark.requirement("users:U9:server-in-django")
def test_pages_of_accounts_and_administration_are_the_servers(site):
    """Its cookies and headers leave as it sent them, whatever Django's middleware adds."""
    site.sign_in("admin")
    for place in ("/id/account", "/id/admin"):
        page = site.http.get(place, headers=HTML)
        assert page.status_code == 200, page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
    [session] = [name for name in site.http.cookies if "session" in name]
    answer = site.http.get("/id/signin", headers=HTML | {"cookie": ""})
    fields = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "path=/", "samesite=lax"} <= fields
    site.http.cookies.clear()
    assert site.http.get("/id/account", headers=HTML).status_code == 303
    assert session.startswith("watchword-session-")


@pytest.mark.requirement("users:U13:path-inserted-metadata")
def test_metadata_stand_where_clients_look(site):
    metadata = site.http.get("/.well-known/oauth-authorization-server/id").json()
    assert metadata == site.http.get("/id/.well-known/openid-configuration").json()
    assert (metadata["issuer"], "notes:read" in metadata["scopes_supported"]) == (
        f"{site.url}/id",
        True,
    )
    assert site.http.get(metadata["jwks_uri"]).json()["keys"]
    assert site.http.head("/id/.well-known/jwks.json").content == b""


def test_site_and_server_refuse_each_in_its_way(site):
    assert site.http.get("/id/nothing").status_code == 404
    assert site.http.get("/nothing").json()["code"] == "not_found"
    too_long = b"x" * (1024 * 1024 + 1)
    assert site.http.post("/id/token", content=too_long).status_code == 413
    foreign = site.http.post("/id/signin", data={"username": "alice"}, headers=HTML)
    assert foreign.status_code == 403


@pytest.mark.requirement("guards:session:django", "guards:session:sign-in")
def test_page_of_the_site_knows_who_is_signed_in(site):
    sent = site.http.get("/profile?tab=1", headers=HTML)
    assert sent.headers["location"] == "/id/signin?next=%2Fprofile%3Ftab%3D1"
    assert (sent.status_code, sent.headers["cache-control"]) == (303, "no-store")
    assert site.http.get("/profile").json()["code"] == "session_missing"
    assert site.http.get("/hello").json() == site.http.get("/hello-later").json() == {"hello": None}
    site.sign_in("alice")
    assert site.http.get("/hello").json() == {"hello": "alice"}
    assert site.http.get("/hello-later").json() == {"hello": "alice"}
    page = site.http.get("/profile", headers=HTML)
    token = FIELD.findall(page.text)[0]
    told = {"name": "alice", "client": "", "scopes": None}
    assert site.http.post("/profile", data={"form_token": token}).json() == told
    assert site.http.post("/profile", headers={"x-form-token": token}).json() == told
    # Neither guard takes the credential of the other.
    assert site.http.get("/notes").json()["code"] == "token_missing"
    header = bearer(site.log_in()["access_token"])
    site.http.cookies.clear()
    assert site.http.get("/profile", headers=header).json()["code"] == "session_missing"


@pytest.mark.requirement("guards:session:django", "guards:session:origin")
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, {}),
        ({}, {"form_token": "x" * 43}),
        ({"x-form-token": "x" * 43}, {}),
        ({"x-form-token": "GOOD", "origin": "https://evil.example"}, {}),
        ({"x-form-token": "GOOD", "sec-fetch-site": "cross-site"}, {}),
        ({}, {"form_token": ["GOOD", "GOOD"]}),
    ],
)
def test_form_of_another_page_is_refused(site, headers, body):
    site.sign_in("alice")
    good = FIELD.findall(site.http.get("/profile", headers=HTML).text)[0]
    sent = {k: good if v == "GOOD" else v for k, v in headers.items()}
    form = {k: [good if each == "GOOD" else each for each in v] for k, v in body.items()}
    if isinstance(body.get("form_token"), str):
        form = body
    refused = site.http.post("/profile", headers=sent, data=form)
    assert (refused.status_code, refused.json()["code"]) == (403, "foreign_form")


@pytest.mark.requirement("guards:session:django", "guards:session:step-up")
def test_page_asks_for_its_owner_and_for_a_stronger_sign_in(site):
    site.sign_in("alice")
    assert site.http.get("/own/bob").json()["code"] == "not_allowed"
    weak = site.http.get("/vault")
    assert (weak.status_code, weak.json()["code"]) == (401, "step_up_required")
    page = site.http.get("/vault", headers=HTML)
    assert page.headers["location"] == "/id/account/confirm?next=%2Fvault&acr=aal2"
    site.http.cookies.clear()
    site.sign_in("admin")  # who passes every owner
    assert site.http.get("/own/bob").json() == {"roles": ["admin", "user"]}


@pytest.mark.requirement("guards:session:django", "guards:session:ended")
def test_suspended_person_and_ended_session_are_over_at_the_next_request(site):
    site.sign_in("bob")
    site.people.suspend("bob")
    try:
        assert site.http.get("/profile").json()["code"] == "suspended"
    finally:
        site.people.restore("bob")
    over = site.http.get("/profile")
    assert (over.status_code, over.json()["code"]) == (401, "session_ended")
    assert site.http.get("/hello").json() == {"hello": None}
    assert site.http.get("/profile", headers=HTML).status_code == 303
