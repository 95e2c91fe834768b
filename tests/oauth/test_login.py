"""The login API."""

from dataclasses import replace

import pytest

from watchword.accounts.origin import NOWHERE
from watchword.accounts.passwords.hashing import hash_password
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.oauth.clients import Client
from watchword.oauth.errors import (
    Busy,
    InvalidClient,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    OAuthError,
    UnauthorizedClient,
)
from watchword.oauth.families import Refusal, Refused
from watchword.oauth.login import login
from watchword.oauth.login_errors import InvalidCredentials
from watchword.oauth.login_parameters import parse
from watchword.oauth.token_response import render

PASSWORD = "a quiet garden at dusk"
GOOD = {"username": "ada", "password": PASSWORD}


def refused(server, error, **members):
    with pytest.raises(error) as raised:
        server.run(login((), {**GOOD, **members}, NOWHERE, server.login))
    return raised.value


@pytest.mark.requirement("rfc6749:5.1:token-response", "oauth:L-2:token-response")
def test_login_answers_with_a_token_response(server):
    """RFC 6749 section 5.1; oauth.md L-2, T-3."""
    members = render(server.log_in("ADA", scope="notes:read"))
    assert list(members) == ["access_token", "token_type", "expires_in", "refresh_token", "scope"]
    assert (members["token_type"], members["expires_in"]) == ("Bearer", 300)
    assert members["scope"] == "notes:read"


def test_response_without_scopes_has_no_scope(server):
    client = Client("bare", "Bare", is_first_party=True, is_default=False, scopes=frozenset())
    server.run(server.store.register_client(client))
    assert "scope" not in render(server.log_in(client_id="bare"))


@pytest.mark.requirement("oauth:L-2:session-and-family")
def test_login_opens_session_and_family_in_one_transaction(server):
    """oauth.md L-2."""
    claims = server.claims(server.log_in())
    assert claims.amr == ("pwd",)
    assert claims.auth_time == server.clock.time
    assert server.state(claims).is_live


def test_two_logins_are_two_sessions(server):
    one, two = (server.log_in().facts for _ in range(2))
    assert one.sid != two.sid
    assert one.family_id != two.family_id


@pytest.mark.parametrize("name", ["username", "password"])
@pytest.mark.requirement("oauth:L-2:missing-named")
def test_missing_member_is_named(name):
    """oauth.md L-2."""
    with pytest.raises(InvalidRequest, match=f"{name} is missing"):
        parse({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize("name", ["username", "password", "scope", "resource"])
@pytest.mark.parametrize("value", [1, ["text"], {"a": "b"}, True])
def test_member_of_another_type_is_named_and_not_repeated(name, value):
    with pytest.raises(InvalidRequest, match=f"{name} must be text"):
        parse({**GOOD, name: value})


@pytest.mark.requirement("oauth:L-2:unknown-ignored")
def test_unknown_members_are_ignored(server):
    """oauth.md L-2; ARCHITECTURE section 6."""
    assert server.log_in(remember=True, grant_type="password").expires_in == 300


@pytest.mark.requirement("oauth:L-9:equal-answers", "security:27:login")
def test_every_wrong_credential_reads_the_same(server):
    """oauth.md L-9; security.md rule 27."""
    suspended = server.add_user("bob")
    server.run(server.store.suspend_user(suspended.id, now=server.clock.now()))
    server.run(server.store.add_user(NewUser("user_eve", "eve", None, frozenset(), 0)))
    errors = [
        refused(server, InvalidCredentials, **members)
        for members in (
            {"password": "not the garden at dusk"},
            {"username": "nobody"},
            {"username": "bob"},
            {"username": "eve"},
            {"username": "two words"},
        )
    ]
    assert len({(e.code, e.status, e.public, e.headers) for e in errors}) == 1
    assert len({e.detail for e in errors}) == 4
    assert all(e.__cause__ is None for e in errors)


@pytest.mark.requirement("oauth:6:first-party-only")
def test_client_of_somebody_else_may_not_take_passwords(server):
    """oauth.md section 6; RFC 9700 section 2.4."""
    error = refused(server, UnauthorizedClient, client_id="partner")
    assert error.status == 403


def test_unknown_client_is_refused(server):
    assert refused(server, InvalidClient, client_id="nobody").status == 401


def test_unknown_resource_is_refused(server):
    refused(server, InvalidTarget, resource="https://evil.example")


@pytest.mark.parametrize("scope", ["notes:admin", "files:read", "notes:read notes:admin"])
def test_scope_beyond_the_resource_is_refused(server, scope):
    refused(server, InvalidScope, scope=scope)


def test_scope_beyond_the_client_is_refused(server):
    refused(server, InvalidScope, client_id="app", scope="notes:write")
    assert server.log_in(client_id="app").scope == ("notes:read",)


def test_wrong_request_says_nothing_of_the_account(server):
    """Client, resource and scope are decided before the account is looked at."""
    for members in ({"client_id": "partner"}, {"resource": "x"}, {"scope": "x"}):
        answers = {
            (type(e), e.public)
            for name in ("ada", "nobody")
            for e in [refused(server, OAuthError, username=name, **members)]
        }
        assert len(answers) == 1


@pytest.mark.requirement("oauth:T-2:one-resource")
def test_token_is_for_the_resource_that_was_asked_for(server):
    """RFC 8707 section 2; oauth.md T-2."""
    issued = server.log_in(resource="files")
    assert issued.facts.resource == "files"
    assert issued.scope == ("files:read",)


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        (Refusal.USER_INACTIVE, InvalidCredentials),
        (Refusal.CREDENTIAL_CHANGED, InvalidCredentials),
        (Refusal.CLIENT_INACTIVE, InvalidClient),
        (Refusal.RESOURCE_INACTIVE, InvalidTarget),
    ],
)
def test_refusal_of_the_transaction_gets_the_error_of_its_cause(server, reason, error):
    class Refusing:
        async def open_family(self, _command):
            return Refused(reason)

    ctx = replace(server.login, issue=replace(server.issue, store=Refusing()))
    with pytest.raises(error) as raised:
        server.run(login((), GOOD, NOWHERE, ctx))
    assert reason.value in raised.value.detail


@pytest.mark.requirement("security:61:changed-password-wins")
def test_password_that_changes_during_the_login_wins(server):
    """What was verified is bound into the transaction."""
    verify = server.hasher.verify

    async def overtaken(password, password_hash):
        match = await verify(password, password_hash)
        changed = hash_password(
            Secret("changed meanwhile"), server.flow.credentials.parameters, chance=chance.SYSTEM
        )
        await server.store.upgrade_password_hash(
            "user_ada", old=password_hash, new=changed, must_change=False
        )
        return match

    server.hasher.verify = overtaken
    assert "credential_changed" in refused(server, InvalidCredentials).detail


def test_suspension_during_the_login_wins(server):
    verify = server.hasher.verify

    async def overtaken(password, password_hash):
        await server.store.suspend_user("user_ada", now=server.clock.now())
        return await verify(password, password_hash)

    server.hasher.verify = overtaken
    assert "user_inactive" in refused(server, InvalidCredentials).detail


def test_full_hash_queue_is_handed_on(server):
    async def full(_password, _password_hash):
        raise Busy(retry_after=2)

    server.hasher.verify = full
    assert refused(server, Busy).retry_after == 2


@pytest.mark.requirement("oauth:R-4:lifetimes")
def test_login_lasts_a_year_and_a_month_without_use(server):
    """oauth.md R-4: the session lives exactly as long as its family."""
    claims = server.claims(server.log_in())
    server.clock.pass_seconds(30 * 86_400 - 1)
    assert server.state(claims).is_live
    server.clock.pass_seconds(1)
    assert not server.state(claims).is_live


def test_request_shows_no_password():
    params = parse({**GOOD, "password": "canary-canary"})
    assert "canary" not in repr(params)
