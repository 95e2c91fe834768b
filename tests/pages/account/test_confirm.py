"""Whatever could hurt asks first who it is: security.md rules 38 and 43; OWASP ASVS 5.0 V7.5.1."""

import pytest
from tests.pages.account.conftest import Browser, words
from tests.pages.account.test_factors import add_app
from tests.server.conftest import PASSWORD

from watchword.accounts.confirmation import ACT_SECONDS, ASK_SECONDS
from watchword.accounts.events import EventKind
from watchword.server.cookies import cookie_rules

WRONG = {"username": "alice", "password": "alice walks no dogs at all"}
RISKY = ("/account/password", "/account/export", "/account/delete")


@pytest.mark.parametrize("path", RISKY)
@pytest.mark.requirement("security:43:recent-proof")
def test_a_page_that_could_hurt_asks_for_a_proof_of_the_last_minutes(started, alice, path):
    assert alice.get(path).status_code == 200
    started.clock.seconds += ASK_SECONDS
    asked = alice.get(path)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/account/confirm?next={path}")
    back = alice.send("/account/confirm", at=asked.headers["location"], password=PASSWORD)
    assert (back.status_code, back.headers["location"]) == (303, path)
    assert alice.get(path).status_code == 200


@pytest.mark.parametrize("path", RISKY)
@pytest.mark.requirement("security:43:recent-proof")
def test_a_form_that_waited_too_long_does_nothing(started, alice, path):
    token = alice.get(path).text.partition('name="form_token" value="')[2][:43]
    started.clock.seconds += ACT_SECONDS
    answer = alice.post(path, form_token=token, name="alice", password="x", repeated="x")
    assert answer.headers["location"] == f"/account/confirm?next={path}"
    assert started.run(started.runtime.store.find_user("alice")) is not None


def test_a_form_is_taken_a_little_longer_than_its_page_is_shown(started, alice):
    token = alice.get("/account/delete").text.partition('name="form_token" value="')[2][:43]
    started.clock.seconds += ACT_SECONDS - 1
    assert alice.post("/account/delete", form_token=token, name="bob").status_code == 400


@pytest.mark.requirement("security:43:confirming-renews-the-cookie")
def test_confirming_gives_the_session_another_cookie_and_writes_it_down(started, alice):
    before = alice.cookie()
    alice.send("/account/confirm", password=PASSWORD)
    after = alice.cookie()
    assert before != after
    name = cookie_rules(started.auth.issuer).session
    alice.http.cookies.set(name, before, domain="127.0.0.1")
    alice.http.cookies.delete(name)
    alice.http.cookies.set(name, before)
    assert alice.get("/account").status_code == 303
    user = started.run(started.runtime.store.find_user("alice"))
    events = started.run(started.runtime.store.list_events(user.id))
    assert EventKind.STEPPED_UP in {one.event.kind for one in events}


def test_a_wrong_password_confirms_nothing(started, alice):
    started.clock.seconds += ASK_SECONDS
    answer = alice.send("/account/confirm", password="alice walks six brown dogs")
    assert answer.status_code == 400
    assert "This is not the password of your account." in words(answer)
    assert alice.send("/account/confirm").status_code == 400
    assert alice.get("/account/delete").status_code == 303


@pytest.mark.requirement("security:35:confirm-is-throttled")
def test_guessing_at_the_confirmation_is_slowed_down(alice):
    """security.md rule 35: the throttle stands inside the comparison, so also at this door."""
    page = alice.get("/account/confirm").text
    token = page.partition('name="form_token" value="')[2][:43]
    for guess in range(40):
        answer = alice.post("/account/confirm", form_token=token, password=f"wrong {guess}")
        if answer.status_code == 429:
            break
        assert answer.status_code == 400
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "Too many attempts did not match." in words(answer)


def test_confirming_leads_only_to_this_server(alice):
    """RFC 9700 section 4.11."""
    answer = alice.send("/account/confirm", next="//evil.example/", password=PASSWORD)
    assert answer.headers["location"] == "/account"


@pytest.mark.requirement("security:44:level-from-events")
def test_no_field_of_a_request_makes_a_proof_recent(started, alice):
    """security.md rule 44: the level is computed from recorded events."""
    started.clock.seconds += ASK_SECONDS
    token = alice.get("/account/confirm").text.partition('name="form_token" value="')[2][:43]
    for fields in ({"auth_time": str(started.clock.now())}, {"acr": "aal2"}, {"amr": "pwd"}):
        alice.post("/account/confirm", form_token=token, **fields)
        assert alice.get("/account/delete", params=fields).status_code == 303


@pytest.mark.requirement("security:35:known-device-confirms")
def test_strangers_who_guess_do_not_keep_the_owner_from_confirming(started, alice):
    """The browser is known: it signed in before, and has a count of its own."""
    guesses = [started.post("/login", json=WRONG).status_code for _ in range(12)]
    assert guesses[-1] == 429
    confirmed = alice.send("/account/confirm", password=PASSWORD)
    assert confirmed.status_code == 303, words(confirmed)


@pytest.mark.requirement("security:35:confirmed-lane-is-emptied")
def test_confirming_forgets_the_failures_before_it(started, alice):
    """NIST SP 800-63B-4 section 3.2.2: failures are counted while they are consecutive."""
    for _ in range(3):
        for _ in range(9):
            assert alice.send("/account/confirm", password="wrong").status_code == 400
        assert alice.send("/account/confirm", password=PASSWORD).status_code == 303


@pytest.mark.requirement("security:35:confirmed-lane-is-emptied")
def test_right_password_buys_no_guesses_of_codes(started, alice):
    """decisions/0111: beside a second factor only a complete sign-in empties the lane."""
    add_app(alice, started)
    for _ in range(9):
        assert alice.send("/account/confirm", code="000000").status_code == 400
    assert alice.send("/account/confirm", password=PASSWORD).status_code == 303
    codes = [alice.send("/account/confirm", code="000000").status_code for _ in range(2)]
    assert codes == [400, 429]


STRONGER = "/account/confirm?next=%2Fvault&acr=aal2"


def test_whoever_has_no_second_factor_is_led_to_where_one_is_added(alice):
    """The password, which cannot make two factors, is not asked for again and again."""
    page = alice.get(STRONGER)
    assert "Add a second factor" in words(page)
    assert 'href="/account/passkeys?next=/vault"' in page.text
    assert 'href="/account/totp?next=/vault"' in page.text
    assert 'name="password"' not in page.text


def test_whoever_signed_in_by_password_is_asked_for_the_other_factor(started, alice):
    add_app(Browser(started).sign_in(), started)
    page = alice.get(STRONGER)
    assert 'name="code"' in page.text
    assert 'name="password"' not in page.text
    wrong = alice.send("/account/confirm", at=STRONGER, code="000000")
    assert wrong.status_code == 400
    assert 'name="password"' not in wrong.text
    assert "This code is wrong" in words(wrong)


@pytest.mark.parametrize("acr", ["", "aal1", "aal9", "<b>"])
def test_a_level_that_is_reached_or_unknown_leaves_the_choice(started, alice, acr):
    add_app(alice, started)
    page = alice.get("/account/confirm", params={"acr": acr})
    assert 'name="code"' in page.text
    assert 'name="password"' in page.text
    assert "<b>" not in page.text
