"""Whatever comes to /authorize, it is no 500 and leads to no address that is not registered.

Source: security.md rules 51 and 52; oauth.md A-1, E-4.
"""

import asyncio
from urllib.parse import quote, urlencode, urlsplit

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.flows.authorization import CALLBACK, CLIENTS, NATIVE, forms_of, request_of

from watchword.oauth.authorize.request import READS
from watchword.server.app import AuthServer
from watchword.server.settings import Settings

OWN_HOST = "127.0.0.1:8000"
REGISTERED = tuple(uri for client in CLIENTS for uri in client.redirect_uris)
NAMES = st.sampled_from(sorted(READS)) | st.text(max_size=8)
VALUES = st.one_of(
    st.sampled_from(
        [
            *(client.client_id for client in CLIENTS),
            *REGISTERED,
            *("https://evil.example/", "javascript:alert(1)", "http://127.0.0.1:1@evil.example/cb"),
            *("code", "token", "none", "login", "query", "form_post", "S256", "x" * 43, "openid"),
            *('{"id_token":{"acr":{"essential":true}}}', '{"id_token":[]}', "0", "-1", "aal2"),
        ]
    ),
    st.text(max_size=40),
)
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=12)


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Return a function that sends one request and returns its answer."""
    path = tmp_path_factory.mktemp("property") / "watchword.db"
    auth = AuthServer(Settings(database=f"sqlite:///{path}", signing_alg="ES256"))
    auth.resource("https://api.example", scopes={"notes:read": "Read"})
    with asyncio.Runner() as runner:
        runner.run(auth.startup())
        transport = httpx2.ASGITransport(app=auth, raise_app_exceptions=False)
        http = httpx2.AsyncClient(transport=transport, base_url=f"http://{OWN_HOST}")
        for client in CLIENTS:
            runner.run(auth.runtime.store.register_client(client))
        yield lambda method, path, **options: runner.run(http.request(method, path, **options))
        runner.run(http.aclose())
        runner.run(auth.shutdown())


def hold(answer):
    """Check one answer."""
    assert answer.status_code < 500, answer.text
    if (location := answer.headers.get("location")) is not None:
        assert leads_home(location), location
    for form in forms_of(answer) if answer.status_code == 200 else ():
        assert leads_home(form.action), form.action


def leads_home(address):
    """Whether an address is on this server, or begins with a registered one."""
    parts = urlsplit(address)
    if not parts.scheme and not parts.netloc:
        return address.startswith("/") and not address.startswith("//")
    if parts.hostname == "127.0.0.1":  # a port of a registered loopback address is free
        return f"http://127.0.0.1{parts.path}" in NATIVE.redirect_uris and "@" not in parts.netloc
    return address.startswith(REGISTERED)


@pytest.mark.requirement("security:52:nothing-redirected-before")
@given(pairs=PAIRS, method=st.sampled_from(["GET", "POST"]))
@settings(max_examples=150, deadline=None)
def test_no_request_fails_or_leads_astray(ask, pairs, method):
    text = urlencode(pairs, quote_via=quote, errors="surrogatepass")
    if method == "GET":
        hold(ask("GET", f"/authorize?{text}"))
    else:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        hold(ask("POST", "/authorize", content=text, headers=headers))


@given(query=st.binary(max_size=60))
@settings(max_examples=80, deadline=None)
def test_no_query_of_any_bytes_fails(ask, query):
    hold(ask("GET", "/authorize?" + quote(query, safe="&=%+?#/").replace("#", "")))


@given(changes=st.dictionaries(st.sampled_from(sorted(READS)), VALUES, max_size=4))
@settings(max_examples=150, deadline=None)
def test_good_request_with_changes_stays_on_the_rails(ask, changes):
    asked = {**request_of(CLIENTS[0], scope="openid", code_challenge="x" * 43), **changes}
    hold(ask("GET", "/authorize?" + urlencode(asked, errors="surrogatepass")))


def test_yardstick_knows_what_leads_astray():
    assert leads_home("/interaction/x")
    assert leads_home(CALLBACK + "&code=1")
    for astray in ("//evil.example", "https://evil.example", "http://127.0.0.1:1/other"):
        assert not leads_home(astray)
