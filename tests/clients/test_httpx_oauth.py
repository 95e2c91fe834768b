"""httpx-oauth, which many FastAPI projects sign in with. Source: oauth.md section 12, C-1."""

from urllib.parse import parse_qs, urlsplit

import anyio
import pytest
from httpx_oauth.clients.openid import OpenID
from tests.clients.provider import CALLBACK, SECRET


@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_sign_in_refresh_and_revoke(provider, person):
    provider.register("httpx-oauth", requires_pkce=False)
    place = f"{provider.issuer}/.well-known/openid-configuration"
    client = OpenID("httpx-oauth", SECRET, place, base_scopes=["openid", "email", "offline_access"])

    async def use() -> dict[str, object]:
        link = await client.get_authorization_url(CALLBACK, state="xyz")
        answer = await anyio.to_thread.run_sync(person.answer, link)
        said = parse_qs(urlsplit(answer).query)
        assert said["state"] == ["xyz"]
        token = await client.get_access_token(said["code"][0], CALLBACK)
        fresh = await client.refresh_token(token["refresh_token"])
        assert fresh["access_token"] != token["access_token"]
        profile = await client.get_profile(fresh["access_token"])
        await client.revoke_token(fresh["refresh_token"], "refresh_token")
        return profile

    profile = anyio.run(use)
    assert profile["sub"].startswith("user_")
