"""The page behind a one-time link, over HTTP."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.server.conftest import MovedClock, Started

from watchword.server.app import AuthServer
from watchword.server.settings import Settings

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
OFFER = re.compile(r'class="offer"[^>]*>([^<]+)<')
GOOD = "seven brown dogs walk home"


@pytest.fixture
def http(server):
    with server.http() as http:
        yield http


def set_passphrase(http, link, password=GOOD, repeated=None):
    page = http.get(link)
    form = {
        "form_token": TOKEN.search(page.text)[1],
        "link": link.partition("=")[2],
        "password": password,
        "repeated": password if repeated is None else repeated,
    }
    return http.post("/setup", data=form)


@pytest.mark.requirement("users-pages:set-up-link-works-once")
def test_a_link_sets_a_passphrase_once_and_the_person_signs_in_with_it(server, http):
    """users.md U24; security.md rule 46."""
    server.add_user("dora")
    link = server.link("dora")
    done = set_passphrase(http, link)
    assert done.status_code == 303
    assert done.headers["location"] == "/signin?notice=password-set"
    answer = http.post("/login", json={"username": "dora", "password": GOOD})
    assert answer.status_code == 200
    assert http.get(link).status_code == 410


def test_the_page_names_the_account_the_rules_and_offers_a_passphrase_that_passes(server, http):
    """users.md U37."""
    server.add_user("erin")
    link = server.link("erin")
    page = http.get(link).text
    assert "<strong>erin</strong>" in page
    assert "15 characters or more" in page
    assert 'autocomplete="new-password"' in page
    assert set_passphrase(http, link, OFFER.search(page)[1]).status_code == 303


def test_looking_at_the_page_does_not_spend_the_link(server, http):
    link = server.link("bob")
    assert [http.get(link).status_code for _ in range(3)] == [200] * 3


@pytest.mark.requirement("users-pages:passphrase-rules-told")
@pytest.mark.parametrize(
    ("password", "repeated", "text"),
    [
        ("", "", "Enter a password."),
        ("short", "short", "at least 15 characters"),
        ("bob bob bob bob bob bob", None, "This is"),
        ("aaaaaaaaaaaaaaaaaaaaaa", None, "This is among the first"),
        (GOOD, "another one altogether", "The two are not the same."),
        ("x" * 1100, None, "at most 1024 bytes"),
    ],
)
def test_a_refused_passphrase_is_told_beside_the_field_and_the_link_lives_on(
    server, http, password, repeated, text
):
    """security.md rules 30 to 32: the reason is told."""
    link = server.link("bob")
    answer = set_passphrase(http, link, password, repeated)
    assert answer.status_code == 400
    [error] = re.findall(r'role="alert">.*?<span>(.*?)</span>', answer.text, re.DOTALL)
    assert text in error
    assert http.get(link).status_code == 200


def test_a_passphrase_of_any_letters_and_the_greatest_length_is_taken(server, http):
    """security.md rule 30: up to 1,024 bytes, nothing truncated."""
    server.add_user("frida")
    password = ("\u00e4\u4e2d\U0001f600 wq" * 90)[:200] + "kyx jvd"
    assert set_passphrase(http, server.link("frida"), password).status_code == 303
    sent = {"username": "frida", "password": password}
    assert http.post("/login", json=sent).status_code == 200
    sent = {"username": "frida", "password": password[:-1]}
    assert http.post("/login", json=sent).status_code == 401


@pytest.mark.parametrize("query", ["", "?link=", "?link=made-up", "?link=%00"])
def test_a_dead_or_made_up_link_gets_one_page_that_says_what_to_do(http, query):
    """users.md U47 and U58."""
    answer = http.get(f"/setup{query}")
    assert answer.status_code == 410
    assert "The link is not valid" in answer.text
    assert "watchword user link" in answer.text
    assert answer.text == http.get("/setup?link=other").text


@pytest.mark.requirement("users:U58:dead-links-lead-on")
@pytest.mark.parametrize(
    ("path", "to", "says"),
    [
        ("/reset", "/forgot", "Send me another mail"),
        ("/verify", "/account/emails", "To my e-mail addresses"),
        ("/signup", "/signup", "Begin again"),
    ],
)
def test_a_dead_link_leads_to_where_another_one_comes_from(tmp_path, path, to, says):
    auth = AuthServer(Settings(database=f"sqlite:///{tmp_path}/watchword.db", register=True))
    started = Started(auth, MovedClock())
    started.run(auth.startup())
    try:
        answer = started.get(f"{path}?link=used")
        assert answer.status_code == 410
        assert re.search(rf'class="button" href="{to}">{says}<', answer.text)
        assert "watchword user link" not in answer.text
    finally:
        started.close()


@pytest.mark.parametrize("is_open", [True, False])
def test_the_start_page_offers_an_account_where_strangers_may_make_one(tmp_path, is_open):
    settings = Settings(database=f"sqlite:///{tmp_path}/watchword.db", register=is_open)
    started = Started(AuthServer(settings), MovedClock())
    started.run(started.auth.startup())
    try:
        assert ('href="/signup">Create an account<' in started.get("/").text) is is_open
    finally:
        started.close()


def test_of_many_who_use_a_link_at_once_one_sets_the_passphrase(server):
    """security.md rule 46: single use."""
    server.add_user("gina")
    link = server.link("gina")

    def use(number):
        with server.http() as http:
            return set_passphrase(http, link, f"{GOOD} {number}").status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(use_safely(use), range(4)))
    assert statuses == [303, 410, 410, 410]


def use_safely(use):
    def one(number):
        try:
            return use(number)
        except TypeError:  # the page was dead before its form was read
            return 410

    return one


def test_setting_a_passphrase_ends_the_sessions_of_the_account(server, http):
    """security.md rule 46; accounts.links."""
    server.add_user("hanna")
    with server.http() as old:
        page = old.get("/signin").text
        form = {
            "form_token": TOKEN.search(page)[1],
            "username": "hanna",
            "password": "hanna walks seven brown dogs",
        }
        old.post("/signin", data=form)
        assert "Signed in as" in old.get("/").text
        set_passphrase(http, server.link("hanna"))
        assert "Signed in as" not in old.get("/").text


def test_a_form_without_this_browsers_token_is_shown_again(server, http):
    link = server.link("bob")
    http.get(link)
    form = {"form_token": "x", "link": link.partition("=")[2], "password": GOOD, "repeated": GOOD}
    answer = http.post("/setup", data=form)
    assert answer.status_code == 403
    assert "Please send it again" in answer.text
    assert http.get(link).status_code == 200
