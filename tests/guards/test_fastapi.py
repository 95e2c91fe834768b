"""The FastAPI guard from outside. Source: security.md 80 to 93; access.md G1 to G5; users.md U2."""

import asyncio
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from watchword.access import Condition, Me, Policy, PolicyError, Row
from watchword.guards.errors import SubjectsUnavailable
from watchword.guards.fastapi import Guard, Subject, User

ISSUER, AUDIENCE = "https://id.example.com", "notes"


class Base(DeclarativeBase):
    pass


class Paper(Base):
    __tablename__ = "paper"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]


class Draft(BaseModel):
    title: str


def papers() -> Policy:
    policy = Policy()

    @policy.allow("read", "update", on=Paper)
    def owner(me: Me, paper: Row[Paper]) -> Condition:
        """What is yours is yours."""
        return paper.owner == me.id

    return policy


@pytest.fixture
def app() -> FastAPI:
    return FastAPI()


@pytest.fixture
def auth(app, mint, clock) -> Guard:
    return Guard(ISSUER, audience=AUDIENCE, keys=mint.keys, clock=clock).install(app)


def ask(app: FastAPI, method: str, path: str, token: str | None = None, **given):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with TestClient(app) as client:
        return client.request(method, path, headers=headers | given.pop("headers", {}), **given)


def test_user_reaches_the_handler(app, auth, mint):
    @app.get("/me")
    def me(user: Annotated[User, auth.user]):
        return user.name

    assert ask(app, "GET", "/me", mint.token()).json() == "alice"
    assert ask(app, "GET", "/me").status_code == 401


def test_optional_lets_nobody_in_and_refuses_a_bad_token(app, auth, mint):
    @app.get("/hello")
    def hello(user: Annotated[User | None, auth.optional]):
        return user and user.name

    assert ask(app, "GET", "/hello").json() is None
    assert ask(app, "GET", "/hello", mint.token()).json() == "alice"
    assert ask(app, "GET", "/hello", mint.token(exp=1)).status_code == 401


def test_subject_is_of_the_policy(app, mint, clock):
    policy = Policy(roles={"admin": ["user"]})
    auth = Guard(ISSUER, audience=AUDIENCE, policy=policy, keys=mint.keys, clock=clock).install(app)

    @app.get("/roles")
    def roles(me: Annotated[Subject, auth.subject]):
        return sorted(me.roles)

    assert ask(app, "GET", "/roles", mint.token(roles=["admin"])).json() == ["admin", "user"]


def test_scope_is_required_and_named(app, auth, mint):
    @app.delete("/notes")
    def drop(user: Annotated[User, auth.require("notes:read", "notes:delete")]):
        return user.id

    answer = ask(app, "DELETE", "/notes", mint.token())
    assert answer.status_code == 403
    assert 'scope="notes:read notes:delete"' in answer.headers["www-authenticate"]
    good = mint.token(scope="notes:delete notes:read")
    assert ask(app, "DELETE", "/notes", good).status_code == 200
    assert list(auth.scopes) == ["notes:read", "notes:delete"]


@pytest.mark.requirement("users:U3:owner-by-id")
def test_owner_or_admin_passes(app, auth, mint):
    def owner(number: int) -> str:
        return {7: "user_AAAAAAAAAAAAAAAAAAAAAA", 8: "alice"}[number]

    @app.delete("/notes/{number}")
    def drop(number: int, user: Annotated[User, auth.require("notes:read", owner=owner)]):
        return number

    assert ask(app, "DELETE", "/notes/7", mint.token()).status_code == 200
    refused = ask(app, "DELETE", "/notes/8", mint.token())  # a name is no id
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert ask(app, "DELETE", "/notes/8", mint.token(roles=["admin"])).status_code == 200
    unscoped = ask(app, "DELETE", "/notes/7", mint.token(scope="other"))
    assert unscoped.json()["code"] == "insufficient_scope"


def test_owner_is_a_dependency(auth):
    with pytest.raises(TypeError, match="dependency"):
        auth.require("notes:delete", owner="owner_id")


def test_store_down_is_503_with_a_time_to_wait(app, mint, clock, subjects):
    auth = Guard(ISSUER, audience=AUDIENCE, keys=mint.keys, subjects=subjects, clock=clock).install(
        app
    )
    app.get("/x", dependencies=[auth.user])(lambda: 1)
    subjects.state = SubjectsUnavailable(retry_after=4)
    answer = ask(app, "GET", "/x", mint.token())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "4"


def test_request_is_authenticated_once(app, mint, clock, subjects):
    auth = Guard(ISSUER, audience=AUDIENCE, keys=mint.keys, subjects=subjects, clock=clock).install(
        app
    )

    @app.post("/x")
    def x(
        body: Draft,
        user: Annotated[User, auth.require("notes:read")],
        me: Annotated[Subject, auth.subject],
    ):
        return [user.id == me.id, body.title]

    answer = ask(app, "POST", "/x", mint.token(), json={"title": "t"})
    assert answer.json() == [True, "t"]
    assert len(subjects.asked) == 1


@pytest.fixture
def engine(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/papers.db")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Paper(id=1, owner="user_AAAAAAAAAAAAAAAAAAAAAA"), Paper(id=2, owner="x")])
        session.commit()
    yield engine
    engine.dispose()


def test_row_is_loaded_judged_and_injected(app, mint, clock, engine):
    def database():
        with Session(engine) as session:
            yield session

    auth = Guard(
        ISSUER, audience=AUDIENCE, policy=papers(), db=database, keys=mint.keys, clock=clock
    ).install(app)

    @app.get("/papers/{number:int}")
    def read(paper: Annotated[Paper, auth.may("read", Paper, key="number")]):
        return paper.id

    assert ask(app, "GET", "/papers/1", mint.token()).json() == 1
    absent, hidden = (ask(app, "GET", f"/papers/{n}", mint.token()) for n in (3, 2))
    assert absent.status_code == 404
    assert absent.content == hidden.content
    schema = app.openapi()["paths"]["/papers/{number}"]["get"]
    assert [each["name"] for each in schema["parameters"]] == ["number"]
    assert schema["security"] == [{"bearer": []}]


def test_row_is_loaded_through_an_async_session(app, mint, clock, engine, postgres_url):
    url = postgres_url.replace("postgresql://", "postgresql+asyncpg://")

    async def database():
        made = create_async_engine(url)
        async with made.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        try:
            async with AsyncSession(made) as session:
                if await session.get(Paper, 1) is None:
                    session.add(Paper(id=1, owner="user_AAAAAAAAAAAAAAAAAAAAAA"))
                    await session.commit()
                yield session
        finally:
            await made.dispose()

    auth = Guard(
        ISSUER, audience=AUDIENCE, policy=papers(), db=database, keys=mint.keys, clock=clock
    ).install(app)

    @app.put("/papers/{id}")
    async def change(paper: Annotated[Paper, auth.may("update", Paper)]):
        return paper.id

    assert ask(app, "PUT", "/papers/1", mint.token()).json() == 1
    assert ask(app, "PUT", "/papers/1", mint.token(sub="user_b")).status_code == 404


def test_may_needs_a_policy_and_a_session(auth):
    with pytest.raises(TypeError, match="policy="):
        auth.may("read", Paper)


def test_policy_is_sealed_when_the_guard_is_installed(app, mint):
    policy = papers()
    Guard(ISSUER, audience=AUDIENCE, policy=policy, keys=mint.keys).install(app)
    with pytest.raises(PolicyError):
        policy.allow("read", on=Paper)(lambda _: True)


@pytest.mark.requirement("guards:body-after-token")
def test_nothing_is_read_for_a_stranger(app, auth, mint):
    @app.post("/notes")
    def create(body: Draft, user: Annotated[User, auth.user]):
        return body

    async def call(token: str | None) -> list[object]:
        events: list[object] = []

        async def receive():
            events.append("read")
            return {"type": "http.request", "body": b'{"title": 1}', "more_body": False}

        async def send(message):
            events.append(message.get("status"))

        headers = [(b"content-type", b"application/json")]
        if token:
            headers.append((b"authorization", f"Bearer {token}".encode()))
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/notes",
            "raw_path": b"/notes",
            "query_string": b"",
            "headers": headers,
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", 80),
        }
        await app(scope, receive, send)
        return events

    assert asyncio.run(call(None))[0] == 401
    assert asyncio.run(call(mint.token(exp=1)))[0] == 401
    assert asyncio.run(call(mint.token()))[:2] == ["read", 422]


def test_errors_of_a_body_are_pointers_without_values(app, auth, mint):
    class Strict(BaseModel, extra="forbid"):
        tags: list[int]

    @app.post("/x")
    def x(body: Strict, page: int, user: Annotated[User, auth.user]):
        return 1

    answer = ask(
        app, "POST", "/x?page=canary", mint.token(), json={"tags": ["canary", 2], "a/b~c": "canary"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "canary" not in answer.text
    found = {(each["in"], each["pointer"]) for each in answer.json()["errors"]}
    assert found == {("query", "/page"), ("body", "/tags/0"), ("body", "/a~1b~0c")}
    many = ask(app, "POST", "/x?page=1", mint.token(), json={"tags": ["x"] * 500})
    assert len(many.json()["errors"]) == 20


def test_own_form_of_validation_errors_stays(app, mint, clock):
    @app.exception_handler(RequestValidationError)
    async def own(_request: Request, _error: Exception) -> JSONResponse:
        return JSONResponse({"own": True}, 418)

    auth = Guard(ISSUER, audience=AUDIENCE, keys=mint.keys, clock=clock).install(app)
    app.get("/x/{n}", dependencies=[auth.user])(lambda n: n)

    @app.get("/n/{n}")
    def n(n: int, user: Annotated[User, auth.user]):
        return n

    assert ask(app, "GET", "/n/x", mint.token()).status_code == 418


def test_refusal_raised_by_a_handler_is_answered(app, mint, clock, engine):
    policy = papers()
    auth = Guard(ISSUER, audience=AUDIENCE, policy=policy, keys=mint.keys, clock=clock).install(app)

    @app.post("/papers")
    def create(me: Annotated[Subject, auth.subject]):
        policy.require(me, "create", Paper(owner=me.id))

    answer = ask(app, "POST", "/papers", mint.token())
    assert answer.status_code == 403
    assert answer.json()["id"].startswith("decision_")


@pytest.mark.requirement("users:U2:openapi")
def test_schema_names_the_scheme_and_the_scopes(app, auth):
    app.get("/a", dependencies=[auth.require("notes:read")])(lambda: 1)
    app.get("/b", dependencies=[auth.public])(lambda: 1)
    schema = app.openapi()
    assert schema["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert schema["paths"]["/a"]["get"]["security"] == [{"bearer": ["notes:read"]}]
    assert "security" not in schema["paths"]["/b"]["get"]


def test_dependency_can_be_replaced_in_an_applications_own_tests(app, auth):
    """FastAPI's usual way: `dependency_overrides`."""

    @app.get("/me")
    def me(user: Annotated[User, auth.user]):
        return user

    app.dependency_overrides[auth.user.dependency] = lambda: "somebody"
    assert ask(app, "GET", "/me").json() == "somebody"


def test_plain_dependencies_still_work_beside(app, auth, mint):
    def page(limit: int = 10) -> int:
        return limit

    @app.get("/x")
    def x(user: Annotated[User, auth.user], limit: Annotated[int, Depends(page)]):
        return limit

    assert ask(app, "GET", "/x?limit=3", mint.token()).json() == 3


@pytest.mark.parametrize("scope", ["", "two words", 'quo"te', "für"])
def test_scope_that_no_token_can_have_is_refused_where_it_is_declared(auth, mint, scope):
    with pytest.raises(ValueError, match="is no scope"):
        auth.require("notes:read", scope)
    policy = Policy(scopes={scope: ["read"]})
    with pytest.raises(ValueError, match="is no scope"):
        Guard(ISSUER, audience=AUDIENCE, keys=mint.keys, policy=policy).install(FastAPI())
