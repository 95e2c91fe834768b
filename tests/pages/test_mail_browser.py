"""Journeys through mails in Chromium: sign-up, forgotten password by link and by code.

Each step is held against axe, in both themes and three widths, and none needs a script.

Source: users.md U36, U47 and U92; security.md rule 46.
"""

import re

import pytest
from tests.pages.chromium import NARROW, check, follow, opened, sign_in
from tests.pages.conftest import make_auth, serving

pytestmark = pytest.mark.browser

PASSPHRASE = "nine violet kites over the pond"
OTHER = "seven grey herons by the mill"


@pytest.fixture(scope="module")
def open_server(tmp_path_factory):
    """A server at which strangers may make accounts."""
    auth, sock = make_auth(tmp_path_factory.mktemp("open"), register=True)
    with serving(auth, auth, sock) as running:
        yield running


def ask(page, path, address):
    page.goto(path)
    check(page)
    page.get_by_label("E-mail address").fill(address)
    follow(page.get_by_role("button", name="Send the mail"))
    page.get_by_role("heading", name="Look into your mail").wait_for()
    check(page)


def letter(page, address, subject):
    """Open the mailbox in the same browser and return the letter."""
    page.goto("/mailbox")
    check(page)
    return page.locator("article", has_text=address).filter(has_text=subject).first


def choose(page, passphrase):
    page.get_by_label("Password", exact=True).fill(passphrase)
    page.get_by_label("The same once more").fill(passphrase)


@pytest.mark.requirement("users-pages:no-axe-violations")
def test_person_makes_an_account_and_loses_its_password(chromium, open_server):
    name, address = "carol", "carol@example.com"
    with opened(chromium, open_server.url, **NARROW) as page:
        ask(page, "/signup", address)
        follow(letter(page, address, "Finish your account").get_by_role("link"))
        check(page)
        page.get_by_label("User name").fill(name)
        choose(page, "short")
        follow(page.get_by_role("button", name="Create the account"))
        page.get_by_text("at least").wait_for()
        check(page)
        choose(page, PASSPHRASE)
        follow(page.get_by_role("button", name="Create the account"))
        page.wait_for_url(re.compile(r"/$"))
        page.context.clear_cookies()
        page.goto("/signin")
        follow(page.get_by_role("link", name="Forgot the password?"))
        ask(page, "/forgot", address.upper())
        follow(letter(page, address, "Set a new password").get_by_role("link"))
        check(page)
        choose(page, OTHER)
        follow(page.get_by_role("button", name="Set the password"))
        page.get_by_text("Your password is set").wait_for()
        sign_in(page, name, OTHER)
        page.wait_for_url(lambda url: "/signin" not in url)


def test_code_is_typed_where_the_mail_was_asked_for(chromium, open_server):
    address = "code@example.com"
    with (
        opened(chromium, open_server.url, java_script_enabled=False) as desk,
        opened(chromium, open_server.url) as phone,
    ):
        ask_without_script(desk, "/signup", address)
        link = letter(phone, address, "Finish your account").get_by_role("link")
        desk.goto(link.get_attribute("href"))
        desk.get_by_label("User name").fill("coder")
        choose(desk, PASSPHRASE)
        follow(desk.get_by_role("button", name="Create the account"))
        desk.context.clear_cookies()
        ask_without_script(desk, "/forgot", address)
        code = letter(phone, address, "Set a new password").locator("code").inner_text()
        desk.get_by_label("Code from the mail").fill("1234")
        follow(desk.get_by_role("button", name="Continue"))
        desk.get_by_text("This code is wrong, used or too old.").wait_for()
        desk.get_by_label("Code from the mail").fill(f"{code[:4]} {code[4:]}")
        follow(desk.get_by_role("button", name="Continue"))
        choose(desk, OTHER)
        follow(desk.get_by_role("button", name="Set the password"))
        desk.get_by_text("Your password is set").wait_for()
        sign_in(desk, "coder", OTHER)
        desk.wait_for_url(lambda url: "/signin" not in url)


def ask_without_script(page, path, address):
    page.goto(path)
    page.get_by_label("E-mail address").fill(address)
    follow(page.get_by_role("button", name="Send the mail"))
    page.get_by_role("heading", name="Look into your mail").wait_for()
