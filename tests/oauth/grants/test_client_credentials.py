"""The client credentials grant: who gets a token of its own, and what it says.

Source: RFC 6749 section 4.4; RFC 9068 section 2.2; RFC 9700 section 4.15; oauth.md section 8.
"""

from dataclasses import replace

import pytest
from tests.oauth.asking import ask
from tests.oauth.conftest import FILES, ISSUER, NOTES

from watchword.base.secrets import digest
from watchword.oauth.access_token import access_verifier
from watchword.oauth.clients import AuthMethod, Client, TokenFormat
from watchword.oauth.errors import (
    InvalidClient,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    OAuthError,
    UnauthorizedClient,
)
from watchword.oauth.families import Refusal, Refused
from watchword.oauth.issue import draft_access, draft_pair, issue
from watchword.oauth.token_response import render

SECRET = "a secret of the machine that is long enough"
MACHINE = Client(
    "machine",
    "Machine",
    is_first_party=False,
    is_default=False,
    scopes=None,
    grant_types=frozenset({"client_credentials"}),
    auth_methods=frozenset({AuthMethod.CLIENT_SECRET_POST}),
    secret_hash=digest(SECRET),
)
PROOF = {"client_id": "machine", "client_secret": SECRET}


@pytest.fixture
def machine(server):
    """Ask for a token of the client's own."""
    server.run(server.store.register_client(MACHINE))

    def call(ctx=None, **members):
        form = {"grant_type": "client_credentials", **PROOF, **members}
        return server.run(ask(form, ctx or server.token))

    return call


@pytest.mark.requirement("rfc6749:4.4:client-credentials", "oauth:8:client-credentials")
def test_confidential_client_gets_a_token_and_nothing_to_refresh(server, machine):
    """RFC 6749 section 4.4.3."""
    issued = machine()
    assert render(issued) == {
        "access_token": issued.access_token.reveal(),
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "notes:read notes:write",
    }


@pytest.mark.requirement("rfc9068:2.2:client-token", "security:63:namespace")
def test_token_names_the_client_and_no_user(server, machine):
    """RFC 9068 section 2.2: `sub` is the client."""
    claims = server.claims(machine(scope="notes:read"))
    assert claims.sub == claims.client_id == "machine"
    assert claims.is_of_client
    assert (claims.aud, claims.scope) == (NOTES.identifier, "notes:read")
    assert (claims.sid, claims.fam, claims.acr, claims.amr, claims.roles) == ("", "", "", (), ())
    assert claims.jti.startswith("tok_")
    assert not server.claims(server.log_in()).is_of_client


@pytest.mark.requirement("security:63:namespace")
@pytest.mark.parametrize("client_id", ["user_ada", "user_", "user_" + "A" * 22])
def test_client_that_is_called_as_a_user_gets_none(server, client_id):
    """RFC 9700 section 4.15; oauth.md section 8: registration refuses it as well."""
    server.run(server.store.register_client(replace(MACHINE, client_id=client_id)))
    form = {"grant_type": "client_credentials", **PROOF, "client_id": client_id}
    with pytest.raises(UnauthorizedClient, match="ids of users"):
        server.run(ask(form, server.token))


def test_resource_that_is_asked_for_is_the_audience(server, machine):
    """RFC 8707 section 2.2."""
    verifier = access_verifier(
        server.ring.public_keys, issuer=ISSUER, audience=FILES.identifier, clock=server.clock
    )
    issued = machine(resource="files")
    claims = verifier.verify(issued.access_token.reveal()).claims
    assert (claims.aud, claims.scope) == ("files", "files:read")
    with pytest.raises(InvalidTarget):
        machine(resource="https://evil.example")


@pytest.mark.parametrize("scope", ["files:read", "notes:read other", "openid", 'a"b'])
def test_scope_of_another_resource_is_refused(machine, scope):
    with pytest.raises(InvalidScope):
        machine(scope=scope)


def test_client_gets_no_more_than_it_is_entitled_to(server, machine):
    fewer = replace(MACHINE, scopes=frozenset({"notes:read", "files:read"}))
    server.run(server.store.register_client(fewer))
    assert machine().scope == ("notes:read",)
    with pytest.raises(InvalidScope):
        machine(scope="notes:write")


def test_client_without_any_scope_of_the_resource_gets_no_token(server, machine):
    """decisions/0159: a resource that never declared any is used whole."""
    server.run(server.store.register_client(replace(MACHINE, scopes=frozenset({"files:read"}))))
    with pytest.raises(InvalidScope, match=f"no scope of {NOTES.identifier}"):
        machine()
    whole = replace(NOTES, identifier="https://whole.example", scopes=(), is_default=False)
    server.run(server.store.register_resource(whole))
    assert machine(resource=whole.identifier).scope == ()


@pytest.mark.requirement("oauth:T-1:lost-scopes")
def test_resource_that_loses_its_last_scope_opens_to_no_client_by_itself(server, machine):
    """decisions/0185."""
    server.run(server.store.register_resource(replace(NOTES, scopes=())))
    with pytest.raises(InvalidScope, match=f"no scope of {NOTES.identifier}"):
        machine()


def test_parameters_are_text(machine):
    for name in ("scope", "resource"):
        with pytest.raises(InvalidRequest, match=f"{name} must be text"):
            machine(**{name: ["text"]})


@pytest.mark.requirement("oauth:8:client-credentials")
def test_public_client_gets_none(server):
    """RFC 6749 section 4.4: the grant is for confidential clients only."""
    public = replace(MACHINE, auth_methods=frozenset({AuthMethod.NONE}), secret_hash=None)
    server.run(server.store.register_client(public))
    form = {"grant_type": "client_credentials", "client_id": "machine"}
    with pytest.raises(UnauthorizedClient, match="public"):
        server.run(ask(form, server.token))


def test_client_that_is_not_registered_for_it_gets_none(server, machine):
    other = replace(MACHINE, grant_types=frozenset({"refresh_token"}))
    server.run(server.store.register_client(other))
    with pytest.raises(UnauthorizedClient, match="not registered"):
        machine()


class Meanwhile:
    """A store in which something changes between the proof and the transaction."""

    def __init__(self, store, change):
        self.store = store
        self.change = change

    def __getattr__(self, name):
        return getattr(self.store, name)

    async def issue_to_client(self, command):
        return await self.change(self.store, command)


async def rotated(store, command):
    await store.register_client(replace(MACHINE, secret_hash=digest("another")))
    return await store.issue_to_client(command)


async def without_resource(store, command):
    return await store.issue_to_client(replace(command, resource="gone"))


@pytest.mark.requirement("security:61:one-gate")
@pytest.mark.parametrize(
    ("change", "error"), [(rotated, InvalidClient), (without_resource, InvalidTarget)]
)
def test_parties_are_read_again_by_the_transaction(server, machine, change, error):
    """security.md rule 61."""
    issue_ctx = replace(server.issue, store=Meanwhile(server.store, change))
    with pytest.raises(error, match="refused in the transaction"):
        machine(replace(server.token, issue=issue_ctx))


def contradiction(**changes):
    async def answer(store, command):
        return replace(await store.issue_to_client(command), **changes)

    return answer


@pytest.mark.requirement("oauth:0.8:facts-checked")
@pytest.mark.parametrize(
    "change",
    [
        contradiction(client=replace(MACHINE, client_id="other")),
        contradiction(client=replace(MACHINE, auth_methods=frozenset({AuthMethod.NONE}))),
        contradiction(client=replace(MACHINE, scopes=frozenset())),
        contradiction(resource=FILES),
        contradiction(scopes=("notes:read",)),
        contradiction(token_id="tok_other"),
    ],
)
def test_nothing_is_signed_that_was_not_asked(server, machine, change):
    issue_ctx = replace(server.issue, store=Meanwhile(server.store, change))
    with pytest.raises(OAuthError, match="contradicts"):
        machine(replace(server.token, issue=issue_ctx))


def test_draft_of_the_other_kind_is_a_mistake_of_the_caller(server, machine):
    commands = []

    async def seen(store, command):
        commands.append(command)
        return Refused(Refusal.CLIENT_INACTIVE)

    issue_ctx = replace(server.issue, store=Meanwhile(server.store, seen))
    with pytest.raises(InvalidClient):
        machine(replace(server.token, issue=issue_ctx))
    with pytest.raises(TypeError, match="comes with a pair"):
        server.run(issue(commands[0], draft_pair(server.issue), server.issue))
    with pytest.raises(TypeError, match="comes with a pair"):
        server.run(issue(object(), draft_access(server.issue), server.issue))


@pytest.mark.requirement("oauth:T-2:opaque")
def test_resource_may_ask_for_opaque_tokens(server, machine):
    """oauth.md T-2: nothing in the text; of it only the hash is stored."""
    opaque = replace(NOTES, token_format=TokenFormat.OPAQUE)
    server.run(server.store.register_resource(opaque))
    own, of_user = machine(), server.log_in(scope="notes:read")
    now = server.clock.now()
    for issued, sub in ((own, None), (of_user, "user_ada")):
        text = issued.access_token.reveal()
        assert "." not in text
        state = server.run(server.store.read_opaque_token(digest(text), now=now))
        assert state.scopes == issued.scope
        assert (state.facts and state.facts.user.id) == sub
    assert of_user.refresh_token is not None


@pytest.mark.requirement("oauth:L-13:no-refresh-without-the-grant")
def test_client_without_the_refresh_grant_is_given_no_refresh_token(server):
    """oauth.md L-13: refresh is implied where the client has that grant."""
    only_codes = replace(
        server.run(server.store.default_client()), grant_types=frozenset({"authorization_code"})
    )
    server.run(server.store.register_client(only_codes))
    issued = server.log_in()
    assert issued.refresh_token is None
    assert "refresh_token" not in render(issued)
