"""What all answers have in common: made from the route table, so a new row is tested too."""

import asyncio
import logging
import re

import pytest

from watchword.server.dispatch import Endpoint
from watchword.server.failures import Kind
from watchword.server.routes import ROUTES, served_endpoints, served_routes
from watchword.server.settings import Settings
from watchword.stores import StoreBusy, StoreUnavailable

FILLED = {
    "{family_id}": "fam_0",
    "{code}": "token_expired",
    "{version}/{name}": "x/watchword.css",
    "{path:path}": "users",
    "{user_id}": "user_0",
    "{act}": "suspend",
    "{role}": "admin",
}
JSON_ROUTES = [route for route in ROUTES if not route.shows_pages]


def path_of(route):
    path = route.path
    for placeholder, value in FILLED.items():
        path = path.replace(placeholder, value)
    return path


def each(routes):
    return pytest.mark.parametrize("route", routes, ids=lambda route: route.path)


@each(ROUTES)
@pytest.mark.requirement("server:77:headers")
def test_every_answer_has_the_security_headers(empty_server, route):
    """security.md rule 77."""
    for method in ("GET", "POST", "DELETE", "OPTIONS", "HEAD"):
        answer = empty_server.request(method, path_of(route))
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "strict-transport-security" not in answer.headers
        assert "server" not in answer.headers


@each(ROUTES)
@pytest.mark.requirement("server:E-2:no-store")
def test_every_answer_is_no_store_unless_the_table_says_otherwise(empty_server, route):
    """oauth.md E-2; security.md rule 48: on every outcome."""
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        answer = empty_server.request(method, path_of(route))
        is_document = method == "GET" and answer.status_code == 200
        if not (is_document and route.is_cacheable):
            assert answer.headers["cache-control"] == "no-store", method


@each(JSON_ROUTES)
@pytest.mark.requirement("server:E-2:json-errors")
def test_json_paths_never_answer_html(empty_server, route):
    """oauth.md E-2: a page on a well-known path ends MCP discovery."""
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "BREW"):
        answer = empty_server.request(method, path_of(route), headers={"accept": "text/html"})
        assert "html" not in answer.headers.get("content-type", "")
        assert answer.status_code < 500


@each(ROUTES)
def test_other_methods_are_refused_with_those_that_work(empty_server, route):
    """RFC 9110 section 15.5.6."""
    answer = empty_server.request("BREW", path_of(route))
    assert answer.status_code == 405
    allowed = set(answer.headers["allow"].split(", "))
    assert allowed >= set(route.handlers) | {"OPTIONS"}
    assert "BREW" not in allowed


@each([route for route in ROUTES if route.has_head])
def test_head_is_get_without_its_body(empty_server, route):
    """RFC 9110 section 9.3.2."""
    got, headed = (empty_server.request(m, path_of(route)) for m in ("GET", "HEAD"))
    assert headed.status_code == got.status_code
    assert headed.content == b""
    assert headed.headers.get("content-type") == got.headers.get("content-type")


@each([route for route in ROUTES if route.acts_on_get])
def test_head_is_refused_where_get_has_an_effect(empty_server, route):
    """RFC 9110 section 9.2.1: programs that look at a link before a person follows it use HEAD."""
    answer = empty_server.request("HEAD", path_of(route))
    assert answer.status_code == 405
    assert answer.content == b""
    assert "HEAD" not in answer.headers["allow"]


@each(ROUTES)
@pytest.mark.requirement("server:E-3:cors", "oauth:N-32:cors")
def test_cors_is_what_the_table_says(empty_server, route):
    """oauth.md E-3; security.md rule 76."""
    preflight = empty_server.request(
        "OPTIONS",
        path_of(route),
        headers={
            "origin": "https://app.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization",
        },
    )
    assert preflight.status_code == 204
    got = empty_server.get(path_of(route), headers={"origin": "https://app.example"})
    allowed = "*" if route.cors.value == "open" else None
    for answer in (preflight, got):
        assert answer.headers.get("access-control-allow-origin") == allowed
        assert "access-control-allow-credentials" not in answer.headers
    if allowed:
        assert "Authorization" in preflight.headers["access-control-allow-headers"]
        assert "WWW-Authenticate" in got.headers["access-control-expose-headers"]


def test_pages_have_no_cors_and_credentials_for_listed_origins_alone():
    """RFC 9700 section 2.6; oauth.md E-3."""
    pages = [route for route in ROUTES if route.kind is Kind.PAGE]
    assert {route.cors.value for route in pages} == {"none"}
    listed = {route.path for route in ROUTES if route.cors.value == "listed"}
    assert listed == {"/authorize-challenge", "/login", "/logout", "/refresh"}


FORMS = {  # of the protocol routes
    *("/authorize-challenge", "/device_authorization", "/introspect", "/revoke", "/token")
}


@each([route for route in ROUTES if "POST" in route.handlers])
@pytest.mark.requirement("server:104:body-limits")
def test_bodies_above_the_limit_of_the_row_are_413(empty_server, route):
    """oauth.md E-4."""
    assert route.body_bytes_max > 0
    is_form = route.kind is Kind.PAGE or route.path in FORMS
    content_type = "application/x-www-form-urlencoded" if is_form else "application/json"
    answer = empty_server.post(
        path_of(route),
        content=b"a" * (route.body_bytes_max + 1),
        headers={"content-type": content_type},
    )
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


def test_unknown_path_is_json_for_programs_and_a_page_for_people(empty_server):
    program = empty_server.get("/nothing", headers={"accept": "*/*"})
    assert program.status_code == 404
    assert program.json()["error"] == "not_found"
    person = empty_server.get("/nothing", headers={"accept": "text/html,*/*"})
    assert person.status_code == 404
    assert person.headers["content-type"].startswith("text/html")
    known = empty_server.get("/.well-known/nothing", headers={"accept": "text/html"})
    assert known.headers["content-type"] == "application/json"
    assert empty_server.request("HEAD", "/nothing").content == b""
    assert empty_server.get("/nothing").headers["x-content-type-options"] == "nosniff"


@pytest.mark.requirement("server:U7:host-while-url-unset")
@pytest.mark.parametrize("host", ["id.example.com", "10.0.0.1:8000", "[2001:db8::1]:8000"])
def test_stranger_host_is_told_the_fix_while_url_is_unset(empty_server, host):
    """users.md U7."""
    answer = empty_server.get("/livez", headers={"host": host})
    assert answer.status_code == 503
    assert "WATCHWORD_URL" in answer.json()["error_description"]


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", ""])
def test_loopback_hosts_are_at_home(empty_server, host):
    assert empty_server.get("/livez", headers={"host": host}).status_code == 200


@pytest.mark.requirement("oauth:E-5:configured-addresses")
@pytest.mark.requirement("server:97:host-header")
def test_no_header_changes_issuer_and_links(empty_server):
    """security.md rule 97."""
    plain = empty_server.get("/.well-known/openid-configuration").text
    fuzzed = empty_server.get(
        "/.well-known/openid-configuration",
        headers={
            "host": "localhost:1",
            "x-forwarded-host": "evil.example",
            "x-forwarded-proto": "https",
            "x-forwarded-prefix": "/evil",
            "forwarded": "host=evil.example;proto=https",
        },
    ).text
    assert fuzzed == plain


@each(ROUTES)
@pytest.mark.requirement("server:110:last-resort")
def test_unforeseen_fault_shows_an_id_and_nothing_else(empty_server, route, caplog):
    """security.md rule 110."""

    async def broken(_request, _runtime):
        raise RuntimeError("canary: the database password is hunter2")

    auth = empty_server.auth
    handlers = dict.fromkeys(route.handlers, broken)
    broken_route = type(route)(path="/", handlers=handlers, kind=route.kind, access="public")
    endpoint = Endpoint(
        broken_route, settings=auth.settings, chance=auth._chance, runtime=lambda: auth.runtime
    )
    method = next(iter(handlers))
    status, _, body = empty_server.run(asgi(endpoint, method))
    assert status == 500
    assert b"canary" not in body
    assert b"hunter2" not in body
    assert b"Traceback" not in body
    told = re.search(rb"failure_[\w-]{22}", body)
    assert told is not None
    assert told[0].decode() in caplog.text
    assert "hunter2" in caplog.text


@pytest.mark.requirement("server:store-unavailable")
@pytest.mark.parametrize("error", [StoreUnavailable, StoreBusy])
@pytest.mark.parametrize("kind", list(Kind))
def test_database_trouble_is_503_with_retry_after(empty_server, error, kind, caplog):
    """oauth.md section 6: 503 with Retry-After; the cause stays in the log."""
    caplog.set_level(logging.INFO)

    async def broken(_request, _runtime):
        raise error("canary host db7 refuses", fix="start it")

    auth = empty_server.auth
    route = type(ROUTES[0])(path="/", handlers={"GET": broken}, kind=kind, access="public")
    endpoint = Endpoint(
        route, settings=auth.settings, chance=auth._chance, runtime=lambda: auth.runtime
    )
    status, headers, body = empty_server.run(asgi(endpoint, "GET"))
    assert status == 503
    assert int(headers[b"retry-after"]) >= 1
    assert b"canary" not in body
    assert "canary" in caplog.text


def test_request_that_takes_too_long_is_answered(empty_server):
    """security.md rule 104: time per request."""

    async def stuck(_request, _runtime):
        raise TimeoutError

    auth = empty_server.auth
    route = type(ROUTES[0])(path="/", handlers={"GET": stuck}, kind=Kind.PROTOCOL, access="public")
    endpoint = Endpoint(
        route, settings=auth.settings, chance=auth._chance, runtime=lambda: auth.runtime
    )
    status, _, body = empty_server.run(asgi(endpoint, "GET"))
    assert (status, b'"busy"' in body) == (503, True)


def test_peer_who_leaves_is_not_answered(empty_server):
    async def gone():
        return {"type": "http.disconnect"}

    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/login",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    empty_server.run(empty_server.auth(scope, gone, send))
    assert sent == []


def test_metadata_members_are_served_paths():
    """oauth.md M-5."""
    endpoints = served_endpoints(Settings())
    assert set(endpoints.values()) <= {route.path for route in ROUTES}
    assert endpoints["token_endpoint"] == "/token"


@pytest.mark.requirement("oauth:E-1:off-means-absent")
def test_endpoint_that_is_switched_off_is_in_no_table():
    """Keycloak CVE-2026-7571, CVE-2026-9792: switched off, and reachable all the same."""
    off = Settings(authorization_pages=False)
    assert "authorization_endpoint" in served_endpoints(Settings())
    assert "authorization_endpoint" not in served_endpoints(off)
    paths = {route.path for route in served_routes(off)}
    assert not {path for path in paths if path.startswith(("/authorize", "/interaction"))} - {
        "/authorize-challenge"
    }


async def asgi(app, method):
    """Call an ASGI application; return status, headers and body."""
    sent = []

    async def receive():
        await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": "/",
        "query_string": b"",
        "headers": [],
        "server": ("127.0.0.1", 8000),
        "scheme": "http",
    }
    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body
