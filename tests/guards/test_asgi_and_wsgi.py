"""The guards of any ASGI and WSGI application answer alike.

Source: security.md rules 80 to 83, 92 and 93.
"""

import base64
import hashlib
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect
from werkzeug.test import Client

from watchword import dpop
from watchword.access import NotFound
from watchword.guards import asgi, wsgi
from watchword.jose.jwk.key import Key

ISSUER, AUDIENCE = "https://id.example.com", "https://api.example.com/v1"
KEY = Key.generate("ES256")


@dataclass
class Asked:
    status: int
    body: bytes
    headers: dict[str, str]
    json: dict[str, object] | None


def wsgi_app(environ, start_response):
    if environ["PATH_INFO"] == "/absent":
        raise NotFound(detail="no such row")
    user = environ.get("watchword.user")
    text = user.name if user else "nobody"
    if "watchword.subject" in environ:
        text += f" {sorted(environ['watchword.subject'].roles)}"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]


async def asgi_app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1000})
        return
    if scope["path"] == "/absent":
        raise NotFound(detail="no such row")
    user = scope.get("watchword.user")
    text = user.name if user else "nobody"
    if "watchword.subject" in scope:
        text += f" {sorted(scope['watchword.subject'].roles)}"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text.encode()})
    if scope["path"] == "/late":
        raise NotFound(detail="after the answer")


@pytest.fixture(params=["asgi", "wsgi"])
def guarded(request, mint, clock):
    def make(**options):
        given = {"audience": AUDIENCE, "keys": mint.keys, "clock": clock} | options
        if request.param == "asgi":
            return asgi.Guard(asgi_app, ISSUER, **given)
        return wsgi.Guard(wsgi_app, ISSUER, **given)

    return make


def ask(guard, path, *, method="GET", headers=(), **given) -> Asked:
    if isinstance(guard, asgi.Guard):
        with TestClient(guard) as client:
            answer = client.request(method, path, headers=list(headers), **given)
        is_json = "json" in answer.headers.get("content-type", "")
        found = answer.json() if is_json and answer.content else None
        return Asked(answer.status_code, answer.content, dict(answer.headers), found)
    answer = Client(guard).open(path, method=method, headers=list(headers), **given)
    headers_found = {name.lower(): value for name, value in answer.headers.items()}
    found = answer.get_json() if answer.is_json and answer.data else None
    return Asked(answer.status_code, answer.data, headers_found, found)


def bearer(token: str) -> list[tuple[str, str]]:
    return [("Authorization", f"Bearer {token}")]


@pytest.mark.requirement("guards:asgi-wsgi:closed")
def test_everything_needs_a_token_but_what_is_named(guarded, mint):
    guard = guarded(public=["/health"])
    token = mint.token(aud=AUDIENCE)
    assert ask(guard, "/notes", headers=bearer(token)).body == b"alice ['user']"
    assert ask(guard, "/health").body == b"nobody"
    for path in ("/notes", "/health/", "/HEALTH", "//health", "/health;x", "/nowhere"):
        for method in ("GET", "HEAD", "OPTIONS", "PROPFIND"):
            assert ask(guard, path, method=method).status == 401, (method, path)
    refused = ask(guard, "/notes")
    assert refused.json["code"] == "token_missing"
    assert "error=" not in refused.headers["www-authenticate"]
    words = [(str(each), each.access) for each in guard.routes()]
    assert ("any every other path", "required") in words
    assert ("any /health", "public") in words


def test_token_counts_in_one_header_only(guarded, mint):
    guard = guarded()
    token = mint.token(aud=AUDIENCE)
    assert ask(guard, "/x", headers=bearer(token) * 2).status == 400
    assert ask(guard, f"/x?access_token={token}").status == 400
    assert ask(guard, "/x", method="POST", data={"access_token": token}).status == 401
    for wrong in (mint.token(), mint.token(aud=AUDIENCE, exp=1), "x"):
        answer = ask(guard, "/x", headers=bearer(wrong))
        assert (answer.status, answer.json["status"]) == (401, 401)


def test_scopes_of_every_request_are_required_and_named(guarded, mint):
    guard = guarded(require=["notes:write"])
    refused = ask(guard, "/x", headers=bearer(mint.token(aud=AUDIENCE)))
    assert (refused.status, refused.json["code"]) == (403, "insufficient_scope")
    assert 'scope="notes:write"' in refused.headers["www-authenticate"]
    good = mint.token(aud=AUDIENCE, scope="notes:write")
    assert ask(guard, "/x", headers=bearer(good)).status == 200
    assert guard.routes()[-1].access == "require('notes:write')"
    told = ask(guard, "/.well-known/oauth-protected-resource/v1")
    assert told.json["scopes_supported"] == ["notes:write"]
    with pytest.raises(ValueError, match="no scope"):
        guarded(require=["two words"])


def test_refusals_of_the_policy_are_answered(guarded, mint):
    answer = ask(guarded(), "/absent", headers=bearer(mint.token(aud=AUDIENCE)))
    assert (answer.status, answer.json["code"]) == (404, "not_found")


def test_proof_is_for_the_public_url_and_not_for_the_host(guarded, mint, clock):
    guard = guarded()
    token = mint.token(aud=AUDIENCE, cnf={"jkt": KEY.thumbprint()})
    for origin, status in (("https://api.example.com", 200), ("https://evil.example", 401)):
        url = f"{origin}/a%20b"
        proof = dpop.Prover(KEY, clock=clock).proof("GET", url, access_token=token)
        headers = [("Authorization", f"DPoP {token}"), ("DPoP", proof), ("Host", "evil.example")]
        assert ask(guard, "/a%20b?x=1", headers=headers).status == status


def test_certificate_of_the_connection_counts(mint, clock):
    der = b"\x30\x03\x02\x01\x07"
    body = base64.b64encode(der).decode()
    pem = f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
    print_ = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    token = mint.token(aud=AUDIENCE, cnf={"x5t#S256": print_})
    given = {"audience": AUDIENCE, "keys": mint.keys, "clock": clock}
    direct = Client(wsgi.Guard(wsgi_app, ISSUER, **given))
    assert direct.get("/x", headers=bearer(token)).status_code == 401
    with_it = direct.get("/x", headers=bearer(token), environ_base={"SSL_CLIENT_CERT": pem})
    assert with_it.status_code == 200

    async def told(scope, receive, send):
        if scope["type"] == "http":
            scope["extensions"] = {"tls": {"client_cert_chain": [pem]}}
        await asgi.Guard(asgi_app, ISSUER, **given)(scope, receive, send)

    with TestClient(told) as client:
        assert client.get("/x", headers=dict(bearer(token))).status_code == 200


def test_what_an_outer_program_says_of_the_user_does_not_count(mint, clock):
    given = {"audience": AUDIENCE, "keys": mint.keys, "clock": clock, "public": ["/open"]}
    client = Client(wsgi.Guard(wsgi_app, ISSUER, **given))
    assert client.get("/open", environ_base={"watchword.user": object()}).data == b"nobody"

    async def lying(scope, receive, send):
        await asgi.Guard(asgi_app, ISSUER, **given)(
            {**scope, "watchword.user": object()}, receive, send
        )

    with TestClient(lying) as client:
        assert client.get("/open").content == b"nobody"


@pytest.mark.requirement("security:92:websocket-refused")
def test_websocket_is_closed_unless_its_path_is_public(mint, clock):
    guard = asgi.Guard(
        asgi_app, ISSUER, audience=AUDIENCE, keys=mint.keys, public=["/open"], clock=clock
    )
    client = TestClient(guard)
    headers = dict(bearer(mint.token(aud=AUDIENCE)))
    with (
        pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)),
        client.websocket_connect("/closed", headers=headers),
    ):
        pass
    with client.websocket_connect("/open") as open_, pytest.raises(WebSocketDisconnect):
        open_.receive_text()


def test_refusal_after_the_answer_has_begun_is_the_applications_fault(mint, clock):
    guard = asgi.Guard(asgi_app, ISSUER, audience=AUDIENCE, keys=mint.keys, clock=clock)
    headers = dict(bearer(mint.token(aud=AUDIENCE)))
    with TestClient(guard) as client, pytest.raises(NotFound):
        client.get("/late", headers=headers)
