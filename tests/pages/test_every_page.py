"""What holds of every page there is: the list is the server's own table of addresses.

A page that is added is tried without a line here; one whose address has a variable part needs an
example of it.

Source: users.md U92 and U94; WCAG 2.2 levels A and AA.
"""

import pytest
from tests.pages.chromium import NARROW, check, opened, sign_in
from tests.pages.conftest import make_auth, serving
from tools.page_routes import page_paths

from watchword.server.languages import LANGUAGES

pytestmark = pytest.mark.browser

EXAMPLES = {
    "code": "token_expired",
    "family_id": "fam_0",
    "id": "interaction_0",
    "user_id": "user_0",
    "act": "suspend",
    "position": "1",
    "role": "admin",
}


def paths():
    return page_paths(EXAMPLES)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A server with everything switched on that has pages."""
    auth, sock = make_auth(tmp_path_factory.mktemp("full"), register=True)
    with serving(auth, auth, sock) as running:
        running.add_user("alice", "editor")
        yield running


def enter(page, server):
    page.goto("/signin")
    sign_in(page, "alice", server.passphrases["alice"])
    page.wait_for_url(lambda url: "/signin" not in url)


def visit(page, server):
    """Open every page, as a stranger and then as alice."""
    for path in paths():
        page.goto(path)
        yield path
    enter(page, server)
    for path in paths():
        if path.startswith("/account") or path in {"/", "/device", "/logout"}:
            page.goto(path)
            yield path


@pytest.mark.requirement("users-pages:no-axe-violations")
def test_no_page_has_an_accessibility_violation_or_scrolls_sideways(chromium, full):
    with opened(chromium, full.url, **NARROW) as page:
        for _ in visit(page, full):
            check(page)


@pytest.mark.requirement("users-pages:every-language-fits")
@pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if tag != "en"])
def test_every_page_fits_the_narrowest_screen_in_every_language(chromium, full, tag):
    with opened(chromium, full.url, **NARROW) as page:
        enter(page, full)
        page.context.set_extra_http_headers({"accept-language": tag})
        for path in paths():
            page.goto(path)
            html = page.locator("html")
            assert html.get_attribute("lang") == tag, path
            assert html.get_attribute("dir") == LANGUAGES[tag].direction, path
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide, f"{path} scrolls sideways in {tag}"
