"""The language and the theme of the pages: chosen at their foot, kept in a cookie."""

import pytest

from watchword.server.languages import ENGLISH, LANGUAGES
from watchword.server.pages.preferences import Preferences

pytestmark = pytest.mark.requirement("users-pages:language-choice")


@pytest.fixture
def http(server):
    with server.http() as http:
        yield http


def choose(http, **fields):
    return http.post("/preferences", data=fields, headers={"sec-fetch-site": "same-origin"})


def test_a_page_speaks_what_the_browser_asks_for(http):
    page = http.get("/signin", headers={"accept-language": "ar-EG, de;q=0.5"}).text
    assert '<html lang="ar" dir="rtl">' in page


def test_what_is_chosen_is_kept_and_leads_back(http):
    answer = choose(http, language="ja", here="/signin?next=/a")
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin?next=/a")
    choose(http, theme="dark")
    page = http.get("/signin", headers={"accept-language": "de"}).text
    assert '<html lang="ja" dir="ltr" data-theme="dark">' in page
    assert 'content="dark"' in page


def test_ui_locales_come_before_what_was_chosen(http):
    choose(http, language="ja")
    assert '<html lang="pl"' in http.get("/signin?ui_locales=xx+pl").text


@pytest.mark.parametrize("fields", [{}, {"language": "tlh"}, {"theme": "sepia"}])
def test_what_is_not_on_offer_changes_nothing(http, fields):
    assert choose(http, here="//evil.example", **fields).headers["location"] == "/"
    assert '<html lang="en" dir="ltr">' in http.get("/signin").text


def test_another_site_cannot_change_the_looks(http):
    answer = http.post(
        "/preferences", data={"theme": "dark"}, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_page_comes_back_to_itself_without_what_only_its_address_should_hold(http):
    page = http.get("/signin?next=%2Fa&username=canary&ui_locales=de").text
    assert 'name="here" value="/signin?next=%2Fa"' in page
    assert "canary" not in page


@pytest.mark.parametrize("text", [None, "", ".", "x", "de", ".neon", "de.dark.more", "<>.\x00"])
def test_a_cookie_of_somebody_else_is_as_good_as_none(text):
    read = Preferences.from_text(text)
    assert read.theme == "system"
    assert read.language in {None, LANGUAGES["de"]}


def test_preferences_round_trip():
    for kept in (Preferences(), Preferences(LANGUAGES["pt-BR"], "light"), Preferences(ENGLISH)):
        assert Preferences.from_text(kept.to_text()) == kept
