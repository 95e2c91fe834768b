"""The admin pages in a real browser: nothing that a screen reader stumbles over, at any width.

users.md U92.
"""

from dataclasses import replace

import pytest
from tests.pages.chromium import NARROW, check, expect, follow, following, opened, sign_in
from tests.pages.conftest import make_auth, serving
from tests.pages.console.test_app_edit import CONFIDENTIAL
from tests.pages.console.test_events import DECISION

from watchword.accounts.acting import ACTS_AS
from watchword.accounts.administration.shares import Share

pytestmark = pytest.mark.browser

ASKED = "/admin/access/ask?who=bob&action=read&type=user"


@pytest.fixture(scope="module")
def managed(tmp_path_factory):
    """A server with an administrator, roles, shares, and a user about whom much was decided."""
    auth, sock = make_auth(tmp_path_factory.mktemp("managed"), management_api=True)
    with serving(auth, auth, sock) as running:
        running.add_user("boss", "admin")
        running.add_user("bob", "editor")
        yield running


def furnish(page):
    """Do by hand what the pages are there for; return the user's address."""
    page.goto("/admin/users?q=bob")
    with following(page):
        page.get_by_role("link", name="bob").click()
    user = page.url
    for path, fields, button in (
        ("/admin/access", {"Role": "reader", "What it is for": "Reads notes"}, "Write it down"),
        (user, {"Role": "reader"}, "Give it"),
    ):
        page.goto(path)
        form = page.locator("form").filter(has=page.get_by_role("button", name=button))
        for label, value in fields.items():
            form.get_by_label(label, exact=True).fill(value)
        form.get_by_label("Why").fill("ticket 7")
        with following(page):
            form.get_by_role("button", name=button).click()
    page.goto(f"{user}/suspend")
    page.get_by_label("Why").fill("lost the laptop")
    with following(page):
        page.get_by_role("button", name="Suspend").click()
    return user


@pytest.mark.requirement("users:U40:admin-pages", "users-pages:no-axe-violations")
def test_no_admin_page_has_an_accessibility_violation_or_scrolls_sideways(chromium, managed):
    with opened(chromium, managed.url, **NARROW) as page:
        page.goto("/signin")
        sign_in(page, "boss", managed.passphrases["boss"])
        page.wait_for_url(lambda url: "/signin" not in url)
        user = furnish(page)
        share = Share("note", "7", "editor", "role", "reader")
        managed.run(managed.auth.runtime.store.add_share(share, expires_at=None, now=1))
        runtime = managed.auth.runtime
        decided = replace(DECISION, at=runtime.clock.now())
        managed.run(runtime.store.add_traces((decided,), now=decided.at))
        managed.run(runtime.store.add_client(CONFIDENTIAL, now=1))
        for path in (
            "/admin", "/admin/users", "/admin/users?q=zzz", "/admin/users/several",
            f"/admin/users/several?act=suspend&row=user_0&row={user.rpartition('/')[2]}",
            f"/admin/users/several?act=give&row={user.rpartition('/')[2]}",
            "/admin/users/new", user, f"{user}/resume", f"{user}/link", f"{user}/delete",
            "/admin/access/rules", "/admin/access/roles/reader", ASKED,
            "/admin/apps", "/admin/apps?id=shop", "/admin/apps/add",
            *(f"/admin/apps/{act}?id=shop" for act in ("change", "secret", "remove")), "/admin/log",
            "/admin/log/3/undo", f"{user}?notice=admin-done&undo=3",
            "/admin/sessions", "/admin/keys",
            "/admin/events", "/admin/refusals", "/admin/refusals?id=zzz",
            "/admin/refusals?id=decision_1", "/admin/tools", "/admin/settings",
            "/admin/search", "/admin/search?q=re", "/admin/search?q=zzz",
        ):  # fmt: skip
            page.goto(path)
            check(page)
        page.goto("/admin/users/new")
        page.get_by_label("User name").fill("no name")
        page.get_by_label("Why").fill("ticket 7")
        page.get_by_label("reader").check()
        add = page.get_by_role("button", name="Add a user")
        with following(page):
            add.click()
        expect(page.get_by_text("A user name has 1 to 128 characters")).to_be_visible()
        expect(page.get_by_label("reader")).to_be_checked()
        check(page)
        page.get_by_label("User name").fill("dora")
        with following(page):
            add.click()
        expect(page.locator("#link")).to_contain_text("/setup?link=")
        check(page)
        page.goto("/admin/apps/add")
        page.get_by_label("Name", exact=True).fill("Notes")
        page.get_by_label("Why").fill("ticket 7")
        with following(page):
            page.get_by_role("button", name="Add an application").click()
        expect(page.locator("#redirect_uris-error")).to_be_visible()
        check(page)
        page.get_by_label("Where people come back to").fill("https://notes.example/back")
        with following(page):
            page.get_by_role("button", name="Add an application").click()
        expect(page.locator("#secret")).to_be_visible()
        check(page)
        page.goto("/admin/access?type=note&id=7")
        for summary in page.locator("summary:not(.user-menu summary)").all():
            summary.click()
        check(page)


@pytest.mark.requirement("users:U42:acting-as-a-user", "users-pages:no-axe-violations")
def test_line_of_who_acts_is_read_out_and_leads_back(chromium, managed):
    """It stays in sight however far the page is scrolled, and is the first thing to be reached."""
    managed.add_user("cat")
    store, now = managed.auth.runtime.store, managed.auth.runtime.clock.now()
    boss, cat = [managed.run(store.find_user(name)) for name in ("boss", "cat")]
    managed.run(store.assign_role(boss.id, ACTS_AS, now=now))
    with opened(chromium, managed.url, **NARROW) as page:
        page.goto("/signin")
        sign_in(page, "boss", managed.passphrases["boss"])
        page.wait_for_url(lambda url: "/signin" not in url)
        page.goto(f"/admin/users/{cat.id}/act-as")
        page.get_by_label("Why").fill("ticket 7")
        follow(page.get_by_role("button", name="Act as this user"))
        line = page.get_by_role("form", name="Acting as a user")
        expect(line).to_contain_text("boss acts as cat")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(line.get_by_role("button", name="Stop acting")).to_be_focused()
        page.mouse.wheel(0, 2_000)
        expect(line).to_be_in_viewport()
        for path in ("/account", "/account/password", "/errors/not_found"):
            page.goto(path)
            check(page)
        follow(page.get_by_role("button", name="Stop acting"))
        expect(page.get_by_role("heading", name="cat", level=1)).to_be_visible()
        expect(line).to_be_hidden()


@pytest.mark.requirement("users:U40:roles-drawn", "users:U45:rule-tree")
def test_roles_are_drawn_for_the_screen_and_a_question_is_typed(chromium, managed):
    with opened(chromium, managed.url, java_script_enabled=False, **NARROW) as page:
        page.goto("/signin")
        sign_in(page, "boss", managed.passphrases["boss"])
        page.goto("/admin/access")
        wide, narrow = page.locator("svg.wide"), page.locator("svg.narrow")
        expect(narrow.locator("text", has_text="editor")).to_be_visible()
        expect(wide).to_be_hidden()
        page.set_viewport_size({"width": 1280, "height": 800})
        expect(wide.locator("text", has_text="editor")).to_be_visible()
        expect(narrow).to_be_hidden()
        follow(page.get_by_role("link", name="Ask why"))
        for label, word in (
            ("Name of a user, or an id", "boss"),
            ("Action", "delet"),
            ("Kind of thing", "audit"),
        ):
            page.get_by_label(label, exact=True).fill(word)
        follow(page.get_by_role("button", name="Ask"))
        expect(page.get_by_label("Action", exact=True)).to_have_accessible_description(
            "No rule knows the action delet. Did you mean delete?"
        )
        page.get_by_label("Action", exact=True).fill("delete")
        follow(page.get_by_role("button", name="Ask"))
        expect(page.get_by_role("heading", name="No, boss may not")).to_be_visible()


@pytest.mark.requirement("users:U40:search-everywhere")
def test_the_keyboard_leads_to_the_search_from_anywhere(chromium, managed):
    with opened(chromium, managed.url, **NARROW) as page:
        page.goto("/signin")
        sign_in(page, "boss", managed.passphrases["boss"])
        page.wait_for_url(lambda url: "/signin" not in url)
        page.goto("/admin/keys")
        field = page.get_by_role("searchbox", name="Search everywhere")
        expect(field).to_have_attribute("aria-keyshortcuts", "Control+K")
        page.keyboard.press("Control+k")
        expect(field).to_be_focused()
        page.keyboard.type("boss")
        with following(page):
            page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="boss", exact=True)).to_be_visible()
        page.keyboard.press("Control+k")
        page.keyboard.type("bob")
        expect(field).to_have_value("bob")


@pytest.mark.requirement("users:U40:several-at-once", "users-pages:no-axe-violations")
def test_accounts_are_ticked_and_suspended_together_without_script(chromium, managed):
    for name in ("carl", "dora"):
        managed.add_user(name)
    with opened(chromium, managed.url, java_script_enabled=False) as page:
        page.goto("/signin?next=/admin/users")
        sign_in(page, "boss", managed.passphrases["boss"])
        page.wait_for_url("**/admin/users")
        for name in ("boss", "carl", "dora"):
            page.get_by_label(f"Tick {name}", exact=True).check()
        page.get_by_label("With those that are ticked").last.select_option("Suspend")
        follow(page.get_by_role("button", name="Go on"))
        expect(page.get_by_role("heading", name="2 are changed")).to_be_visible()
        expect(page.get_by_text("It is your own account.")).to_be_visible()
        page.get_by_label("Why").fill("left the company")
        follow(page.get_by_role("button", name="Suspend"))
        expect(page.get_by_role("heading", name="2 are done")).to_be_visible()
        expect(page.get_by_role("heading", name="1 is left as it is")).to_be_visible()
    assert not managed.user("carl").is_active
    assert managed.user("boss").is_active
