"""What a person passes on the way to a client: each page leads on, and knows where to.

Source: oauth.md A-5 and A-7; users.md U31, U35 and U36; OpenID Connect Core section 3.1.2.1.
"""

import html
import re
from contextlib import closing

import pyotp
import pytest
from tests.flows.authorization import (
    NATIVE,
    OWN,
    Browser,
    Pkce,
    answered,
    request_of,
)
from tests.flows.conftest import PASSWORDS

from watchword.accounts.links import LinkPurpose, NewLink
from watchword.base.secrets import Secret, digest

LINK = "l" * 43


@pytest.fixture
def pkce():
    return Pkce()


def test_another_account_is_signed_in_to_on_the_way(alice, pkce):
    page = alice.authorize(request_of(NATIVE, pkce))
    page = alice.decide(page, "switch")
    assert "to continue to Native" in page.text
    page = alice.sign_in(page, "bob", PASSWORDS["bob"])
    assert "<strong>bob</strong>" in page.text


def test_account_is_chosen(op, alice, pkce):
    """OpenID Connect Core section 3.1.2.1 (select_account)."""
    asked = request_of(OWN, pkce, prompt="select_account")
    page = alice.authorize(asked)
    assert "Continue as alice" in page.text
    assert "code" in answered(alice.decide(page, "allow"))
    page = alice.sign_in(alice.decide(alice.authorize(asked), "switch"), "bob", PASSWORDS["bob"])
    assert "code" in answered(page)


@pytest.mark.requirement("oauth:A-7:form-action")
@pytest.mark.parametrize("path", ["/signin", "/signup", "/account/confirm"])
def test_every_page_on_the_way_may_end_at_the_client(op, browser, alice, pkce, path):
    """oauth.md A-7; users.md U31: Chromium applies form-action to the redirect after the POST."""
    begun = alice.http.get("/authorize", params=request_of(NATIVE, pkce)).headers["location"]
    page = alice.http.get(path, params={"next": begun})
    assert "form-action 'self' http://127.0.0.1;" in page.headers["content-security-policy"]
    apart = alice.http.get(path, params={"next": "/interaction/interaction_" + "x" * 22})
    assert "form-action 'self';" in apart.headers["content-security-policy"]


def test_pages_speak_the_language_that_is_asked_for(browser, alice, pkce):
    """OpenID Connect Core section 3.1.2.1 (ui_locales)."""
    assert '<html lang="de"' in alice.authorize(request_of(NATIVE, pkce, ui_locales="de")).text
    long = alice.authorize(request_of(NATIVE, pkce, ui_locales="de " * 40))
    assert '<html lang="en"' in long.text


def test_hint_of_a_name_is_filled_in(browser, pkce):
    page = browser.authorize(request_of(OWN, pkce, login_hint="alice"))
    assert 'value="alice"' in page.text


def test_level_that_the_account_cannot_reach_is_offered_where_it_is_insisted_on(alice, pkce):
    """RFC 9470 section 4: the client has met a resource that takes nothing less."""
    asked = request_of(OWN, pkce, acr_values="aal2")
    assert "Add a second factor" in alice.authorize(asked).text
    said = answered(alice.authorize({**asked, "prompt": "none"}))
    assert said["error"] == "interaction_required"
    assert "code" in answered(alice.authorize({**asked, "scope": "openid"}))


def test_account_is_made_on_the_way(op, browser, pkce):
    """Initiating User Registration via OpenID Connect 1.0 (prompt=create)."""
    page = browser.authorize(request_of(OWN, pkce, prompt="create"))
    assert page.url.path == "/signup"
    browser.send(page, "/signup", email="carol@example.com")
    letters = browser.http.get("/mailbox").text
    link = re.search(r'href="[^"]*(/signup\?link=[^"]+)"', letters)[1]
    form = browser.http.get(link)
    assert "form-action 'self' https://app.example;" in form.headers["content-security-policy"]
    passphrase = "carol walks seven brown dogs"
    wrong = browser.send(form, "/signup", username="carol", password=passphrase)
    assert wrong.status_code == 400
    done = browser.send(
        wrong, "/signup", username="carol", password=passphrase, repeated=passphrase
    )
    assert "code" in answered(done)
    assert "code" in answered(browser.authorize(request_of(OWN, pkce)))


def test_person_with_an_account_is_asked_to_make_another_one(alice, pkce):
    page = alice.authorize(request_of(OWN, pkce, prompt="create"))
    assert page.url.path == "/signup"
    said = answered(alice.authorize(request_of(OWN, pkce, prompt="none")))
    assert "code" in said


def test_password_is_set_anew_on_the_way(op, browser, pkce):
    """The way back outlives the wait for a mail (users.md U35: nothing asked twice)."""
    page = browser.authorize(request_of(OWN, pkce))
    way = re.search(r'href="(/forgot\?next=[^"]+)"', page.text)[1]
    assert browser.http.get(html.unescape(way)).status_code == 200
    secret = digest(Secret(LINK))
    now = op.clock.now()
    root = op.users["root"].id
    op.store("add_link", NewLink(secret, LinkPurpose.SET_PASSWORD, root, now, now + 60))
    form = browser.http.get(f"/setup?link={LINK}")
    passphrase = "root walks eight brown dogs"
    page = browser.send(form, "/setup", password=passphrase, repeated=passphrase)
    assert "to continue to Own" in page.text
    assert "code" in answered(browser.sign_in(page, "root", passphrase))


def test_second_factor_is_asked_for_on_the_way(running, pkce):
    """OpenID Connect Core section 3.1.2.1 (acr_values); RFC 9470 section 4."""
    running.store("register_client", OWN)
    with closing(Browser(running.url)) as before, closing(Browser(running.url)) as browser:
        for one in (before, browser):
            one.sign_in(one.http.get("/signin"), "bob", PASSWORDS["bob"])
        page = browser.http.get("/account/totp")
        page = browser.send(page, "/account/totp", action="begin", name="Phone")
        uri = re.search(r'href="(otpauth:[^"]+)"', page.text)[1]
        phone = pyotp.parse_uri(html.unescape(uri))

        def code():
            running.clock.forward(31)
            return phone.at(running.clock.now())

        browser.send(page, "/account/totp", action="confirm", code=code())
        browser.http.cookies.clear()
        page = browser.authorize(request_of(OWN, pkce))
        page = browser.sign_in(page, "bob", PASSWORDS["bob"])
        assert page.url.path == "/signin/factor"
        policy = page.headers["content-security-policy"]
        assert "form-action 'self' https://app.example;" in policy
        wrong = browser.send(page, "/signin/factor", code="000000")
        assert wrong.status_code == 400
        assert "https://app.example" in wrong.headers["content-security-policy"]
        assert "code" in answered(browser.send(wrong, "/signin/factor", code=code()))
        silent = request_of(OWN, pkce, acr_values="aal2", prompt="none")
        assert "code" in answered(browser.authorize(silent))
        assert answered(before.authorize(silent))["error"] == "interaction_required"
        page = before.authorize(request_of(OWN, pkce, acr_values="aal2"))
        assert "Own asks you to prove it once more." in page.text
        assert "code" in answered(before.send(page, "/confirm", code=code()))
