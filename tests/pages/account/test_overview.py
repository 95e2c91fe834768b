import pytest
from tests.pages.account.conftest import words
from tests.server.conftest import PASSWORD


@pytest.mark.requirement("users:U39:overview")
def test_the_overview_says_what_is_there_and_what_is_missing(started, alice):
    started.log_in("alice")
    page = words(alice.get("/account"))
    assert "Protected by your password alone" in page
    assert "Add an e-mail address" in page
    assert "1 application" in page
    assert "Sessions 2 sessions" in page


def test_a_signed_in_person_comes_back_to_the_page_they_asked_for(guest):
    answer = guest.get("/account/activity")
    shown = guest.get(answer.headers["location"])
    assert 'name="next" value="/account/activity"' in shown.text
    answer = guest.send(
        "/signin", at=answer.headers["location"], username="alice", password=PASSWORD
    )
    assert answer.headers["location"] == "/account/activity"
