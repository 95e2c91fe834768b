"""What holds of every page of the account."""

import re

import pytest
from tests.pages.account.conftest import Browser, words

from watchword.server.cookies import cookie_rules
from watchword.server.pages.account.frame import AREAS
from watchword.server.routes import ROUTES

PAGES = [
    route.path.replace("{family_id}", "fam_0")
    for route in ROUTES
    if route.path.startswith("/account") and "GET" in route.handlers
]
ABSENT = {"/account/apps/fam_0"}
SCRIPTS = re.compile(r'<script(?! type="module" src="/static/)')  # of a file, and no other
FORMS = [
    route.path for route in ROUTES if route.path.startswith("/account") and "POST" in route.handlers
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.requirement("users:U39:signed-in-only")
def test_nobody_sees_a_page_of_an_account_without_a_session(guest, path):
    answer = guest.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/signin?next={path}")


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.requirement("security:47:account-forms")
def test_a_form_counts_only_from_a_page_that_this_session_was_shown(started, alice, path):
    """security.md rule 47: POST only, origin, and a token bound to the session."""
    stale = alice.post(path, form_token="x" * 43)
    assert (stale.status_code, stale.headers["location"]) == (303, f"{path}?notice=stale-form")
    foreign = started.run(
        alice.http.post(path, data={"form_token": "x"}, headers={"origin": "https://evil.example"})
    )
    assert foreign.status_code == 403
    unasked = Browser(started).post(path, form_token="x" * 43)
    assert unasked.headers["location"] == f"/signin?next={path}"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.requirement("users:U39:no-store")
def test_a_page_of_the_account_is_kept_by_no_cache_and_holds_no_script(alice, path):
    answer = alice.get(path)
    assert answer.status_code == (404 if path in ABSENT else 200), answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not SCRIPTS.search(answer.text)
    assert " style=" not in answer.text
    assert answer.text.count("<h1") == 1


@pytest.mark.requirement("users:U39:menu")
def test_the_menu_names_the_page_that_is_shown(alice):
    for area in AREAS:
        page = alice.get(area.path).text
        assert page.count('aria-current="page"') == 1
        assert f'href="{area.path}" aria-current="page"' in page


@pytest.mark.requirement("users:U39:menu")
def test_every_door_of_the_overview_leads_to_a_page(alice):
    overview = alice.get("/account").text
    for area in AREAS:
        assert f'href="{area.path}"' in overview
    from_page = set(overview.split('href="')[1:])
    paths = {part.partition('"')[0].partition("#")[0] for part in from_page}
    for path in sorted(path for path in paths if path.startswith("/account")):
        assert alice.get(path).status_code in {200, 303}, path


def test_the_corner_shows_who_is_signed_in_and_signs_out(alice):
    """users.md section 7 (Clerk): one avatar opens account and sign-out, without script."""
    alice.send("/account/profile", name="Alice Liddell", locale="")
    page = alice.get("/account")
    assert "Account of Alice Liddell" in words(page)
    assert ">AL</span>" in page.text
    assert alice.send("/signout", at="/account").status_code == 303
    assert alice.get("/account").status_code == 303


def test_the_language_of_the_account_is_spoken_where_the_browser_says_nothing(started, alice):
    """users.md U94: ui_locales, then the account, then Accept-Language."""
    answer = alice.send("/account/profile", name="", locale="de")
    assert answer.status_code == 303
    alice.http.cookies.delete(cookie_rules(started.auth.issuer).preferences)
    assert '<html lang="de"' in alice.get("/account").text
    assert '<html lang="fr"' in alice.get("/account?ui_locales=fr").text
