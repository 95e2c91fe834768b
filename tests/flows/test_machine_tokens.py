"""Tokens of clients for themselves, and opaque tokens, over HTTP: issued, asked about, given up.

Source: oauth.md section 8, T-2, T-5, T-6; RFC 6749 section 4.4; RFC 7662; RFC 7009.
"""

from dataclasses import replace

import pytest
from tests.flows.test_introspection import SECRET, ask, basic, confidential, notes, store

from watchword.oauth.clients import AuthMethod, TokenFormat

__all__ = ["ask", "notes"]

MACHINE = replace(confidential("machine"), grant_types=frozenset({"client_credentials"}))
INACTIVE = {"active": False}


@pytest.fixture
def machine(running):
    store(running, "register_client", MACHINE)

    def call(**form):
        data = {"grant_type": "client_credentials", **form}
        return running.http.post("/token", data=data, headers=basic("machine"))

    return call


@pytest.fixture
def opaque(running, notes):
    """Let the resource ask for opaque tokens."""
    (resource, *_) = store(running, "list_resources")
    store(running, "register_resource", replace(resource, token_format=TokenFormat.OPAQUE))
    return resource.identifier


@pytest.mark.requirement("oauth:8:client-credentials", "oauth:T-5:client-token")
def test_resource_learns_which_client_calls(machine, ask, notes):
    issued = machine().json()
    assert set(issued) == {"access_token", "token_type", "expires_in", "scope"}
    said = ask(issued["access_token"]).json()
    assert said["active"] is True
    assert (said["sub"], said["client_id"], said["aud"]) == ("machine", "machine", notes)
    assert said["scope"] == issued["scope"]
    assert not {"username", "auth_time", "amr", "acr", "roles"} & set(said)


@pytest.mark.requirement("oauth:T-5:client-token")
def test_token_of_a_client_opens_nothing_of_a_person(running, machine):
    """RFC 9700 section 4.15: no user stands behind it."""
    refused = running.me(machine().json()["access_token"])
    assert refused.status_code == 401
    header = {"Authorization": f"Bearer {machine().json()['access_token']}"}
    told = running.http.get("/userinfo", headers=header)
    assert (told.status_code, told.json()["code"]) == (401, "wrong_type")
    assert "a service's own" in told.headers["www-authenticate"]


@pytest.mark.requirement("oauth:T-6:client-token")
def test_client_gives_its_own_token_up(running, machine, ask):
    first, second = (machine().json()["access_token"] for _ in range(2))
    revoked = running.http.post("/revoke", data={"token": first}, headers=basic("machine"))
    assert revoked.status_code == 200
    assert ask(first).json() == INACTIVE
    assert ask(second).json()["active"] is True


@pytest.mark.requirement("oauth:T-6:client-token")
def test_tokens_of_a_client_that_is_gone_are_dead(running, machine, ask):
    token = machine().json()["access_token"]
    store(running, "disable_client", "machine", now=running.clock.now())
    assert ask(token).json() == INACTIVE
    assert machine().json()["error"] == "invalid_client"


@pytest.mark.requirement("oauth:T-2:opaque")
def test_opaque_token_says_nothing_and_is_explained_by_introspection(running, opaque, ask):
    pair = running.tokens("alice")
    token = pair["access_token"]
    assert "." not in token
    said = ask(token).json()
    assert said == {
        "active": True,
        "iss": running.url,
        "sub": store(running, "find_user", "alice").id,
        "client_id": "first-party",
        "aud": opaque,
        "scope": pair["scope"],
        "token_type": "Bearer",
        "iat": running.clock.now(),
        "exp": running.clock.now() + 300,
        "jti": said["jti"],
        "username": "alice",
        "auth_time": running.clock.now(),
        "acr": "aal1",
        "amr": ["pwd"],
        "roles": [],
    }
    for caller in ("other", "stranger"):
        store(running, "register_client", confidential("stranger"))
        assert ask(token, basic(caller)).json() == INACTIVE


@pytest.mark.requirement("oauth:T-2:opaque")
def test_opaque_token_is_for_introspection_alone(running, opaque):
    """decisions/0160: what only introspection explains is no key to this server's own doors."""
    assert running.me(running.tokens()["access_token"]).status_code == 401


@pytest.mark.requirement("oauth:T-2:opaque-ends")
@pytest.mark.parametrize("end", ["logout", "suspend", "expire", "revoke", "family", "replaced"])
def test_opaque_token_ends_with_its_login(running, opaque, ask, end):
    pair = running.tokens("alice")
    token = pair["access_token"]
    match end:
        case "logout":
            running.http.post("/logout", json={"refresh_token": pair["refresh_token"]})
        case "suspend":
            user = store(running, "find_user", "alice")
            store(running, "suspend_user", user.id, now=running.clock.now())
        case "expire":
            running.clock.forward(300)
        case "revoke":
            assert running.http.post("/revoke", data={"token": token}).status_code == 200
            assert running.refresh(pair["refresh_token"]).status_code == 200
        case "family":
            running.http.post("/revoke", data={"token": pair["refresh_token"]})
        case "replaced":  # by the repeat of a refresh whose answer was lost
            token = running.refresh(pair["refresh_token"]).json()["access_token"]
            kept = running.refresh(pair["refresh_token"]).json()["access_token"]
            assert ask(kept).json()["active"] is True
    assert ask(token).json() == INACTIVE


@pytest.mark.requirement("oauth:T-2:opaque")
def test_opaque_token_of_a_client_is_its_own(running, opaque, machine, ask):
    token = machine(scope="notes:read").json()["access_token"]
    said = ask(token).json()
    assert (said["sub"], said["scope"], said["aud"]) == ("machine", "notes:read", opaque)
    assert "username" not in said
    told = running.http.get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert (told.status_code, told.json()["code"]) == (401, "wrong_type")
    assert running.http.post("/revoke", data={"token": token}).status_code == 200  # as another
    assert ask(token).json()["active"] is True
    running.http.post("/revoke", data={"token": token}, headers=basic("machine"))
    assert ask(token).json() == INACTIVE


def test_public_client_is_told_that_the_grant_is_not_for_it(running, machine):
    public = replace(MACHINE, auth_methods=frozenset({AuthMethod.NONE}), secret_hash=None)
    store(running, "register_client", public)
    form = {"grant_type": "client_credentials", "client_id": "machine"}
    refused = running.http.post("/token", data=form)
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")
    assert SECRET not in refused.text
