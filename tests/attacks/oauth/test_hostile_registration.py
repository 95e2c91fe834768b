"""What a stranger may try with dynamic registration.

Source: security.md rules 68 and 70; Keycloak CVE-2026-9086, 9689; oauth.md C-5, C-6.
"""

import pytest
from tests.server.conftest import MovedClock, Started

from watchword.oauth.clients import Client, ClientOrigin, Resource
from watchword.oauth.errors import InvalidScope
from watchword.oauth.scopes import grant_scopes, is_administrative
from watchword.server.app import AuthServer
from watchword.server.settings import Settings

MARKS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "' OR 1=1 --")
CALLBACK = "https://app.example/cb"


@pytest.fixture
def server(tmp_path):
    settings = Settings(
        database=f"sqlite:///{tmp_path}/w.db", signing_alg="ES256", client_registration="open"
    )
    started = Started(AuthServer(settings, clock=MovedClock()), MovedClock())
    started.run(started.auth.startup())
    yield started
    started.close()


def register(server, **members):
    return server.post("/register", json={"redirect_uris": [CALLBACK], **members})


@pytest.mark.requirement("security:70:registration")
@pytest.mark.parametrize("mark", MARKS)
def test_a_name_is_kept_as_text_and_an_address_holds_no_markup(server, mark):
    """Stored cross-site scripting: Keycloak CVE-2026-9086."""
    answer = register(server, client_name=mark)
    assert answer.json()["client_name"] == mark  # pages escape whatever they show
    assert answer.headers["content-type"] == "application/json"
    for member in ("client_uri", "logo_uri", "policy_uri", "tos_uri"):
        for uri in (mark, f"javascript:{mark}", f"https://a.example/{mark}"):
            assert register(server, **{member: uri}).status_code == 400


@pytest.mark.requirement("security:68:own-answer")
@pytest.mark.parametrize("parameter", ["code", "state", "iss", "error", "access_token"])
def test_an_address_cannot_bring_an_answer_of_its_own(server, parameter):
    """Keycloak CVE-2026-9689 and 18209."""
    for uri in (f"{CALLBACK}?{parameter}=x", f"{CALLBACK}?a=b&{parameter}"):
        answer = register(server, redirect_uris=[uri])
        assert answer.json()["error"] == "invalid_redirect_uri"


def test_the_first_who_registers_a_program_cannot_turn_it_later(server):
    """Everybody's copy of a program has equal metadata, and so would share a hostile redirect."""
    public = {"token_endpoint_auth_method": "none", "client_name": "Popular"}
    first = register(server, **public).json()
    victim = register(server, **public).json()
    assert victim["client_id"] == first["client_id"]
    bearer = {"authorization": f"Bearer {first['registration_access_token']}"}
    path = f"/register/{first['client_id']}"
    turned = {**public, "client_id": first["client_id"], "redirect_uris": ["https://evil.example/"]}
    assert server.request("PUT", path, json=turned, headers=bearer).status_code == 401
    assert server.request("DELETE", path, headers=bearer).status_code == 401
    client = server.run(server.runtime.store.find_client(first["client_id"]))
    assert client.redirect_uris == (CALLBACK,)


def test_a_program_that_was_turned_before_is_found_by_nobody_else(server):
    public = {"token_endpoint_auth_method": "none", "client_name": "Popular"}
    first = register(server, **public).json()
    bearer = {"authorization": f"Bearer {first['registration_access_token']}"}
    turned = {**public, "client_id": first["client_id"], "redirect_uris": ["https://evil.example/"]}
    path = f"/register/{first['client_id']}"
    assert server.request("PUT", path, json=turned, headers=bearer).status_code == 200
    assert register(server, **public).json()["client_id"] != first["client_id"]


@pytest.mark.requirement("oauth:C-5:never-trusted")
def test_an_administrators_scope_is_never_a_strangers():
    """Whoever consents: common clients ask for everything that they find listed."""
    api = Resource("api", (("notes:read", "Read"), ("notes:admin", "All")), is_default=True)
    for origin in (ClientOrigin.DYNAMIC, ClientOrigin.DOCUMENT):
        client = Client("c", "C", False, False, None, origin=origin)
        assert grant_scopes(None, client, api) == ("notes:read",)
        with pytest.raises(InvalidScope):
            grant_scopes(("notes:admin",), client, api)
    known = Client("c", "C", False, False, None)
    assert grant_scopes(("notes:admin",), known, api) == ("notes:admin",)
    named = ("admin", "admin:users", "api.admin", "a/admin", "x-admin", "Users.Admin", "ADMIN")
    assert all(map(is_administrative, named))
    assert not any(map(is_administrative, ("notes:read", "administer", "badmin")))


@pytest.mark.requirement("oauth:C-5:never-trusted")
def test_no_administrators_scope_is_listed(tmp_path):
    settings = Settings(database=f"sqlite:///{tmp_path}/w.db", signing_alg="ES256")
    auth = AuthServer(settings, clock=MovedClock())
    auth.resource("api", scopes={"notes:read": "Read", "admin:users": "Everything"})
    started = Started(auth, MovedClock())
    started.run(auth.startup())
    listed = started.get("/.well-known/openid-configuration").json()["scopes_supported"]
    started.close()
    assert "notes:read" in listed
    assert "admin:users" not in listed


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"{", b'{"a":1,"a":2}', b"\xff", b""])
def test_a_hostile_body_is_refused_and_never_a_fault_of_the_server(server, body):
    headers = {"content-type": "application/json"}
    answer = server.post("/register", content=body, headers=headers)
    assert answer.status_code == 400
