"""What a guard tells its policy of a request, and applications that ask the policy themselves.

Source: access.md section 4 (P8) and section 8 (G1); decisions/0266.
"""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    scoped_session,
    sessionmaker,
)
from sqlalchemy.pool import StaticPool
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from tests.guards.conftest import AUDIENCE, ISSUER, USER
from werkzeug.test import Client

from watchword.access import Context, InvalidSubject, Policy, Subject
from watchword.guards import asgi, fastapi, flask, starlette, wsgi
from watchword.guards.circumstances import Circumstances

ENDS = 1_800_000_060


class Base(DeclarativeBase):
    pass


class Leaf(Base):
    __tablename__ = "leaf"

    id: Mapped[int] = mapped_column(primary_key=True)


class LeafShare(Base):
    __tablename__ = "leaf_share"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str | None]
    resource_type: Mapped[str]
    resource_id: Mapped[str]
    relation: Mapped[str]
    subject_id: Mapped[str | None]
    role: Mapped[str | None]
    expires_at: Mapped[int | None]


policy = Policy(context={"now": int}, shares=LeafShare)


@policy.allow("read", on=Leaf)
def shared(me, leaf):
    """What is shared with you, you may read."""
    return leaf.shared("reader", me)


@pytest.fixture
def engine():
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        row = {"resource_type": "leaf", "resource_id": "1", "relation": "reader"}
        session.add_all([Leaf(id=1), LeafShare(**row, subject_id=USER, expires_at=ENDS)])
        session.commit()
    yield engine
    engine.dispose()


def in_flask(engine, policy=policy, **options):
    app = Flask("leaves")
    database = scoped_session(sessionmaker(engine))
    auth = flask.Guard(ISSUER, audience=AUDIENCE, policy=policy, db=database, **options)
    auth.install(app)

    @app.get("/<int:id>")
    @auth.may("read", Leaf)
    def read(leaf):
        return {"id": leaf.id}

    @app.get("/")
    @auth.required
    def index():
        rows = policy.select(auth.subject, "read", Leaf, auth.circumstances)
        return [leaf.id for leaf in database.scalars(rows)]

    return app.test_client()


def in_starlette(engine, policy=policy, **options):
    sessions = sessionmaker(engine)
    auth = starlette.Guard(ISSUER, audience=AUDIENCE, policy=policy, db=sessions, **options)

    @auth.may("read", Leaf)
    def read(request, leaf):
        return JSONResponse({"id": leaf.id})

    @auth.required
    def index(request):
        rows = policy.select(auth.subject, "read", Leaf, auth.circumstances)
        with sessions() as session:
            return JSONResponse([leaf.id for leaf in session.scalars(rows)])

    app = Starlette(routes=[Route("/{id:int}", read), Route("/", index)])
    auth.install(app)
    return TestClient(app)


def in_fastapi(engine, policy=policy, **options):
    def database():
        with Session(engine) as session:
            yield session

    auth = fastapi.Guard(ISSUER, audience=AUDIENCE, policy=policy, db=database, **options)
    app = FastAPI()
    auth.install(app)

    @app.get("/{id}")
    def read(leaf: Annotated[Leaf, auth.may("read", Leaf)]):
        return {"id": leaf.id}

    @app.get("/")
    def index(
        me: Annotated[Subject, auth.subject],
        ctx: Annotated[Context | None, auth.circumstances],
        db: Annotated[Session, Depends(database)],
    ):
        return [leaf.id for leaf in db.scalars(policy.select(me, "read", Leaf, ctx))]

    return TestClient(app)


FRAMEWORKS = [in_fastapi, in_flask, in_starlette]


def answers(client, headers) -> tuple[int, object]:
    """The status of the row, and the rows of the list."""
    index = client.get("/", headers=headers)
    listed = index.json() if callable(index.json) else index.json
    return client.get("/1", headers=headers).status_code, listed


@pytest.mark.requirement("access:P8:shares")
@pytest.mark.requirement("guards:circumstances:one-helper")
@pytest.mark.parametrize("make", FRAMEWORKS)
def test_a_share_counts_until_it_ends(make, engine, mint, clock):
    """For the guard, and for the application's own call of the policy."""
    client = make(engine, keys=mint.keys, clock=clock)
    headers = {"Authorization": f"Bearer {mint.token()}"}
    assert answers(client, headers) == (200, [1])
    clock.time = ENDS
    assert answers(client, headers) == (404, [])


near = Policy(context={"now": int, "network": str}, shares=LeafShare)


@near.allow("read", on=Leaf)
def shared_nearby(me, leaf, ctx):
    """What is shared with you, you may read in the office."""
    return leaf.shared("reader", me) & (ctx.network == "office")


@pytest.mark.requirement("guards:circumstances:one-helper")
@pytest.mark.parametrize("make", FRAMEWORKS)
def test_what_the_application_says_of_a_request_is_told_beside_the_time(make, engine, mint, clock):
    def network(request):
        return {"network": request.headers.get("x-network")}

    client = make(engine, near, keys=mint.keys, clock=clock, circumstances=network)
    away = {"Authorization": f"Bearer {mint.token()}"}
    here = {**away, "x-network": "office"}
    assert answers(client, here) == (200, [1])
    assert answers(client, away) == (403, [])  # whatever the row
    clock.time = ENDS
    assert answers(client, here) == (404, [])


@pytest.mark.requirement("guards:circumstances:one-helper")
def test_applications_behind_middleware_find_them_beside_the_subject(mint, clock):
    seen = []

    async def application(scope, receive, send):
        seen.append(scope.get("watchword.circumstances"))
        await JSONResponse({})(scope, receive, send)

    def wsgi_application(environ, start_response):
        seen.append(environ.get("watchword.circumstances"))
        start_response("200 OK", [])
        return [b""]

    options = {"audience": AUDIENCE, "policy": policy, "keys": mint.keys, "clock": clock}
    headers = {"Authorization": f"Bearer {mint.token()}"}
    TestClient(asgi.Guard(application, ISSUER, **options)).get("/", headers=headers)
    outer = wsgi.Guard(wsgi_application, ISSUER, **options)
    Client(outer).get("/", headers=headers)
    told = policy.context(now=clock.now())
    assert seen == [told, told]
    outer = wsgi.Guard(wsgi_application, ISSUER, public=["/"], **options)
    Client(outer).get("/", environ_overrides={"watchword.circumstances": "an outer middleware's"})
    assert seen[-1] is None


def test_public_endpoints_of_starlette_are_told_of_too(mint, clock):
    sought = Policy(context={"place": str})
    options = {"keys": mint.keys, "clock": clock}
    auth = starlette.Guard(
        ISSUER,
        audience=AUDIENCE,
        policy=sought,
        circumstances=lambda request: {"place": request.url.path},
        **options,
    )

    @auth.public
    def place(request):
        return JSONResponse(auth.circumstances.attributes["place"])

    app = Starlette(routes=[Route("/here", place)])
    auth.install(app)
    assert TestClient(app).get("/here").json() == "/here"


def test_nothing_is_told_to_a_policy_that_declares_nothing(clock):
    assert Circumstances(Policy(), clock, lambda _request: {"place": "here"}).of(None) is None
    assert Circumstances(None, clock).of(None) is None


def test_a_policy_that_asks_for_more_is_told_the_time(clock):
    asking = Policy(context={"now": int, "place": str})
    told = Circumstances(asking, clock).of(None)
    assert told == asking.context(now=clock.now())
    assert told.attributes["place"] is None


def test_what_a_policy_does_not_declare_is_the_applications_mistake(clock):
    with pytest.raises(InvalidSubject):
        Circumstances(policy, clock, lambda _request: {"place": "here"}).of(None)
