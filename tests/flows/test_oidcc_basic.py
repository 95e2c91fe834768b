"""Modules of the OpenID Basic plan about ID token, userinfo, claims and refresh, by their names.

The plan's modules about the authorization endpoint's behaviour stand beside it.

Source: oauth.md section 14 (Basic); OpenID Connect Core; oauth.md N-15 to N-20.
"""

import json
from dataclasses import replace

import jwt
import pytest
from tests.flows.openid import PARTY, SECRET, RelyingParty, describe

from watchword.base.secrets import Secret
from watchword.oauth.clients import TokenFormat
from watchword.oidc.id_token import at_hash
from watchword.server.app import AuthServer
from watchword.server.errors import ConfigurationError

PROFILE = {"name", "preferred_username", "locale"}
EMAIL = {"email", "email_verified"}


@pytest.fixture
def settings():
    return {"signing_alg": "RS256"}


@pytest.fixture
def party(running):
    describe(running)
    return RelyingParty(running)


@pytest.mark.requirement("oauth:N-15:id-token", "oauth:N-17:token-response")
def test_oidcc_server(party, running):
    """The whole happy path: ID token, token response, userinfo."""
    answer = party.redeem(party.code("openid profile email"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    pair = answer.json()
    assert pair["token_type"] == "Bearer"
    assert isinstance(pair["expires_in"], int)
    assert pair["expires_in"] > 0
    assert pair["scope"] == "openid profile email"
    claims = party.read(pair["id_token"])
    assert claims["nonce"] == party.nonce
    assert claims["iat"] == running.clock.now()
    assert claims["auth_time"] <= claims["iat"] < claims["exp"]
    assert len(claims["sub"]) <= 255
    assert claims["sub"].isascii()
    assert not claims.keys() & {"azp", *PROFILE, *EMAIL}
    assert party.userinfo(pair["access_token"]).json()["sub"] == claims["sub"]


@pytest.mark.requirement("oauth:W-1:libraries")
def test_oidcc_server_client_secret_post(party, running):
    form = {
        "grant_type": "authorization_code",
        "code": party.code(),
        "client_id": PARTY.client_id,
        "client_secret": SECRET,
    }
    assert "id_token" in running.http.post("/token", data=form).json()


@pytest.mark.requirement("oauth:T-4:algorithm")
def test_oidcc_idtoken_signature(party, running):
    """RS256 unless the client chose, and the `kid` is in the JWKS."""
    header = jwt.get_unverified_header(party.tokens()["id_token"])
    (key,) = running.http.get("/jwks.json").json()["keys"]
    assert header["alg"] == key["alg"] == "RS256"
    assert header["kid"] == key["kid"]


def test_oidcc_idtoken_unsigned(party, running):
    """Only where a client registered so, which none can."""
    assert "none" not in party.discovery["id_token_signing_alg_values_supported"]
    server = AuthServer(running.auth.settings)
    with pytest.raises(ConfigurationError, match="id_token_alg"):
        server.client("unsigned", name="Unsigned", secret=Secret(SECRET), id_token_alg="none")


@pytest.mark.parametrize("alg", ["ES256", "Ed25519", "PS256"])
@pytest.mark.requirement("oauth:T-4:algorithm")
def test_client_gets_the_algorithm_that_it_registered(running, alg):
    party = RelyingParty(running, replace(PARTY, id_token_alg=alg))
    pair = party.tokens()
    assert jwt.get_unverified_header(pair["id_token"])["alg"] in {alg, "EdDSA"}
    kinds = {key["alg"] for key in running.http.get("/jwks.json").json()["keys"]}
    assert {"RS256", alg} <= kinds


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(party):
    party.nonce = ""
    assert "nonce" not in party.read(party.tokens()["id_token"])


@pytest.mark.requirement("oauth:N-16:userinfo")
def test_oidcc_userinfo_get(party):
    pair = party.tokens()
    answer = party.userinfo(pair["access_token"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {"sub": party.read(pair["id_token"])["sub"]}


@pytest.mark.requirement("oauth:N-16:userinfo")
def test_oidcc_userinfo_post_header(party):
    pair = party.tokens()
    answer = party.userinfo(pair["access_token"], "POST")
    assert answer.json() == {"sub": party.read(pair["id_token"])["sub"]}


@pytest.mark.requirement("oauth:N-16:header-alone")
def test_oidcc_userinfo_post_body(party, running):
    """Optional in the plan, and refused here: the header is the one place for a token."""
    token = party.tokens()["access_token"]
    in_body = running.http.post("/userinfo", data={"access_token": token})
    in_query = running.http.get("/userinfo", params={"access_token": token})
    for answer in (in_body, in_query):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.requirement("oauth:N-16:scope-claims")
def test_oidcc_scope_profile(party):
    assert party.told("openid profile") == {
        "sub": party.server.users["alice"].id,
        "name": "Alice Liddell",
        "preferred_username": "alice",
        "locale": "de",
    }


@pytest.mark.requirement("oauth:N-16:scope-claims", "oauth:N-16:types")
def test_oidcc_scope_email(party):
    told = party.told("openid email")
    assert told.keys() == {"sub", *EMAIL}
    assert told["email"] == "Alice@example.com"
    assert told["email_verified"] is True


def assert_tells_nothing(party, scope):
    """It is granted, tells nothing, and is advertised nowhere: nothing is stored for it."""
    pair = party.tokens(f"openid {scope}")
    assert pair["scope"] == f"openid {scope}"
    assert party.userinfo(pair["access_token"]).json().keys() == {"sub"}
    assert scope not in party.discovery["scopes_supported"]


def test_oidcc_scope_address(party):
    assert_tells_nothing(party, "address")


def test_oidcc_scope_phone(party):
    assert_tells_nothing(party, "phone")


@pytest.mark.requirement("oauth:N-16:scope-claims", "oauth:N-16:types")
def test_oidcc_scope_all(party):
    told = party.told("openid profile email address phone")
    assert told.keys() == {"sub", *PROFILE, *EMAIL}
    assert told.keys() <= set(party.discovery["claims_supported"])
    assert {name for name, value in told.items() if not isinstance(value, str)} == {
        "email_verified"
    }


def test_what_is_not_known_of_a_person_is_left_out(running):
    """OpenID Connect Core section 5.3.2: never null, never an empty text."""
    told = RelyingParty(running).told("openid profile email")
    assert told == {
        "sub": running.users["alice"].id,
        "name": "alice",
        "preferred_username": "alice",
    }


@pytest.mark.requirement("oauth:N-16:claims-parameter")
def test_oidcc_claims_essential(party):
    """`name` comes although no scope asks for it, and goes on coming after a refresh."""
    wish = json.dumps({"userinfo": {"name": {"essential": True}, "nickname": None}})
    pair = party.tokens("openid", claims=wish)
    refreshed = party.refresh(pair["refresh_token"]).json()
    for token in (pair, refreshed):
        told = party.userinfo(token["access_token"]).json()
        assert told == {"sub": party.server.users["alice"].id, "name": "Alice Liddell"}


def test_claim_that_is_wanted_with_a_value_comes_only_with_it(party):
    """Core section 5.5.1."""
    for value, comes in (("de", True), ("fr", False)):
        wish = json.dumps({"userinfo": {"locale": {"value": value}}})
        assert ("locale" in party.told("openid", claims=wish)) is comes


def test_claims_parameter_of_another_shape_is_refused(party, running):
    form = {"username": "alice", "password": "x", "claims": "name", "scope": "openid"}
    answer = running.http.post("/authorize-challenge", data=form, headers=party.basic())
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.requirement("oauth:N-1:used-code")
def test_oidcc_codereuse(party):
    code = party.code()
    assert party.redeem(code).status_code == 200
    again = party.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.requirement("oauth:N-1:used-code")
def test_oidcc_codereuse_30seconds(party, running):
    """What the code bought is revoked: access token, refresh token, userinfo."""
    code = party.code()
    pair = party.redeem(code).json()
    assert party.userinfo(pair["access_token"]).status_code == 200
    running.clock.forward(30)
    again = party.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert party.userinfo(pair["access_token"]).status_code == 401
    assert party.refresh(pair["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.requirement("oauth:N-20:id-token-stable")
def test_oidcc_refresh_token(party, running):
    """Works for its client alone; the ID token stays the same but for its time and at_hash."""
    pair = party.tokens("openid profile offline_access")
    before = party.read(pair["id_token"])
    running.clock.forward(120)
    other = RelyingParty(running, replace(PARTY, client_id="other"))
    foreign = other.refresh(pair["refresh_token"])
    assert (foreign.status_code, foreign.json()["error"]) == (400, "invalid_grant")
    refreshed = party.refresh(pair["refresh_token"]).json()
    after = party.read(refreshed["id_token"])
    kept = ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["iat"] == before["iat"] + 120
    assert after["at_hash"] != before["at_hash"]
    assert not after.keys() & {"nonce", "azp"}
    assert party.userinfo(refreshed["access_token"]).json()["name"] == "Alice Liddell"


@pytest.mark.requirement("oauth:N-16:openid-alone")
def test_token_without_openid_is_told_which_scope_it_lacks(party):
    """RFC 6750 section 3.1."""
    answer = party.userinfo(party.tokens("notes:read")["access_token"])
    assert answer.status_code == 403
    challenge = answer.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="openid"' in challenge
    assert answer.json()["code"] == "insufficient_scope"


@pytest.mark.requirement("oauth:N-16:re-read")
def test_userinfo_reads_person_and_login_again(party, running):
    """A good token opens nothing once its login is over or its person suspended."""
    pair, other = party.tokens("openid profile"), party.tokens()
    alice = running.users["alice"]
    running.store("end_session", party.read(pair["id_token"])["sid"], now=running.clock.now())
    ended = party.userinfo(pair["access_token"])
    assert (ended.status_code, ended.json()["code"]) == (401, "session_ended")
    running.store("suspend_user", alice.id, now=running.clock.now())
    suspended = party.userinfo(other["access_token"])
    assert (suspended.status_code, suspended.json()["code"]) == (403, "suspended")


@pytest.mark.requirement("oauth:5:seen-access-token")
def test_userinfo_is_a_sight_of_the_access_token(party):
    """oauth.md section 5: a refresh that is repeated after it is a reuse."""
    pair = party.tokens()
    refreshed = party.refresh(pair["refresh_token"]).json()
    assert party.userinfo(refreshed["access_token"]).status_code == 200
    assert party.refresh(pair["refresh_token"]).json()["error"] == "invalid_grant"
    assert party.userinfo(refreshed["access_token"]).status_code == 401


def test_userinfo_may_be_asked_by_pages_of_other_origins(party, running):
    """oauth.md E-3: errors too."""
    origin = {"origin": "https://spa.example"}
    refused = running.http.get("/userinfo", headers=origin)
    assert refused.headers["access-control-allow-origin"] == "*"
    preflight = running.http.options(
        "/userinfo",
        headers={**origin, "access-control-request-method": "GET"},
    )
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()


class TestOpaqueTokens:
    """A resource may ask for opaque access tokens; at_hash and userinfo follow."""

    @pytest.fixture
    def opaque(self, party, running):
        (resource, *_) = running.store("list_resources")
        asking = replace(resource, token_format=TokenFormat.OPAQUE)
        running.store("register_resource", asking)
        return party.tokens("openid email")

    @pytest.mark.requirement("oauth:N-16:userinfo")
    def test_userinfo_answers_to_them(self, party, opaque):
        assert "." not in opaque["access_token"]
        told = party.userinfo(opaque["access_token"]).json()
        assert told["email"] == "Alice@example.com"
        hashed = at_hash(opaque["access_token"], "RS256")
        assert party.read(opaque["id_token"])["at_hash"] == hashed

    def test_userinfo_refuses_those_whose_login_is_over(self, party, running, opaque):
        sid = party.read(opaque["id_token"])["sid"]
        running.store("end_session", sid, now=running.clock.now())
        assert party.userinfo(opaque["access_token"]).status_code == 401

    def test_use_of_one_makes_a_repeated_refresh_a_reuse(self, party, opaque):
        refreshed = party.refresh(opaque["refresh_token"]).json()
        party.userinfo(refreshed["access_token"])
        assert party.refresh(opaque["refresh_token"]).status_code == 400
        assert party.userinfo(refreshed["access_token"]).status_code == 401

    def test_pair_that_a_repeated_refresh_replaced_opens_nothing(self, party, opaque):
        lost = party.refresh(opaque["refresh_token"]).json()
        assert party.refresh(opaque["refresh_token"]).status_code == 200
        assert party.userinfo(lost["access_token"]).status_code == 401
