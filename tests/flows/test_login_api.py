"""`POST /login` and `GET /me` over HTTP: the first half of the flow."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from watchword.accounts.passwords.hashing import Match
from watchword.base.clock import Clock
from watchword.jose.jwk.keyset import KeySet
from watchword.oauth.access_token import access_verifier
from watchword.oauth.families import Refusal, Refused
from watchword.server.cookies import cookie_rules

PATIENCE_SECONDS = 60
SAME_ANSWER = {
    "error": "invalid_credentials",
    "error_description": "the user name or the password is wrong",
}


def verified(running, token, audience=None):
    """Verify a token as a stranger would: with what the server publishes."""
    document = running.http.get("/.well-known/oauth-authorization-server").json()
    keys = KeySet.from_jwks(running.http.get(document["jwks_uri"]).content)
    clock: Clock = running.clock
    verifier = access_verifier(
        keys, issuer=document["issuer"], audience=audience or f"{running.url}/notes", clock=clock
    )
    return verifier.verify(token).claims


@pytest.mark.requirement("server:L-2:token-response")
def test_name_and_password_buy_a_token_response(running):
    """oauth.md L-2; RFC 6749 section 5.1."""
    answer = running.log_in("alice")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    assert "set-cookie" not in answer.headers
    pair = answer.json()
    assert list(pair) == ["access_token", "token_type", "expires_in", "refresh_token", "scope"]
    assert pair["token_type"] == "Bearer"
    assert pair["expires_in"] == 300
    assert pair["scope"] == "notes:read notes:write"


@pytest.mark.requirement("oauth:T-3:token-response")
@pytest.mark.parametrize("scope", ["notes:write notes:read", "notes:read openid notes:write"])
def test_scope_is_answered_in_the_order_in_which_it_was_asked_for(running, scope):
    """Libraries compare it with what they asked for; a refresh that was implied is not in it."""
    pair = running.tokens(scope=scope)
    assert (pair["token_type"], pair["scope"]) == ("Bearer", scope)
    assert isinstance(pair["expires_in"], int)
    assert pair["expires_in"] > 0
    form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    refreshed = running.http.post("/token", data=form).json()
    assert (refreshed["token_type"], refreshed["scope"]) == ("Bearer", scope)


def test_token_verifies_against_the_published_keys(running):
    """RFC 9068 section 2.2; ARCHITECTURE section 6 (the issuer is in `aud` too)."""
    claims = verified(running, running.tokens("root")["access_token"])
    assert claims.sub == running.users["root"].id
    assert claims.audiences == (f"{running.url}/notes", running.url)
    assert claims.preferred_username == "root"
    assert claims.roles == ("admin",)
    assert claims.amr == ("pwd",)
    assert claims.exp - claims.iat == 300


def test_scope_may_be_less_and_never_more(running):
    """oauth.md L-13."""
    assert running.tokens(scope="notes:read")["scope"] == "notes:read"
    refused = running.log_in(scope="notes:read notes:burn")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


def test_unknown_resource_and_client_are_refused(running):
    refused = running.log_in(resource="https://other.example")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    refused = running.log_in(client_id="stranger")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert refused.headers["www-authenticate"] == 'Login realm="watchword"'


@pytest.mark.requirement("server:27:same-answer")
def test_every_way_to_fail_reads_the_same(running):
    """security.md rule 27; oauth.md L-9."""
    running.store("suspend_user", running.users["bob"].id, now=running.clock.now())
    attempts = [
        {"username": "alice", "password": "wrong wrong wrong"},
        {"username": "nobody", "password": "wrong wrong wrong"},
        {"username": "bob", "password": "bob walks seven brown dogs"},
        {"username": "bob", "password": "wrong wrong wrong"},
        {"username": "a b\u200b", "password": "x"},
        {"username": "x" * 4000, "password": "x"},
    ]
    answers = [running.http.post("/login", json=attempt) for attempt in attempts]
    for answer in answers:
        assert answer.status_code == 401
        assert {k: answer.json()[k] for k in SAME_ANSWER} == SAME_ANSWER
        assert answer.content == answers[0].content
        assert without_date(answer.headers) == without_date(answers[0].headers)
        assert answer.headers["www-authenticate"] == 'Login realm="watchword"'


@pytest.mark.parametrize("name", ["alice\u0000", "nobody\u0000"])
def test_name_that_no_database_stores_is_malformed_whoever_it_resembles(running, name):
    answer = running.http.post("/login", json={"username": name, "password": "x"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "username" in answer.json()["error_description"]


def without_date(headers):
    """Leave out what says when, and the id of the trace, which is chance and of one length."""
    lengths = {len(headers.get("watchword-trace", ""))}
    assert lengths == {30}
    varying = {"date", "watchword-trace"}
    return [(name, value) for name, value in headers.multi_items() if name not in varying]


@pytest.mark.requirement("server:L-2:missing-member")
@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, "username is missing"),
        ({"username": "alice"}, "password is missing"),
        ({"username": "alice", "password": ""}, "password is missing"),
        ({"username": 7, "password": "x"}, "username must be text"),
        ({"username": "alice", "password": ["x"]}, "password must be text"),
        ({"username": "alice", "password": "x" * 5000}, "password has more than"),
        ({"username": "alice", "password": "x", "scope": 1}, "scope must be text"),
    ],
)
def test_missing_and_mistyped_members_are_named(running, document, text):
    """oauth.md L-2."""
    refused = running.http.post("/login", json=document)
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_request"
    assert text in refused.json()["error_description"]
    assert refused.json()["error_uri"] == f"{running.url}/errors/invalid_request"


def test_unknown_members_are_ignored(running):
    """ARCHITECTURE section 6."""
    assert running.log_in(remember_me=True, device={"name": "phone"}).status_code == 200


@pytest.mark.requirement("server:L-1:form-is-415")
@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", None]
)
def test_login_takes_json_only(running, content_type):
    """oauth.md L-1: a form would be the password grant by another name."""
    headers = {"content-type": content_type} if content_type else {}
    refused = running.http.post(
        "/login", content=b"username=alice&password=x&grant_type=password", headers=headers
    )
    assert refused.status_code == 415
    assert refused.json()["error_description"] == "the body must be application/json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"alice"',
        b'{"username":"alice","username":"bob","password":"x"}',
        b'{"username":NaN}',
        b"\xff\xfe",
        b'{"username":"\\ud800","password":"x","a":' + b"[" * 100,
    ],
)
def test_malformed_json_is_400_and_quotes_nothing(running, body):
    refused = running.http.post(
        "/login", content=body, headers={"content-type": "application/json"}
    )
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_request"
    assert "alice" not in refused.text


def test_oversize_bodies_are_413_also_when_chunked(running):
    """oauth.md E-4."""
    large = json.dumps({"username": "a" * 9000, "password": "x"}).encode()
    headers = {"content-type": "application/json"}
    assert running.http.post("/login", content=large, headers=headers).status_code == 413

    def chunks():
        yield large[:4500]
        yield large[4500:]

    refused = running.http.post("/login", content=chunks(), headers=headers)
    assert refused.status_code == 413
    assert running.log_in().status_code == 200


@pytest.mark.requirement("server:L-12:origin")
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_page_of_another_origin_may_not_log_in(running, origin):
    """oauth.md L-12."""
    headers = {"origin": origin}
    document = {"username": "alice", "password": "alice walks seven brown dogs"}
    refused = running.http.post("/login", json=document, headers=headers)
    assert (refused.status_code, refused.json()["error"]) == (403, "unauthorized_client")
    headers = {"origin": running.url}
    assert running.http.post("/login", json=document, headers=headers).status_code == 200


def test_cookies_are_neither_read_nor_set(running):
    """oauth.md L-12."""
    document = {"username": "alice", "password": "alice walks seven brown dogs"}
    cookie = f"{cookie_rules(running.url).session}={'A' * 43}"
    answer = running.http.post("/login", json=document, headers={"cookie": cookie})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


class TestMe:
    def test_me_tells_who_and_how(self, running):
        """users.md U14."""
        pair = running.tokens("root")
        answer = running.me(pair["access_token"])
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        me = answer.json()
        assert me["sub"] == running.users["root"].id
        assert me["preferred_username"] == "root"
        assert me["roles"] == ["admin"]
        assert me["session"]["amr"] == ["pwd"]

    @pytest.mark.requirement("server:U52:no-token-no-error")
    def test_no_token_is_a_challenge_without_error(self, running):
        """RFC 6750 section 3.1; users.md U52."""
        answer = running.http.get("/me")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == running.challenge
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "token_missing"

    @pytest.mark.parametrize(
        ("headers", "status", "code"),
        [
            (
                [("authorization", "Bearer a.b.c"), ("authorization", "Bearer a.b.c")],
                400,
                "token_repeated",
            ),
            ([("authorization", "Bearer not a token")], 401, "token_malformed"),
            ([("authorization", "Bearer a.b.c")], 401, "token_malformed"),
            ([("authorization", "Basic YTpi")], 401, "token_missing"),
        ],
    )
    def test_bad_headers_are_told_apart(self, running, headers, status, code):
        answer = running.http.get("/me", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_expired_token_is_told_so(self, running):
        pair = running.tokens()
        running.clock.forward(300)
        answer = running.me(pair["access_token"])
        assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]

    def test_tampered_token_is_refused(self, running):
        head, payload, signature = running.tokens()["access_token"].split(".")
        flipped = "A" if signature[0] != "A" else "B"
        answer = running.me(f"{head}.{payload}.{flipped}{signature[1:]}")
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")

    @pytest.mark.requirement("server:suspended-is-403")
    def test_suspended_account_is_403_and_not_refreshed(self, running):
        """ARCHITECTURE section 6; security.md rule 42."""
        pair = running.tokens("bob")
        running.store("suspend_user", running.users["bob"].id, now=running.clock.now())
        answer = running.me(pair["access_token"])
        assert (answer.status_code, answer.json()["code"]) == (403, "suspended")
        assert answer.headers["www-authenticate"].startswith("Bearer ")
        assert running.refresh(pair["refresh_token"]).json()["error"] == "invalid_grant"
        running.store("restore_user", running.users["bob"].id, now=running.clock.now())
        answer = running.me(pair["access_token"])
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")

    def test_roles_are_those_of_this_moment(self, running):
        pair = running.tokens("alice")
        alice = running.users["alice"].id
        running.store("assign_role", alice, "editor", now=running.clock.now())
        assert running.me(pair["access_token"]).json()["roles"] == ["editor"]


class TestFlood:
    @pytest.fixture
    def settings(self):
        return {"hash_threads": 1, "hash_queue_max": 2}

    @pytest.mark.requirement("server:34:overflow-is-503")
    def test_more_logins_than_fit_are_turned_away_at_once(self, running):
        """security.md rule 34: 503 with Retry-After, and the accepted ones finish."""

        def attempt(_number):
            return running.log_in()

        with ThreadPoolExecutor(24) as pool:
            answers = list(pool.map(attempt, range(24)))
        statuses = {answer.status_code for answer in answers}
        assert statuses == {200, 503}
        for answer in answers:
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) >= 1
                assert answer.json()["error"] == "busy"

    @pytest.mark.requirement("server:34:others-go-on")
    def test_other_requests_are_answered_while_logins_wait(self, running, monkeypatch):
        """security.md D6: keys and tokens do not wait for passwords."""
        gate, hashing = threading.Event(), threading.Event()

        def held(*_arguments):
            hashing.set()
            assert gate.wait(PATIENCE_SECONDS)
            return Match.DIFFERENT

        pair = running.tokens()
        monkeypatch.setattr("watchword.server.hash_pool.verify_password", held)
        with ThreadPoolExecutor(3) as pool:
            logins = [pool.submit(running.log_in) for _ in range(3)]
            try:
                assert hashing.wait(PATIENCE_SECONDS)
                assert running.http.get("/jwks.json").status_code == 200
                assert running.me(pair["access_token"]).status_code == 200
                assert running.refresh(pair["refresh_token"]).status_code == 200
                assert not any(login.done() for login in logins)
            finally:
                gate.set()
            assert {login.result().status_code for login in logins} == {401}


def test_refused_transaction_reads_like_a_wrong_password(running, monkeypatch):
    """oauth.md L-9: suspended between the comparison and the commit."""

    async def refuse(_self, _command):
        return Refused(Refusal.USER_INACTIVE)

    monkeypatch.setattr(type(running.auth.runtime.store), "open_family", refuse)
    answer = running.log_in()
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_credentials"
