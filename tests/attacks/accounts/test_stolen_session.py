"""A stolen session and the password change nothing of an account that has a second factor.

The pages come from the route table. A page of the account whose form nothing here fills in fails
the test, so another one cannot be forgotten.

Source: security.md rules 43 and 44; users.md U39 and U48; OWASP ASVS 5.0 V7.5.1; decisions/0294.
"""

import re

import pyotp
import pytest
from tests.accounts.authenticator import Authenticator
from tests.pages.account.conftest import Browser, people_in, words
from tests.pages.account.test_emails import act, confirm
from tests.pages.account.test_factors import add_passkey, forget_password, ids, post, use_passkey
from tests.server.conftest import PASSWORD, RESOURCE, MovedClock, Started

from watchword.accounts.confirmation import ACT_SECONDS
from watchword.server.app import AuthServer
from watchword.server.pages.account.step_up import ASKED, Asked
from watchword.server.routes import ROUTES
from watchword.server.settings import Settings

OTHER = "nine violet kites over the pond"
FORMS = {
    "/account/delete": [{"name": "alice"}],
    "/account/emails": [
        {"action": "claim", "email": "thief@example.com"},
        {"action": "prefer", "email": "second@example.com"},
        {"action": "remove", "email": "second@example.com"},
    ],
    "/account/export": [{}],
    "/account/name": [{"username": "mallory"}],
    "/account/passkeys": [{"action": "add"}, {"action": "rename", "name": "Mine"}],
    "/account/passkeys/options": [{}],
    "/account/password": [{"password": OTHER, "repeated": OTHER, "end_others": "on"}],
    "/account/recovery-codes": [{}],
    "/account/totp": [{"action": "begin"}, {"action": "remove"}, {"action": "rename", "name": "x"}],
}
RISKY = sorted(path for path, asked in ASKED.items() if asked is Asked.PROOF)


class Owner:
    """Alice: a password, an authenticator app, recovery codes, two addresses, and a session."""

    def __init__(self, started):
        self.started, self.store = started, started.runtime.store
        self.browser = Browser(started).sign_in()
        for address in ("first@example.com", "second@example.com"):
            act(self.browser, "claim", address)
            started.clock.seconds += 1
            confirm(started, self.browser, address)
        post(self.browser, "/account/totp", action="begin", name="Phone")
        page = self.browser.get("/account/totp").text
        uri = re.search(r'href="(otpauth:[^"]+)"', page)[1].replace("&amp;", "&")
        self.app = pyotp.parse_uri(uri)
        post(self.browser, "/account/totp", action="confirm", code=self.code())
        sheet = post(self.browser, "/account/recovery-codes").text
        self.codes = re.findall(r"<code>([0-9a-z-]{19})</code>", sheet)
        self.user_id = started.run(self.store.find_user("alice")).id

    def code(self):
        return self.app.at(self.started.clock.now())

    def token(self):
        """A form of a page that asks for nothing, as a thief would take it."""
        page = self.browser.get("/account/profile").text
        return re.search(r'name="form_token" value="([^"]+)"', page)[1]

    def state(self):
        """All that is stored about the account, but for sessions and what is written down."""
        held = self.started.run(self.store.read_holdings(self.user_id))
        credential = self.started.run(self.store.find_credential("alice"))
        kept = [one for one in held if one.section not in {"sessions", "events"}]
        return kept, credential.password_hash if credential else None

    def confirm(self, **shown):
        return self.browser.send("/account/confirm", at="/account/confirm?acr=aal2", **shown)


@pytest.fixture
def owner(tmp_path):
    clock = MovedClock()
    database = f"sqlite:///{tmp_path}/watchword.db"
    auth = AuthServer(Settings(database=database, signing_alg="ES256"), clock=clock)
    auth.resource(RESOURCE, scopes={"notes:read": "Read"})
    with people_in(Started(auth, clock)) as running:
        yield Owner(running)


def is_asked(answer, path):
    there = f"/account/confirm?next={path}&acr=aal2"
    return (answer.status_code, answer.headers.get("location")) == (303, there)


@pytest.mark.requirement("security:43:factor-for-every-change")
def test_stolen_session_and_the_password_change_nothing(owner):
    """Attack: the cookie of a browser that is left open, and a password that was looked at."""
    owner.started.clock.seconds += ACT_SECONDS
    before = owner.state()
    thief = owner.browser
    thief.send("/account/confirm", password=PASSWORD)  # as it is asked for at other occasions
    token = owner.token()
    for path, forms in FORMS.items():
        if path != "/account/passkeys/options":
            assert is_asked(thief.get(path), path), path
        for form in forms:
            assert is_asked(thief.post(path, form_token=token, **form), path), (path, form)
    assert owner.state() == before


@pytest.mark.requirement("security:43:factor-for-every-change")
def test_the_same_forms_are_taken_from_whoever_shows_the_factor(owner):
    """Or the test above would prove nothing."""
    owner.started.clock.seconds += ACT_SECONDS
    assert owner.confirm(code=owner.code()).status_code == 303
    last = {"/account/password": 1, "/account/delete": 2}  # they end what the others need
    for path in sorted(FORMS, key=lambda path: last.get(path, 0)):
        for form in FORMS[path]:
            answer = owner.browser.post(path, form_token=owner.token(), **form)
            assert "/account/confirm" not in answer.headers.get("location", ""), (path, form)
            assert answer.status_code != 403, (path, form)
    assert owner.started.run(owner.store.find_user("alice")) is None


@pytest.mark.requirement("security:43:factor-for-every-change")
@pytest.mark.parametrize("path", ["/account/delete", "/account/totp"])
def test_password_where_the_factor_is_asked_for_proves_nothing(owner, path):
    """Attack: the form is sent with a password that the page does not ask for."""
    owner.started.clock.seconds += ACT_SECONDS
    sent = owner.confirm(password=PASSWORD, next=path)
    assert sent.headers["location"] == path  # it was right; it is what the page asks for that lacks
    assert is_asked(owner.browser.get(path), path)


@pytest.mark.requirement("security:43:factor-for-every-change")
def test_recovery_code_stands_in_for_a_lost_factor(owner):
    owner.started.clock.seconds += ACT_SECONDS
    asked = owner.browser.get("/account/delete").headers["location"]
    first = owner.browser.get(asked)
    assert 'name="password"' not in first.text
    offered = re.search(r'href="([^"]+way=recovery_code)"', first.text)[1].replace("&amp;", "&")
    shown = owner.browser.get(offered)
    assert "Recovery code" in words(shown)
    assert "Use a code from your authenticator app instead" in words(shown)
    wrong = owner.browser.send("/account/confirm", at=offered, code="0000-0000-0000-0000")
    assert wrong.status_code == 400
    assert "not one of your unused recovery codes" in words(wrong)
    spent = owner.codes[0]
    sent = owner.browser.send("/account/confirm", at=offered, code=spent)
    assert sent.headers["location"] == "/account/delete"
    assert owner.browser.get("/account/delete").status_code == 200
    again = owner.browser.send("/account/confirm", at=offered, code=spent)
    assert again.status_code == 400
    # A code of the sheet in the field of the app, and the other way round, is none.
    assert owner.confirm(code=owner.codes[1]).status_code == 400
    assert owner.confirm(code=owner.code(), way="recovery_code").status_code == 400
    (app,) = ids(owner.browser, "/account/totp")
    gone = post(owner.browser, "/account/totp", action="remove", id=app)
    assert gone.headers["location"] == "/account/totp?notice=totp-removed"


@pytest.mark.requirement("security:43:factor-for-every-change")
def test_account_with_a_passkey_and_no_password_does_all_of_it(owner):
    device = Authenticator()
    add_passkey(owner.browser, device)
    forget_password(owner.started, owner.user_id)
    (app,) = ids(owner.browser, "/account/totp")
    post(owner.browser, "/account/totp", action="remove", id=app)
    for path in RISKY:
        owner.started.clock.seconds += ACT_SECONDS
        for form in FORMS[path][:1]:
            assert is_asked(owner.browser.post(path, form_token=owner.token(), **form), path)
            page = owner.browser.get(f"/account/confirm?next={path}&acr=aal2").text
            assert 'name="password"' not in page
            used = use_passkey(owner.browser, device, at=f"/account/confirm?next={path}&acr=aal2")
            assert used.headers["location"] == path
            if path != "/account/passkeys/options":
                assert owner.browser.get(path).status_code == 200, path


@pytest.mark.requirement("security:43:factor-for-every-change")
def test_every_page_of_the_account_is_in_the_table_and_every_risky_form_is_tried_here():
    served = {route.path for route in ROUTES if route.path.startswith("/account")}
    assert served == set(ASKED)
    assert set(FORMS) == set(RISKY)
