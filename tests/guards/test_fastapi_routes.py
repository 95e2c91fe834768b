"""Which routes start, and what reaches them. Source: security.md rules 80, 81, 92 and 93."""

import asyncio
import contextlib
from typing import Annotated

import pytest
from fastapi import APIRouter, Body, FastAPI, Security, WebSocket
from fastapi.responses import PlainTextResponse
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.testclient import TestClient
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from watchword.base.reasons import REASONS
from watchword.guards.errors import UnguardedRoutes
from watchword.guards.fastapi import Guard, User

ISSUER, AUDIENCE = "https://id.example.com", "notes"


@pytest.fixture
def app() -> FastAPI:
    return FastAPI()


@pytest.fixture
def auth(app, mint, clock) -> Guard:
    return Guard(ISSUER, audience=AUDIENCE, keys=mint.keys, clock=clock).install(app)


def ask(app: FastAPI, method: str, path: str, token: str | None = None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with TestClient(app) as client:
        return client.request(method, path, headers=headers)


@pytest.mark.requirement("security:80:bare-route")
def test_bare_route_stops_the_start_and_is_named(app, auth):
    app.get("/open")(lambda: 1)
    with pytest.raises(UnguardedRoutes, match=r"GET /open"), TestClient(app):
        pass


@pytest.mark.requirement("security:80:foreign-scheme")
@pytest.mark.parametrize(
    "scheme", [HTTPBearer(), HTTPBearer(auto_error=False), APIKeyHeader(name="x-key")]
)
def test_security_scheme_that_proves_nothing_guards_no_route(app, auth, scheme, tmp_path):
    app.get("/believed", dependencies=[Security(scheme)])(lambda: 1)
    app.get("/both", dependencies=[Security(scheme), auth.user])(lambda: 1)
    router = APIRouter(dependencies=[Security(scheme)])
    (tmp_path / "index.html").write_text("x")
    router.frontend("/ui", directory=tmp_path)
    app.include_router(router)
    assert bare(app) == ("GET /believed", "front end /ui")


def test_route_of_another_guard_is_left_to_that_guard(app, auth, mint, clock):
    """Each guard knows one issuer: its tokens open its own routes and no others."""
    theirs = "https://other.example.com"
    other_mint = type(mint)(clock)
    other = Guard(theirs, audience=AUDIENCE, keys=other_mint.keys, clock=clock).install(app)

    def handler(text: Annotated[str, Body()]) -> str:
        return text

    app.post("/theirs", dependencies=[other.user])(handler)
    app.post("/ours", dependencies=[auth.user])(handler)
    token = other_mint.token(iss=theirs)
    statuses = {}
    with TestClient(app, headers={"Authorization": f"Bearer {token}"}) as client:
        for path in ("/theirs", "/ours"):
            statuses[path] = client.post(path, json="text").status_code
    assert statuses == {"/theirs": 200, "/ours": 401}


@pytest.mark.requirement("security:80:own-lifespan")
def test_own_lifespan_does_not_hide_a_bare_route(mint):
    started = []

    @contextlib.asynccontextmanager
    async def lifespan(_app):
        started.append(True)
        yield

    app = FastAPI(lifespan=lifespan)
    Guard(ISSUER, audience=AUDIENCE, keys=mint.keys).install(app)
    app.get("/open")(lambda: 1)
    with pytest.raises(UnguardedRoutes), TestClient(app):
        pass
    assert started == []


@pytest.mark.requirement("security:80:mounted")
def test_mounted_app_with_a_bare_route_answers_503(app, auth, caplog):
    app.get("/open")(lambda: "secret")
    outer = FastAPI()
    outer.mount("/api", app)
    with TestClient(outer) as client:
        for _ in range(2):
            answer = client.get("/api/open")
            assert answer.status_code == 503
            assert answer.json()["title"] == REASONS["unguarded_routes"].title
            assert "/open" not in answer.text
    assert "GET /open" in caplog.text


def bare(app: FastAPI) -> tuple[str, ...]:
    with pytest.raises(UnguardedRoutes) as refused, TestClient(app):
        pass
    return refused.value.routes


def test_every_kind_of_route_has_to_declare(app, auth, tmp_path):
    router = APIRouter()
    router.get("/included")(lambda: 1)
    router.get("/guarded", dependencies=[auth.user])(lambda: 1)
    app.include_router(router, prefix="/v1")
    app.include_router(router, prefix="/v2", dependencies=[auth.user])
    app.add_route("/starlette", lambda _: PlainTextResponse("x"))
    app.mount("/files", StaticFiles(directory=tmp_path))
    app.mount("/other", FastAPI())
    (tmp_path / "index.html").write_text("x")
    app.frontend("/ui", directory=tmp_path)
    router.frontend("/ui", directory=tmp_path)

    @app.websocket("/ws")
    async def ws(socket: WebSocket, user: Annotated[User, auth.user]):
        pass

    found = " | ".join(bare(app))
    for path in ("/v1/included", "/starlette", "/files", "/other", "/ws", "/ui"):
        assert path in found
    assert "front end /v1/ui" in found
    assert "/v2" not in found.replace("/v2/ui", "")
    assert "guarded" not in found


@pytest.mark.requirement("security:92:websocket-refused")
def test_websocket_is_closed_while_the_app_is_bare(app, auth):
    @app.websocket("/ws")
    async def ws(socket: WebSocket, user: Annotated[User, auth.user]):
        await socket.accept()

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": "/ws", "headers": [], "query_string": b""}
    asyncio.run(app(scope, None, send))
    assert sent == [{"type": "websocket.close", "code": 1011}]


def test_public_routes_are_named_or_marked(app, mint, tmp_path):
    auth = Guard(
        ISSUER, audience=AUDIENCE, keys=mint.keys, public=["/files", "named", "/ws", "/ui"]
    ).install(app)
    app.get("/health", dependencies=[auth.public])(lambda: 1)
    app.add_route("/starlette", lambda _: PlainTextResponse("x"), name="named")
    (tmp_path / "index.html").write_text("front")
    app.mount("/files", StaticFiles(directory=tmp_path))
    app.frontend("/ui", directory=tmp_path)
    inner = FastAPI()
    inner_auth = Guard(ISSUER, audience=AUDIENCE, keys=mint.keys).install(inner)
    inner.get("/x", dependencies=[inner_auth.user])(lambda: 1)
    app.router.routes.append(Mount("/inner", inner))

    @app.websocket("/ws")
    async def ws(socket: WebSocket):
        await socket.accept()
        await socket.close()

    with TestClient(app) as client:
        assert client.get("/health").json() == 1
        assert client.get("/starlette").text == "x"
        assert client.get("/ui/").text == "front"
        assert client.get("/docs").status_code == 200
        assert client.get("/openapi.json").status_code == 200
        assert client.get("/inner/x").status_code == 401
        with client.websocket_connect("/ws"):
            pass


def test_docs_that_are_switched_off_are_no_hole(mint):
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    Guard(ISSUER, audience=AUDIENCE, keys=mint.keys).install(app)
    app.get("/docs")(lambda: 1)
    assert bare(app) == ("GET /docs",)


@pytest.mark.requirement("security:81:matched-route")
@pytest.mark.parametrize(
    "path",
    [
        "/admin",
        "//admin",
        "/admin/",
        "/./admin",
        "/public/../admin",
        "/public/%2e%2e/admin",
        "/%61dmin",
        "/ADMIN",
        "/admin;x",
        "/admin%00",
        "/admin?x=/public",
        "/admin#/public",
        "/public/..%2fadmin",
    ],
)
def test_no_spelling_of_a_path_passes_the_guard(app, auth, path):
    """Whatever the framework matches, the guard has decided on that very route."""
    app.get("/admin", dependencies=[auth.user])(lambda: "secret")
    app.get("/public/{rest:path}", dependencies=[auth.public])(lambda: "public")
    answer = ask(app, "GET", path)
    assert "secret" not in answer.text


@pytest.mark.requirement("security:93:methods")
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH", "TRACE", "FROBNICATE"])
def test_methods_without_a_handler_reach_nothing(app, auth, mint, method):
    app.get("/x", dependencies=[auth.user])(lambda: "secret")
    app.api_route("/y", methods=[method], dependencies=[auth.user])(lambda: "secret")
    assert ask(app, method, "/x", mint.token()).status_code == 405
    assert ask(app, method, "/y").status_code == 401
    assert ask(app, method, "/y", mint.token()).status_code == 200
