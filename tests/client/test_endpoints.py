"""`Login` by the authorization challenge endpoint. Source: users.md U5; oauth.md section 6."""

import base64
import hashlib
import json
from urllib.parse import parse_qsl

import httpx
import httpx2
import pytest
from tests.client.test_login import API, ISSUER, PASSWORD, Async, Clock, Sync, World

from watchword.client import Login, LoginFailed
from watchword.client.endpoints import metadata_calls

CHALLENGE, TOKEN = f"{ISSUER}/authorize-challenge", f"{ISSUER}/token"
DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"
INSERTED = "https://id.example.com/.well-known/oauth-authorization-server/auth"
LISTED = {
    "issuer": ISSUER,
    "authorization_challenge_endpoint": CHALLENGE,
    "token_endpoint": TOKEN,
}
CODE = {"authorization_code": "code-1"}


class Standard(World):
    """An issuer that has a challenge endpoint and a token endpoint, and metadata."""

    asks = False  # for a second factor

    def answer(self, method, url, body, authorization):
        if url in self.refusals or url not in {CHALLENGE, TOKEN, DISCOVERY}:
            return super().answer(method, url, body, authorization)
        with self.lock:
            self.seen.append((method, url, body, authorization))
        if url == DISCOVERY:
            return self.http.Response(200, json=LISTED)
        if url == TOKEN:
            return self.http.Response(200, json=self.pair())
        if self.asks and "otp" not in form(body):
            step = {"auth_session": "s1", "next": [{"type": "totp"}]}
            error = {"error": "insufficient_authorization", "reason": "second_factor_required"}
            return self.http.Response(400, json=error | step)
        return self.http.Response(200, json=CODE)

    def sent(self, url):
        return [form(body) for _, seen, body, _ in self.seen if seen == url]


def form(body):
    return dict(parse_qsl(body.decode(), strict_parsing=True))


@pytest.fixture(params=[httpx2, httpx], ids=["httpx2", "httpx"])
def world(request):
    return Standard(request.param)


@pytest.mark.requirement("users:U5:challenge-endpoint")
@pytest.mark.parametrize("kind", [Sync, Async])
@pytest.mark.parametrize("by", ["challenge", "metadata"])
def test_login_ends_in_a_code_that_only_its_beginner_redeems(world, kind, by):
    """RFC 7636 section 4: the verifier is sent with the code, its hash with the password."""
    login = Login(ISSUER, "alice", PASSWORD, by=by, client_id="app", scope="notes:read")
    assert kind(world, login).get(f"{API}/notes").status_code == 200
    (begun,), (redeemed,) = world.sent(CHALLENGE), world.sent(TOKEN)
    verifier = redeemed.pop("code_verifier")
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    assert begun == {
        "username": "alice",
        "password": PASSWORD,
        "client_id": "app",
        "scope": "notes:read",
        "response_type": "code",
        "code_challenge": hashed.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    assert redeemed == {"grant_type": "authorization_code", "code": "code-1", "client_id": "app"}
    assert world.count(f"{ISSUER}/login") == 0


@pytest.mark.requirement("users:U5:challenge-endpoint")
def test_second_factor_is_shown_to_the_challenge_endpoint(world):
    world.asks = True
    login = Login(
        ISSUER, "alice", PASSWORD, by="challenge", second_factor=lambda _kinds: ("otp", "492039")
    )
    assert Sync(world, login).get(f"{API}/notes").status_code == 200
    assert world.sent(CHALLENGE)[1] == {"auth_session": "s1", "otp": "492039"}


def test_refresh_goes_to_the_token_endpoint(world):
    clock = Clock()
    login = Login(ISSUER, "alice", PASSWORD, by="challenge", client_id="app", clock=clock)
    way = Sync(world, login)
    way.get(f"{API}/notes")
    clock.time = 290
    way.get(f"{API}/notes")
    assert world.sent(TOKEN)[1] == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-1",
        "client_id": "app",
    }


@pytest.mark.requirement("users:U5:challenge-endpoint")
def test_metadata_is_read_once_and_leads_to_the_login_api_where_it_lists_no_other(world):
    world.refusals[DISCOVERY] = (200, {"issuer": ISSUER}, {})
    clock = Clock()
    way = Sync(world, Login(ISSUER, "alice", PASSWORD, by="metadata", clock=clock))
    for at in (0, 290, 900):
        clock.time = at
        assert way.get(f"{API}/notes").status_code == 200
    assert (world.count(DISCOVERY), world.count(CHALLENGE)) == (1, 0)
    assert (world.count(f"{ISSUER}/login"), world.count(f"{ISSUER}/refresh")) == (1, 2)
    assert world.seen[0] == ("GET", DISCOVERY, b"", "")


def test_metadata_may_stand_before_the_path_of_the_issuer(world):
    """RFC 8414 section 3.1."""
    assert [call.url for call in metadata_calls(ISSUER)] == [DISCOVERY, INSERTED]
    world.refusals |= {DISCOVERY: (404, {}, {}), INSERTED: (200, LISTED, {})}
    login = Login(ISSUER, "alice", PASSWORD, by="metadata")
    assert Sync(world, login).get(f"{API}/notes").status_code == 200
    assert world.count(CHALLENGE) == 1


@pytest.mark.parametrize(
    ("status", "changed"),
    [
        (404, {}),
        (200, {"issuer": "https://evil.example"}),
        (200, {"issuer": None}),
        (200, {"token_endpoint": None}),
        (200, {"authorization_challenge_endpoint": 1}),
        (200, {"authorization_challenge_endpoint": "https://evil.example/x"}),
        (200, {"token_endpoint": "https://evil.example/x"}),
        (200, {"token_endpoint": "not a URL"}),
    ],
)
def test_password_is_sent_to_nobody_whom_the_metadata_makes_up(world, status, changed):
    """RFC 8414 section 3.3: a document of another issuer is not used."""
    for url in (DISCOVERY, INSERTED):
        world.refusals[url] = (status, LISTED | changed, {})
    with pytest.raises(LoginFailed) as failed:
        Sync(world, Login(ISSUER, "alice", PASSWORD, by="metadata")).get(f"{API}/notes")
    assert failed.value.code == "bad_metadata"
    assert not [body for _, _, body, _ in world.seen if PASSWORD.encode() in body]


@pytest.mark.parametrize(
    ("status", "document", "code"),
    [
        (
            400,
            {"error": "insufficient_authorization", "reason": "invalid_credentials"},
            "invalid_credentials",
        ),
        (400, {"error": "insufficient_authorization"}, "insufficient_authorization"),
        (400, {"error": "redirect_to_web"}, "redirect_to_web"),
        (200, {"authorization_code": "a b"}, "bad_answer"),
        (200, {"authorization_code": 1}, "bad_answer"),
        (201, CODE, "bad_answer"),
    ],
)
def test_failed_login_says_why(world, status, document, code):
    world.refusals[CHALLENGE] = (status, document, {})
    with pytest.raises(LoginFailed) as failed:
        Sync(world, Login(ISSUER, "alice", PASSWORD, by="challenge")).get(f"{API}/notes")
    assert failed.value.code == code
    assert world.count(TOKEN) == 0


def test_client_is_named_at_the_login_api_as_well(world):
    Sync(world, Login(ISSUER, "alice", PASSWORD, client_id="app")).get(f"{API}/notes")
    assert json.loads(world.seen[0][2])["client_id"] == "app"


def test_other_word_for_the_way_is_refused():
    with pytest.raises(ValueError, match="by is"):
        Login(ISSUER, "alice", PASSWORD, by="magic")
