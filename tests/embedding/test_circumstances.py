"""What an application with the server inside says of a request. Source: decisions/0266."""

from typing import Annotated

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from flask import Flask
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from watchword import fastapi, flask, starlette
from watchword.access import Context, Policy


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_URL", raising=False)


def options() -> dict[str, object]:
    return {
        "database": "sqlite:///app.db",
        "policy": Policy(context={"agent": str}),
        "circumstances": lambda request: {"agent": request.headers["user-agent"]},
    }


def in_fastapi() -> object:
    app = FastAPI()
    auth = fastapi.Auth(**options()).mount(app)

    @app.get("/", dependencies=[auth.public])
    def agent(ctx: Annotated[Context | None, auth.circumstances]):
        return ctx.attributes["agent"]

    @app.get("/page", dependencies=[auth.public])
    def page(ctx: Annotated[Context | None, auth.session.circumstances]):
        return ctx.attributes["agent"]

    client = TestClient(app)
    assert client.get("/page", headers={"User-Agent": "x"}).json() == "x"
    return client.get("/", headers={"User-Agent": "x"}).json()


def in_starlette() -> object:
    auth = starlette.Auth(**options())

    @auth.public
    def agent(request):
        return JSONResponse(auth.circumstances.attributes["agent"])

    app = Starlette(routes=[Route("/", agent)])
    auth.mount(app)
    return TestClient(app).get("/", headers={"User-Agent": "x"}).json()


def in_flask() -> object:
    app = Flask("agents")
    auth = flask.Auth(**options()).mount(app)

    @app.get("/")
    @auth.public
    def agent():
        return [auth.circumstances.attributes["agent"]]

    try:
        return app.test_client().get("/", headers={"User-Agent": "x"}).json[0]
    finally:
        auth.close()


@pytest.mark.requirement("guards:circumstances:one-helper")
@pytest.mark.parametrize("asked", [in_fastapi, in_flask, in_starlette])
def test_the_doors_take_what_an_application_says_of_a_request(asked):
    assert asked() == "x"
