"""What changes when the public side speaks TLS, and when the server is mounted under a path."""

import asyncio
import re

import httpx2
import pytest

from watchword.server.app import AuthServer
from watchword.server.settings import Settings
from watchword.stores import migrate


@pytest.fixture
def settings(tmp_path):
    return Settings(
        url="https://id.example", mount_path="/auth", database=f"sqlite:///{tmp_path}/w.db"
    )


@pytest.mark.requirement("users-pages:cookie-attributes")
def test_an_https_issuer_gets_host_cookies_hsts_and_paths_below_its_mount(settings):
    """users.md U28 and U30; security.md rule 97."""

    async def look():
        await migrate(settings.database)
        auth = AuthServer(settings)
        await auth.startup()
        transport = httpx2.ASGITransport(app=auth)
        # The Host header is somebody else's: no link may follow it.
        async with httpx2.AsyncClient(transport=transport, base_url="https://evil.example") as http:
            page = await http.get("/signin")
        await auth.shutdown()
        return page

    page = asyncio.run(look())
    assert page.status_code == 200
    assert page.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    cookie = page.headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    assert re.fullmatch(r"__Host-watchword-form-[0-9a-f]{8}", name)
    assert re.fullmatch(r"[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", rest)
    assert "evil.example" not in page.text
    assert 'action="/auth/signin"' in page.text
    assert 'href="/auth/static/' in page.text
    assert "to id.example" in page.text
