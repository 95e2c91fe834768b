"""A guard in another process: a login that ends takes its JWT along, everywhere.

Source: oauth.md F-1, F-3, F-4.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import httpx2
import pytest

from watchword.base.clock import SYSTEM
from watchword.base.secrets import digest

PATIENCE_SECONDS = 60
SECRET = "the secret of the notes, long enough"
PROGRAM = """
import sys
from typing import Annotated

import uvicorn
from fastapi import FastAPI

from watchword.fastapi import Guard, User
from watchword.server.serve import bind

issuer, audience = sys.argv[1:]
app = FastAPI()
auth = Guard(issuer, audience=audience, secret=%r, versions=%r).install(app)

@app.get("/me")
def me(user: Annotated[User, auth.user]):
    return {"name": user.name}

sock = bind("127.0.0.1", 0)
print(sock.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[sock])
"""


@pytest.fixture
def notes(running) -> Iterator[httpx2.Client]:
    """Run an API in a process of its own, which knows the issuer's address and its own secret."""
    with serving(running, None) as client:
        yield client


@contextlib.contextmanager
def serving(running, versions) -> Iterator[httpx2.Client]:
    running.clock.seconds = SYSTEM.now()
    (resource, *_) = running.store("list_resources")
    running.store("register_resource", replace(resource, secret_hash=digest(SECRET)))
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            PROGRAM % (SECRET, versions),
            running.auth.issuer,
            resource.identifier,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = process.stdout.readline().strip()
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client:
            yield client
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        process.stdout.close()


def me(notes, pair):
    return notes.get("/me", headers={"authorization": f"Bearer {pair['access_token']}"})


def until_refused(notes, pair):
    while (answer := me(notes, pair)).status_code == 200:
        time.sleep(0.02)
    return answer


@pytest.mark.requirement("oauth:F-1:guards")
@pytest.mark.parametrize("end", ["logout", "suspend", "revoke", "revoke-token"])
def test_login_that_ends_takes_its_token_along_in_another_process(running, notes, end):
    """How soon is printed by bench/feed.py; here it has to come, long before the token expires."""
    ended, other = running.tokens("alice"), running.tokens("bob")
    assert me(notes, ended).json() == {"name": "alice"}
    match end:
        case "logout":
            running.http.post("/logout", json={"refresh_token": ended["refresh_token"]})
        case "suspend":
            user = running.store("find_user", "alice")
            running.store("suspend_user", user.id, now=running.clock.now())
        case "revoke":
            running.http.post("/revoke", data={"token": ended["refresh_token"]})
        case "revoke-token":
            running.http.post("/revoke", data={"token": ended["access_token"]})
    answer = until_refused(notes, ended)
    code = "token_revoked" if end == "revoke-token" else "session_ended"
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert me(notes, other).json() == {"name": "bob"}


@pytest.mark.requirement("access:F2:feed")
def test_api_that_follows_versions_has_roles_renewed(running):
    """A role more, and the end of a suspension: nothing ends, and older tokens hold no more."""
    with serving(running, "feed") as notes:
        pair, other = running.tokens("alice"), running.tokens("bob")
        assert me(notes, pair).json() == {"name": "alice"}
        user = running.store("find_user", "alice")
        running.store("assign_role", user.id, "editor", now=running.clock.now())
        answer = until_refused(notes, pair)
        assert (answer.status_code, answer.json()["code"]) == (401, "roles_changed")
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
        renewed = running.http.post("/refresh", json=form).json()
        assert me(notes, renewed).json() == {"name": "alice"}
        assert me(notes, other).json() == {"name": "bob"}


@pytest.mark.requirement("oauth:S-10:epoch-on-the-feed")
def test_restored_database_ends_the_tokens_of_sessions_that_it_does_not_know(running, notes):
    pair = running.tokens("alice")
    assert me(notes, pair).status_code == 200
    running.store("bump_epoch", now=running.clock.now())
    assert until_refused(notes, pair).json()["code"] == "token_revoked"
    running.clock.seconds += 1
    assert me(notes, running.tokens("alice")).json() == {"name": "alice"}


@pytest.mark.requirement("oauth:F-2:snapshot")
def test_guard_that_starts_later_knows_of_it_at_its_first_request(running, notes):
    pair = running.tokens("alice")
    running.http.post("/logout", json={"refresh_token": pair["refresh_token"]})
    assert me(notes, pair).json()["code"] == "session_ended"


def test_other_process_publishes_its_document(running, notes):
    told = notes.get("/me").headers["www-authenticate"]
    assert f'resource_metadata="{running.url}/.well-known/oauth-protected-resource/notes"' in told
    document = notes.get("/.well-known/oauth-protected-resource/notes").json()
    assert document["authorization_servers"] == [running.auth.issuer]


@pytest.mark.requirement("rfc9728:3:own-apis")
def test_servers_own_apis_have_a_document_too(running):
    answer = running.http.get("/.well-known/oauth-protected-resource")
    assert answer.json() == {
        "resource": running.auth.issuer,
        "authorization_servers": [running.auth.issuer],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["openid"],
    }
    assert answer.headers["access-control-allow-origin"] == "*"
    assert running.http.get("/me").headers["www-authenticate"] == running.challenge


@pytest.mark.requirement("oauth:K-4:readers")
def test_server_knows_which_keys_a_guard_in_another_process_holds(running, notes):
    me(notes, running.tokens("alice"))
    reader = until(running, lambda reader: reader.read_at > 0)
    assert reader.name.startswith(f"{running.url}/notes reader_")


def until(running, holds):
    """Return the one reader when something holds of it; the guard says more at its next word."""
    for _ in range(1000):
        readers = running.store("list_key_readers", now=running.clock.now())
        if len(readers) == 1 and holds(readers[0]):
            return readers[0]
        time.sleep(0.03)
    raise AssertionError(readers)
