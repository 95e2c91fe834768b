"""The MCP example, run as its README says and asked by the protocol's own client.

Source: issue 5 (Model Context Protocol); oauth.md section 11.
"""

import tomllib
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from tests.flows.notes_services import Administration, bind, example_running, running, sqlite_url

from watchword.server.app import AuthServer
from watchword.server.settings import Settings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "mcp_server"


@dataclass
class Example:
    issuer: str
    url: str
    people: Administration

    @property
    def endpoint(self) -> str:
        return f"{self.url}/mcp"

    def token(self, name: str, *scopes: str) -> str:
        login = {"username": name, "password": self.people.passwords[name]}
        asked = {"resource": self.endpoint, "scope": " ".join(scopes)}
        answer = httpx2.post(f"{self.issuer}/login", json=login | asked)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    @asynccontextmanager
    async def client(self, token: str):
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(self.endpoint, http_client=http)) as client,
        ):
            yield client


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Iterator[Example]:
    people = Administration(sqlite_url(tmp_path_factory.mktemp("mcp") / "server.db"))
    people.add_people()
    (issuer_socket, issuer), (mcp_socket, url) = bind(), bind()
    server = AuthServer(Settings(database=people.database, port=int(issuer.rpartition(":")[2])))
    (scopes,) = tomllib.loads((EXAMPLE / "watchword.toml").read_text())["resources"].values()
    server.resource(f"{url}/mcp", scopes=scopes)
    with (
        running(server, issuer_socket),
        example_running(EXAMPLE, "server:app", mcp_socket, ISSUER=issuer, URL=url),
    ):
        yield Example(issuer, url, people)


@pytest.mark.requirement("guards:mcp:own-audience")
def test_two_people_have_notes_of_their_own(example):
    async def use(name: str) -> list[str]:
        async with example.client(example.token(name, "notes:read", "notes:write")) as client:
            await client.call_tool("add_note", {"text": f"of {name}"})
            listed = await client.call_tool("list_notes", {})
            return listed.structured_content["result"]

    assert anyio.run(use, "alice") == ["of alice"]
    assert anyio.run(use, "bob") == ["of bob"]


@pytest.mark.requirement("guards:mcp:403-names-all-scopes")
def test_reader_sees_one_tool_and_is_told_what_the_other_needs(example):
    token = example.token("alice", "notes:read")

    async def tools() -> list[str]:
        async with example.client(token) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    assert anyio.run(tools) == ["list_notes"]
    call = {"name": "add_note", "arguments": {"text": "x"}}
    answer = httpx2.post(
        example.endpoint,
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call},
        headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
    )
    assert answer.status_code == 403
    assert 'scope="notes:read notes:write"' in answer.headers["www-authenticate"]


def test_stranger_finds_the_authorization_server(example):
    refused = httpx2.post(example.endpoint, json={})
    place = refused.headers["www-authenticate"].partition('resource_metadata="')[2].rstrip('"')
    resource = httpx2.get(place).json()
    assert resource["resource"] == example.endpoint
    (issuer,) = resource["authorization_servers"]
    found = httpx2.get(f"{issuer}/.well-known/oauth-authorization-server").json()
    assert found["issuer"] == issuer == example.issuer


def test_example_is_the_page():
    page = (ROOT / "docs/how-to/guard-an-mcp-server.md").read_text("utf-8")
    program = (EXAMPLE / "server.py").read_text("utf-8").partition('"""\n\n')[2]
    settings = (EXAMPLE / "watchword.toml").read_text("utf-8").partition("\n")[2]
    assert f"```python server.py\n{program}```" in page
    assert f"```toml\n{settings}```" in page
