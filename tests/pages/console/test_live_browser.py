"""Events that appear by themselves in a real browser, under the policy that all pages have.

users.md U30, U32 and U41; WCAG 2.2 criteria 2.2.2 and 4.1.3; decisions/0288.
"""

import time

import pytest
from tests.pages.chromium import check, expect, opened, sign_in
from tests.pages.conftest import make_auth, serving

pytestmark = [pytest.mark.browser, pytest.mark.requirement("users:U41:live")]

HIDE = """
(isHidden) => {
  Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A server with an administrator, and somebody to whom something happens."""
    auth, sock = make_auth(tmp_path_factory.mktemp("busy"))
    with serving(auth, auth, sock) as running:
        running.add_user("boss", "admin")
        running.add_user("bob")
        yield running


@pytest.fixture
def boss(chromium, busy):
    with opened(chromium, busy.url) as page:
        page.goto("/signin?next=/admin/events")
        sign_in(page, "boss", busy.passphrases["boss"])
        page.wait_for_url("**/admin/events")
        yield page


def give(busy, role):
    """Have something happen to bob, beside the browser."""
    runtime = busy.auth.runtime
    bob = busy.user("bob")
    busy.run(runtime.store.assign_role(bob.id, role, now=runtime.clock.now()))


def until_readers(busy, number):
    while busy.auth.runtime.live._readers != number:
        time.sleep(0.01)


def given(page):
    return page.get_by_role("heading", name="A role was given")


@pytest.mark.parametrize("path", ["/admin/events", "/admin"])
def test_an_event_appears_without_reload_and_is_announced(busy, boss, path):
    boss.goto(path)
    expect(boss.get_by_text("Live", exact=True)).to_be_visible()
    boss.evaluate("document.body.dataset.loaded = 'once'")
    before = given(boss).count()
    give(busy, f"role-{before}{len(path)}")
    expect(given(boss)).to_have_count(before + 1)
    expect(boss.locator("[data-says]")).to_have_text("More has happened.")
    assert boss.evaluate("document.body.dataset.loaded") == "once"
    check(boss)


def test_a_page_that_is_paused_or_hidden_asks_nothing(busy, boss):
    until_readers(busy, 1)
    before, pause = given(boss).count(), boss.get_by_role("button", name="Pause")
    pause.click()
    until_readers(busy, 0)
    give(busy, "paused")
    assert given(boss).count() == before
    pause.click()
    expect(given(boss)).to_have_count(before + 1)
    until_readers(busy, 1)
    boss.evaluate(HIDE, True)
    until_readers(busy, 0)
    give(busy, "hidden")
    assert given(boss).count() == before + 1
    boss.evaluate(HIDE, False)
    expect(given(boss)).to_have_count(before + 2)


def test_the_list_says_so_when_its_session_has_ended(busy, boss):
    state = boss.locator("[data-live-state]")
    expect(state).to_be_visible()
    until_readers(busy, 1)
    user, runtime = busy.user("boss"), busy.auth.runtime
    busy.run(runtime.store.end_sessions(user.id, keep=None, now=runtime.clock.now()))
    expect(state).to_be_hidden()
    until_readers(busy, 0)


def test_without_script_the_page_has_a_link_that_looks_again(chromium, busy):
    with opened(chromium, busy.url, java_script_enabled=False) as page:
        page.goto("/signin?next=/admin/events")
        sign_in(page, "boss", busy.passphrases["boss"])
        page.wait_for_url("**/admin/events")
        expect(page.get_by_role("link", name="Look again")).to_be_visible()
        expect(page.locator("[data-live-state]")).to_be_hidden()
