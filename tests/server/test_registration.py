"""`/register` over HTTP. RFC 7591, RFC 7592; oauth.md C-5, C-6."""

from functools import partial

import pytest

from watchword.base.secrets import Secret, digest
from watchword.jose.jwk.key import Key
from watchword.oauth.registration import client_rules, metadata
from watchword.oauth.registration import register as registration
from watchword.oauth.registration.records import HourlyLimits, RegistrationToken
from watchword.server.app import AuthServer
from watchword.server.settings import Settings

CALLBACK = "https://app.example/cb"
MINIMAL = {"redirect_uris": [CALLBACK]}
PUBLIC = {**MINIMAL, "token_endpoint_auth_method": "none", "client_name": "App"}


@pytest.fixture
def opened(tmp_path, clock, started_in):
    def started(policy):
        settings = Settings(
            database=f"sqlite:///{tmp_path}/{policy}.db",
            signing_alg="ES256",
            client_registration=policy,
        )
        auth = AuthServer(settings, clock=clock)
        auth.resource("https://api.example", scopes={"notes:read": "Read", "admin:all": "All"})
        return started_in(auth, auth)

    return started


@pytest.fixture
def server(opened):
    with opened("open") as started:
        yield started


def register(server, token=None, /, **members):
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return server.post("/register", json=members, headers=headers)


def managing(told):
    path = told["registration_client_uri"].removeprefix("http://127.0.0.1:8000")
    return path, {"authorization": f"Bearer {told['registration_access_token']}"}


@pytest.mark.requirement("rfc7591:3.2.1:response")
def test_a_client_that_says_no_method_gets_a_secret(server):
    answer = register(server, **MINIMAL)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    secret, token = told.pop("client_secret"), told.pop("registration_access_token")
    client_id = told["client_id"]
    assert client_id.startswith("client_")
    assert told == {
        "client_id": client_id,
        "client_id_issued_at": server.clock.now(),
        "client_secret_expires_at": 0,
        "registration_client_uri": f"http://127.0.0.1:8000/register/{client_id}",
        "client_name": "app.example",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "redirect_uris": [CALLBACK],
    }
    client = server.run(server.runtime.store.find_client(client_id))
    assert client.secret_hash == digest(Secret(secret))
    assert {method.value for method in client.auth_methods} == {
        "client_secret_basic",
        "client_secret_post",
    }
    assert len(token) == 43


@pytest.mark.requirement("oauth:W-1:libraries")
@pytest.mark.requirement("oauth:C-5:never-trusted")
def test_a_client_cannot_make_itself_more_than_a_stranger(server):
    told = register(
        server,
        **PUBLIC,
        first_party=True,
        is_first_party=True,
        is_default=True,
        client_id="first-party",
        scope="admin:all notes:read",
        require_pkce=False,
        allowed_origins=["https://evil.example"],
    ).json()
    client = server.run(server.runtime.store.find_client(told["client_id"]))
    assert not client.is_first_party
    assert not client.is_default
    assert client.requires_pkce
    assert client.allowed_origins == ()
    assert client.scopes is None  # no ceiling, and no more than any stranger
    assert told["client_id"] != "first-party"
    assert "scope" not in told


@pytest.mark.requirement("rfc7591:2:unknown-ignored", "rfc7591:2.1:response-types")
def test_everything_that_is_understood_comes_back_and_nothing_else(server):
    asked = {
        **PUBLIC,
        "grant_types": ["authorization_code", "refresh_token", "implicit"],
        "response_types": ["code", "token"],
        "post_logout_redirect_uris": ["https://app.example/"],
        "id_token_signed_response_alg": "ES256",
        "client_uri": "https://app.example/",
        "logo_uri": "https://app.example/logo.svg",
        "policy_uri": "https://app.example/policy",
        "tos_uri": "https://app.example/terms",
        "software_id": "4NRB1",
        "software_version": "2",
        "application_type": "web",
    }
    told = register(
        server, **asked, colour="blue", contacts=None, scope="", token_endpoint_auth_signing_alg="x"
    ).json()
    kept = {name: told[name] for name in asked}
    assert kept == {
        **asked,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    }
    assert set(told) - set(asked) == {
        "client_id",
        "client_id_issued_at",
        "registration_access_token",
        "registration_client_uri",
    }
    assert None not in told.values()
    assert "" not in told.values()


def test_keys_make_a_client_confidential_without_a_secret(server):
    jwks = {"keys": [Key.generate("ES256").public().to_jwk()]}
    told = register(server, **MINIMAL, token_endpoint_auth_method="private_key_jwt", jwks=jwks)
    told = told.json()
    assert told["jwks"] == jwks
    assert "client_secret" not in told
    client = server.run(server.runtime.store.find_client(told["client_id"]))
    assert client.is_confidential
    unused = register(server, **MINIMAL, jwks=jwks).json()
    assert "jwks" not in unused  # a secret is what it asked for


@pytest.mark.requirement("rfc7591:3.2.2:errors")
@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.example/#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://["]}, "invalid_redirect_uri"),
        ({"redirect_uris": CALLBACK}, "invalid_client_metadata"),
        ({"redirect_uris": [1]}, "invalid_client_metadata"),
        ({"redirect_uris": [CALLBACK] * 65}, "invalid_client_metadata"),
        ({**MINIMAL, "client_name": 1}, "invalid_client_metadata"),
        ({**MINIMAL, "client_name": "a\u202eb"}, "invalid_client_metadata"),
        ({**MINIMAL, "logo_uri": "data:image/png,x"}, "invalid_client_metadata"),
        ({**MINIMAL, "grant_types": ["password"]}, "invalid_client_metadata"),
        ({**MINIMAL, "grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({**MINIMAL, "grant_types": ["refresh_token"]}, "invalid_client_metadata"),
        ({**MINIMAL, "response_types": ["token"]}, "invalid_client_metadata"),
        ({**MINIMAL, "subject_type": "pairwise"}, "invalid_client_metadata"),
        ({**MINIMAL, "id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
        ({**MINIMAL, "token_endpoint_auth_method": "client_secret_jwt"}, "invalid_client_metadata"),
        ({**MINIMAL, "token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        (
            {**MINIMAL, "token_endpoint_auth_method": "private_key_jwt", "jwks": []},
            "invalid_client_metadata",
        ),
        ({**MINIMAL, "software_statement": "x"}, "invalid_software_statement"),
        ({**MINIMAL, "software_statement": {}}, "invalid_software_statement"),
        ({**MINIMAL, "software_statement": "eyJ.e30.c2ln"}, "unapproved_software_statement"),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(server, members, error):
    answer = register(server, **members)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["error_description"]


def test_another_body_is_refused(server):
    assert server.post("/register", data={"client_name": "x"}).status_code == 415
    assert server.post("/register", json=[MINIMAL]).status_code == 400
    large = {**MINIMAL, "client_name": "x" * 33_000}
    assert server.post("/register", json=large).status_code == 413


@pytest.mark.requirement("oauth:C-6:same-client")
def test_equal_public_metadata_is_one_client_that_nobody_manages(server):
    first = register(server, **PUBLIC).json()
    second = register(server, **PUBLIC).json()
    assert second["client_id"] == first["client_id"]
    assert "registration_access_token" not in second
    assert "registration_client_uri" not in second
    path, bearer = managing(first)
    assert server.get(path, headers=bearer).status_code == 401
    other = register(server, **{**PUBLIC, "client_name": "Another"}).json()
    assert other["client_id"] != first["client_id"]
    assert register(server, **MINIMAL).json()["client_id"] != first["client_id"]


@pytest.mark.requirement("oauth:C-6:same-client")
def test_the_port_of_a_loopback_address_makes_no_other_client(server):
    """Programs on a desktop take a free port, and another one each time."""
    told = [
        register(server, **{**PUBLIC, "redirect_uris": [f"http://localhost:{port}/cb"]}).json()
        for port in (3118, 54545)
    ]
    assert told[0]["client_id"] == told[1]["client_id"]
    assert told[1]["redirect_uris"] == ["http://localhost:54545/cb"]


@pytest.mark.requirement("rfc7592:2:management")
def test_a_client_reads_changes_and_ends_what_it_registered(server):
    told = register(server, **MINIMAL, client_name="App").json()
    path, bearer = managing(told)
    read = server.get(path, headers=bearer)
    assert read.status_code == 200
    expected = {**told}
    del expected["client_secret"], expected["client_secret_expires_at"]
    assert read.json() == expected
    asked = {**PUBLIC, "client_id": told["client_id"], "client_name": "Renamed"}
    changed = server.request("PUT", path, json=asked, headers=bearer).json()
    assert changed["client_name"] == "Renamed"
    assert "client_secret" not in changed
    assert changed["registration_access_token"] != told["registration_access_token"]
    assert server.get(path, headers=bearer).status_code == 401
    _, bearer = managing(changed)
    assert server.get(path, headers=bearer).json()["client_name"] == "Renamed"
    assert server.request("DELETE", path, headers=bearer).status_code == 204
    for method in ("GET", "DELETE"):
        assert server.request(method, path, headers=bearer).status_code == 401
    assert server.run(server.runtime.store.find_client(told["client_id"])) is None


def test_a_change_keeps_the_secret_or_makes_one(server):
    told = register(server, **MINIMAL).json()
    path, bearer = managing(told)
    asked = {**MINIMAL, "client_id": told["client_id"], "client_secret": told["client_secret"]}
    changed = server.request("PUT", path, json=asked, headers=bearer).json()
    assert "client_secret" not in changed
    store = server.runtime.store
    kept = server.run(store.find_client(told["client_id"]))
    assert kept.secret_hash == digest(Secret(told["client_secret"]))
    _, bearer = managing(changed)
    public = {**PUBLIC, "client_id": told["client_id"]}
    changed = server.request("PUT", path, json=public, headers=bearer).json()
    assert server.run(store.find_client(told["client_id"])).secret_hash is None
    _, bearer = managing(changed)
    asked = {**MINIMAL, "client_id": told["client_id"]}
    changed = server.request("PUT", path, json=asked, headers=bearer).json()
    assert changed["client_secret"] != told["client_secret"]
    assert changed["client_secret_expires_at"] == 0


@pytest.mark.requirement("rfc7592:2:management")
@pytest.mark.parametrize(
    "members",
    [
        {"client_id": "another"},
        {"client_id": None},
        {"client_secret": "wrong"},
        {"client_secret": 1},
        {"registration_access_token": "x"},
        {"registration_client_uri": "x"},
        {"client_secret_expires_at": 0},
        {"client_id_issued_at": 0},
    ],
)
def test_a_change_that_speaks_of_another_client_is_refused(server, members):
    told = register(server, **MINIMAL).json()
    path, bearer = managing(told)
    asked = {**MINIMAL, "client_id": told["client_id"], **members}
    answer = server.request("PUT", path, json=asked, headers=bearer)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    public = register(server, **PUBLIC).json()
    path, bearer = managing(public)
    asked = {**PUBLIC, "client_id": public["client_id"], "client_secret": "x"}
    assert server.request("PUT", path, json=asked, headers=bearer).status_code == 400
    assert server.get(path, headers=bearer).status_code == 200


def test_of_two_changes_with_one_token_one_wins(server, monkeypatch):
    told = register(server, **MINIMAL).json()
    path, bearer = managing(told)
    asked = {**MINIMAL, "client_id": told["client_id"]}
    store = server.runtime.store
    kept = server.run(
        store.find_registration(told["client_id"], digest(told["registration_access_token"]))
    )
    assert server.request("PUT", path, json=asked, headers=bearer).status_code == 200

    async def found(*_):
        return kept

    monkeypatch.setattr(type(store), "find_registration", found)
    assert server.request("PUT", path, json=asked, headers=bearer).status_code == 401


@pytest.mark.requirement("rfc7592:2:management")
def test_a_token_opens_its_own_client_alone(server):
    first, second = register(server, **MINIMAL).json(), register(server, **MINIMAL).json()
    (path, _), (_, bearer) = managing(first), managing(second)
    for method in ("GET", "DELETE"):
        answer = server.request(method, path, headers=bearer)
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        assert server.request(method, path).status_code == 401
        for nobody in ("nobody", "a%00b", "%C3%A9"):
            assert server.request(method, f"/register/{nobody}", headers=bearer).status_code == 401
    asked = {**MINIMAL, "client_id": first["client_id"]}
    assert server.request("PUT", path, json=asked, headers=bearer).status_code == 401


@pytest.mark.requirement("oauth:C-6:initial-token")
def test_an_initial_token_registers_as_often_as_it_says(opened):
    with opened("token") as server:
        answer = register(server, **MINIMAL)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer ")
        assert register(server, "unknown", **MINIMAL).status_code == 401
        now = server.clock.now()
        token = RegistrationToken(digest("initial"), 1, now, now + 60)
        server.run(server.runtime.store.add_registration_token(token))
        assert register(server, "initial", client_name="x").status_code == 400
        assert register(server, "initial", **MINIMAL).status_code == 201
        assert register(server, "initial", **MINIMAL).status_code == 401


@pytest.mark.requirement("oauth:E-1:registration")
def test_a_server_without_registration_has_no_such_address(opened):
    """oauth.md E-1: neither served nor advertised; Keycloak CVE-2026-7571."""
    with opened("off") as server:
        assert register(server, **MINIMAL).status_code == 404
        assert server.get("/register/x").status_code == 404
        document = server.get("/.well-known/oauth-authorization-server").json()
        assert "registration_endpoint" not in document
    with opened("open") as server:
        document = server.get("/.well-known/oauth-authorization-server").json()
        assert document["registration_endpoint"] == "http://127.0.0.1:8000/register"


@pytest.mark.requirement("oauth:C-6:limits")
def test_too_many_registrations_wait(server, monkeypatch):
    make = registration.NewRegistration
    limited = partial(make, limits=HourlyLimits(all=1, of_software=1))
    monkeypatch.setattr(registration, "NewRegistration", limited)
    assert register(server, **MINIMAL).status_code == 201
    answer = register(server, **MINIMAL)
    assert (answer.status_code, answer.json()["error"]) == (429, "throttled")
    assert answer.headers["retry-after"] == "600"


def test_what_was_switched_off_does_not_come_back(server):
    told = register(server, **PUBLIC).json()
    now = server.clock.now()
    server.run(server.runtime.store.disable_client(told["client_id"], now=now))
    answer = register(server, **PUBLIC)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_a_device_needs_no_address(server, monkeypatch):
    device = "urn:ietf:params:oauth:grant-type:device_code"
    grants = {**metadata.GRANTS, device: None}
    monkeypatch.setattr(metadata, "GRANTS", grants)
    monkeypatch.setattr(client_rules, "GRANTS", grants)
    told = register(server, grant_types=[device], token_endpoint_auth_method="none").json()
    assert told["grant_types"] == [device]
    assert told["client_name"] == "An application"
    assert "response_types" not in told


@pytest.mark.requirement("oauth:E-3:register")
def test_pages_of_any_origin_may_register(server):
    answer = server.post("/register", json=PUBLIC, headers={"origin": "https://app.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    refused = server.post("/register", json={}, headers={"origin": "https://app.example"})
    assert refused.headers["access-control-allow-origin"] == "*"
