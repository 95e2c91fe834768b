"""The issuer for tests. Source: users.md section 5 (test double)."""

from typing import Annotated

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from watchword.fastapi import Guard, User
from watchword.testing import issuer, running_issuer

__all__ = ["issuer"]


@pytest.fixture
def client(issuer):
    app = FastAPI()
    auth = Guard(issuer.url, audience=issuer.audience, clock=issuer.clock).install(app)

    @app.get("/notes")
    def notes(user: Annotated[User, auth.require("notes:read")]):
        return {"owner": user.name, "roles": sorted(user.roles)}

    with TestClient(app) as client:
        yield client


def ask(client, token):
    return client.get("/notes", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.requirement("users:5:test-double")
def test_guard_takes_the_tokens_of_the_issuer(issuer, client):
    good = issuer.token(sub="ada", scope="notes:read", roles=["admin"])
    assert ask(client, good).json() == {"owner": "ada", "roles": ["admin"]}
    expired = ask(client, issuer.token(scope="notes:read", expired=True))
    assert (expired.status_code, expired.json()["code"]) == (401, "token_expired")
    assert ask(client, issuer.token()).json()["code"] == "insufficient_scope"
    foreign = ask(client, issuer.token(scope="notes:read", audience="other"))
    assert foreign.status_code == 401
    assert ask(client, issuer.token(scope="notes:read", sub="x", jti="1")).status_code == 200


@pytest.mark.requirement("users:5:test-double")
def test_time_passes_when_a_test_says_so(issuer, client):
    token = issuer.token(scope="notes:read")
    assert ask(client, token).status_code == 200
    issuer.clock.forward("1h")
    assert ask(client, token).json()["code"] == "token_expired"
    assert ask(client, issuer.token(scope="notes:read")).status_code == 200


@pytest.mark.requirement("users:5:test-double")
def test_keys_are_rotated_and_old_tokens_go_on(issuer, client):
    old = issuer.token(scope="notes:read")
    assert ask(client, old).status_code == 200
    issuer.rotate_keys()
    issuer.clock.forward("1m")  # a guard that has just fetched the keys does not ask again at once
    new = issuer.token(scope="notes:read")
    assert ask(client, new).status_code == 200
    assert ask(client, old).status_code == 200
    keys = httpx2.get(f"{issuer.url}/jwks.json").json()["keys"]
    assert len(keys) == 2


def test_issuer_is_the_whole_server():
    with running_issuer("https://api.example.com", scopes=["a"]) as issuer:
        told = httpx2.get(f"{issuer.url}/.well-known/oauth-authorization-server").json()
        assert told["issuer"] == issuer.url
        assert "a" in told["scopes_supported"]
    with pytest.raises(httpx2.TransportError):
        httpx2.get(f"{issuer.url}/jwks.json")
