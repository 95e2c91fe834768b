"""A sign-in in a popup window of another origin, as docs/how-to/sign-in-in-a-popup.md has it.

Source: users.md U30; security.md rule 77; decisions/0256.
"""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.pages.chromium import PATIENCE_MS, expect, opened
from tests.pages.conftest import make_auth, serving

pytestmark = pytest.mark.browser

PAGE = Path(__file__).parents[3] / "docs/how-to/sign-in-in-a-popup.md"
# What an application of before would rely on, told at the end of the page at redirect_uri.
TELL = """<script>
  new BroadcastChannel("tell").postMessage(String(window.opener));
</script>"""
HEAR = """<p></p><script type="module">
  const open = window.open;
  window.open = (...asked) => { window.popup = open(...asked); };
  new BroadcastChannel("tell").onmessage = ({ data }) => {
    document.querySelector("p").textContent = data;
  };
</script>"""


class Application(ThreadingHTTPServer):
    """The application: the two pages of the documentation."""

    pages: dict[str, str]

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(self.server.pages.get(self.path.partition("?")[0], "").encode())

    def log_message(self, *said):
        """Keep the tests' output as it is."""


@pytest.fixture(scope="module")
def application():
    with Application(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def provider(tmp_path_factory, application):
    auth, sock = make_auth(tmp_path_factory.mktemp("provider"))
    auth.client(
        "spa",
        name="Notes",
        first_party=True,
        redirect_uris=[f"{application.origin}/callback.html"],
        allowed_origins=[application.origin],
    )
    with serving(auth, auth, sock) as running:
        running.add_user("alice")
        page, callback = re.findall(r"```html\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
        application.pages = {
            "/": HEAR + page.replace("https://id.example", running.url),
            "/callback.html": callback.replace("  close();", "") + TELL,
        }
        yield running


@pytest.mark.requirement("users-pages:popups-of-other-origins")
def test_popup_brings_the_code_home_and_its_opener_holds_nothing(chromium, provider, application):
    """The first time through the sign-in, the second time answered by the session at once."""
    with opened(chromium, application.origin, other_origins=(provider.url,)) as page:
        for is_signed_in in (False, True):
            page.goto("/")
            with page.expect_popup(timeout=PATIENCE_MS) as shown:
                page.get_by_role("button", name="Sign in").click()
            popup = shown.value
            if not is_signed_in:
                popup.get_by_label("User name").fill("alice")
                popup.get_by_label("Password", exact=True).fill(provider.passphrases["alice"])
                popup.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
            expect(page.locator("output")).to_have_text("openid")
            expect(page.locator("p")).to_have_text("null")  # the opener, as its own page sees it
            page.wait_for_function("window.popup.closed")  # as the opener sees it
            assert not popup.is_closed()
            popup.close()
