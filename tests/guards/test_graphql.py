"""Fields of GraphQL, asked through graphql-core. Source: issue 6; access.md D5, G1."""

import asyncio
from dataclasses import replace

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    graphql,
    graphql_sync,
)
from tests.guards.notes import Note, policy

from watchword.guards.graphql import FieldGuard
from watchword.guards.user import User

ISSUER = "https://id.example.com"
BO = User(
    id="bo",
    name="Bo",
    issuer=ISSUER,
    roles=frozenset({"user"}),
    scopes=frozenset({"notes:read"}),
    client_id="app",
    session_id="s",
    expires_at=1_800_000_300,
)
NOTES = {1: Note(id=1, owner="bo", text="one"), 2: Note(id=2, owner="cy", text="two")}


@pytest.fixture
def ask(clock):
    fields = FieldGuard(ISSUER, lambda info: info.context, clock=clock)

    @fields.require("notes:read")
    def resolve_text(root, info, number):
        me = policy.subject(info.context.id, roles=info.context.roles)
        return policy.require(me, "read", NOTES.get(number)).text

    def owner_of(_root, _info, number):
        return NOTES[number].owner

    @fields.require("notes:read", owner=owner_of)
    async def resolve_owned(root, info, number):
        return NOTES[number].text

    @fields.require("notes:write")
    def resolve_write(root, info):
        return "written"

    @fields.open
    async def resolve_open(root, info):
        policy.require(policy.subject("cy", roles=["user"]), "update", NOTES[1])

    given = {"number": GraphQLArgument(GraphQLNonNull(GraphQLInt))}
    query = GraphQLObjectType(
        "Query",
        {
            "text": GraphQLField(GraphQLString, given, resolve_text),
            "owned": GraphQLField(GraphQLString, given, resolve_owned),
            "write": GraphQLField(GraphQLString, resolve=resolve_write),
            "open": GraphQLField(GraphQLString, resolve=resolve_open),
        },
    )
    schema = GraphQLSchema(query)

    def call(text: str, user: User | None = BO):
        found = asyncio.run(graphql(schema, text, context_value=user))
        errors = [error.formatted for error in found.errors or ()]
        return found.data, errors

    call.schema = schema
    return call


@pytest.mark.requirement("guards:graphql:fields")
def test_field_is_resolved_for_whom_it_is(ask):
    assert ask("{ text(number: 1) owned(number: 1) }") == ({"text": "one", "owned": "one"}, [])
    assert graphql_sync(ask.schema, "{ text(number: 1) }", context_value=BO).data == {"text": "one"}


@pytest.mark.requirement("guards:graphql:fields")
@pytest.mark.parametrize(
    ("text", "user", "code"),
    [
        ("{ text(number: 1) }", None, "token_missing"),
        ("{ text(number: 1) }", replace(BO, expires_at=1_800_000_000), "token_missing"),
        ("{ write }", BO, "insufficient_scope"),
        ("{ owned(number: 2) }", BO, "not_allowed"),
        ("{ text(number: 2) }", BO, "not_found"),
        ("{ text(number: 9) }", BO, "not_found"),
        ("{ open }", None, "not_found"),
    ],
)
def test_refused_field_is_null_with_a_code_and_no_reason(ask, text, user, code):
    data, (error,) = ask(text, user)
    assert list(data.values()) == [None]
    assert error["extensions"]["code"] == code
    assert "hint" in error["extensions"]
    assert "cy" not in str(error)
    assert ("id" in error["extensions"]) is (code != "not_found")


def test_admin_owns_everything(ask):
    admin = replace(BO, id="ana", roles=frozenset({"admin"}))
    assert ask("{ owned(number: 2) }", admin)[0] == {"owned": "two"}


def test_other_fields_go_on_where_one_is_refused(ask):
    data, errors = ask("{ text(number: 1) write }")
    assert data == {"text": "one", "write": None}
    assert [error["path"] for error in errors] == [["write"]]


def test_word_that_is_no_scope_is_refused():
    with pytest.raises(ValueError, match="no scope"):
        FieldGuard(ISSUER, lambda _info: None).require("two words")
