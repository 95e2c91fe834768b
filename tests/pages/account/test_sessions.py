import pytest
from tests.pages.account.conftest import FIREFOX, Browser, words

from watchword.accounts.events import EventKind
from watchword.stores.statement import Statement
from watchword.stores.verbs.logins import own_sessions

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


def sids(started, name):
    user = started.run(started.runtime.store.find_user(name))
    listed = started.run(started.runtime.store.list_sessions(user.id, now=started.clock.now()))
    return {one.sid: one for one in listed.listed}


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


@pytest.mark.requirement("security:45:long-lists-say-so")
def test_a_list_that_is_cut_says_how_many_more_there_are(started, alice, monkeypatch):
    """On the page and in the API; the page ends them all, and so does the API."""
    monkeypatch.setattr(own_sessions, "_LIST", Statement(own_sessions._LIST.expression.limit(3)))
    pair = [started.log_in("alice").json() for _ in range(4)][-1]
    alice.get("/account")
    assert "And 2 more, used longer ago." in words(alice.get("/account/sessions"))
    header = {"authorization": f"Bearer {pair['access_token']}"}
    told = started.get("/me/sessions", headers=header).json()
    assert (len(told["sessions"]), told["more"]) == (3, 2)
    alice.send("/account/sessions", others="yes")
    assert "more, used longer ago" not in words(alice.get("/account/sessions"))


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


@pytest.mark.requirement("security:43:events-say-where")
def test_every_way_to_sign_out_is_recorded_with_where_it_came_from(started, alice):
    """A person who did not sign out sees who did."""
    first, second = (started.log_in("alice").json() for _ in range(2))
    agent = {"user-agent": "program/1"}
    body = {"refresh_token": first["refresh_token"]}
    assert started.post("/logout", json=body, headers=agent).status_code == 204
    header = {"authorization": f"Bearer {second['access_token']}"}
    assert started.post("/logout", headers=agent | header).status_code == 204
    alice.sign_in()  # which ends the session that this browser had
    alice.send("/signout", at="/account/sessions")
    user = started.run(started.runtime.store.find_user("alice"))
    events = [one.event for one in started.run(started.runtime.store.list_events(user.id))]
    origins = [one.origin for one in events if one.kind is EventKind.SIGNED_OUT]
    devices = sorted(origin.device for origin in origins)
    assert devices == [FIREFOX, FIREFOX, "program/1", "program/1"]
    assert None not in {origin.address for origin in origins}
