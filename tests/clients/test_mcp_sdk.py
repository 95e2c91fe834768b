"""The Model Context Protocol's own SDK signs in to `examples/mcp_server`.

Source: issue 5; Model Context Protocol 2026-07-28, Authorization; oauth.md section 11, W-3.
"""

import json
import ssl
import threading
import tomllib
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from tests.clients.provider import Person, Provider, provider_in
from tests.flows.notes_services import bind, example_running
from tests.net.hostile import certificates

from watchword.oauth.clients import AuthMethod

EXAMPLE = Path(__file__).parents[2] / "examples" / "mcp_server"
CALLBACK = "http://localhost:33418/callback"  # a port of its own, as desktop programs take one


@dataclass
class Memory:
    """Where the SDK keeps what it got."""

    client: OAuthClientInformationFull | None = None
    tokens: OAuthToken | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client: OAuthClientInformationFull) -> None:
        self.client = client


@dataclass
class Agent:
    """A program that uses the SDK, and the person in front of it."""

    endpoint: str
    person: Person
    memory: Memory = field(default_factory=Memory)
    document: str | None = None  # the address of its metadata
    links: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def connected(self):
        auth = OAuthClientProvider(
            self.endpoint,
            OAuthClientMetadata(
                client_name="Agent",
                redirect_uris=[CALLBACK],
                token_endpoint_auth_method="none",
                grant_types=["authorization_code", "refresh_token"],
            ),
            self.memory,
            redirect_handler=self._open,
            callback_handler=self._answer,
            client_metadata_url=self.document,
        )
        async with (
            httpx2.AsyncClient(auth=auth, timeout=30) as http,
            Client(streamable_http_client(self.endpoint, http_client=http)) as client,
        ):
            yield client

    async def _open(self, link: str) -> None:
        self.links.append(link)

    async def _answer(self) -> AuthorizationCodeResult:
        answer = await anyio.to_thread.run_sync(self.person.answer, self.links[-1])
        said = parse_qs(urlsplit(answer).query, strict_parsing=True)
        return AuthorizationCodeResult(**{name: values[0] for name, values in said.items()})

    def asked(self, name: str) -> list[str]:
        """Return a parameter of each authorization request."""
        return [parse_qs(urlsplit(link).query)[name][0] for link in self.links]


@dataclass
class Authority:
    """Publishes documents on this machine, by https."""

    tls: ssl.SSLContext

    @contextmanager
    def publishing(self, document: dict[str, object]) -> Iterator[str]:
        """Publish a document that names its own address, and return that."""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps({"client_id": place, **document}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing of requests."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.socket = self.tls.wrap_socket(server.socket, server_side=True)
            place = f"https://localhost:{server.server_port}/agent.json"
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield place
            finally:
                server.shutdown()
                thread.join()


@dataclass
class Notes:
    provider: Provider
    endpoint: str

    async def use(self, agent: Agent) -> list[str]:
        """List the notes, then add one, which needs another scope."""
        async with agent.connected() as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == ["list_notes"]
            await client.call_tool("list_notes", {})
            added = await client.call_tool("add_note", {"text": "Milk"})
            result: list[str] = added.structured_content["result"]
            return result


async def list_notes(agent: Agent) -> None:
    async with agent.connected() as client:
        await client.call_tool("list_notes", {})


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Iterator[Authority]:
    """A certificate for this machine that the server trusts, because its operator says so."""
    home = tmp_path_factory.mktemp("tls")
    tls, _ = certificates(home, "localhost")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(home / "chain.pem"))
        yield Authority(tls)


@pytest.fixture(scope="module")
def notes(tmp_path_factory, authority) -> Iterator[Notes]:
    listening, url = bind()
    (scopes,) = tomllib.loads((EXAMPLE / "watchword.toml").read_text())["resources"].values()
    with (
        provider_in(
            tmp_path_factory.mktemp("mcp"),
            resources={f"{url}/mcp": scopes},
            client_registration="open",
            client_documents="open",
            client_documents_on_loopback=True,
        ) as provider,
        example_running(EXAMPLE, "server:app", listening, ISSUER=provider.issuer, URL=url),
    ):
        yield Notes(provider, f"{url}/mcp")


@pytest.mark.requirement("oauth:W:mcp-sdk-signs-in")
def test_registered_agent_signs_in_and_steps_up(notes):
    """The second consent asks no second password, and keeps the scopes of the first."""
    notes.provider.register(
        "agent",
        auth_methods=frozenset({AuthMethod.NONE}),
        secret_hash=None,
        redirect_uris=("http://localhost/callback",),
    )
    known = OAuthClientInformationFull(client_id="agent", issuer=notes.provider.issuer)
    with notes.provider.person("alice") as person:
        agent = Agent(notes.endpoint, person, Memory(client=known))
        assert anyio.run(notes.use, agent) == ["Milk"]
    first, second = (set(scope.split()) for scope in agent.asked("scope"))
    assert first == {"notes:read", "offline_access"}
    assert second == first | {"notes:write"}
    assert set(agent.asked("resource")) == {notes.endpoint}
    assert agent.memory.tokens.refresh_token
    assert (person.sign_ins, person.consents) == (1, 2)


@pytest.mark.requirement("oauth:W:mcp-sdk-signs-in")
def test_unknown_agent_registers_itself(notes):
    """RFC 7591; without `scope`, which is no ceiling for what it asks later (oauth.md C-5)."""
    with notes.provider.person("bob") as person:
        agent = Agent(notes.endpoint, person)
        assert anyio.run(notes.use, agent) == ["Milk"]
        assert agent.memory.client.client_secret is None
        assert not agent.memory.client.client_id.startswith("https://")
        assert (person.sign_ins, person.consents) == (1, 2)
        again = Agent(notes.endpoint, person, agent.memory)
        anyio.run(list_notes, again)
    assert again.links == []


@pytest.mark.requirement("oauth:W:mcp-sdk-signs-in")
def test_agent_is_known_by_the_address_of_its_document(notes, authority):
    """CIMD: nothing is registered anywhere (oauth.md D-1 to D-5)."""
    document = {"client_name": "Agent with an address", "redirect_uris": [CALLBACK]}
    with authority.publishing(document) as place, notes.provider.person("admin") as person:
        agent = Agent(notes.endpoint, person, document=place)
        assert anyio.run(notes.use, agent) == ["Milk"]
    assert agent.asked("client_id") == [place, place]
    assert agent.memory.client.client_id == place
    assert (person.sign_ins, person.consents) == (1, 2)
