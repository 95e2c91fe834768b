"""What introspection says of a refresh token: all to its client, nothing to anybody else."""

from dataclasses import replace

import pytest
from tests.oauth.asking import open_for
from tests.oauth.conftest import FILES, ISSUER, NOTES

from watchword.base.secrets import digest
from watchword.oauth.clients import AuthMethod, Client
from watchword.oauth.introspection import INACTIVE, IntrospectionContext, introspect

SECRET = "a secret of the client that is long enough"
PROOF = {"client_id": "confidential", "client_secret": SECRET}
CONFIDENTIAL = Client(
    "confidential",
    "Confidential",
    is_first_party=True,
    is_default=False,
    scopes=None,
    auth_methods=frozenset({AuthMethod.CLIENT_SECRET_POST}),
    secret_hash=digest(SECRET),
)


@pytest.fixture
def ask(server):
    server.run(server.store.register_client(CONFIDENTIAL))
    server.run(server.store.register_client(replace(CONFIDENTIAL, client_id="other")))
    server.run(server.store.register_resource(replace(NOTES, secret_hash=digest(SECRET))))
    ctx = IntrospectionContext(server.proving, server.store, server.verifier, server.clock)

    def call(token, client_id="confidential"):
        form = {**PROOF, "client_id": client_id, "token": token.reveal()}
        return server.run(introspect((), form, ctx))

    return call


@pytest.mark.requirement("oauth:T-5:active")
def test_its_client_learns_what_a_refresh_token_stands_for(server, ask):
    issued = server.log_in(**PROOF)
    now = server.clock.now()
    assert ask(issued.refresh_token) == {
        "active": True,
        "iss": ISSUER,
        "sub": "user_ada",
        "client_id": "confidential",
        "aud": NOTES.identifier,
        "scope": "notes:read notes:write",
        "iat": now,
        "exp": now + server.issue.limits.idle_seconds,
    }


@pytest.mark.requirement("rfc8707:2.2:others-at-refresh")
def test_a_refresh_token_for_several_resources_names_them_all(server, ask):
    granted = {
        NOTES.identifier: ("openid", "notes:read"),
        FILES.identifier: ("openid", "files:read"),
    }
    issued = server.run(open_for(granted, server, client_id="confidential"))
    told = ask(issued.refresh_token)
    assert told["aud"] == (NOTES.identifier, FILES.identifier)
    assert told["scope"] == "openid notes:read files:read"


@pytest.mark.requirement("oauth:T-5:audience-or-owner")
def test_a_client_learns_of_the_person_what_the_scopes_of_its_token_allow(server, ask):
    """RFC 7662 section 5: a resource knows whom it lets in; a client is told no more than asked."""
    token = server.log_in(**PROOF).access_token
    told = ask(token)
    assert told["active"] is True
    assert told["acr"] == "aal1"
    assert not {"username", "roles"} & told.keys()
    known = ask(token, NOTES.identifier)
    assert (known["username"], "roles" in known) == ("ada", True)


@pytest.mark.requirement("oauth:T-5:audience-or-owner")
def test_a_client_with_the_profile_learns_the_user_name(server, ask):
    issued = server.log_in(**PROOF, scope="profile notes:read")
    for token in (issued.access_token, issued.refresh_token):
        told = ask(token)
        assert (told["username"], "roles" in told) == ("ada", False)


@pytest.mark.requirement("oauth:T-5:audience-or-owner")
def test_nobody_else_does_not_even_the_resource_it_is_for(server, ask):
    token = server.log_in(**PROOF).refresh_token
    for caller in ("other", NOTES.identifier):
        assert ask(token, caller) is INACTIVE
