"""The account in Chromium: journeys of a person, with axe, in both themes and at three widths."""

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

from watchword.server.pages.account.frame import AREAS

pytestmark = pytest.mark.browser

PAGES = [*(area.path for area in AREAS), "/account/confirm"]


def enter(page, server, name, *, at="/signin"):
    page.goto(at)
    sign_in(page, name, server.passphrases[name])
    page.wait_for_url(lambda url: "/signin" not in url)


@pytest.mark.requirement("users:U39:journey")
def test_a_person_finds_a_stranger_and_shuts_them_out(chromium, server):
    """users.md U39: activity, sessions, password; OWASP ASVS 5.0 V7.4.3 and V7.5.2."""
    server.add_user("carol")
    with server.http(headers={"user-agent": "curl/8.9"}) as stranger:
        pair = stranger.post(
            "/login", json={"username": "carol", "password": server.passphrases["carol"]}
        ).json()
        with opened(chromium, server.url) as page:
            enter(page, server, "carol", at="/signin?next=/account")
            follow(page.get_by_role("link", name="Activity", exact=True).first)
            page.wait_for_url("**/account/activity")
            assert "A program: curl" in page.inner_text("main")
            follow(page.get_by_role("link", name="Sessions", exact=True).first)
            stranger_row = page.locator(".things > li", has_text="A program: curl")
            follow(stranger_row.get_by_role("button", name="End"))
            page.wait_for_url("**/account/sessions?notice=session-ended")
            assert "A program: curl" not in page.inner_text("main")
            follow(page.get_by_role("link", name="Password", exact=True).first)
            offered = page.inner_text(".offer")
            page.get_by_label("New password").fill(offered)
            page.get_by_label("The same once more").fill(offered)
            expect(page.get_by_label("Sign out everywhere else")).to_be_checked()
            follow(page.get_by_role("button", name="Change the password"))
            page.wait_for_url("**/account/password?notice=password-changed")
            page.goto("/account")
            assert "Last changed: just now" in page.inner_text("main")
        me = stranger.get("/me", headers={"authorization": f"Bearer {pair['access_token']}"})
        assert me.status_code == 401
    server.passphrases["carol"] = offered


@pytest.mark.requirement("users:U39:journey")
def test_a_person_takes_their_data_and_goes_with_the_keyboard_alone(chromium, server):
    """WCAG 2.2 criteria 2.1.1 and 2.4.7; users.md U43."""
    server.add_user("dora")
    with opened(chromium, server.url, accept_downloads=True) as page:
        enter(page, server, "dora", at="/signin?next=/account/export")
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Download").focus()
            page.keyboard.press("Enter")
        assert waiting.value.suggested_filename == "account.json"
        page.goto("/account/delete")
        page.get_by_label("Your user name").focus()
        page.keyboard.type("wrong")
        with following(page):
            page.keyboard.press("Enter")
        page.locator("#name:focus").wait_for()
        assert "This is not the name" in page.inner_text("#name-error")
        page.keyboard.type("dora")
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        with following(page):
            page.keyboard.press("Enter")
        page.wait_for_url("**/?notice=account-deleted")
        assert "Your account is deleted." in page.inner_text("main")
        assert server.user("dora") is None


@pytest.mark.requirement("users:U39:no-script")
def test_the_account_works_without_script(chromium, server):
    """users.md decision 4: the corner opens, the menu leads, forms are sent."""
    server.add_user("emil")
    with opened(chromium, server.url, java_script_enabled=False) as page:
        enter(page, server, "emil", at="/signin?next=/account/profile")
        page.get_by_label("Display name").fill("Émile Zola")
        follow(page.get_by_role("button", name="Save"))
        assert "Your profile is saved." in page.inner_text("main")
        page.locator(".user-menu summary").click()
        expect(page.locator(".user-menu")).to_contain_text("Émile Zola")
        follow(page.locator(".user-menu").get_by_role("button", name="Sign out"))
        page.wait_for_url("**/?notice=signed-out")


@pytest.mark.requirement("users:U39:narrow")
def test_a_narrow_screen_has_the_overview_for_a_menu(chromium, server):
    """users.md U92: usable at 320 px."""
    with opened(chromium, server.url, viewport={"width": 320, "height": 640}) as page:
        enter(page, server, "alice", at="/signin?next=/account")
        expect(page.locator(".areas")).to_be_hidden()
        for area in AREAS[1:]:
            page.goto("/account")
            follow(page.locator(f'main .door[href="{area.path}"]'))
            page.wait_for_url(f"**{area.path}")
            follow(page.get_by_role("main").get_by_role("link", name="Your account"))
            page.wait_for_url("**/account")


@pytest.mark.requirement("users:U92:account-axe")
def test_no_page_of_the_account_has_a_violation_or_scrolls_sideways(chromium, server):
    """users.md U92: 0 axe violations, in both themes, at three widths; with everything open."""
    login = {"username": "alice", "password": server.passphrases["alice"]}
    with server.http(headers={"user-agent": "Notes/1"}) as http:
        assert http.post("/login", json=login).status_code == 200
    with opened(chromium, server.url, **NARROW) as page:
        enter(page, server, "alice")
        for path in PAGES:
            page.goto(path)
            opens = "all => all.forEach(one => one.open = true)"
            page.eval_on_selector_all("main details", opens)
            check(page)
        # Where it covers no button: one that shows a corner only counts as too small.
        page.goto("/account/export")
        page.locator(".user-menu summary").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        check(page)
        page.goto("/account/delete")
        page.get_by_label("Your user name").fill("wrong")
        follow(page.get_by_role("button", name="Delete my account for good"))
        check(page)
        page.goto("/account/password")
        page.get_by_label("New password").fill("short")
        page.get_by_label("The same once more").fill("short")
        follow(page.get_by_role("button", name="Change the password"))
        check(page)


@pytest.mark.requirement("users:U92:account-axe")
def test_a_page_of_the_account_reflows_with_text_of_twice_the_size(chromium, server):
    """WCAG 2.2 criteria 1.4.4 and 1.4.10."""
    options = {"viewport": {"width": 640, "height": 400}}
    with opened(chromium, server.url, **options) as page:
        enter(page, server, "alice")
        for path in PAGES:
            page.goto(path)
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path


@pytest.mark.requirement("users:U93:account-weight")
def test_a_page_of_the_account_asks_for_little_and_only_its_own_server(chromium, server):
    """users.md U93, U91: the sheet of the account is small and kept by its content."""
    asked = []
    with opened(chromium, server.url) as page:
        enter(page, server, "alice")
        page.on("response", lambda answer: asked.append((answer.url, len(answer.body()))))
        page.goto("/account", wait_until="networkidle")
    assert len(asked) <= 5
    assert sum(size for _, size in asked) <= 60_000
    assert all(re.match(re.escape(server.url), url) for url, _ in asked)
