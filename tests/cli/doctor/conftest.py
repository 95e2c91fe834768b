"""A deployment on a real socket, good until a test breaks one thing of it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from watchword.base.clock import SYSTEM
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet

OPEN = {"Access-Control-Allow-Origin": "*"}
JSON = {"Content-Type": "application/json"}


@dataclass
class Reply:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = b""

    @property
    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Deployment:
    """An issuer and an API on one host; `replies` are by method and path."""

    url: str = ""
    replies: dict[tuple[str, str], Reply] = field(default_factory=dict)
    ahead_seconds: int = 0
    echoes_host: bool = False
    believes: str = ""  # a beginning of tokens that the API lets pass

    def furnish(self) -> None:
        keys = KeySet([Key.generate("ES256", kid="1").public()]).publish()
        self.metadata = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks.json",
            "token_endpoint": f"{self.url}/token",
            "authorization_endpoint": f"{self.url}/authorize",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "response_types_supported": ["code"],
            "request_uri_parameter_supported": False,
        }
        self.keys = keys
        self.resource = {
            "resource": f"{self.url}/mcp",
            "authorization_servers": [self.url],
            "bearer_methods_supported": ["header"],
            "scopes_supported": ["notes:read"],
        }
        place = f"{self.url}/.well-known/oauth-protected-resource/mcp"
        self.challenge = f'Bearer realm="x", scope="notes:read", resource_metadata="{place}"'
        error = {"error": "unsupported_grant_type"}
        self.replies = {
            ("GET", "/.well-known/oauth-authorization-server"): Reply(
                200, OPEN | JSON, self.metadata
            ),
            ("GET", "/.well-known/openid-configuration"): Reply(200, OPEN | JSON, self.metadata),
            ("GET", "/jwks.json"): Reply(200, OPEN | JSON, self.keys),
            ("POST", "/token"): Reply(400, OPEN | JSON | {"Cache-Control": "no-store"}, error),
            ("GET", "/token"): Reply(405),
            ("GET", "/authorize"): Reply(
                400, {"Content-Security-Policy": "frame-ancestors 'none'"}, b"<p>no</p>"
            ),
            ("GET", "/mcp"): Reply(401, {"WWW-Authenticate": self.challenge}),
            ("GET", "/.well-known/oauth-protected-resource/mcp"): Reply(
                200, OPEN | JSON, self.resource
            ),
        }

    def reply(self, method: str, path: str) -> Reply:
        return self.replies.get((method, path.partition("?")[0]), Reply(404, JSON, {}))


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    made = Deployment()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("content-length", 0))
            self.rfile.read(length)
            reply = made.reply(self.command, self.path)
            sent = self.headers.get("authorization", "")
            if made.believes and sent.startswith(f"Bearer {made.believes}"):
                reply = Reply(200)
            body = reply.bytes
            forwarded = self.headers.get("x-forwarded-host")
            if made.echoes_host and forwarded:
                body = body.replace(b"127.0.0.1", forwarded.encode())
            self.send_response_only(reply.status)
            self.send_header("Date", formatdate(SYSTEM.now() + made.ahead_seconds, usegmt=True))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = _answer  # noqa: N815  # the library's names
        do_POST = _answer  # noqa: N815

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    made.furnish()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(60)
