"""The page where a person changes their user name: users.md U46; decisions/0114."""

import pytest
from tests.pages.account.conftest import Browser, words
from tests.server.conftest import PASSWORD

from watchword.accounts.confirmation import ASK_SECONDS
from watchword.accounts.person.rename import FORMER_NAMES_MAX, NAME_KEPT_SECONDS

PATH = "/account/name"


def rename(browser, name):
    return browser.send(PATH, username=name)


@pytest.mark.requirement("users:U46:name-changed")
def test_person_signs_in_by_the_other_name_from_then_on(started, alice):
    changed = rename(alice, "  Alicia ")
    assert changed.headers["location"] == "/account/profile?notice=name-changed"
    page = words(alice.get(changed.headers["location"]))
    assert "Your user name is changed." in page
    assert "alicia" in page
    assert "The user name was changed" in words(alice.get("/account/activity"))
    Browser(started).sign_in("alicia")
    refused = Browser(started).send("/signin", username="alice", password=PASSWORD)
    assert refused.status_code == 400


@pytest.mark.requirement("users:U46:name-changed")
def test_name_that_somebody_has_or_had_lately_is_not_given(started, alice, bob):
    rename(alice, "alicia")
    for name in ("alicia", "alice"):
        refused = rename(bob, name)
        assert refused.status_code == 400
        assert "Somebody has this name. Choose another one." in words(refused)
    started.clock.seconds += NAME_KEPT_SECONDS
    assert rename(bob.sign_in("bob"), "alice").status_code == 303


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Choose a user name."),
        ("   ", "Choose a user name."),
        ("two words", "without spaces"),
        ("x" * 200, "1 to 128 characters"),
        ("bob@example.com", "@"),
    ],
)
def test_name_that_cannot_be_one_is_explained(alice, typed, told):
    refused = rename(alice, typed)
    assert refused.status_code == 400
    assert told in words(refused)


def test_person_keeps_a_few_earlier_names_and_no_more(alice):
    for number in range(FORMER_NAMES_MAX):
        assert rename(alice, f"alice{number}").status_code == 303
    refused = rename(alice, "alice-again")
    assert (refused.status_code, "changed it often" in words(refused)) == (400, True)
    assert rename(alice, "alice").status_code == 303


@pytest.mark.requirement("security:29:names-cannot-be-tried-out")
def test_names_cannot_be_tried_out_here(alice):
    answers = [rename(alice, "bob") for _ in range(11)]
    assert {answer.status_code for answer in answers[:10]} == {400}
    assert answers[10].status_code == 429
    assert int(answers[10].headers["retry-after"]) > 0
    assert "Too many names were tried." in words(answers[10])


@pytest.mark.requirement("security:43:recent-proof")
def test_change_asks_for_a_proof_of_the_last_minutes(started, alice):
    started.clock.seconds += ASK_SECONDS
    asked = alice.get(PATH)
    assert asked.headers["location"] == f"/account/confirm?next={PATH}"
