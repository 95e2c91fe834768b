"""The Starlette guard from outside. Source: access.md G1 to G5; security.md 80 to 93."""

import pytest
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient
from tests.guards.notes import Base, Note, dump, filled, policy

from watchword.guards.errors import UnguardedRoutes
from watchword.guards.starlette import Guard

ISSUER, AUDIENCE = "https://id.example.com", "https://api.example.com"
ALICE = "user_AAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture
def auth(mint, clock) -> Guard:
    return Guard(ISSUER, audience=AUDIENCE, keys=mint.keys, clock=clock)


def mine(mint, **claims):
    return mint.token(**({"aud": AUDIENCE} | claims))


def ask(auth: Guard, routes, method: str, path: str, token: str | None = None, **given):
    app = routes if isinstance(routes, Starlette) else Starlette(routes=routes)
    if not hasattr(app.state, "watchword_guard"):
        auth.install(app)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with TestClient(app, raise_server_exceptions=False) as client:
        return client.request(method, path, headers=headers | given.pop("headers", {}), **given)


def text(auth: Guard):
    async def endpoint(request):
        return PlainTextResponse(auth.user.name)

    return endpoint


@pytest.fixture
def engine(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/notes.db")
    filled(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def notes(mint, clock, engine):
    auth = Guard(
        ISSUER,
        audience=AUDIENCE,
        policy=policy,
        db=sessionmaker(engine),
        keys=mint.keys,
        clock=clock,
    )

    @auth.required
    def index(request):
        with Session(engine) as session:
            rows = session.scalars(policy.select(auth.subject, "read", Note))
            return JSONResponse([dump(note) for note in rows])

    @auth.may("read", Note)
    async def read(request, note):
        return JSONResponse(dump(note))

    @auth.may("update", Note)
    def update(request, note):
        policy.change(auth.subject, "update", note, text="changed")
        request.state.db.commit()
        return JSONResponse(dump(note))

    routes = [
        Route("/notes", index),
        Route("/notes/{id}", read),
        Route("/notes/{id}", update, methods=["PUT"]),
    ]
    app = Starlette(routes=routes)
    auth.install(app)
    return app


@pytest.mark.requirement("guards:starlette:notes")
def test_notes_behave_as_the_policy_says(notes, mint):
    def call(method, path, name, *roles):
        return ask(None, notes, method, path, mine(mint, sub=name, roles=list(roles or ["user"])))

    assert [n["id"] for n in call("GET", "/notes", "bo").json()] == [1, 3]
    assert [n["id"] for n in call("GET", "/notes", "ana", "admin").json()] == [1, 2, 3]
    assert call("GET", "/notes/3", "bo").json()["text"] == "three"
    hidden, absent = (call("GET", f"/notes/{n}", "bo") for n in (2, 99))
    assert (hidden.status_code, hidden.content) == (404, absent.content)
    assert call("PUT", "/notes/3", "bo").status_code == 403
    assert call("PUT", "/notes/1", "bo").json()["text"] == "changed"
    assert call("GET", "/notes/1", "bo").json()["text"] == "changed"
    assert ask(None, notes, "GET", "/notes/1").status_code == 401


def test_row_is_loaded_through_an_async_session(mint, clock, postgres_url):
    engine = create_async_engine(postgres_url.replace("postgresql://", "postgresql+asyncpg://"))
    auth = Guard(
        ISSUER,
        audience=AUDIENCE,
        policy=policy,
        db=async_sessionmaker(engine),
        keys=mint.keys,
        clock=clock,
    )

    @auth.public
    async def make(request):
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with async_sessionmaker(engine)() as session:
            session.add(Note(id=1, owner=ALICE, text="one"))
            await session.commit()
        return PlainTextResponse("made")

    @auth.may("delete", Note)
    async def drop(request, note):
        await request.state.db.delete(note)
        await request.state.db.commit()
        await engine.dispose()
        return PlainTextResponse("gone")

    app = Starlette(
        routes=[
            Route("/make", make, methods=["POST"]),
            Route("/{id}", drop, methods=["DELETE"]),
        ]
    )
    auth.install(app)
    with TestClient(app) as client:
        assert client.post("/make").text == "made"
        headers = {"Authorization": f"Bearer {mine(mint)}"}
        assert client.delete("/9", headers=headers).status_code == 404
        assert client.delete("/1", headers=headers).text == "gone"


@pytest.mark.requirement("security:80:bare-route")
def test_bare_route_stops_the_start_and_is_named(auth):
    def bare(request):
        return PlainTextResponse("x")

    class Half(HTTPEndpoint):
        @auth.required
        async def get(self, _request):
            return PlainTextResponse("x")

        async def post(self, _request):
            return PlainTextResponse("x")

    class Foreign:
        pass

    app = Starlette(
        routes=[
            Route("/open", bare),
            Route("/half", Half),
            Route("/foreign", Foreign, methods=["GET"]),
            WebSocketRoute("/ws", auth.required(bare)),
            Mount("/files", StaticFiles(directory=".")),
            Mount("/in", routes=[Route("/side", bare), Route("/good", auth.required(bare))]),
            Host("other.example", Router([Route("/hosted", bare)])),
        ]
    )
    auth.install(app)
    with pytest.raises(UnguardedRoutes) as refused, TestClient(app):
        pass
    assert refused.value.routes == (
        "GET /open",
        "Route /half",
        "GET /foreign",
        "WebSocketRoute /ws",
        "Mount /files",
        "GET /in/side",
        "GET /hosted",
    )


def test_public_is_declared_by_path_name_or_decorator(mint, clock):
    auth = Guard(
        ISSUER, audience=AUDIENCE, keys=mint.keys, public=["/a", "b", "/files"], clock=clock
    )
    inner = Starlette(routes=[])
    Guard(ISSUER, audience=AUDIENCE, keys=mint.keys, clock=clock).install(inner)

    def plain(request):
        return PlainTextResponse("x")

    routes = [
        Route("/a", plain),
        Route("/b", plain, name="b"),
        Route("/c", auth.public(plain)),
        Mount("/files", StaticFiles(directory=".")),
        Mount("/inner", inner),
    ]
    for path in ("/a", "/b", "/c"):
        assert ask(auth, Starlette(routes=list(routes)), "GET", path).text == "x"
    words = {each.path: each.access for each in auth.routes()}
    assert words["/inner"] == "guarded by itself"
    assert {words[path] for path in ("/a", "/b", "/c", "/files")} == {"public"}


def test_guard_without_an_application_has_no_routes(auth):
    with pytest.raises(RuntimeError, match="install"):
        auth.routes()
    with pytest.raises(TypeError, match="policy="):
        auth.may("read", Note)


def test_scopes_are_required_and_named(auth, mint):
    routes = [Route("/x", auth.required("notes:read", "notes:delete")(text(auth)))]
    refused = ask(auth, routes, "GET", "/x", mine(mint))
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert 'scope="notes:read notes:delete"' in refused.headers["www-authenticate"]
    app = Starlette(routes=routes)
    assert (
        'scope="notes:read notes:delete"' in ask(auth, app, "GET", "/x").headers["www-authenticate"]
    )
    good = mine(mint, scope="notes:read notes:delete")
    assert ask(auth, app, "GET", "/x", good).text == "alice"
    assert list(auth.scopes) == ["notes:read", "notes:delete"]


def test_owner_login_and_person_of_the_request(auth, mint):
    @auth.require(owner=lambda request: {"7": ALICE}.get(request.path_params["id"]))
    def thing(request):
        return PlainTextResponse(request.user.name)

    app = Starlette(
        routes=[
            Route("/things/{id}", thing),
            Route("/pay", auth.require(acr="aal2")(text(auth))),
        ]
    )
    assert ask(auth, app, "GET", "/things/7", mine(mint)).text == "alice"
    assert ask(auth, app, "GET", "/things/8", mine(mint)).status_code == 403
    assert ask(auth, app, "GET", "/things/8", mine(mint, roles=["admin"])).status_code == 200
    assert ask(auth, app, "GET", "/pay", mine(mint)).json()["code"] == "step_up_required"


def test_owner_may_be_a_path_of_the_row(mint, clock, engine):
    auth = Guard(
        ISSUER,
        audience=AUDIENCE,
        policy=policy,
        db=sessionmaker(engine),
        keys=mint.keys,
        clock=clock,
    )

    @auth.may("read", Note)
    @auth.require("notes:read", owner="note.owner")
    def read(request, note):
        return PlainTextResponse(note.text)

    app = Starlette(routes=[Route("/{id}", read)])
    assert ask(auth, app, "GET", "/3", mine(mint, sub="cy")).text == "three"
    assert ask(auth, app, "GET", "/3", mine(mint, sub="bo")).status_code == 403
    assert auth.routes()[0].access == "may('read', Note)"


def test_optional_knows_who_sends_a_token(auth, mint):
    @auth.optional
    async def hello(request):
        return PlainTextResponse(auth.caller.name if auth.caller else "nobody")

    @auth.public
    async def stranger(request):
        return PlainTextResponse(auth.user.name)

    app = Starlette(routes=[Route("/hello", hello), Route("/stranger", stranger)])
    assert ask(auth, app, "GET", "/hello").text == "nobody"
    assert ask(auth, app, "GET", "/hello", mine(mint)).text == "alice"
    assert ask(auth, app, "GET", "/hello", mine(mint, exp=1)).status_code == 401
    assert ask(auth, app, "GET", "/stranger", mine(mint)).status_code == 401


def test_class_declares_for_each_of_its_methods(auth, mint):
    class Notes(HTTPEndpoint):
        @auth.required
        async def get(self, _request):
            return PlainTextResponse(auth.user.name)

        @auth.public
        def post(self, _request):
            return PlainTextResponse("open")

    app = Starlette(routes=[Route("/x", Notes)])
    assert ask(auth, app, "GET", "/x").status_code == 401
    assert ask(auth, app, "GET", "/x", mine(mint)).text == "alice"
    assert ask(auth, app, "POST", "/x").text == "open"
    assert ask(auth, app, "DELETE", "/x").json()["code"] == "method_not_allowed"


def test_framework_answers_problems_and_no_host(auth, mint):
    async def broken(request):
        raise ZeroDivisionError

    app = Starlette(
        routes=[
            Route("/broken", auth.public(broken)),
            Route("/dir/", auth.required(text(auth))),
        ]
    )
    assert ask(auth, app, "GET", "/nowhere").json()["code"] == "not_found"
    assert ask(auth, app, "GET", "/broken").json()["code"] == "server_error"
    moved = ask(auth, app, "GET", "/dir", headers={"Host": "evil.example"}, follow_redirects=False)
    assert moved.headers["location"] == "/dir/"


def test_body_that_middleware_reads_is_refused_to_a_stranger(auth, mint):
    """What reads inside of the guard, before the endpoint, meets the refusal."""
    read = []

    def eager(endpoint):
        async def outer(request):
            read.append(await request.body())
            return await endpoint(request)

        outer.__dict__.update(endpoint.__dict__)
        return outer

    app = Starlette(routes=[Route("/x", eager(auth.required(text(auth))), methods=["POST"])])
    assert ask(auth, app, "POST", "/x", content=b"body").status_code == 401
    assert read == []
    assert ask(auth, app, "POST", "/x", mine(mint), content=b"body").text == "alice"
