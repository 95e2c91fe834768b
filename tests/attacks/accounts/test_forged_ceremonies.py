"""Attack: a passkey ceremony that did not take place here, now, by the right person.

A phishing page relays it, a thief replays it, a neighbour answers with a passkey of their own, a
copy of a key is behind, a device knows nobody. Each is carried out against the sign-in page.

Source: Web Authentication Level 3 sections 7.2 and 13.4; security.md C6, C7, C10 and C11; OWASP
ASVS 5.0 V6.3.8.
"""

import json
import re

import pytest
from tests.accounts.authenticator import PRESENT, VERIFIED, Authenticator, new_key
from tests.pages.account.conftest import Browser
from tests.pages.account.test_factors import add_passkey, token
from tests.server.conftest import MovedClock, Started

from watchword.accounts.factors.passkeys import CHALLENGE_SECONDS
from watchword.base import base64url
from watchword.server.app import AuthServer
from watchword.server.settings import Settings

CHANGING = re.compile(r'name="form_token" value="[^"]+"')


@pytest.fixture
def clock():
    return MovedClock()


@pytest.fixture
def started(tmp_path, clock):
    auth = AuthServer(
        Settings(database=f"sqlite:///{tmp_path}/watchword.db", signing_alg="ES256"), clock=clock
    )
    running = Started(auth, clock)
    running.run(auth.startup())
    running.add_user("alice")
    running.add_user("mallory")
    yield running
    running.close()


@pytest.fixture
def device(started):
    """Alice's device, with a passkey that works."""
    made = Authenticator()
    assert add_passkey(Browser(started).sign_in(), made).status_code == 303
    return made


@pytest.fixture
def thief(started):
    return Browser(started)


def ask(browser):
    form_token = token(browser, "/signin")
    return form_token, browser.post("/signin/passkey", form_token=form_token).json()


def answer(browser, form_token, credential):
    return browser.post("/signin", form_token=form_token, passkey=json.dumps(credential))


def attack(browser, device):
    form_token, options = ask(browser)
    return answer(browser, form_token, device.get(options))


LIES = {
    "a phishing page relays it": {"origin": "https://localhost.evil.example"},
    "a page of another port relays it": {"origin": "http://localhost:8001"},
    "the address of numbers": {"origin": "http://127.0.0.1:8000"},
    "made for another party": {"party": "evil.example"},
    "inside a page of another origin": {"client_data": {"crossOrigin": True}},
    "a payment": {"client_data": {"type": "payment.get"}},
    "the challenge of another ceremony": {"client_data": {"challenge": "A" * 43}},
    "nobody was verified": {"flags": PRESENT},
    "nobody was present": {"flags": VERIFIED},
    "nobody is named": {"user_handle": None},
    "somebody else is named": {"user_handle": b"user_mallory"},
    "another key signs": {"key": None},
    "an id that nobody has": {"credential_id": b"\x01" * 32},
    "a copy that is behind": {"count": -1},
}


def told(device, lie):
    for name, value in lie.items():
        setattr(device, name, value)
    device.key = device.key or new_key(device.alg)
    return device


@pytest.mark.requirement("security:37:forged-ceremonies")
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_no_lie_opens_the_account(started, device, thief, lie):
    honest = device.clone()
    refused = attack(thief, told(device, lie))
    assert refused.status_code == 400
    assert thief.cookie() is None
    honest.count += 5
    assert attack(thief, honest).status_code == 303  # the account is as it was


@pytest.mark.requirement("security:27:passkey-refusals-equal")
def test_all_refusals_are_one_page(started, device, thief):
    """What is wrong is told to the log alone, so nobody learns which passkeys exist."""
    pages = set()
    for lie in LIES.values():
        refused = attack(thief, told(device.clone(), lie))
        pages.add((refused.status_code, CHANGING.sub("", refused.text)))
    assert len(pages) == 1


def test_a_recorded_answer_is_worth_nothing(device, thief, started):
    form_token, options = ask(thief)
    recorded = device.get(options)
    assert answer(thief, form_token, recorded).status_code == 303
    for browser in (thief, Browser(started)):
        assert answer(browser, token(browser, "/signin"), recorded).status_code == 400


def test_an_answer_given_to_another_browser_is_worth_nothing(device, thief, started):
    """A relayed ceremony: alice's browser asks, the thief's brings the answer."""
    _, options = ask(Browser(started))
    form_token, _ = ask(thief)
    assert answer(thief, form_token, device.get(options)).status_code == 400


def test_an_answer_that_waited_is_worth_nothing(device, thief, clock):
    form_token, options = ask(thief)
    credential = device.get(options)
    clock.seconds += CHALLENGE_SECONDS
    assert answer(thief, form_token, credential).status_code == 400


def test_a_neighbours_passkey_opens_the_neighbours_account_alone(started, device, thief):
    own = Authenticator(credential_id=b"\x09" * 32)
    mallory = Browser(started).sign_in("mallory")
    add_passkey(mallory, own)
    own.user_handle = device.user_handle
    assert attack(thief, own).status_code == 400
    form_token = token(mallory, "/account/confirm")
    options = mallory.post("/account/confirm/passkey", form_token=form_token).json()
    sent = mallory.post(
        "/account/confirm", form_token=form_token, passkey=json.dumps(device.get(options))
    )
    assert sent.status_code == 400


def test_a_neighbour_cannot_put_a_key_under_the_id_of_another(started, device, thief):
    """Web Authentication Level 3 section 7.1, step 26."""
    mallory = Browser(started).sign_in("mallory")
    squatter = Authenticator(credential_id=device.credential_id)
    assert add_passkey(mallory, squatter).status_code == 409
    squatter.user_handle = device.user_handle
    assert attack(thief, squatter).status_code == 400
    assert attack(thief, device).status_code == 303


def test_a_registration_cannot_be_carried_into_another_session(started, thief):
    """Attack: the victim is made to add the attacker's passkey, or the other way round."""
    alice, mallory = Browser(started).sign_in(), Browser(started).sign_in("mallory")
    asked = alice.post(
        "/account/passkeys/options", form_token=token(alice, "/account/passkeys")
    ).json()
    credential = json.dumps(Authenticator().create(asked))
    sent = mallory.post(
        "/account/passkeys",
        form_token=token(mallory, "/account/passkeys"),
        action="add",
        passkey=credential,
    )
    assert sent.status_code == 400
    assert base64url.encode(b"\x07" * 32) not in mallory.get("/account/passkeys").text
