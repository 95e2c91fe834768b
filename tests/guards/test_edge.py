"""What a guarded application answers in the place of its framework.

Source: RFC 9457; RFC 9110 sections 10.2.2 and 15.5.6; security.md rule 97.
"""

from typing import Annotated
from urllib.parse import urljoin

import pytest
from fastapi import Body, FastAPI, HTTPException
from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.staticfiles import StaticFiles

from watchword.base.reasons import REASONS
from watchword.guards.fastapi import Guard

ISSUER = "https://id.example.com"
EVIL = {"host": "evil.example"}


def boom() -> None:
    raise RuntimeError("canary of the application")


@pytest.fixture
def app(mint, clock, tmp_path) -> FastAPI:
    app = FastAPI(max_body_size=100)
    auth = Guard(ISSUER, audience="notes", keys=mint.keys, clock=clock, public=["/files"])
    auth.install(app)

    def create(text: Annotated[str, Body()]) -> str:
        return text

    def missing() -> None:
        raise HTTPException(404, "No such paper", {"X-Own": "1"})

    def mute() -> None:
        raise HTTPException(404)

    def away() -> RedirectResponse:
        return RedirectResponse("https://elsewhere.example/x")

    public = [auth.public]
    app.post("/notes", dependencies=[auth.user])(create)
    app.post("/form", dependencies=public)(create)
    app.get("/missing", dependencies=public)(missing)
    app.get("/mute", dependencies=public)(mute)
    app.get("/boom", dependencies=public)(boom)
    app.get("/away", dependencies=public)(away)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.html").write_text("docs")
    app.mount("/files", StaticFiles(directory=tmp_path, html=True))
    app.get("/{one}/{two}", dependencies=public)(lambda one, two: one + two)
    return app


@pytest.fixture
def client(app):
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.mark.requirement("guards:framework-problems")
@pytest.mark.parametrize(
    ("method", "path", "body", "wanted"),
    [
        ("GET", "/nothing", None, (404, "not_found")),
        ("GET", "/files/nothing.html", None, (404, "not_found")),
        ("GET", "/mute", None, (404, "not_found")),
        ("DELETE", "/notes", None, (405, "method_not_allowed")),
        ("POST", "/notes", b'"' + b"x" * 100 + b'"', (413, "invalid_request")),
        ("POST", "/form", b"\xff", (400, "invalid_request")),
        ("GET", "/boom", None, (500, "server_error")),
    ],
)
def test_framework_answers_as_the_guard_does(client, mint, method, path, body, wanted):
    status, code = wanted
    headers = {"Authorization": f"Bearer {mint.token()}", "Content-Type": "application/json"}
    answer = client.request(method, path, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert (problem["code"], problem["status"]) == (code, status)
    assert problem["type"] == f"{ISSUER}/errors/{code}"
    assert problem["title"] == REASONS[code].title
    assert problem["hint"] == REASONS[code].fix
    assert ("id" in problem) is (status != 404)
    assert "canary" not in answer.text


def test_chunked_body_is_counted_as_it_arrives(client, mint):
    headers = {"Authorization": f"Bearer {mint.token()}", "Content-Type": "application/json"}
    answer = client.post("/notes", content=iter([b"x" * 60, b"x" * 60]), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "invalid_request")


def test_headers_of_the_answer_stay(client):
    assert client.delete("/notes").headers["allow"] == "POST"


def test_words_of_the_application_stay(client):
    answer = client.get("/missing")
    assert (answer.status_code, answer.json()) == (404, {"detail": "No such paper"})
    assert answer.headers["x-own"] == "1"


def test_answer_that_goes_on_after_the_phrase_stays(app, client):
    def pieces() -> StreamingResponse:
        return StreamingResponse(iter([b"Not Found", b", but near"]), 404)

    app.router.routes.insert(
        0, APIRoute("/pieces", pieces, dependencies=[app.state.watchword_guard.public])
    )
    assert client.get("/pieces").text == "Not Found, but near"


def test_handler_of_the_application_stays(app):
    app.add_exception_handler(404, lambda _request, _error: JSONResponse({"own": 1}, 404))
    with TestClient(app) as client:
        assert client.get("/nothing").json() == {"own": 1}


def test_broken_application_leaves_the_id_in_the_log(client, caplog):
    problem = client.get("/boom").json()
    assert problem["id"] in caplog.text


@pytest.mark.requirement("guards:no-redirect-from-host")
@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/files/docs", "/files/docs/"),
        ("/files/docs?a=//evil", "/files/docs/?a=//evil"),
        ("/a/b/", "/a/b"),
        ("/a/b/?c=1", "/a/b?c=1"),
    ],
)
def test_redirect_names_no_host(client, path, location):
    answer = client.get(path, headers=EVIL)
    assert answer.status_code == 307
    assert answer.headers["location"] == location


@pytest.mark.requirement("guards:no-redirect-from-host")
def test_path_that_looks_like_a_host_stays_a_path(app, client):
    app.get("//{host}", dependencies=[app.state.watchword_guard.public])(lambda host: host)
    answer = client.get("http://testserver//evil.example/", headers=EVIL)
    assert answer.status_code == 307
    there = urljoin("https://api.example.com/", answer.headers["location"])
    assert there.startswith("https://api.example.com/")


def test_redirect_of_the_application_stays(client):
    answer = client.get("/away", headers={"host": "elsewhere.exam"})
    assert answer.headers["location"] == "https://elsewhere.example/x"
