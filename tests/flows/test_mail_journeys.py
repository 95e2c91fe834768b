"""Accounts by mail, through HTTP and the mailbox: sign-up, recovery, verification.

Source: users.md U8, U36 and U47; security.md rules 29, 37, 43 and 46.
"""

import hashlib
import re
from dataclasses import replace

import pyotp
import pytest
from tests.flows.mail_browser import Browser
from tests.server.conftest import PASSWORD, MovedClock, Started

from watchword.accounts.events import EventKind
from watchword.accounts.factors.together import Changer
from watchword.accounts.factors.totp import (
    TOTPContext,
    begin_enrolment,
    confirm_enrolment,
    open_enrolment,
)
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.verification import claim_address
from watchword.accounts.passwords.hashing import PARAMETERS
from watchword.accounts.throttle import FLOW, KNOWN_DEVICE
from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.server.app import AuthServer
from watchword.server.pages.mail_desk import verification_context
from watchword.server.settings import Settings

ALICE = "Alice@example.com"
NEW_PASSWORD = "nine violet kites over the pond"


@pytest.fixture
def site(tmp_path):
    clock = MovedClock()
    auth = AuthServer(
        Settings(database=f"sqlite:///{tmp_path / 'store.db'}", register=True), clock=clock
    )
    started = Started(auth, clock)
    started.run(auth.startup())
    yield started
    started.close()


@pytest.fixture
def browser(site):
    return Browser(site)


@pytest.fixture
def member(site, browser):
    """Alice, who has signed up."""
    browser.send("/signup", {"email": ALICE})
    browser.send(browser.link(), {"link": secret_of(browser.link()), **account("alice", PASSWORD)})
    site.clock.seconds += 3_600  # her first mail is past
    return site.run(site.runtime.store.find_user("alice"))


def secret_of(link: str) -> str:
    return link.partition("link=")[2]


def account(name: str, password: str) -> dict:
    return {"username": name, "password": password, "repeated": password}


def choose(browser: Browser, link: str, password: str = NEW_PASSWORD):
    values = {"link": secret_of(link), "password": password, "repeated": password}
    return browser.send(link, values)


@pytest.mark.requirement("users:U8:sign-up")
def test_person_signs_up_and_is_signed_in(site, browser):
    answer = browser.send("/signup", {"email": ALICE})
    assert answer.status_code == 200
    assert "A mail is on its way to <strong>Alice@example.com</strong>" in answer.text
    link = browser.link()
    assert "Alice@example.com" in browser.get(link).text
    done = browser.send(link, {"link": secret_of(link), **account("Alice", PASSWORD)})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert "alice" in browser.get("/").text
    assert site.log_in("alice").status_code == 200
    assert site.log_in("alice@example.com").status_code == 200


@pytest.mark.requirement("security:46:sign-up-once")
def test_sign_up_link_makes_one_account(browser, member):
    link = "/signup?link=" + "x" * 43
    assert browser.get(link).status_code == 410
    browser.send("/signup", {"email": "bob@example.com"})
    link = browser.link()
    for name, status in (("bob", 303), ("rob", 410)):
        values = {"link": secret_of(link), **account(name, PASSWORD)}
        other = Browser(browser.site)
        page = other.send(link, values) if name == "bob" else other.send("/signup", values)
        assert page.status_code == status


def test_owner_who_signs_up_again_is_told_of_the_account(browser, member):
    browser.send("/signup", {"email": "alice@EXAMPLE.com"})
    (mail,) = browser.mails()
    assert "You already have an account" in mail
    assert "alice" in mail
    assert "link=" not in mail


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (account("alice", NEW_PASSWORD), "Somebody has this name"),
        (account("ALICE", NEW_PASSWORD), "Somebody has this name"),
        (account("bob@example.com", NEW_PASSWORD), "holds no @"),
        (account("a b", NEW_PASSWORD), "without spaces"),
        (account("bob", "short"), "at least"),
        ({**account("bob", NEW_PASSWORD), "repeated": "other"}, "not the same"),
        ({"password": NEW_PASSWORD, "repeated": NEW_PASSWORD}, "Choose a user name"),
    ],
)
def test_what_is_wrong_is_said_and_the_link_stays(browser, member, values, text):
    browser.send("/signup", {"email": "bob@example.com"})
    link = browser.link()
    refused = browser.send(link, {"link": secret_of(link), **values})
    assert refused.status_code == 400
    assert text in refused.text
    done = browser.send(link, {"link": secret_of(link), **account("bob", NEW_PASSWORD)})
    assert done.status_code == 303


@pytest.mark.requirement("users:U8:sign-up")
def test_sign_up_is_closed_unless_it_is_opened(tmp_path):
    auth = AuthServer(Settings(database=f"sqlite:///{tmp_path / 'store.db'}"))
    closed = Started(auth, MovedClock())
    closed.run(auth.startup())
    assert closed.get("/signup").status_code == 404
    assert closed.post("/signup", data={"email": ALICE}).status_code == 404
    closed.close()


@pytest.mark.requirement("security:46:reset")
def test_forgotten_password_is_set_through_the_link(site, browser, member):
    before = site.log_in("alice").json()
    answer = browser.send("/forgot", {"email": "alice@example.com"})
    assert "Look into your mail" in answer.text
    link = browser.link()
    for _ in range(3):  # a scanner of mails opens what it finds
        assert browser.get(link).status_code == 200
    done = choose(browser, link)
    assert done.headers["location"] == "/signin?notice=password-set"
    assert site.log_in("alice").status_code == 401
    assert site.post("/refresh", json={"refresh_token": before["refresh_token"]}).status_code == 400
    assert choose(browser, link).status_code == 410
    assert any("Your password was changed" in mail for mail in browser.mails())


@pytest.mark.requirement("security:46:no-sign-in-by-mail")
def test_reset_signs_nobody_in(browser, member):
    """So that a second factor is asked for as ever."""
    stranger = Browser(browser.site)
    stranger.send("/forgot", {"email": ALICE})
    choose(stranger, stranger.link())
    assert stranger.get("/account").headers["location"].startswith("/signin")
    assert not [name for name in stranger.http.cookies if "session" in name]


@pytest.mark.requirement("security:37:mail-code")
def test_code_sets_the_password_where_it_was_asked_for(site, browser, member):
    browser.send("/forgot", {"email": ALICE})
    code = f" {browser.code()[:4]}-{browser.code()[4:]} "
    site.clock.seconds += 5
    taken = browser.send("/forgot", {"email": ALICE})  # another mail: the first code is dead
    assert taken.status_code == 200
    values = {"email": ALICE, "code": code}
    token = {"form_token": re.search(r'name="form_token" value="([^"]+)"', taken.text)[1]}
    dead = site.run(browser.http.post("/reset", data={**values, **token}))
    assert "wrong, used or too old" in dead.text
    values = {"email": ALICE, "code": browser.code()}
    link = site.run(browser.http.post("/reset", data={**values, **token})).headers["location"]
    assert choose(browser, link).status_code == 303
    again = site.run(browser.http.post("/reset", data={**values, **token}))
    assert again.status_code == 400


@pytest.mark.requirement("security:43:address")
def test_address_is_confirmed_with_a_button(site, browser, member):
    context = verification_context(site.runtime)
    site.run(claim_address(member, EmailAddress("second@example.com"), context))
    link = browser.link()
    for _ in range(3):
        assert "second@example.com" in browser.get(link).text
    owned = site.run(site.runtime.store.list_emails(member.id))
    assert [one.verified_at is not None for one in owned] == [True, False]
    done = browser.send(link, {"link": secret_of(link)})
    assert done.headers["location"] == "/?notice=address-confirmed"
    owned = site.run(site.runtime.store.list_emails(member.id))
    assert [(one.is_primary, one.verified_at is not None) for one in owned] == [
        (True, True),
        (False, True),
    ]
    assert any("were changed: second@example.com" in mail for mail in browser.mails())
    assert browser.get(link).status_code == 410


def told(browser: Browser) -> int:
    return sum("from a device that was not seen before" in mail for mail in browser.mails())


@pytest.mark.requirement("security:43:unknown-device-told")
def test_person_is_told_of_a_browser_that_was_not_known(site, member):
    thief = Browser(site)
    for expected in (1, 1):  # the second time the browser is known
        thief.send("/signin", {"username": "alice", "password": "not her passphrase"})
        signed_in = thief.send("/signin", {"username": "alice", "password": PASSWORD})
        assert signed_in.status_code == 303
        assert told(thief) == expected
        site.clock.seconds += 60
        thief.send("/signout", {})
    Browser(site).send("/signin", {"username": "alice", "password": PASSWORD})
    assert told(thief) == 2
    events = [one.event for one in site.run(site.runtime.store.list_events(member.id))]
    assert sum(event.kind is EventKind.DEVICE_SEEN for event in events) == 2


@pytest.mark.requirement("security:43:unknown-device-told")
def test_browser_of_the_sign_up_is_a_known_one(site, browser, member):
    assert browser.send("/signin", {"username": "alice", "password": PASSWORD}).status_code == 303
    assert told(browser) == 0
    events = [one.event.kind for one in site.run(site.runtime.store.list_events(member.id))]
    assert events.count(EventKind.SIGNED_IN) == 2
    assert EventKind.DEVICE_SEEN not in events


@pytest.mark.requirement("security:43:unknown-device-told")
@pytest.mark.parametrize("asked", [True, False], ids=["with a secret", "without one"])
def test_nobody_is_told_of_the_first_sign_in_ever(site, browser, asked):
    """Every device is one that was not seen before."""
    user = site.add_user("erin")
    site.run(
        claim_address(user, EmailAddress("erin@example.com"), verification_context(site.runtime))
    )
    link = browser.link()
    browser.send(link, {"link": secret_of(link)})
    assert site.log_in("erin", remember_device=asked).status_code == 200
    assert told(browser) == 0
    elsewhere = {"user-agent": "thief/1"}
    site.post("/login", json={"username": "erin", "password": PASSWORD}, headers=elsewhere)
    assert told(browser) == 1


@pytest.mark.requirement("security:43:unknown-device-told")
def test_person_is_told_of_a_program_that_signs_in_from_elsewhere(site, browser, member):
    for agent, expected in (("curl/8", 1), ("curl/8", 1), ("thief/1", 2)):
        body = {"username": "alice", "password": PASSWORD}
        answer = site.post("/login", json=body, headers={"user-agent": agent})
        assert answer.status_code == 200
        site.clock.seconds += 60
        assert told(browser) == expected


def enrol(site, member):
    """Give the account an authenticator app."""
    context = TOTPContext(
        site.runtime.store, site.runtime.sealing, site.clock, chance.SYSTEM, "example"
    )
    site.run(begin_enrolment(member, "phone", context))
    generator = pyotp.TOTP(site.run(open_enrolment(member, context)).key.reveal())
    first = Secret(generator.at(site.clock.now()))
    site.run(confirm_enrolment(first, Changer(member.id), member, context))
    site.clock.seconds += 60
    return generator


@pytest.mark.requirement("security:46:second-factor-after-reset")
def test_reset_leaves_the_second_factor_to_be_asked_for(site, browser, member):
    generator = enrol(site, member)
    thief = Browser(site)  # who reads her mail
    thief.send("/forgot", {"email": ALICE})
    assert choose(thief, thief.link()).headers["location"] == "/signin?notice=password-set"
    asked = thief.send("/signin", {"username": "alice", "password": NEW_PASSWORD})
    assert asked.headers["location"] == "/signin/factor"
    assert thief.get("/account").headers["location"].startswith("/signin")
    api = site.post("/login", json={"username": "alice", "password": NEW_PASSWORD})
    assert (api.status_code, api.json()["error"]) == (401, "second_factor_required")
    form = {"response_type": "code", "username": "alice", "password": NEW_PASSWORD}
    assert site.post("/authorize-challenge", data=form).json()["reason"] == "second_factor_required"
    right = {"way": "totp", "code": generator.at(site.clock.now())}
    assert thief.send("/signin/factor", right).status_code == 303
    assert thief.get("/account").status_code == 200


def guess_codes(browser, most=20):
    """Sign in by the password and guess codes; return how many were compared."""
    compared = 0
    while compared < most:
        asked = browser.send("/signin", {"username": "alice", "password": NEW_PASSWORD})
        if asked.status_code == 429:
            break
        statuses = []
        while len(statuses) < FLOW.burst and 429 not in statuses:
            wrong = {"way": "totp", "code": "wrong"}
            statuses.append(browser.send("/signin/factor", wrong).status_code)
        compared += statuses.count(400)
        if 429 in statuses:
            break
    return compared


@pytest.mark.requirement("security:46:reset-buys-no-guesses")
def test_reset_buys_no_guesses_of_codes(site, member):
    """Attack: whoever reads the mail sets the password again and again, and guesses in between."""
    enrol(site, member)
    compared = 0
    for _ in range(8):
        thief = Browser(site)
        thief.send("/forgot", {"email": ALICE})
        assert choose(thief, thief.link()).headers["location"] == "/signin?notice=password-set"
        compared += guess_codes(thief)
        site.clock.seconds += 600  # another mail may be asked for
    assert compared == KNOWN_DEVICE.failures_max
    assert guess_codes(thief) == 0


@pytest.mark.requirement("security:46:reset-lets-in-beside-strangers")
def test_whoever_reads_the_mail_comes_in_beside_strangers_who_guess(site, member):
    """oauth.md L-10: no stranger locks the owner out, who has a factor and no device left."""
    generator = enrol(site, member)
    guess = {"username": "alice", "password": "wrong"}
    while site.post("/login", json=guess).status_code != 429:
        pass
    owner = Browser(site)
    owner.send("/forgot", {"email": ALICE})
    choose(owner, owner.link())
    owner.send("/signin", {"username": "alice", "password": NEW_PASSWORD})
    right = {"way": "totp", "code": generator.at(site.clock.now())}
    assert owner.send("/signin/factor", right).status_code == 303
    assert owner.get("/account").status_code == 200


class Stolen:
    """A list of stolen passwords that holds one."""

    async def range(self, prefix):
        stolen = hashlib.sha1(NEW_PASSWORD.encode(), usedforsecurity=False).hexdigest().upper()
        return f"{stolen[5:]}:7".encode() if stolen.startswith(prefix) else b""


def set_up(monkeypatch, site, **changes):
    """Let the server run with other parts than its own."""
    monkeypatch.setattr(site.auth, "_runtime", replace(site.runtime, **changes))


@pytest.mark.requirement("security:32:breached")
@pytest.mark.parametrize("door", ["/signup", "/forgot"])
def test_password_chosen_by_mail_is_looked_for_among_stolen_ones(
    site, browser, member, door, monkeypatch
):
    set_up(monkeypatch, site, breaches=Stolen())
    browser.send(door, {"email": ALICE if door == "/forgot" else "bob@example.com"})
    link = browser.link()
    values = {"link": secret_of(link), **account("bob", NEW_PASSWORD)}
    refused = browser.send(link, values)
    assert refused.status_code == 400
    assert "was found in data stolen" in refused.text
    values |= {"password": PASSWORD + "!", "repeated": PASSWORD + "!"}
    assert browser.send(link, values).status_code == 303


@pytest.mark.requirement("security:33:argon2id-parameters")
@pytest.mark.parametrize("door", ["/signup", "/forgot"])
def test_password_chosen_by_mail_is_hashed_as_the_server_is_set(
    site, browser, member, door, monkeypatch
):
    parameters = replace(PARAMETERS, memory_kib=PARAMETERS.memory_kib + 1024)
    credentials = replace(site.runtime.credentials, parameters=parameters)
    set_up(monkeypatch, site, credentials=credentials)
    browser.send(door, {"email": ALICE if door == "/forgot" else "bob@example.com"})
    link = browser.link()
    values = {"link": secret_of(link), **account("bob", NEW_PASSWORD)}
    assert browser.send(link, values).status_code == 303
    name = "alice" if door == "/forgot" else "bob"
    found = site.run(site.runtime.store.find_credential(name))
    assert f"m={parameters.memory_kib}," in found.password_hash
