"""The verifier for the protocol's own SDK. Source: oauth.md section 11."""

import anyio
import pytest

from watchword.guards.errors import SessionEnded
from watchword.guards.feed import Follower
from watchword.mcp import TokenVerifier

ISSUER = "https://id.example.com"
AUDIENCE = "https://mcp.example.com/mcp"


@pytest.mark.requirement("guards:mcp:own-audience")
def test_good_token_becomes_the_sdks_and_a_bad_one_nothing(mint):
    verifier = TokenVerifier(ISSUER, audience=AUDIENCE, keys=mint.keys, clock=mint.clock)
    token = mint.token(aud=AUDIENCE)
    found = anyio.run(verifier.verify_token, token)
    assert (found.token, found.client_id, found.scopes) == (token, "app", ["notes:read"])
    assert (found.subject, found.resource) == ("user_AAAAAAAAAAAAAAAAAAAAAA", AUDIENCE)
    assert found.expires_at == mint.clock.now() + 300
    assert (found.claims["iss"], found.claims["roles"]) == (ISSUER, ["user"])
    for bad in (mint.token(), mint.token(aud=AUDIENCE, exp=1), "", "a b"):
        assert anyio.run(verifier.verify_token, bad) is None


@pytest.mark.requirement("oauth:F-1:guards")
def test_server_with_a_secret_follows_the_feed(mint, monkeypatch):
    def ended(_self, _claims, _kid):
        raise SessionEnded

    token = mint.token(aud=AUDIENCE)
    verifier = TokenVerifier(
        ISSUER, audience=AUDIENCE, keys=mint.keys, secret="x" * 32, clock=mint.clock
    )
    monkeypatch.setattr(Follower, "is_begun", True)
    assert anyio.run(verifier.verify_token, token) is not None
    monkeypatch.setattr(Follower, "check", ended)
    assert anyio.run(verifier.verify_token, token) is None
