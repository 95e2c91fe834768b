"""The way through the authorization endpoint in a real browser, to a client on another origin.

Source: oauth.md A-3, A-6 and A-7; users.md U31, U38 and U92.
"""

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from tests.flows.authorization import DYNAMIC, NATIVE, OWN, SHOP, Pkce, request_of
from tests.pages.chromium import NARROW, check, follow, following, opened, sign_in
from tests.pages.conftest import make_auth, serving

pytestmark = pytest.mark.browser

SCOPE = "openid profile email offline_access notes:read"


class Welcome(BaseHTTPRequestHandler):
    """The client: another origin, which greets whoever arrives."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"welcome")

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.do_GET()

    def log_message(self, *said):
        """Keep the tests' output as it is."""


@pytest.fixture(scope="module")
def callback():
    with ThreadingHTTPServer(("127.0.0.1", 0), Welcome) as client:
        thread = threading.Thread(target=client.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{client.server_port}/cb"
        client.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def provider(tmp_path_factory, callback):
    auth, sock = make_auth(tmp_path_factory.mktemp("provider"), register=True)
    auth.resource("https://api.example", scopes={"notes:read": "Read your notes"})
    with serving(auth, auth, sock) as running:
        running.add_user("alice")
        for client in (OWN, SHOP, NATIVE, DYNAMIC):
            here = replace(client, redirect_uris=(callback, *client.redirect_uris))
            running.run(auth.runtime.store.register_client(here))
        yield running


def at_client(chromium, provider, callback, **options):
    """Open a browser that may go to the client as well."""
    return opened(chromium, provider.url, other_origins=(callback,), **options)


def address_of(client, callback, **more):
    members = request_of(client, Pkce(), **{"scope": SCOPE, "redirect_uri": callback, **more})
    return "/authorize?" + urlencode(members)


def said_at(page):
    page.get_by_text("welcome").wait_for()
    return dict(parse_qsl(urlsplit(page.url).query))


@pytest.mark.parametrize("javascript", [True, False])
def test_person_signs_in_allows_and_arrives(chromium, provider, callback, javascript):
    """No policy of the pages stands in the way, and no script is needed."""
    with at_client(chromium, provider, callback, java_script_enabled=javascript) as page:
        page.goto(address_of(DYNAMIC, callback))
        sign_in(page, "alice", provider.passphrases["alice"])
        page.get_by_role("heading", name="Allow Dynamic?").wait_for()
        follow(page.get_by_role("button", name="Allow", exact=True))
        said = said_at(page)
        assert said["iss"] == provider.url
        assert "code" in said


def test_person_who_refuses_arrives_as_well(chromium, provider, callback):
    """By the keyboard alone."""
    with at_client(chromium, provider, callback) as page:
        page.goto(address_of(NATIVE, callback))
        sign_in(page, "alice", provider.passphrases["alice"])
        button = page.get_by_role("button", name="Do not allow")
        button.focus()
        with following(page):
            page.keyboard.press("Enter")
        assert said_at(page)["error"] == "access_denied"


def test_first_party_sign_in_leads_straight_to_the_client(chromium, provider, callback):
    """The policy of the sign-in page holds against the redirect after its form."""
    with at_client(chromium, provider, callback) as page:
        page.goto(address_of(OWN, callback))
        sign_in(page, "alice", provider.passphrases["alice"])
        assert "code" in said_at(page)
        page.goto(address_of(OWN, callback, prompt="login"))
        page.get_by_label("Password", exact=True).fill(provider.passphrases["alice"])
        follow(page.get_by_role("button", name="Confirm", exact=True))
        assert "code" in said_at(page)


def test_answer_in_a_form_is_sent_by_a_button(chromium, provider, callback):
    """OAuth 2.0 Form Post Response Mode, without a script."""
    with at_client(chromium, provider, callback, java_script_enabled=False) as page:
        page.goto(address_of(OWN, callback, response_mode="form_post"))
        sign_in(page, "alice", provider.passphrases["alice"])
        with page.expect_request(callback) as sent:
            page.get_by_role("button", name="Continue").click()
        assert sent.value.method == "POST"
        assert "code=" in sent.value.post_data
        page.get_by_text("welcome").wait_for()


@pytest.mark.requirement("users-pages:no-axe-violations")
def test_pages_on_the_way_have_no_accessibility_violation(chromium, provider, callback):
    with at_client(chromium, provider, callback, **NARROW) as page:
        page.goto(address_of(SHOP, callback))
        check(page)
        sign_in(page, "alice", provider.passphrases["alice"])
        page.get_by_role("heading", name="Allow Shop?").wait_for()
        for address in (
            address_of(SHOP, callback),
            address_of(NATIVE, callback),
            address_of(DYNAMIC, callback, scope="openid"),
            address_of(OWN, callback, prompt="select_account"),
            address_of(OWN, callback, prompt="login"),
            address_of(OWN, callback, response_mode="form_post"),
            address_of(OWN, "https://evil.example/"),
            address_of(DYNAMIC, callback, scope="notes:eat"),
        ):
            page.goto(address)
            check(page)
