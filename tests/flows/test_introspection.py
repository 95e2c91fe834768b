"""`POST /introspect` and `POST /revoke` over HTTP: who may ask, and what a token is."""

from base64 import b64encode
from dataclasses import replace
from urllib.parse import quote_plus

import pytest

from watchword.base.secrets import digest
from watchword.oauth.clients import AuthMethod, Client
from watchword.oauth.feed import BEGINNING, RevocationKind
from watchword.stores import StoreUnavailable
from watchword.stores.handles.tokens import TokenVerbs

SECRET = "the secret of a resource server, long enough"


def basic(name, secret=SECRET):
    text = f"{quote_plus(name)}:{quote_plus(secret)}"
    return {"authorization": f"Basic {b64encode(text.encode()).decode()}"}


def store(running, verb, *arguments, **options):
    return running.store(verb, *arguments, **options)


@pytest.fixture
def notes(running):
    """The resource that the tokens are for, with a secret, and another one with the same."""
    (resource, *_) = store(running, "list_resources")
    store(running, "register_resource", replace(resource, secret_hash=digest(SECRET)))
    other = replace(resource, identifier="other", is_default=False, secret_hash=digest(SECRET))
    store(running, "register_resource", other)
    return resource.identifier


@pytest.fixture
def ask(running, notes):
    def call(token, headers=None, **form):
        headers = basic(notes) if headers is None else headers
        return running.http.post("/introspect", data={"token": token, **form}, headers=headers)

    return call


def confidential(client_id):
    methods = frozenset({AuthMethod.CLIENT_SECRET_BASIC})
    client = Client(client_id, client_id, is_first_party=False, is_default=False, scopes=None)
    return replace(client, auth_methods=methods, secret_hash=digest(SECRET))


@pytest.mark.requirement("oauth:T-5:active")
def test_resource_learns_what_a_token_of_its_own_is(running, ask, notes):
    answer = ask(running.tokens("alice")["access_token"])
    said = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert (said["active"], said["username"], said["token_type"]) == (True, "alice", "Bearer")
    assert said["sub"] == store(running, "find_user", "alice").id
    assert notes in said["aud"]
    assert {"client_id", "scope", "iss", "exp", "iat", "jti"} <= set(said)


@pytest.mark.requirement("oauth:T-5:audience-or-owner", "security:71:introspection")
def test_nobody_else_sees_it(running, ask):
    pair = running.tokens()
    store(running, "register_client", confidential("stranger"))
    for token in pair["access_token"], pair["refresh_token"]:
        for caller in ("other", "stranger"):
            answer = ask(token, basic(caller))
            assert (answer.status_code, answer.content) == (200, b'{"active":false}')


@pytest.mark.requirement("oauth:N-34:authenticated", "security:71:introspection")
@pytest.mark.parametrize(
    "headers",
    [{}, basic("notes", "wrong"), basic("nobody"), {"authorization": "Bearer x"}],
    ids=["none", "wrong", "unknown", "bearer"],
)
def test_caller_without_a_proof_is_refused(running, ask, headers):
    answer = ask(running.tokens()["access_token"], headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"]


@pytest.mark.requirement("oauth:N-34:inactive", "security:71:introspection")
@pytest.mark.parametrize("end", ["logout", "suspend", "expire", "revoke", "none"])
def test_dead_token_is_only_not_active(running, ask, end):
    pair = running.tokens("alice")
    user = store(running, "find_user", "alice")
    token = pair["access_token"]
    match end:
        case "logout":
            running.http.post("/logout", json={"refresh_token": pair["refresh_token"]})
        case "suspend":
            store(running, "suspend_user", user.id, now=running.clock.now())
        case "expire":
            running.clock.forward(301)
        case "revoke":
            assert running.http.post("/revoke", data={"token": token}).status_code == 200
            assert running.me(token).status_code == 401
        case "none":
            token = "made up"
    assert ask(token).content == b'{"active":false}'


@pytest.mark.requirement("oauth:T-6:family")
def test_revoked_refresh_token_takes_its_login_along(running, ask):
    pair, other = running.tokens(), running.tokens()
    answer = running.http.post("/revoke", data={"token": pair["refresh_token"]})
    assert (answer.status_code, answer.content) == (200, b"")
    assert running.refresh(pair["refresh_token"]).json()["error"] == "invalid_grant"
    assert ask(pair["access_token"]).json() == {"active": False}
    assert running.me(pair["access_token"]).status_code == 401
    assert running.me(other["access_token"]).status_code == 200


@pytest.mark.requirement("oauth:T-6:access-token")
def test_revoked_access_token_leaves_the_login_alive(running, ask):
    pair = running.tokens()
    running.http.post("/revoke", data={"token": pair["access_token"]})
    assert ask(pair["access_token"]).json() == {"active": False}
    again = running.refresh(pair["refresh_token"]).json()
    assert running.me(again["access_token"]).status_code == 200


def test_token_that_is_revoked_again_and_again_is_on_the_feed_once(running):
    """oauth.md F-2: the feed is bounded by what ends, and not by how often somebody says so."""
    token = running.tokens()["access_token"]
    for _ in range(3):
        assert running.http.post("/revoke", data={"token": token}).status_code == 200
    feed = store(running, "read_feed", BEGINNING, now=running.clock.now())
    assert [one.kind for one in feed.events] == [RevocationKind.TOKEN]


@pytest.mark.requirement("oauth:N-34:unknown-is-no-error")
def test_unknown_and_foreign_tokens_are_no_error_and_change_nothing(running):
    pair = running.tokens()
    store(running, "register_client", confidential("stranger"))
    for token in pair["access_token"], pair["refresh_token"], "made up":
        answer = running.http.post("/revoke", data={"token": token}, headers=basic("stranger"))
        assert answer.status_code == 200
    assert running.me(pair["access_token"]).status_code == 200
    assert running.refresh(pair["refresh_token"]).status_code == 200
    assert running.http.post("/revoke", data={}).json()["error"] == "invalid_request"


@pytest.mark.requirement("oauth:W-5:no-get")
def test_token_in_an_address_is_refused(running):
    for path in ("/introspect", "/revoke"):
        assert running.http.get(f"{path}?token=x").status_code == 405


@pytest.mark.requirement("oauth:S-7:written-or-refused")
@pytest.mark.requirement("security:72:revocation-stored")
@pytest.mark.parametrize(
    "verb", ["revoke_family_of_token", "revoke_opaque_token", "revoke_access_token"]
)
def test_revocation_that_cannot_be_stored_is_an_error(running, monkeypatch, verb):
    async def fails(*_):
        raise StoreUnavailable("the disk is full", fix="free some")

    monkeypatch.setattr(TokenVerbs, verb, fails)
    token = running.tokens()["access_token"] if verb == "revoke_access_token" else "x"
    assert running.http.post("/revoke", data={"token": token}).status_code == 503


def test_metadata_names_both_endpoints_and_their_methods(running):
    document = running.http.get("/.well-known/oauth-authorization-server").json()
    for name in ("introspection_endpoint", "revocation_endpoint"):
        assert document[name].endswith(("/introspect", "/revoke"))
        assert document[f"{name}_auth_methods_supported"][0] == "client_secret_basic"


def test_confidential_client_cannot_log_anybody_in_by_its_name_alone(running):
    """oauth.md L-4: who must authenticate at the token endpoint must do so at the login."""
    store(running, "register_client", replace(confidential("web"), is_first_party=True))
    answer = running.log_in(client_id="web")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.requirement("oauth:N-34:authenticated")
def test_resource_with_a_wrong_secret_is_refused(running, ask, notes):
    answer = ask(running.tokens()["access_token"], basic(notes, "wrong"))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
