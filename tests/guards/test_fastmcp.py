"""A FastMCP server behind a guard. Source: Model Context Protocol 2026-07-28, Authorization;
RFC 9728; RFC 6750 section 3; oauth.md section 11.
"""

import json
import re

import anyio
import httpx2
import pytest
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse

from watchword.fastmcp import Guard, User, current_user
from watchword.guards import fastmcp as guarding
from watchword.guards.fastmcp import _user
from watchword.guards.fastmcp_door import Door
from watchword.jose.errors import KeysUnavailable

ISSUER = "https://id.example.com"
URL = "https://mcp.example.com"
AUDIENCE = f"{URL}/mcp"
METADATA = "/.well-known/oauth-protected-resource/mcp"
HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": "2025-06-18",
}


def call(method: str, **params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def use(tool: str, **arguments: object) -> dict[str, object]:
    return call("tools/call", name=tool, arguments=arguments)


def challenge(answer: httpx2.Response) -> dict[str, str]:
    return dict(re.findall(r'(\w+)="([^"]*)"', answer.headers["www-authenticate"]))


class Keyless:
    algorithms = frozenset({"ES256"})

    def find(self, alg, kid):  # noqa: ARG002  # as a KeySource
        raise KeysUnavailable("nobody answers", retry_after=7)


class Server:
    """A FastMCP server in this process, and tokens for it."""

    def __init__(self, mint, **options: object) -> None:
        self.mint = mint
        given = {"keys": mint.keys, "clock": mint.clock, "scopes": ["notes:read"], "name": "Notes"}
        self.auth = Guard(ISSUER, url=URL, **(given | options))
        self.mcp = FastMCP("Notes", auth=self.auth)

        @self.mcp.tool
        def whoami(user: User = current_user) -> str:
            return f"{user.id} {user.name} {sorted(user.roles)}"

        @self.mcp.tool(auth=self.auth.require("notes:write"))
        def write(text: str) -> str:
            return text

        @self.mcp.tool(auth=[lambda _: False, self.auth.require("notes:secret")])
        def hidden() -> str:
            return "hidden"

        @self.mcp.prompt(auth=self.auth.require("notes:write"))
        def compose() -> str:
            return "compose"

        @self.mcp.resource("notes://all", auth=self.auth.require("notes:write"))
        def everything() -> str:
            return "everything"

        @self.mcp.resource("notes://of/{name}", auth=self.auth.require("notes:write"))
        def of(name: str) -> str:
            return name

        @self.mcp.custom_route("/health", methods=["GET"])
        async def health(request):
            return JSONResponse({"known": request.user.is_authenticated})

    def app(self, **options: object):
        return self.mcp.http_app(stateless_http=True, json_response=True, **options)

    def token(self, **claims: object) -> dict[str, str]:
        token = self.mint.token(**({"aud": [AUDIENCE, ISSUER]} | claims))
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def server(mint) -> Server:
    return Server(mint)


@pytest.fixture
def ask(server):
    """Send requests to the server's application, each in a life of its own."""

    async def asked(method, path, app, **what):
        transport = httpx2.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url=URL) as client,
        ):
            return await client.request(method, path, **what)

    def send(method="POST", path="/mcp", *, token=None, app=None, headers=None, **what):
        sent = HEADERS | (token or {}) | (headers or {})
        return anyio.run(lambda: asked(method, path, app or server.app(), headers=sent, **what))

    return send


@pytest.mark.requirement("guards:mcp:own-audience")
def test_tool_hears_who_calls(server, ask):
    answer = ask(json=use("whoami"), token=server.token())
    assert answer.status_code == 200, answer.text
    (said,) = answer.json()["result"]["content"]
    assert said["text"] == "user_AAAAAAAAAAAAAAAAAAAAAA alice ['user']"


@pytest.mark.requirement("guards:mcp:401-names-metadata-and-scope")
def test_stranger_is_told_where_to_log_in_and_for_what(server, ask):
    """RFC 9728 section 5.1; no error is named where no token was sent (RFC 6750 section 3.1)."""
    answer = ask(json=use("whoami"))
    assert answer.status_code == 401
    assert challenge(answer) == {
        "realm": AUDIENCE,
        "scope": "notes:read",
        "resource_metadata": URL + METADATA,
    }
    assert answer.json()["code"] == "token_missing"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": ["https://other.example/mcp", ISSUER]}, "wrong_audience"),
        ({"aud": [f"{AUDIENCE}/"]}, "wrong_audience"),
        ({"exp": 1}, "token_expired"),
        ({"iss": "https://other.example"}, "wrong_issuer"),
        ({"typ": "JWT"}, "wrong_type"),
    ],
)
@pytest.mark.requirement("guards:mcp:own-audience")
def test_bad_token_is_refused_by_name(server, ask, claims, code):
    answer = ask(json=use("whoami"), token=server.token(**claims))
    assert answer.status_code == 401
    assert challenge(answer)["error"] == "invalid_token"
    assert challenge(answer)["resource_metadata"] == URL + METADATA
    assert answer.json()["code"] == code


@pytest.mark.requirement("guards:mcp:never-from-the-query")
def test_token_in_the_query_is_refused_even_beside_a_good_one(server, ask):
    answer = ask(path="/mcp?access_token=x", json=use("whoami"), token=server.token())
    assert answer.status_code == 400
    assert challenge(answer)["error"] == "invalid_request"


@pytest.mark.requirement("guards:mcp:403-names-all-scopes")
def test_missing_scope_of_every_request_is_403(server, ask):
    answer = ask(json=use("whoami"), token=server.token(scope="other"))
    assert answer.status_code == 403
    assert challenge(answer)["error"] == "insufficient_scope"
    assert challenge(answer)["scope"] == "notes:read"


@pytest.mark.parametrize(
    "body",
    [
        use("write", text="x"),
        call("prompts/get", name="compose"),
        call("resources/read", uri="notes://all"),
        call("resources/read", uri="notes://of/bob"),
    ],
)
@pytest.mark.requirement("guards:mcp:403-names-all-scopes")
def test_step_up_names_all_scopes_of_the_operation(server, ask, body):
    """A client unions them with what it has, and asks its user once."""
    refused = ask(json=body, token=server.token())
    assert refused.status_code == 403
    assert challenge(refused)["error"] == "insufficient_scope"
    assert challenge(refused)["scope"] == "notes:read notes:write"
    assert challenge(refused)["resource_metadata"] == URL + METADATA
    allowed = ask(json=body, token=server.token(scope="notes:write notes:read"))
    assert allowed.status_code == 200
    assert "result" in allowed.json(), allowed.text


def test_component_that_another_check_hides_names_no_scope(server, ask):
    answer = ask(json=use("hidden"), token=server.token())
    assert answer.status_code == 200
    assert "notes:secret" not in answer.text


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"method": "tools/call"}', b'{"method": "tools/call", "params": {"name": 1}}',
     b"[" * 100_000, json.dumps(use("unknown")).encode(), json.dumps(use("tools")).encode()],
)  # fmt: skip
def test_what_names_nothing_is_left_to_the_server(server, ask, body):
    answer = ask(content=body, token=server.token())
    assert answer.status_code in {200, 400}


@pytest.mark.requirement("guards:mcp:403-names-all-scopes")
def test_call_too_long_to_look_into_is_still_refused_by_the_tool(server, ask):
    long = use("write", text="x" * 300_000)
    refused = ask(json=long, token=server.token())
    assert refused.status_code == 200
    assert "xxx" not in refused.text
    allowed = ask(json=long, token=server.token(scope="notes:write notes:read"))
    assert len(allowed.text) > 300_000


def test_look_up_that_fails_is_left_to_the_server(server, ask, monkeypatch):
    async def fails(name):
        raise ToolError("elsewhere")

    monkeypatch.setattr(server.mcp, "get_tool", fails)
    assert ask(json=use("whoami"), token=server.token()).status_code == 200


def test_what_is_not_http_passes_and_the_end_ends_the_feed(server, monkeypatch):
    async def main() -> list[str]:
        heard: list[str] = []
        monkeypatch.setattr(server.auth, "close", lambda: heard.append("closed"))

        async def app(scope, receive, send):
            heard.append(scope["type"])

        door = Door(app, server.auth)
        for kind in ("websocket", "lifespan"):
            await door({"type": kind}, None, None)
        return heard

    assert anyio.run(main) == ["websocket", "lifespan", "closed"]


def test_guard_without_a_secret_has_nothing_to_let_go_of(server):
    server.auth.close()


def test_body_that_was_looked_into_ends_as_it_does_without(server):
    """A server waits for the end of the connection by the same function."""

    async def main() -> list[str]:
        sent = iter(
            [
                {"type": "http.request", "body": b"{}", "more_body": False},
                {"type": "http.disconnect"},
            ]
        )
        heard: list[str] = []

        async def app(scope, receive, send):
            heard.extend([(await receive())["type"], (await receive())["type"]])

        async def receive():
            return next(sent)

        header = server.token()["Authorization"].encode()
        await Door(app, server.auth)(
            {
                "type": "http",
                "method": "POST",
                "path": "/mcp",
                "query_string": b"",
                "headers": [(b"authorization", header)],
            },
            receive,
            None,
        )
        return heard

    server.auth.set_mcp_path("/mcp")
    assert anyio.run(main) == ["http.request", "http.disconnect"]


def test_tool_that_needs_more_is_not_listed(server, ask):
    answer = ask(json=call("tools/list"), token=server.token())
    assert [tool["name"] for tool in answer.json()["result"]["tools"]] == ["whoami"]


@pytest.mark.requirement("rfc9728:2:document")
def test_metadata_names_issuer_and_scopes_exactly(server, ask):
    answer = ask("GET", METADATA, headers={"Origin": "https://inspector.example"})
    assert answer.json() == {
        "resource": AUDIENCE,
        "authorization_servers": [ISSUER],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["notes:read", "notes:write", "notes:secret"],
        "resource_name": "Notes",
    }
    assert answer.headers["access-control-allow-origin"] == "*"


def test_other_routes_are_the_applications_own(server, ask):
    assert ask("GET", "/health").json() == {"known": False}
    assert ask("GET", "/health", token=server.token()).json() == {"known": True}
    assert ask("GET", "/health", token=server.token(exp=1)).json() == {"known": False}


def test_refusal_keeps_the_headers_that_stand_around_it(server, ask):
    """A browser's client reads a challenge only with CORS."""
    cors = Middleware(CORSMiddleware, allow_origins=["*"], expose_headers=["WWW-Authenticate"])
    answer = ask(
        json=use("whoami"),
        app=server.app(middleware=[cors]),
        headers={"Origin": "https://inspector.example"},
    )
    assert answer.status_code == 401
    assert answer.headers["access-control-expose-headers"] == "WWW-Authenticate"
    assert challenge(answer)["resource_metadata"] == URL + METADATA


def test_what_fastmcp_answers_otherwise_is_left_alone(server, ask):
    """A preflight has no token, and is no refusal."""
    cors = Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    asked = {
        "Origin": "https://inspector.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "Authorization",
    }
    answer = ask("OPTIONS", "/mcp", app=server.app(middleware=[cors]), headers=asked)
    assert answer.status_code == 200
    assert "www-authenticate" not in answer.headers


def test_server_without_keys_says_so(mint, ask):
    server = Server(mint, keys=Keyless())
    answer = ask(json=use("whoami"), token=server.token(), app=server.app())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "7"


def test_endpoint_at_the_root_is_its_own_audience(mint, ask):
    server = Server(mint)
    app = server.app(path="/")
    answer = ask(path="/", json=use("whoami"), app=app)
    assert challenge(answer)["resource_metadata"] == f"{URL}/.well-known/oauth-protected-resource"
    good = ask(path="/", json=use("whoami"), app=app, token=server.token(aud=[URL]))
    assert good.status_code == 200


def test_provider_verifies_for_whoever_composes_it(server):
    good = server.token()["Authorization"].partition(" ")[2]
    server.auth.set_mcp_path("/mcp")
    found = anyio.run(server.auth.verify_token, good)
    assert (found.subject, found.resource) == ("user_AAAAAAAAAAAAAAAAAAAAAA", AUDIENCE)
    assert anyio.run(server.auth.verify_token, "nonsense") is None
    assert server.auth.scopes_supported == ["notes:read", "notes:write", "notes:secret"]


def test_nobody_is_known_outside_of_a_request(server):
    with pytest.raises(RuntimeError, match="nobody is known"):
        _user()


@pytest.mark.parametrize("url", ["http://mcp.example.com", "ftp://x", "mcp.example.com"])
def test_url_that_is_no_api_is_refused_at_once(url):
    with pytest.raises(ValueError, match=r"https|valid URL"):
        Guard(ISSUER, url=url)


def test_word_that_is_no_scope_is_refused_at_once(server):
    with pytest.raises(ValueError, match="is no scope"):
        server.auth.require("notes write")


@pytest.mark.requirement("oauth:F-1:guards")
def test_server_with_a_secret_follows_the_feed_under_its_final_name(mint, monkeypatch):
    """Its audience is known when FastMCP says where the endpoint is."""
    named = []

    def follower_of(_issuer, *, name, secret, clock):
        named.append((name, secret, clock))

    monkeypatch.setattr(guarding, "follower_of", follower_of)
    auth = Guard(ISSUER, url=URL, keys=mint.keys, secret="s", clock=mint.clock)
    auth.require("notes:write")
    auth.set_mcp_path("/mcp")
    auth.require("notes:read")
    assert named == [(URL, "s", mint.clock), (f"{URL}/mcp", "s", mint.clock)]
