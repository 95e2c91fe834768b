"""A share that ends: every guard tells its policy what time it is.

Source: access.md section 4 (P8) and section 8 (G1).
"""

from typing import Annotated

import pytest
from fastapi import FastAPI
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

from watchword.access import Policy
from watchword.guards import fastapi, flask, starlette
from watchword.guards.circumstances import circumstances

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


def in_flask(engine, **options):
    app = Flask("leaves")
    database = scoped_session(sessionmaker(engine))
    auth = flask.Guard(ISSUER, audience=AUDIENCE, policy=policy, db=database, **options)
    auth.install(app)

    @app.get("/<int:id>")
    @auth.may("read", Leaf)
    def read(leaf):
        return {"id": leaf.id}

    client = app.test_client()
    return lambda headers: client.get("/1", headers=headers).status_code


def in_starlette(engine, **options):
    sessions = sessionmaker(engine)
    auth = starlette.Guard(ISSUER, audience=AUDIENCE, policy=policy, db=sessions, **options)

    @auth.may("read", Leaf)
    def read(request, leaf):
        return JSONResponse({"id": leaf.id})

    app = Starlette(routes=[Route("/{id:int}", read)])
    auth.install(app)
    return lambda headers: TestClient(app).get("/1", headers=headers).status_code


def in_fastapi(engine, **options):
    def database():
        with Session(engine) as session:
            yield session

    auth = fastapi.Guard(ISSUER, audience=AUDIENCE, policy=policy, db=database, **options)
    app = FastAPI()
    auth.install(app)

    @app.get("/{id}")
    def read(leaf: Annotated[Leaf, auth.may("read", Leaf)]):
        return {"id": leaf.id}

    return lambda headers: TestClient(app).get("/1", headers=headers).status_code


@pytest.mark.requirement("access:P8:shares")
@pytest.mark.parametrize("make", [in_fastapi, in_flask, in_starlette])
def test_a_share_counts_until_it_ends(make, engine, mint, clock):
    ask = make(engine, keys=mint.keys, clock=clock)
    headers = {"Authorization": f"Bearer {mint.token()}"}
    assert ask(headers) == 200
    clock.time = ENDS
    assert ask(headers) == 404


def test_a_policy_that_asks_for_more_is_told_nothing(clock):
    assert circumstances(Policy(context={"now": int, "place": str}), clock) is None
    assert circumstances(Policy(), clock) is None
