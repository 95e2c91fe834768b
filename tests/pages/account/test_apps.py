from dataclasses import replace

import pytest
from tests.pages.account.conftest import words

CLIENT = "first-party"


def connections(started, name):
    user = started.run(started.runtime.store.find_user(name))
    now = started.clock.now()
    return started.run(started.runtime.store.list_connections(user.id, now=now))


@pytest.mark.requirement("users:U39:apps")
def test_a_connected_application_says_what_it_may_do_and_when_it_last_did(started, alice):
    assert "No application is connected" in words(alice.get("/account/apps"))
    started.log_in("alice")
    started.clock.seconds += 3 * 3_600
    page = words(alice.get("/account/apps"))
    assert "It may do 2 things" in page
    assert "Read notes:read" in page
    assert "Last used 3 hours ago" in page


def test_what_an_application_learns_of_its_person_is_said_in_words_and_once(started, alice):
    for scope in ("openid email read", "openid phone"):
        started.log_in("alice", scope=scope.replace("read", "notes:read"))
    page = words(alice.get("/account/apps"))
    assert "It may do 4 things" in page
    assert page.count("Know that it is you, each time you sign in openid") == 1
    assert "See your e-mail address email" in page


def test_an_application_that_may_do_nothing_is_not_counted_up(started, alice, monkeypatch):
    """It is listed with its logins, and without a list of no rights."""
    started.log_in("alice")
    found = [replace(app, granted={}) for app in connections(started, "alice")]

    async def list_connections(_store, _user_id, *, now):
        assert now
        return tuple(found)

    monkeypatch.setattr(type(started.runtime.store), "list_connections", list_connections)
    page = words(alice.get("/account/apps"))
    assert "It may do" not in page
    assert page.count("Signed in") >= 1


@pytest.mark.requirement("security:45:disconnect")
def test_a_disconnected_application_holds_nothing_that_works(started, alice):
    """OWASP ASVS 5.0 V10.7.3."""
    pair = started.log_in("alice").json()
    assert started.me(pair["access_token"]).status_code == 200
    client_id = connections(started, "alice")[0].client_id
    answer = alice.send("/account/apps", client_id=client_id)
    assert answer.headers["location"] == "/account/apps?notice=app-disconnected"
    assert started.me(pair["access_token"]).status_code == 401
    refused = started.post("/refresh", json={"refresh_token": pair["refresh_token"]})
    assert refused.status_code == 400
    assert alice.get("/account").status_code == 200
    assert "An application was disconnected" in words(alice.get("/account/activity"))


@pytest.mark.requirement("security:45:foreign-is-absent")
def test_anothers_application_cannot_be_told_from_none(started, alice, bob):
    """users.md U56: absent and foreign are equal, byte for byte."""
    started.log_in("alice")
    client_id = connections(started, "alice")[0].client_id
    assert bob.get("/account/apps").status_code == 200
    token = bob.get("/account/profile").text.partition('name="form_token" value="')[2][:43]
    foreign, absent = (
        bob.post("/account/apps", form_token=token, client_id=name)
        for name in (client_id, "nobody")
    )
    assert (foreign.status_code, foreign.text) == (404, absent.text)
    assert len(connections(started, "alice")) == 1
