"""The Starlette door: a whole server in an application. Source: users.md section 5, U7 and U13."""

import time
from contextlib import asynccontextmanager
from functools import partial

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from tests.guards.browser import HTML, Browser, add_user
from tests.test_fastapi import ALICE, BOB, ORIGIN, Person

from watchword.server.errors import ConfigurationError, NotStarted
from watchword.starlette import Auth

OWNERS = {7: ALICE}


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_URL", raising=False)


def application(auth: Auth, more: list[Route] = (), **given: object) -> Starlette:
    @auth.required
    async def notes(request):
        return JSONResponse({"owner": request.user.name})

    def owner(request):
        return OWNERS[request.path_params["id"]]

    @auth.require("notes:delete", owner=owner)
    def drop(request):
        return JSONResponse({"deleted": request.path_params["id"]})

    routes = [Route("/notes", notes), Route("/notes/{id:int}", drop, methods=["DELETE"])]
    app = Starlette(routes=[*routes, *more], **given)
    assert auth.mount(app) is auth
    return app


@pytest.mark.requirement("users:5:starlette-server")
def test_application_logs_people_in_and_guards_its_endpoints():
    auth = Auth("sqlite:///app.db")
    with TestClient(application(auth), base_url=ORIGIN) as client:
        assert client.get("/notes").status_code == 401
        alice, bob = Person(client, auth, ALICE, "alice"), Person(client, auth, BOB, "bob")
        assert client.get("/notes", headers=alice.header).json() == {"owner": "alice"}
        assert client.delete("/notes/7", headers=alice.header).json() == {"deleted": 7}
        refused = client.delete("/notes/7", headers=bob.header)
        assert refused.json()["type"] == f"{ORIGIN}/auth/errors/not_allowed"
        assert client.get("/auth/me", headers=alice.header).json()["sub"] == ALICE
        told = client.get("/.well-known/oauth-authorization-server/auth").json()
        assert "notes:delete" in told["scopes_supported"]
        suspend = partial(auth.server.runtime.store.suspend_user, BOB, now=int(time.time()))
        client.portal.call(suspend)
        gone = client.get("/notes", headers=bob.header)
        assert (gone.status_code, gone.json()["code"]) == (403, "suspended")
    with pytest.raises(NotStarted):
        _ = auth.server.runtime


@pytest.mark.requirement("users:5:starlette-server")
def test_server_answers_below_another_path_and_pages_are_served():
    auth = Auth("sqlite:///app.db", path="/id", url="https://app.example")
    with TestClient(application(auth), base_url="https://app.example") as client:
        told = client.get("/.well-known/oauth-authorization-server/id").json()
        assert told["issuer"] == "https://app.example/id"
        page = client.get("/id/signin")
        assert (page.status_code, "<form" in page.text) == (200, True)
        assert next(each.path for each in auth.routes() if each.access == "public") == "/id"


def test_lifespan_of_the_application_runs_inside_the_servers():
    seen = []
    auth = Auth("sqlite:///app.db")

    @asynccontextmanager
    async def lifespan(_app):
        seen.append(auth.server.runtime is not None)
        yield {"mine": 1}
        seen.append(auth.server.runtime is not None)

    with TestClient(application(auth, lifespan=lifespan), base_url=ORIGIN) as client:
        assert client.app_state == {"mine": 1}
    assert seen == [True, True]


def test_setting_that_the_server_will_not_start_with_stops_the_import():
    with pytest.raises(ConfigurationError):
        Auth("sqlite:///app.db", path="id")


def pages(auth: Auth) -> list[Route]:
    @auth.session.required
    async def profile(request):
        if request.method == "POST":
            me = auth.session.subject(request)
            return JSONResponse({"name": request.user.name, "scopes": me.scopes})
        token = auth.session.form_token(request)
        return HTMLResponse(f'<input name="form_token" value="{token}">')

    def owner(request):
        return request.path_params["name"]

    @auth.session.required(owner=owner, acr="aal2")
    def vault(request):
        return JSONResponse({})

    @auth.session.optional
    def hello(request):
        user = auth.session.user(request)
        return JSONResponse(user and user.name)

    @auth.session.optional
    def whose(request):
        return JSONResponse(auth.session.subject(request).id)

    return [
        Route("/profile", profile, methods=["GET", "POST"]),
        Route("/vault/{name}", vault),
        Route("/hello", hello),
        Route("/whose", whose),
    ]


@pytest.mark.requirement("guards:session:starlette")
def test_page_knows_who_is_signed_in():
    auth = Auth("sqlite:///app.db")
    with TestClient(application(auth, pages(auth)), base_url=ORIGIN) as client:
        browser = Browser(client, auth)
        me = add_user(browser)
        sent = client.get("/profile?tab=1", headers=HTML, follow_redirects=False)
        assert sent.headers["location"] == "/auth/signin?next=%2Fprofile%3Ftab%3D1"
        assert (sent.status_code, sent.headers["cache-control"]) == (303, "no-store")
        assert client.get("/profile").json()["code"] == "session_missing"
        assert client.get("/hello").json() is None
        assert client.get("/whose").json()["code"] == "session_missing"
        browser.sign_in()
        assert client.get("/hello").json() == "alice"
        told = {"name": "alice", "scopes": None}
        assert client.post("/profile", data={"form_token": browser.token()}).json() == told
        assert client.post("/profile", headers={"x-form-token": browser.token()}).json() == told
        for form in ({}, {"form_token": "x" * 43}):
            refused = client.post("/profile", data=form)
            assert (refused.status_code, refused.json()["code"]) == (403, "foreign_form")
        evil = {"x-form-token": browser.token(), "origin": "https://evil.example"}
        assert client.post("/profile", headers=evil).json()["code"] == "foreign_form"
        assert client.get("/vault/bob").json()["code"] == "not_allowed"
        assert client.get(f"/vault/{me}").json()["code"] == "step_up_required"
        page = client.get(f"/vault/{me}", headers=HTML, follow_redirects=False)
        assert page.headers["location"].startswith("/auth/account/confirm?next=%2Fvault%2F")
        # Neither guard takes the credential of the other.
        assert client.get("/notes").json()["code"] == "token_missing"
        del client.cookies[auth.session._browsers._rules.form]
        assert client.get("/profile").json()["code"] == "session_missing"


@pytest.mark.requirement("guards:session:starlette")
def test_demand_that_no_sign_in_can_meet_stops_the_import():
    with pytest.raises(ValueError, match="give one"):
        Auth("sqlite:///app.db").session.required(max_age="5m", fresh="5m")
