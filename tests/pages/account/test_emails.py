"""The addresses of an account: users.md U46 and U47; security.md rules 29, 43 and 45."""

import re

import pytest
from tests.pages.account.conftest import words
from tests.server.conftest import PASSWORD

from watchword.accounts.confirmation import ASK_SECONDS

PATH = "/account/emails"
ADDRESS = "Alice@example.com"


def act(browser, action, address=ADDRESS):
    page = browser.get(PATH).text
    token = page.partition('name="form_token" value="')[2][:43]
    return browser.post(PATH, form_token=token, action=action, email=address)


def mails(started):
    store = started.runtime.store
    waiting = started.run(store.list_mails(most=50, now=started.clock.now()))
    return [started.runtime.mail.open(due) for due in waiting]


def confirm(started, browser, address=ADDRESS):
    """Open the link of the newest mail to an address."""
    link = next(mail.values["link"] for mail in mails(started) if mail.to.written == address)
    path = "/verify" + link.partition("/verify")[2]
    return browser.send("/verify", at=path)


@pytest.mark.requirement("users:U39:emails")
def test_an_address_counts_once_its_mail_was_opened(started, alice):
    assert "No address yet" in words(alice.get(PATH))
    asked = act(alice, "claim")
    assert asked.headers["location"] == f"{PATH}?notice=address-asked"
    assert "Alice@example.com Not confirmed" in words(alice.get(PATH))
    assert confirm(started, alice).status_code == 303
    assert "Alice@example.com Mails go here" in words(alice.get(PATH))
    assert "Add an e-mail address" not in words(alice.get("/account"))
    again = act(alice, "claim")
    assert again.headers["location"] == f"{PATH}?notice=address-confirmed"


@pytest.mark.requirement("users:U39:emails")
def test_mails_go_to_another_confirmed_address_and_the_first_can_go(started, alice):
    other = "alice@example.org"
    for address in (ADDRESS, other):
        act(alice, "claim", address)
        started.clock.seconds += 1
        confirm(started, alice, address)
    kept = act(alice, "remove")
    assert kept.status_code == 409
    assert "Let them go to another one first" in words(kept)
    preferred = act(alice, "prefer", other)
    assert preferred.headers["location"] == f"{PATH}?notice=address-preferred"
    told = {(mail.kind.code, mail.to.written) for mail in mails(started) if mail is not None}
    assert ("email_changed", ADDRESS) in told
    assert act(alice, "remove").headers["location"] == f"{PATH}?notice=address-removed"
    assert ADDRESS not in words(alice.get(PATH))


@pytest.mark.requirement("security:29:own-addresses")
def test_a_claim_does_not_tell_whether_another_account_has_the_address(started, alice, bob):
    act(alice, "claim")
    confirm(started, alice)
    started.clock.seconds += ASK_SECONDS // 2
    taken, free = (act(bob, "claim", address) for address in (ADDRESS, "free@example.com"))
    assert taken.status_code == free.status_code == 303
    assert taken.headers["location"] == free.headers["location"]
    shown = words(bob.get(PATH))
    assert re.search(r"Alice@example\.com Not confirmed", shown)
    assert re.search(r"free@example\.com Not confirmed", shown)


@pytest.mark.parametrize("typed", ["", "alice", "alice@", "a b@example.com", "a@example.com\r\nX:"])
def test_what_is_no_address_is_told_beside_the_field(alice, typed):
    answer = act(alice, "claim", typed)
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.requirement("security:43:recent-proof")
def test_addresses_ask_for_a_proof_of_the_last_minutes(started, alice):
    started.clock.seconds += ASK_SECONDS
    assert alice.get(PATH).headers["location"] == f"/account/confirm?next={PATH}"
    alice.send("/account/confirm", password=PASSWORD)
    assert alice.get(PATH).status_code == 200


@pytest.mark.requirement("security:45:foreign-is-absent")
def test_anothers_address_is_answered_like_none(started, alice, bob):
    act(alice, "claim")
    confirm(started, alice)
    answers = [
        act(bob, action, address)
        for action in ("prefer", "remove")
        for address in (ADDRESS, "nobody@example.com", "")
    ]
    answers.append(act(bob, "other"))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert ADDRESS in words(alice.get(PATH))


def test_too_many_mails_are_not_sent(started, alice):
    for _ in range(40):
        answer = act(alice, "claim")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
