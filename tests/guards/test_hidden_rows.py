"""Over HTTP and in GraphQL a hidden row has the bytes of an absent one, whatever the token.

Source: access.md G1, G2, G3; security.md 88; RFC 6750 section 3.1.
"""

import json
import re

import pytest
from flask import Flask
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    graphql_sync,
)
from sqlalchemy import create_engine
from sqlalchemy.orm import scoped_session, sessionmaker
from tests.guards.notes import Note, dump, filled

from watchword.access import Policy
from watchword.guards.flask import Guard
from watchword.guards.graphql import FieldGuard

ISSUER, AUDIENCE = "https://id.example.com", "https://api.example.com"
HIDDEN, ABSENT = 2, 99
SCOPES = ("", "notes:read", "notes:write", "notes:read notes:write", "openid")


def scoped() -> Policy:
    policy = Policy(scopes={"notes:read": ["read"], "notes:write": ["update"]})

    @policy.allow("*", on=Note)
    def owner(me, note):
        """What is yours is yours."""
        return note.owner == me.id

    return policy


@pytest.fixture
def ask(mint, clock, tmp_path):
    """Routes that require a row themselves, and some for which the guard loads it."""
    engine, app, policy = create_engine(f"sqlite:///{tmp_path}/n.db"), Flask(__name__), scoped()
    filled(engine)
    database = scoped_session(sessionmaker(engine))
    auth = Guard(
        ISSUER, audience=AUDIENCE, policy=policy, db=database, keys=mint.keys, clock=clock
    ).install(app)
    for action in ("read", "update", "delete"):

        @app.get(f"/required/{action}/<int:id>", endpoint=f"required {action}")
        @auth.required
        def required(id, action=action):  # noqa: A002 - the path's name
            return dump(policy.require(auth.subject, action, database.get(Note, id)))

        @app.get(f"/may/{action}/<int:id>", endpoint=f"may {action}")
        @auth.may(action, Note)
        def loaded(note):
            return dump(note)

    def call(where: str, scope: str):
        token = mint.token(sub="bo", aud=AUDIENCE, scope=scope or None)
        return app.test_client().get(where, headers={"Authorization": f"Bearer {token}"})

    yield call
    database.remove()
    engine.dispose()


def said(answer) -> tuple[object, ...]:
    """Return an answer without the id of its refusal, which no two answers share."""
    body = re.sub(rb'"id": ?"[a-z]+_[^"]+"', b'"id":""', answer.data)
    return answer.status_code, body, [h for h in answer.headers if h[0] != "Content-Length"]


@pytest.mark.requirement("access:G1:hidden-looks-absent")
@pytest.mark.parametrize("scope", SCOPES)
def test_hidden_and_absent_have_the_same_bytes_for_every_token(ask, scope):
    for action in ("read", "update", "delete"):
        for way in ("required", "may"):
            hidden, absent = (ask(f"/{way}/{action}/{id_}", scope) for id_ in (HIDDEN, ABSENT))
            assert said(hidden) == said(absent)
            assert hidden.status_code == (404 if reaches(scope, action) else 403)


def reaches(scope: str, action: str) -> bool:
    return f"notes:{ {'read': 'read', 'update': 'write'}.get(action) }" in scope.split()


@pytest.mark.requirement("access:G3:insufficient-scope")
@pytest.mark.parametrize("way", ["required", "may"])
@pytest.mark.parametrize("number", [1, HIDDEN, ABSENT])
def test_a_scope_that_helps_is_named_and_where_none_does_none_is_asked_for(
    ask, caplog, way, number
):
    helped = ask(f"/{way}/update/{number}", "notes:read")
    assert (helped.status_code, helped.json["code"]) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in helped.headers["WWW-Authenticate"]
    assert 'scope="notes:write"' in helped.headers["WWW-Authenticate"]
    caplog.set_level("INFO")
    lost = ask(f"/{way}/delete/{number}", "notes:read notes:write")
    assert (lost.status_code, lost.json["code"]) == (403, "not_allowed")
    assert lost.json["hint"] == "You may not do this."
    assert "scope" not in lost.headers["WWW-Authenticate"] + lost.text
    assert "no scope reaches 'delete': Policy(scopes=...) gives it to none" in caplog.text


@pytest.mark.requirement("access:G1:hidden-looks-absent")
@pytest.mark.parametrize("scope", SCOPES)
def test_a_resolver_is_refused_alike_for_hidden_and_absent(clock, scope):
    policy, rows = scoped(), {HIDDEN: Note(id=HIDDEN, owner="cy", text="hers")}
    fields = FieldGuard(ISSUER, lambda _info: None, clock=clock)
    me = policy.subject("bo", scopes=scope.split())

    @fields.open
    def resolve(_root, _info, number):
        return policy.require(me, "update", rows.get(number)).text

    given = {"number": GraphQLArgument(GraphQLInt)}
    schema = GraphQLSchema(
        GraphQLObjectType("Query", {"text": GraphQLField(GraphQLString, given, resolve)})
    )
    hidden, absent = (
        graphql_sync(schema, f"{{ text(number: {number}) }}").errors[0].formatted
        for number in (HIDDEN, ABSENT)
    )
    for told in (hidden, absent):
        told["extensions"].pop("id", None)
    assert json.dumps(hidden) == json.dumps(absent)
