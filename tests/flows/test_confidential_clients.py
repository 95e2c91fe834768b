"""Clients that have a credential prove it wherever they get, renew or end tokens.

Source: oauth.md L-4, C-1 to C-4, N-18, N-20, N-21, T-1; RFC 6749 sections 2.3, 5.2 and 6.
"""

import json
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import quote_plus

import pytest
from tests.flows.conftest import PASSWORDS, PATIENCE_SECONDS
from tests.flows.test_login_steps import generator

from watchword import jws
from watchword.base.secrets import digest
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.oauth.client_authentication.presented import ASSERTION_TYPE
from watchword.oauth.clients import AuthMethod, Client
from watchword.server.single_flight import SingleFlight

__all__ = ["generator"]

SECRET = "a secret: of the client + that is long enough"
KEY = Key.generate("ES256", kid="k1")
WEB = Client(
    "shop web",
    "Shop",
    is_first_party=True,
    is_default=False,
    scopes=None,
    auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST}),
    secret_hash=digest(SECRET),
)
SIGNED = replace(
    WEB,
    client_id="signed",
    auth_methods=frozenset({AuthMethod.PRIVATE_KEY_JWT}),
    secret_hash=None,
    jwks=json.dumps(KeySet([KEY.public()]).publish()),
)
LOGIN = {"username": "alice", "password": PASSWORDS["alice"]}


@pytest.fixture(autouse=True)
def clients(running):
    for client in (WEB, SIGNED, replace(WEB, client_id="other")):
        running.store("register_client", client)


def basic(client_id=WEB.client_id, secret=SECRET):
    text = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"authorization": f"Basic {b64encode(text.encode()).decode()}"}


def by_post(client_id=WEB.client_id, secret=SECRET):
    return {"client_id": client_id, "client_secret": secret}


def assertion(running, jti):
    claims = {"iss": "signed", "sub": "signed", "aud": running.url, "jti": jti}
    claims["exp"] = running.clock.seconds + 60
    text = jws.sign(json.dumps(claims).encode(), KEY, header={"typ": "JWT"})
    return {"client_assertion": text, "client_assertion_type": ASSERTION_TYPE}


def log_in(running, headers=None, **members):
    return running.http.post("/login", json={**LOGIN, **members}, headers=headers)


def pair(running):
    answer = log_in(running, basic())
    assert answer.status_code == 200, answer.text
    return answer.json()


def by_refresh(running, token, headers=None, **members):
    body = {"refresh_token": token, **members}
    return running.http.post("/refresh", json=body, headers=headers)


def by_token(running, token, headers=None, **members):
    form = {"grant_type": "refresh_token", "refresh_token": token, **members}
    return running.http.post("/token", data=form, headers=headers)


both = pytest.mark.parametrize("refresh", [by_refresh, by_token])


@pytest.mark.requirement("oauth:L-4:confidential", "rfc6749:2.3:client-authentication")
def test_each_method_logs_in(running):
    for headers, members in (
        (basic(), {}),
        (basic(), {"client_id": WEB.client_id}),
        (None, by_post()),
        (None, assertion(running, "j1")),
    ):
        assert log_in(running, headers, **members).status_code == 200


@pytest.mark.requirement("oauth:L-4:confidential", "oauth:N-18:basic-challenge")
@pytest.mark.parametrize(
    ("headers", "members", "scheme"),
    [
        (None, {"client_id": WEB.client_id}, "Login"),
        (None, by_post(secret="wrong"), "Login"),
        (None, by_post(client_id="nobody"), "Login"),
        (basic(secret="wrong"), {}, "Basic"),
        (basic(client_id="nobody"), {}, "Basic"),
        (basic(client_id=SIGNED.client_id), {}, "Basic"),
    ],
)
def test_login_of_a_client_that_did_not_prove_itself_is_refused(running, headers, members, scheme):
    """FiPA: who must authenticate at the token endpoint must authenticate here."""
    refused = log_in(running, headers, **members)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert refused.headers["www-authenticate"].startswith(scheme)
    form = {**LOGIN, **members}
    at_challenge = running.http.post("/authorize-challenge", data=form, headers=headers)
    assert (at_challenge.status_code, at_challenge.json()["error"]) == (401, "invalid_client")


@pytest.mark.requirement("oauth:R-5:bearer-rotates")
@both
@pytest.mark.requirement("oauth:N-20:client-authentication", "rfc6749:6:authenticate-client")
def test_no_refresh_without_the_proof_and_the_token_stays_good(running, refresh):
    """RFC 6749 section 6; oauth.md N-20."""
    token = pair(running)["refresh_token"]
    for headers, members in (
        (None, {"client_id": WEB.client_id}),
        (None, by_post(secret="wrong")),
        (basic(secret="wrong"), {}),
    ):
        refused = refresh(running, token, headers, **members)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert refresh(running, token).json()["error"] == "invalid_grant"  # as the default client
    assert refresh(running, token, basic(client_id="other")).json()["error"] == "invalid_grant"
    assert refresh(running, token, basic()).status_code == 200


@both
@pytest.mark.requirement("oauth:N-18:form-url-decoded")
def test_basic_credentials_are_decoded_before_they_are_compared(running, refresh):
    """RFC 6749 section 2.3.1: both parts are form-url-encoded before they are joined."""
    token = pair(running)["refresh_token"]
    raw = b64encode(f"{WEB.client_id}:{SECRET}".encode()).decode()  # "+" would read as a space
    refused = refresh(running, token, {"authorization": f"Basic {raw}"})
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert refresh(running, token, basic()).status_code == 200


@both
@pytest.mark.requirement("oauth:N-21:one-method", "oauth:N-21:not-in-the-query")
def test_two_methods_two_ids_and_a_secret_in_the_address_are_malformed(running, refresh):
    """oauth.md N-21; RFC 6749 section 2.3."""
    token = pair(running)["refresh_token"]
    for headers, members in (
        (basic(), by_post()),
        (basic(), assertion(running, "j1")),
        (None, {**by_post(), **assertion(running, "j2")}),
        (basic(), {"client_id": "other"}),
    ):
        refused = refresh(running, token, headers, **members)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    for path in ("/token", "/introspect", "/revoke", "/authorize-challenge"):
        query = {"client_id": WEB.client_id, "client_secret": SECRET}
        refused = running.http.post(path, params=query, data={"grant_type": "refresh_token"})
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert refresh(running, token, basic()).status_code == 200


@both
@pytest.mark.requirement("oauth:R-2:shared-by-the-proved")
def test_answer_is_shared_only_with_who_proved_itself(running, refresh, monkeypatch):
    """oauth.md R-2: a request that waits for the answer of another has proved its client too."""
    token = pair(running)["refresh_token"]
    arrived, share = threading.Barrier(2, timeout=PATIENCE_SECONDS), SingleFlight.share
    seen = []

    async def counting(self, key, call):
        seen.append(key)
        return await share(self, key, call)

    monkeypatch.setattr(SingleFlight, "share", counting)

    def ask(headers):
        arrived.wait()
        return refresh(running, token, headers, client_id=WEB.client_id)

    with ThreadPoolExecutor(2) as pool:
        good, bad = pool.map(ask, [basic(), basic(secret="wrong")])
    assert (good.status_code, bad.status_code) == (200, 401)
    assert len(seen) == 1


@both
def test_spent_assertion_is_not_good_for_a_shared_answer(running, refresh):
    """oauth.md C-4: `jti` once, also for the same request again."""
    token = log_in(running, **assertion(running, "j1")).json()["refresh_token"]
    again = assertion(running, "j2")
    assert refresh(running, token, **again).status_code == 200
    refused = refresh(running, token, **again)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


@pytest.mark.requirement("oauth:L-4:auth-session-identifies", "oauth:L-4:confidential")
def test_auth_session_names_the_client_and_does_not_prove_it(running, generator):
    """oauth.md L-4: of a client with a credential every step carries the proof."""
    asked = log_in(running, basic()).json()
    step = {"auth_session": asked["auth_session"], "otp": generator.at(running.clock.seconds)}
    for headers, error in (
        (None, "invalid_client"),
        (basic(secret="wrong"), "invalid_client"),
        (basic(client_id="other"), "invalid_session"),
    ):
        refused = running.http.post("/login", json=step, headers=headers)
        assert (refused.status_code, refused.json()["error"]) == (401, error)
    assert running.http.post("/login", json=step, headers=basic()).status_code == 200
    gone = running.http.post("/login", json=step)
    assert (gone.status_code, gone.json()["error"]) == (401, "invalid_session")


@pytest.mark.requirement("fipa-03:challenge:client-authentication")
def test_code_of_the_challenge_is_redeemed_by_the_same_proof(running):
    """Draft-03; RFC 6749 section 4.1.3."""
    granted = running.http.post("/authorize-challenge", data=LOGIN, headers=basic())
    redeeming = {
        "grant_type": "authorization_code",
        "code": granted.json()["authorization_code"],
    }
    refused = running.http.post("/token", data=redeeming, headers=basic(secret="wrong"))
    assert refused.json()["error"] == "invalid_client"
    assert running.http.post("/token", data=redeeming, headers=basic()).status_code == 200


@pytest.mark.requirement("oauth:L-4:confidential")
def test_login_is_ended_by_its_own_client_alone(running):
    tokens = pair(running)
    document = {"refresh_token": tokens["refresh_token"]}
    refused = running.http.post("/logout", json=document, headers=basic(secret="wrong"))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    # As the default client, of which the token is not: unknown, and that is no error.
    assert running.http.post("/logout", json=document).status_code == 204
    assert by_refresh(running, tokens["refresh_token"], basic()).status_code == 200
    assert running.http.post("/logout", json=document, headers=basic()).status_code == 204
    assert running.me(tokens["access_token"]).status_code == 401


def test_access_token_that_an_application_always_sends_disturbs_no_refresh(running):
    """The login API reads Basic alone; the token endpoint refuses what it does not know."""
    tokens = pair(running)
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert by_refresh(running, tokens["refresh_token"], bearer, **by_post()).status_code == 200
    refused = by_token(running, tokens["refresh_token"], bearer, **by_post())
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


@pytest.mark.requirement("oauth:T-1:any-set-of-grants", "rfc6749:5.2:unauthorized-client")
@pytest.mark.parametrize("grants", [(), ("refresh_token",), ("authorization_code",)])
def test_client_uses_the_grants_that_it_is_registered_for(running, grants):
    """oauth.md T-1; RFC 6749 section 5.2."""
    running.store("register_client", replace(WEB, grant_types=frozenset(grants)))
    for grant_type, name in (("authorization_code", "code"), ("refresh_token", "refresh_token")):
        form = {"grant_type": grant_type, name: "unknown"}
        refused = running.http.post("/token", data=form, headers=basic())
        expected = "invalid_grant" if grant_type in grants else "unauthorized_client"
        assert (refused.status_code, refused.json()["error"]) == (400, expected)


def test_default_client_may_have_to_prove_itself_too(running):
    running.store("register_client", replace(WEB, is_default=True))
    assert log_in(running).json()["error"] == "invalid_client"
    assert log_in(running, basic()).status_code == 200
