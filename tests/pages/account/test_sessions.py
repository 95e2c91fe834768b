import pytest
from tests.pages.account.conftest import Browser, words

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


def sids(started, name):
    user = started.run(started.runtime.store.find_user(name))
    listed = started.run(started.runtime.store.list_sessions(user.id, now=started.clock.now()))
    return {one.sid: one for one in listed}


@pytest.mark.requirement("security:45:own-sessions")
def test_a_person_sees_where_they_are_signed_in(started, alice):
    """OWASP ASVS 5.0 V7.5.2."""
    Browser(started, IPHONE).sign_in()
    started.log_in("alice")
    started.clock.seconds += 3_600
    page = words(alice.get("/account/sessions"))
    assert "Firefox on Linux This one In use" in page
    assert "Safari on iPhone Last seen 1 hour ago" in page
    assert "password First-party application" in page


@pytest.mark.requirement("security:45:own-sessions")
def test_a_person_ends_one_session_and_it_is_over_at_once(started, alice):
    phone = Browser(started, IPHONE).sign_in()
    (sid,) = (sid for sid, one in sids(started, "alice").items() if one.origin.device == IPHONE)
    answer = alice.send("/account/sessions", sid=sid)
    assert answer.headers["location"] == "/account/sessions?notice=session-ended"
    assert phone.get("/account").status_code == 303
    assert alice.get("/account").status_code == 200
    assert "A session was ended" in words(alice.get("/account/activity"))


@pytest.mark.requirement("security:45:own-sessions")
def test_a_person_ends_all_other_sessions(started, alice):
    phone, pair = Browser(started, IPHONE).sign_in(), started.log_in("alice").json()
    answer = alice.send("/account/sessions", others="yes")
    assert answer.headers["location"] == "/account/sessions?notice=others-ended"
    assert phone.get("/account").status_code == 303
    assert started.me(pair["access_token"]).status_code == 401
    assert "You are signed in here only." in words(alice.get("/account/sessions"))
    assert "All other sessions were ended" in words(alice.get("/account/activity"))


@pytest.mark.requirement("users:U39:activity")
def test_the_end_of_all_sessions_is_not_told_as_that_of_the_others(started, alice):
    pair = started.log_in("alice").json()
    header = {"authorization": f"Bearer {pair['access_token']}"}
    assert started.post("/logout/all", headers=header).status_code == 204
    told = words(Browser(started, IPHONE).sign_in().get("/account/activity"))
    assert "All sessions were ended" in told
    assert "All other sessions were ended" not in told


@pytest.mark.requirement("security:45:foreign-is-absent")
def test_anothers_session_cannot_be_ended_nor_told_from_none(started, alice, bob):
    """users.md U56; OWASP ASVS 5.0 V8.2.2."""
    (sid,) = sids(started, "alice")
    Browser(started, IPHONE).sign_in("bob")
    foreign, absent = (bob.send("/account/sessions", sid=one) for one in (sid, "sid_0"))
    assert (foreign.status_code, foreign.text) == (404, absent.text)
    assert alice.get("/account").status_code == 200
