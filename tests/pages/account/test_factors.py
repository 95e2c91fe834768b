"""The pages of second factors, without a browser: what is refused, and what is told."""

import json
import re

import pyotp
import pytest
from sqlalchemy import null, update
from tests.accounts.authenticator import Authenticator
from tests.pages.account.conftest import Browser, words
from tests.server.conftest import PASSWORD

from watchword.accounts.confirmation import ASK_SECONDS
from watchword.base import base64url
from watchword.base.secrets import Secret, digest
from watchword.server.cookies import cookie_rules
from watchword.stores.schema import users
from watchword.stores.statement import Statement, Step

PATHS = ("/account/passkeys", "/account/totp", "/account/recovery-codes")
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


def token(browser, path):
    return TOKEN.search(browser.get(path).text)[1]


def post(browser, path, **fields):
    return browser.post(path, form_token=token(browser, path), **fields)


def add_passkey(browser, device, name="Laptop", **fields):
    """Do what the script does: make a passkey and, where that is asked for, use it."""
    made = make_passkey(browser, device, name, **fields)
    led = made.headers.get("location", "")
    return use_passkey(browser, device, at=led) if led.startswith("/account/confirm?") else made


def make_passkey(browser, device, name="Laptop", **fields):
    form_token = token(browser, "/account/passkeys")
    options = browser.post("/account/passkeys/options", form_token=form_token).json()
    answer = json.dumps(device.create(options))
    sent = {"action": "add", "name": name, "passkey": answer, **fields}
    return browser.post("/account/passkeys", form_token=form_token, **sent)


def use_passkey(browser, device, at="/account/confirm"):
    form_token = token(browser, at)
    options = browser.post("/account/confirm/passkey", form_token=form_token).json()
    answer = json.dumps(device.get(options))
    return browser.send("/account/confirm", at=at, passkey=answer)


def add_app(browser, started, name="Phone", **fields):
    post(browser, "/account/totp", action="begin", name=name)
    uri = re.search(r'href="(otpauth:[^"]+)"', browser.get("/account/totp").text)[1]
    generator = pyotp.parse_uri(uri.replace("&amp;", "&"))
    code = generator.at(started.clock.now())
    return post(browser, "/account/totp", action="confirm", code=code, **fields)


def ids(browser, path):
    return re.findall(r'name="id" value="([^"]+)"', browser.get(path).text)[::2]


@pytest.fixture
def device():
    return Authenticator()


@pytest.mark.requirement("users:U48:recent-authentication")
@pytest.mark.parametrize("path", PATHS)
def test_factors_are_looked_after_right_after_a_proof_alone(started, alice, guest, path):
    """OWASP ASVS 5.0 V7.5.1; security.md rule 43."""
    assert alice.get(path).status_code == 200
    form_token = token(alice, path)
    started.clock.seconds += 2 * ASK_SECONDS
    asked = alice.get(path)
    assert (asked.status_code, asked.headers["location"]) == (
        303,
        f"/account/confirm?next={path}",
    )
    late = alice.post(path, form_token=form_token, action="begin")
    assert late.headers["location"] == f"/account/confirm?next={path}"
    assert guest.get(path).headers["location"] == f"/signin?next={path}"


def test_a_passkey_is_added_and_its_owner_told(started, alice, device):
    answer = add_passkey(alice, device, "Key ring")
    assert answer.headers["location"] == "/account/recovery-codes?notice=passkey-added"
    page = words(alice.get("/account/passkeys"))
    assert "Key ring" in page
    assert "Last used just now" in page
    assert "A passkey was added" in words(alice.get("/account/activity"))


@pytest.mark.requirement("security:43:other-sessions-offered")
def test_after_a_change_other_sessions_can_be_ended(alice, device):
    """security.md rule 43."""
    add_passkey(alice, device)
    for path in PATHS[:2]:
        assert 'href="/account/sessions"' in alice.get(path).text.partition('class="hint"')[2]


def test_an_answer_that_proves_nothing_is_refused_in_words(alice, device):
    device.origin = "https://evil.example"
    answer = add_passkey(alice, device)
    assert answer.status_code == 400
    assert "The passkey was not accepted" in words(answer)
    assert "No passkey yet" in words(alice.get("/account/passkeys"))


def test_a_passkey_that_is_known_is_taken_by_nobody_else(alice, bob, device):
    add_passkey(alice, device)
    answer = add_passkey(bob, device)
    assert answer.status_code == 409
    assert "is known here already" in words(answer)


@pytest.mark.requirement("users:U48:factors-of-others-are-absent")
@pytest.mark.parametrize("action", ["rename", "remove"])
def test_the_factors_of_another_person_are_not_found(started, alice, bob, device, action):
    """users.md U56: foreign and made up are one."""
    add_passkey(alice, device)
    add_app(alice, started)
    for path in PATHS[:2]:
        (factor_id,) = ids(alice, path)
        form_token = token(bob, path)
        foreign, absent = (
            bob.post(path, form_token=form_token, action=action, id=one, name="x")
            for one in (factor_id, base64url.encode(b"none"))
        )
        assert (foreign.status_code, foreign.text) == (404, absent.text)
        assert ids(alice, path) == [factor_id]


@pytest.mark.parametrize("path", PATHS[:2])
def test_what_no_button_says_is_not_found(alice, path):
    assert post(alice, path, action="?").status_code == 404
    assert post(alice, path, action="rename", id="=").status_code == 404


@pytest.mark.parametrize(("path", "action"), [(PATHS[0], "rename"), (PATHS[1], "rename")])
def test_a_name_that_is_too_long_is_refused_in_words(started, alice, device, path, action):
    add_passkey(alice, device)
    add_app(alice, started)
    (factor_id,) = ids(alice, path)
    answer = post(alice, path, action=action, id=factor_id, name="x" * 65)
    assert answer.status_code == 400
    assert "at most 64 characters" in words(answer)
    assert post(alice, path, action=action, id=factor_id, name="x" * 64).status_code == 303


def test_no_new_factor_has_a_name_that_is_too_long(alice, device):
    assert add_passkey(alice, device, "x" * 65).status_code == 400
    assert post(alice, "/account/totp", action="begin", name="x" * 65).status_code == 400


def test_an_enrolment_can_be_given_up_and_runs_out(started, alice):
    post(alice, "/account/totp", action="begin", name="Phone")
    assert "Add an app: Phone" in words(alice.get("/account/totp"))
    post(alice, "/account/totp", action="cancel")
    assert "No authenticator app yet" in words(alice.get("/account/totp"))
    post(alice, "/account/totp", action="begin")
    answer = post(alice, "/account/totp", action="confirm")
    assert "Enter the six digits" in words(answer)
    started.clock.seconds += 9 * 60
    form_token = token(alice, "/account/totp")
    started.clock.seconds += 2 * 60
    late = alice.post("/account/totp", form_token=form_token, action="confirm", code="123456")
    assert "time for the first code is over" in words(late)


def test_apps_and_passkeys_are_few(started, alice):
    for _ in range(5):
        add_app(alice, started)
    answer = post(alice, "/account/totp", action="begin")
    assert answer.status_code == 409
    assert "too many authenticator apps" in words(answer)


@pytest.mark.requirement("users:U48:codes-shown-once")
def test_codes_stand_in_one_answer_and_nowhere_else(started, alice):
    """security.md rules 37 and 48."""
    assert post(alice, "/account/recovery-codes").headers["location"] == PATHS[2]
    add_app(alice, started)
    answer = post(alice, "/account/recovery-codes")
    codes = re.findall(r"<code>([0-9a-z-]{19})</code>", answer.text)
    assert len(codes) == 10
    assert answer.headers["cache-control"] == "no-store"
    for path in (*PATHS, "/account", "/account/activity"):
        assert not any(code in alice.get(path).text for code in codes)
    assert "10 of 10 codes left" in words(alice.get("/account/recovery-codes"))
    again = post(alice, "/account/recovery-codes")
    assert not set(codes) & set(re.findall(r"<code>([0-9a-z-]{19})</code>", again.text))


def test_a_factor_after_the_codes_leads_back_to_its_page(started, alice, device):
    add_app(alice, started)
    post(alice, "/account/recovery-codes")
    assert add_passkey(alice, device).headers["location"].startswith("/account/passkeys?")


@pytest.mark.requirement("users:U48:only-way-in-stays")
def test_the_only_way_into_an_account_stays(started, alice, device):
    add_passkey(alice, device)
    user = started.run(started.runtime.store.find_user("alice"))
    forget_password(started, user.id)
    (passkey,) = ids(alice, "/account/passkeys")
    answer = post(alice, "/account/passkeys", action="remove", id=passkey)
    assert answer.headers["location"] == "/account/passkeys?notice=last-factor"
    assert "your account needs it" in words(alice.get(answer.headers["location"]))
    assert ids(alice, "/account/passkeys") == [passkey]


@pytest.mark.requirement("users:U48:short-password-keeps-its-factor")
def test_a_short_password_keeps_its_second_factor(started, alice, device):
    """security.md rule 30: eight characters beside a second factor, fifteen alone."""

    def choose(password):
        answer = post(alice, "/account/password", password=password, repeated=password)
        return answer.headers.get("location")

    changed = "/account/password?notice=password-changed"
    fair = f"{changed}-fair"  # just long enough beside a factor
    assert choose("vexing-ox-9") is None
    add_app(alice, started)
    assert choose("vexing-ox-9") == fair
    (app,) = ids(alice, "/account/totp")
    kept = post(alice, "/account/totp", action="remove", id=app)
    assert kept.headers["location"] == "/account/totp?notice=last-factor"
    assert choose("seven brown dogs walk alice") == changed
    gone = post(alice, "/account/totp", action="remove", id=app)
    assert gone.headers["location"] == "/account/totp?notice=totp-removed"


def forget_password(started, user_id):
    """Leave the account its passkeys alone, as an import may."""

    def verb():
        statement = update(users).where(users.c.id == user_id).values(password_hash=null())
        yield Step(Statement(statement), {})

    started.run(started.runtime.store._driver.write(verb))


def sign_in_by(device, browser, **changes):
    form_token = token(browser, "/signin")
    options = browser.post("/signin/passkey", form_token=form_token).json()
    answer = json.dumps(device.get(options))
    fields = {"form_token": form_token, "passkey": answer, **changes}
    return browser.post("/signin", **fields)


@pytest.mark.requirement("users:U48:signed-in-by-passkey")
def test_a_passkey_signs_in_with_a_session_of_two_factors(started, alice, guest, device):
    add_passkey(alice, device)
    answer = sign_in_by(device, guest)
    assert answer.status_code == 303
    cookie = guest.cookie()
    assert cookie
    assert "alice" in words(guest.get("/account"))


@pytest.mark.requirement("security:37:no-answer-twice")
def test_an_answer_signs_in_once_and_in_its_browser_alone(started, alice, guest, bob, device):
    """Attack: a recorded answer, and an answer carried to another browser."""
    add_passkey(alice, device)
    form_token = token(guest, "/signin")
    options = guest.post("/signin/passkey", form_token=form_token).json()
    answer = json.dumps(device.get(options))
    elsewhere = bob.post("/signin", form_token=token(bob, "/signin"), passkey=answer)
    assert elsewhere.status_code == 400
    assert "does not open an account" in words(elsewhere)
    assert guest.post("/signin", form_token=form_token, passkey=answer).status_code == 303
    again = guest.post("/signin", form_token=token(guest, "/signin"), passkey=answer)
    assert again.status_code == 400


def test_options_are_for_forms_of_this_browser(guest, bob):
    guest.get("/signin")
    foreign = guest.post("/signin/passkey", form_token=token(bob, "/signin"))
    assert foreign.status_code == 403
    assert guest.post("/signin/passkey", form_token="").status_code == 403


def test_a_suspended_person_is_not_let_in_by_a_passkey(started, alice, guest, device):
    """security.md C8."""
    add_passkey(alice, device)
    user = started.run(started.runtime.store.find_user("alice"))
    started.run(started.runtime.store.suspend_user(user.id, now=started.clock.now()))
    assert sign_in_by(device, guest).status_code == 400


def test_a_passkey_confirms_its_own_person_alone(started, alice, bob, device):
    add_passkey(alice, device)
    for browser, status in ((alice, 303), (bob, 400)):
        sent = use_passkey(browser, device)
        assert sent.status_code == status
    assert "not one of your account" in words(sent)


VAULT = "/vault?door=2"


def session_of(started, browser):
    cookie = digest(Secret(browser.cookie()))
    return started.run(started.runtime.store.find_session(cookie, now=started.clock.now()))


@pytest.mark.requirement("security:38:enrolling-renews-the-cookie")
def test_the_first_code_of_an_app_counts_as_shown(started, alice):
    """decisions/0123: no door asks at once for the code that was just used up."""
    before = alice.cookie()
    add_app(alice, started)
    session = session_of(started, alice)
    assert (session.acr, session.amr) == ("aal2", ("pwd", "otp", "mfa"))
    assert alice.cookie() != before
    name = cookie_rules(started.auth.issuer).session
    alice.http.cookies.set(name, before, domain="127.0.0.1")
    alice.http.cookies.delete(name)
    alice.http.cookies.set(name, before)
    assert alice.get("/account").status_code == 303


def test_making_a_passkey_counts_as_nothing_until_it_is_used(started, alice, device):
    """decisions/0123: no signature of its key is looked at when it is made."""
    made = make_passkey(alice, device)
    assert session_of(started, alice).acr == "aal1"
    led = made.headers["location"]
    assert led.startswith("/account/confirm?notice=passkey-first-use&next=/account/recovery-codes")
    assert "Use it once to see that it works" in words(alice.get(led))
    used = use_passkey(alice, device, at=led)
    assert used.headers["location"] == "/account/recovery-codes?notice=passkey-added"
    assert session_of(started, alice).acr == "aal2"
    other = Authenticator(credential_id=b"the other one" * 3)
    there = make_passkey(alice, other).headers["location"]
    assert there == "/account/recovery-codes?notice=passkey-added"


@pytest.mark.requirement("users:U48:way-on-after-a-factor")
@pytest.mark.parametrize("kind", ["app", "passkey"])
def test_a_factor_on_the_way_leads_on_to_where_the_person_was_going(started, alice, device, kind):
    """By way of the recovery codes that the account has none of."""

    def add():
        if kind == "app":
            return add_app(alice, started, next=VAULT)
        return add_passkey(alice, device, next=VAULT)

    led = add().headers["location"]
    assert led.startswith("/account/recovery-codes?notice=")
    page = alice.get(led)
    assert f'href="{VAULT}">Go on without them' in page.text
    sheet = alice.send("/account/recovery-codes", at=led)
    assert f'href="{VAULT}">I have kept them' in sheet.text
    device = Authenticator(credential_id=b"the other one" * 3)
    assert add().headers["location"] == VAULT


def test_where_the_person_was_going_is_kept_by_every_form_on_the_way(started, alice):
    there = "/account/totp?next=/vault%3Fdoor%3D2"
    for action in ("begin", "cancel"):
        answer = post(alice, "/account/totp", action=action, name="Phone", next=VAULT)
        assert answer.headers["location"] == there
    stale = alice.post("/account/totp", form_token="?", next=VAULT)
    assert stale.headers["location"] == ("/account/totp?notice=stale-form&next=/vault%3Fdoor%3D2")
    started.clock.seconds += 2 * ASK_SECONDS
    asked = alice.get(there)
    assert asked.headers["location"] == (
        "/account/confirm?next=/account/totp%3Fnext%3D/vault%253Fdoor%253D2"
    )
    back = alice.send("/account/confirm", at=asked.headers["location"], password=PASSWORD)
    assert back.headers["location"] == there
    foreign = post(alice, "/account/totp", action="cancel", next="https://evil.example/")
    assert foreign.headers["location"] == "/account/totp"


@pytest.mark.requirement("security:43:factor-before-factors")
@pytest.mark.parametrize("path", PATHS)
def test_a_session_from_before_a_factor_adds_none_without_showing_it(started, alice, path):
    """NIST SP 800-63B-4 section 4.1.2. Attack: a stolen session binds a factor of its own."""
    old = Browser(started).sign_in()
    form_token = token(old, path)
    add_app(alice, started)
    for answer in (
        old.get(path),
        old.post(path, form_token=form_token, action="begin"),
    ):
        assert answer.headers["location"] == f"/account/confirm?next={path}&acr=aal2"
    assert 'name="password"' not in old.get(answer.headers["location"]).text


def test_a_session_that_ends_while_a_factor_is_added_leads_to_the_sign_in(
    started, alice, monkeypatch
):
    async def ended(*_):
        return None

    monkeypatch.setattr(type(started.runtime.store), "raise_session", ended)
    assert add_app(alice, started).headers["location"] == "/signin"
