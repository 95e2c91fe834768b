"""The time line of an application's tokens: oauth.md R-6; users.md U39 and section 12."""

import re

import pytest
from tests.pages.account.conftest import words


def line_of(browser):
    page = browser.get("/account/apps").text
    return re.search(r'href="(/account/apps/fam_[^"]+)"', page)[1]


@pytest.mark.requirement("oauth:R-6:shown")
def test_a_person_sees_what_an_applications_tokens_did(started, alice):
    pair = started.log_in("alice").json()
    started.clock.seconds += 60
    assert started.post("/refresh", json={"refresh_token": pair["refresh_token"]}).is_success
    page = alice.get(line_of(alice))
    assert page.status_code == 200
    assert '<svg class="family-timeline" role="img"' in page.text
    table = words(page).partition("When What Where")[2]
    assert "just now Renewed its access" in table
    assert "1 minute ago Signed in" in table


@pytest.mark.requirement("oauth:R-6:shown")
def test_a_lost_answer_is_told_as_asked_again(started, alice):
    """oauth.md R-6: accepted because its successor was wholly unused."""
    first = started.log_in("alice").json()["refresh_token"]
    for _ in range(2):
        started.clock.seconds += 60
        assert started.post("/refresh", json={"refresh_token": first}).status_code == 200
    page = alice.get(line_of(alice)).text
    assert "Asked again, and was answered (The answer before it was never used" in page


@pytest.mark.requirement("oauth:R-6:shown")
def test_a_token_that_came_back_is_told_with_its_reason_and_from_the_activity(started, alice):
    """oauth.md section 5: its successor was in use, so the family is revoked."""
    first = started.log_in("alice").json()["refresh_token"]
    path = line_of(alice)
    second = started.post("/refresh", json={"refresh_token": first}).json()
    started.me(second["access_token"])
    started.clock.seconds += 60
    assert started.post("/refresh", json={"refresh_token": first}).status_code == 400
    page = words(alice.get(path))
    assert "This sign-in is over." in page
    assert "A used token came back Its successor was in use: two hold it" in page
    activity = alice.get("/account/activity")
    assert f'href="{path}">How this came about' in activity.text
    started.clock.seconds += 86_400
    alice.sign_in()
    assert "How this came about" not in alice.get("/account/activity").text


@pytest.mark.requirement("security:45:foreign-is-absent")
def test_anothers_time_line_cannot_be_told_from_none(started, alice, bob):
    """users.md U56."""
    started.log_in("alice")
    foreign, absent = bob.get(line_of(alice)), bob.get("/account/apps/fam_0")
    assert (foreign.status_code, foreign.text) == (404, absent.text)


@pytest.mark.requirement("users:U39:apps", "security:45:disconnect")
def test_one_sign_in_ends_and_the_others_of_the_application_go_on(started, alice):
    other, pair = (started.log_in("alice").json()["access_token"] for _ in range(2))
    path = line_of(alice)
    page = alice.get(path)
    assert "End this sign-in" in page.text
    fields = dict(re.findall(r'name="(client_id|family_id)" value="([^"]+)"', page.text))
    assert fields["family_id"] in path
    answer = alice.send("/account/apps", **fields)
    assert answer.headers["location"] == "/account/apps?notice=login-ended"
    statuses = [started.me(token).status_code for token in (other, pair)]
    assert sorted(statuses) == [200, 401]
    over = alice.get(path).text
    assert "This sign-in is over." in over
    assert "End this sign-in" not in over
    assert alice.send("/account/apps", **fields).status_code == 404
