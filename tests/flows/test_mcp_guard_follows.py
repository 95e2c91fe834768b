"""An MCP server that knows its own secret: a login that ends takes its token along there, too.

Source: oauth.md F-1 and section 11.
"""

import time
from dataclasses import replace

import httpx2
import pytest
from fastmcp import FastMCP
from tests.flows.notes_services import bind, running

from watchword.base.clock import SYSTEM
from watchword.base.secrets import digest
from watchword.fastmcp import Guard
from watchword.oauth.clients import Resource

SECRET = "the secret of the tools, long enough"
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@pytest.mark.requirement("oauth:F-1:guards")
def test_login_that_ends_takes_its_token_along(running_server):
    server = running_server
    listening, url = bind()
    resource = Resource(f"{url}/mcp", (("tools:use", "Use tools"),), is_default=False)
    server.store("register_resource", replace(resource, secret_hash=digest(SECRET)))
    guard = Guard(server.auth.issuer, url=url, secret=SECRET)
    app = FastMCP("Tools", auth=guard).http_app(stateless_http=True, json_response=True)

    def ping(pair: dict[str, str]) -> httpx2.Response:
        headers = {
            "Authorization": f"Bearer {pair['access_token']}",
            "Accept": "application/json, text/event-stream",
        }
        return httpx2.post(f"{url}/mcp", json=PING, headers=headers, timeout=60)

    with running(app, listening):
        ended, other = (server.tokens(who, resource=f"{url}/mcp") for who in ("alice", "bob"))
        assert ping(ended).status_code == ping(other).status_code == 200
        server.http.post("/logout", json={"refresh_token": ended["refresh_token"]})
        while (answer := ping(ended)).status_code == 200:
            time.sleep(0.02)
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
        assert ping(other).status_code == 200


@pytest.fixture
def running_server(request):
    """The server of `conftest`, whose name a helper here has as well, with the machine's clock."""
    server = request.getfixturevalue("running")
    server.clock.seconds = SYSTEM.now()
    return server
