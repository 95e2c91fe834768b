"""The pages in Chromium: what a person does, with and without script, in both themes."""

import re

import pytest
from tests.pages.chromium import (
    NARROW,
    check,
    expect,
    follow,
    following,
    opened,
    sign_in,
)

pytestmark = pytest.mark.browser


def status(page, call):
    return " ".join(page.locator(f"#call-{call} .status").inner_text().split())


@pytest.mark.requirement("users-pages:signs-in-in-a-browser")
def test_a_person_signs_in_on_the_start_page_and_calls_the_api(chromium, demo):
    """Issue 2 (7)."""
    with opened(chromium, demo.url) as page:
        page.goto("/")
        assert "An example" in page.inner_text("#token")
        sign_in(page, "alice", demo.passphrases["alice"])
        page.wait_for_url("**/#token")
        assert "The signature fits" in page.inner_text("#token")
        follow(page.get_by_role("button", name="Run: Write a note"))
        page.wait_for_url("**/#call-create")
        assert "201 Created" in status(page, "create")
        follow(page.get_by_role("button", name="Run: Delete a note"))
        assert "403 Forbidden" in status(page, "delete")
        page.reload()
        assert "403 Forbidden" in status(page, "delete")
        page.go_back()
        assert "alice" in page.inner_text("header.masthead")
        follow(page.get_by_role("button", name="Refresh"))
        page.wait_for_url("**/#token")
        follow(page.get_by_role("button", name="Sign out"))
        page.wait_for_url("**/?notice=signed-out")
        assert "You are signed out." in page.inner_text("main")
        assert "An example" in page.inner_text("#token")


def test_a_wrong_password_is_told_and_the_focus_is_where_to_go_on(chromium, server):
    """WCAG 2.2 criteria 3.3.1 and 3.3.3; users.md U36."""
    with opened(chromium, server.url) as page:
        page.goto("/signin")
        page.locator("#username:focus").wait_for()
        sign_in(page, "alice", "not this one")
        assert "do not match an account" in page.inner_text("#password-error")
        page.locator("#password:focus").wait_for()
        expect(page.locator("#username")).to_have_value("alice")
        expect(page.locator("#password")).to_have_value("")
        page.keyboard.type(server.passphrases["alice"])
        with following(page):
            page.keyboard.press("Enter")
        page.wait_for_url("**/")
        assert "alice" in page.inner_text("main")


@pytest.mark.requirement("users-pages:keyboard-path")
def test_the_whole_sign_in_works_with_the_keyboard(chromium, server):
    """WCAG 2.2 criteria 2.1.1, 2.4.1 and 2.4.7."""
    with opened(chromium, server.url) as page:
        page.goto("/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        assert page.locator(".skip").bounding_box()["height"] > 24
        with following(page):
            page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Sign in"
        with following(page):
            page.keyboard.press("Enter")
        page.wait_for_url("**/signin")
        page.locator("#username:focus").wait_for()
        page.keyboard.type("alice")
        page.keyboard.press("Tab")
        page.keyboard.type(server.passphrases["alice"])
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Show"
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        with following(page):
            page.keyboard.press("Enter")
        page.wait_for_url("**/")
        assert "Signed in as" in page.inner_text("main")


@pytest.mark.requirement("users-pages:no-script-needed")
def test_everything_works_without_script(chromium, demo):
    """STYLE section 11; users.md decision 4."""
    with opened(chromium, demo.url, java_script_enabled=False) as page:
        page.goto("/")
        sign_in(page, "alice", demo.passphrases["alice"])
        follow(page.get_by_role("button", name="Run: List the notes"))
        assert "200 OK" in status(page, "list")
        follow(page.get_by_role("button", name="Sign out"))
        expect(page.get_by_role("heading", name="Sign in to the demo")).to_be_visible()


def test_a_person_sets_a_passphrase_by_link_and_signs_in(chromium, server):
    """users.md U24 and U37."""
    server.add_user("ines")
    link = server.link("ines")
    with opened(chromium, server.url) as page:
        page.goto(link)
        page.get_by_label("Password", exact=True).fill("too short")
        page.get_by_label("The same once more").fill("too short")
        follow(page.get_by_role("button", name="Set the password"))
        assert "at least 15 characters" in page.inner_text("#password-error")
        offered = page.inner_text(".offer")
        page.get_by_label("Password", exact=True).fill(offered)
        page.get_by_label("The same once more").fill(offered)
        follow(page.get_by_role("button", name="Set the password"))
        page.wait_for_url("**/signin?notice=password-set")
        sign_in(page, "ines", offered)
        page.wait_for_url("**/")
        page.goto(link)
        assert "The link is not valid" in page.inner_text("h1")


@pytest.mark.requirement("users-pages:forms-of-other-origins-refused")
def test_a_page_of_a_second_origin_can_neither_sign_in_nor_out(chromium, server, demo):
    """security.md rule 47: requests from a second origin, cookies of one host shared by ports."""
    html = """
        <form method="post" action="{url}/{path}">
          <input name="form_token" value="{token}"><input name="username" value="bob">
          <input name="password" value="bob walks seven brown dogs"><button>go</button>
        </form>"""
    with opened(chromium, server.url) as page:
        page.goto("/signin")
        token = page.get_attribute("[name=form_token]", "value")
        for path in ("signin", "signout"):
            body = html.format(url=server.url, path=path, token=token)
            evil = page.context.new_page()
            evil.route("http://localhost:1/", answering(body))
            evil.goto("http://localhost:1/")
            follow(evil.get_by_role("button", name="go"))
            assert "The form came from another site" in evil.inner_text("h1")
        page.goto("/")
        assert "Signed in as" not in page.inner_text("main")


def answering(body):
    return lambda route: route.fulfill(body=body, content_type="text/html")


@pytest.mark.requirement("users-pages:no-axe-violations")
def test_no_state_of_a_page_has_an_accessibility_violation_or_scrolls_sideways(
    chromium, server, demo
):
    """users.md U92; the pages as they are first shown are in test_every_page.py."""
    with opened(chromium, server.url, **NARROW) as page:
        page.goto("/none")
        check(page)
        page.goto("/signin")
        sign_in(page, "alice", "wrong")
        check(page)
        page.goto(server.link("bob"))
        check(page)
    with opened(chromium, demo.url, **NARROW) as page:
        page.goto("/")
        check(page)
        sign_in(page, "alice", demo.passphrases["alice"])
        for call in ("list", "delete"):
            follow(page.locator(f"#call-{call} button"))
        page.eval_on_selector_all("main details", "all => all.forEach(one => one.open = true)")
        check(page)


def test_a_page_reflows_at_200_percent_and_with_larger_text(chromium, demo):
    """WCAG 2.2 criteria 1.4.4 and 1.4.10."""
    options = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
    with opened(chromium, demo.url, **options) as page:
        page.goto("/")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_forced_colours_and_paper_leave_nothing_hidden(chromium, demo):
    """users.md U91."""
    with opened(chromium, demo.url, forced_colors="active") as page:
        page.goto("/")
        expect(page.get_by_role("main").get_by_role("button", name="Sign in")).to_be_visible()
        page.emulate_media(media="print")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".skip")).to_be_hidden()


@pytest.mark.requirement("users-pages:weight")
def test_the_sign_in_page_asks_at_most_four_times_and_only_its_own_server(chromium, server):
    """users.md U93."""
    asked = []
    with opened(chromium, server.url) as page:
        page.on("response", lambda answer: asked.append((answer.url, len(answer.body()))))
        page.goto("/signin", wait_until="networkidle")
    assert len(asked) <= 4
    assert sum(size for _, size in asked) <= 40_000
    assert all(re.match(re.escape(server.url), url) for url, _ in asked)
