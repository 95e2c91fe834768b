"""requests-oauthlib. Source: oauth.md section 12, T-3 (it refuses a scope that was not asked)."""

import pytest
from requests_oauthlib import OAuth2Session
from tests.clients.provider import API, CALLBACK, SECRET

from watchword.oauth.clients import AuthMethod


@pytest.fixture(autouse=True)
def _on_loopback(monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_sign_in_and_refresh_of_a_confidential_client(provider, person):
    provider.register("requests-oauthlib")
    session = OAuth2Session(
        "requests-oauthlib", redirect_uri=CALLBACK, scope=["openid", "profile"], pkce="S256"
    )
    link, state = session.authorization_url(f"{provider.issuer}/authorize")
    token = session.fetch_token(
        f"{provider.issuer}/token",
        authorization_response=person.answer(link),
        client_secret=SECRET,
        state=state,
    )
    assert token["token_type"] == "Bearer"
    assert session.get(f"{provider.issuer}/userinfo").json()["preferred_username"] == "alice"
    fresh = session.refresh_token(f"{provider.issuer}/token", auth=("requests-oauthlib", SECRET))
    assert fresh["access_token"] != token["access_token"]


@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_public_client_gets_a_token_for_an_api(provider, person):
    provider.register(
        "cli",
        auth_methods=frozenset({AuthMethod.NONE}),
        secret_hash=None,
        redirect_uris=("http://127.0.0.1/callback",),
    )
    session = OAuth2Session(
        "cli", redirect_uri="http://127.0.0.1:53124/callback", scope=["notes:read"], pkce="S256"
    )
    link, _ = session.authorization_url(f"{provider.issuer}/authorize", resource=API)
    token = session.fetch_token(
        f"{provider.issuer}/token",
        authorization_response=person.answer(link),
        include_client_id=True,
    )
    assert token["scope"] == ["notes:read"]
    assert token["expires_in"] > 0
