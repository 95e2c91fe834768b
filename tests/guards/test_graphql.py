"""Fields of GraphQL, asked through graphql-core. Source: issue 6; access.md D5, G1."""

import asyncio
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

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

from watchword.guards.errors import UnguardedFields
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


def resolver(_root, _info):
    return "x"


def schema_of(query, **others) -> GraphQLSchema:
    return GraphQLSchema(GraphQLObjectType("Query", query), **others)


def resolved(by=None, of=GraphQLString, **more) -> GraphQLField:
    return GraphQLField(of, resolve=by, **more)


FIELDS = FieldGuard(ISSUER, lambda info: info.context)


@pytest.mark.requirement("access:G4:routes")
@pytest.mark.requirement("guards:graphql:declared")
def test_every_field_of_a_schema_is_listed_with_what_it_declares(ask):
    guard = FieldGuard(ISSUER, lambda info: info.context)
    guard.install(ask.schema)
    listed = ask.schema.extensions["watchword"].routes()
    assert [(each.methods, each.path, each.access) for each in listed] == [
        ("field", "Query.text", "require('notes:read')"),
        ("field", "Query.owned", "require('notes:read')"),
        ("field", "Query.write", "require('notes:write')"),
        ("field", "Query.open", "public"),
    ]


@pytest.mark.requirement("access:G4:routes")
@pytest.mark.requirement("guards:graphql:declared")
def test_a_field_that_declares_nothing_stops_the_start():
    note = GraphQLObjectType(
        "Note",
        {"id": resolved(), "secret": resolved(resolver), "told": resolved(FIELDS.open(resolver))},
    )
    watched = GraphQLObjectType(
        "Subscription",
        {"bare": resolved(), "told": resolved(subscribe=FIELDS.require("notes:read")(resolver))},
    )
    schema = schema_of(
        {
            "bare": resolved(),
            "plain": resolved(resolver),
            "note": resolved(FIELDS.require()(resolver), note),
        },
        subscription=watched,
    )
    with pytest.raises(UnguardedFields) as refused:
        FIELDS.install(schema)
    bare = ("Query.bare", "Query.plain", "Note.secret", "Subscription.bare")
    assert refused.value.routes == bare
    assert "Query.bare, Query.plain, Note.secret" in str(refused.value)
    assert {each.path: each.access for each in refused.value.listed} == {
        "Query.note": "required",
        "Note.id": "read of its object",
        "Note.told": "public",
        "Subscription.told": "require('notes:read')",
    } | dict.fromkeys(bare, "")
    assert "watchword" not in schema.extensions
    FIELDS.install(schema, public=bare)
    assert schema.extensions["watchword"].routes()[0].access == "public"


def test_fields_that_the_schema_lacks_are_no_public_ones():
    with pytest.raises(ValueError, match=r"the schema lacks: Query\.gone"):
        FIELDS.install(schema_of({"bare": resolved()}), public=["Query.bare", "Query.gone"])
    with pytest.raises(TypeError, match="is no GraphQL schema"):
        FIELDS.install("type Query { bare: String }")


def test_a_field_that_says_the_same_in_two_decorators_asks_for_both():
    schema = schema_of({"both": resolved(FIELDS.require("a")(FIELDS.require("b")(resolver)))})
    FIELDS.install(schema)
    (both,) = schema.extensions["watchword"].routes()
    assert both.access == "require('b', 'a')"


def reader(_root, _info):
    return "x"


reader.__module__ = "graphene.types.resolver"  # where graphene keeps what reads an attribute


def test_resolvers_of_other_libraries_are_seen_through():
    """graphene binds arguments to its own; strawberry keeps the application's beside its own."""
    guarded = FIELDS.require("notes:read")(resolver)

    def strawberry(function) -> dict:
        base = function and SimpleNamespace(wrapped_func=function)
        return {"strawberry-definition": SimpleNamespace(base_resolver=base)}

    note = GraphQLObjectType(
        "Note",
        {
            "read": resolved(partial(reader, "read", None)),
            "kept": resolved(resolver, extensions=strawberry(None)),
            "own": resolved(resolver, extensions=strawberry(guarded)),
            "bound": resolved(partial(resolver, guarded)),
        },
    )
    schema = schema_of({"note": resolved(guarded, note)})
    core = SimpleNamespace(graphql_schema=schema)
    FIELDS.install(core)
    listed = {e.path: e.access for e in schema.extensions["watchword"].routes()}
    assert listed == {
        "Query.note": "require('notes:read')",
        "Note.read": "read of its object",
        "Note.kept": "read of its object",
        "Note.own": "require('notes:read')",
        "Note.bound": "require('notes:read')",
    }
