"""A browser on its way out: forms of other sites, the question, and the way back.

Source: OpenID Connect RP-Initiated Logout 1.0 section 2; users.md U31; oauth.md N-24.
"""

import threading
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import pytest
from tests.pages.chromium import check, expect, follow, opened, sign_in
from tests.pages.conftest import make_auth, serving

pytestmark = pytest.mark.browser


class Application:
    """Another site with a button that signs out, and a page to come back to."""

    def __init__(self) -> None:
        application = self
        self.form: dict[str, str] = {}
        self.action = ""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                text = application.leaving if self.path == "/leave" else "<h1>Goodbye</h1>"
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # By this name it is another site, whose forms bring no cookie that is SameSite=Lax.
        self.url = f"http://localhost:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever)
        self.thread.start()

    @property
    def leaving(self) -> str:
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in self.form.items()
        )
        return f'<form method="post" action="{self.action}">{hidden}<button>Leave</button></form>'

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    made = Application()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory, application):
    auth, sock = make_auth(tmp_path_factory.mktemp("logout"))
    with serving(auth, auth, sock) as running:
        for name in ("alice", "bob"):
            running.add_user(name)
        store = running.auth.runtime.store
        client = running.run(store.default_client())
        back = (f"{application.url}/bye",)
        running.run(store.register_client(replace(client, post_logout_redirect_uris=back)))
        yield running


def id_token(server, name, scope="openid"):
    members = {"username": name, "password": server.passphrases[name], "scope": scope}
    with server.http() as http:
        return http.post("/login", json=members).json()["id_token"]


@pytest.fixture
def page(chromium, server, application):
    with opened(chromium, server.url, other_origins=(application.url,)) as page:
        page.goto("/signin")
        sign_in(page, "alice", server.passphrases["alice"])
        page.wait_for_url(lambda url: "/signin" not in url)
        yield page


def is_signed_in(page):
    page.goto("/account")
    return "/signin" not in page.url


def test_form_of_another_site_signs_out_and_comes_back(page, server, application):
    """Its form brings no cookie; the redirect to the same request does."""
    application.action = f"{server.url}/logout"
    application.form = {
        "id_token_hint": id_token(server, "alice"),
        "post_logout_redirect_uri": f"{application.url}/bye",
        "state": "a b",
    }
    page.goto(f"{application.url}/leave")
    follow(page.get_by_role("button", name="Leave"))
    page.wait_for_url(f"{application.url}/bye?state=a%20b")
    assert not is_signed_in(page)


@pytest.mark.requirement("oauth:A-7:form-action")
def test_answer_to_the_question_leads_to_the_application(page, server, application):
    """Chromium holds `form-action` against the redirect as well; a page names its target."""
    asked = {
        "id_token_hint": id_token(server, "bob"),
        "post_logout_redirect_uri": f"{application.url}/bye",
    }
    page.goto(f"/logout?{urlencode(asked)}")
    follow(page.get_by_role("main").get_by_role("button", name="Sign out"))
    page.wait_for_url(f"{application.url}/bye")
    assert not is_signed_in(page)


def test_question_with_everything_that_it_may_show_is_accessible(page, server):
    id_token(server, "alice", "openid offline_access")
    page.goto("/logout?post_logout_redirect_uri=https://elsewhere.example/")
    expect(page.get_by_label("Also disconnect the applications")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)
    follow(page.get_by_role("link", name="Stay signed in"))
    assert is_signed_in(page)
