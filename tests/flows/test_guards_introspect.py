"""A guard that asks the issuer about each token: what has ended is gone at the next request.

Source: access.md F3 (mode `introspect`), F4; RFC 7662.
"""

from dataclasses import replace

import pytest

from watchword.base.secrets import digest
from watchword.guards.authenticator import Authenticator, Sources
from watchword.guards.errors import SubjectsUnavailable
from watchword.guards.presented import Presented
from watchword.jose.errors import TokenRevoked
from watchword.net.introspection import RemoteIntrospection
from watchword.oauth.clients import TokenFormat

SECRET = "the secret of the notes, long enough"


@pytest.fixture(params=list(TokenFormat))
def guard(request, running) -> Authenticator:
    (resource, *_) = running.store("list_resources")
    known = replace(resource, secret_hash=digest(SECRET), token_format=request.param)
    running.store("register_resource", known)
    issuer, api = running.auth.issuer, resource.identifier
    sources = Sources(introspection=RemoteIntrospection(issuer, name=api, secret=SECRET))
    return Authenticator(issuer, audience=api, sources=sources, clock=running.clock)


def ask(guard: Authenticator, pair: dict[str, str]):
    return guard.authenticate_blocking(Presented([f"Bearer {pair['access_token']}"]))


@pytest.mark.requirement("access:F3:introspect", "rfc7662:2.1:guards")
def test_tokens_of_both_forms_are_asked_about_and_gone_with_their_login(running, guard):
    pair = running.tokens("alice")
    found = ask(guard, pair)
    assert (found.user.id, found.source, found.age) == (running.users["alice"].id, "introspect", 0)
    assert "notes:read" in found.user.scopes
    assert found.user.name == "alice"
    root = running.tokens("root")
    assert ask(guard, root).roles == {"admin"}
    running.http.post("/logout", json={"refresh_token": pair["refresh_token"]})
    with pytest.raises(TokenRevoked):
        ask(guard, pair)


def test_issuer_that_refuses_the_guard_denies(running, guard):
    pair = running.tokens("alice")
    (resource, *_) = running.store("list_resources")
    running.store("register_resource", replace(resource, secret_hash=digest("another")))
    with pytest.raises(SubjectsUnavailable):
        ask(guard, pair)
