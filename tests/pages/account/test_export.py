import json

import pytest

from watchword.accounts.events import EventKind


@pytest.mark.requirement("users:U39:export")
def test_a_person_takes_everything_away_as_one_file(started, alice):
    started.log_in("alice")
    answer = alice.send("/account/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="account.json"'
    assert answer.headers["cache-control"] == "no-store"
    told = json.loads(answer.text)
    assert told["account"][0]["name"] == "alice"
    (role,) = told["roles"]
    assert role["role"] == "editor"
    assert set(role) == {"role", "given_at", "given_by", "reason"}
    assert len(told["sessions"]) == 2
    assert len(told["connections"]) == len(told["refresh_tokens"]) == 1
    assert told["sessions"][0]["amr"] == ["pwd"]


@pytest.mark.requirement("users:U39:export")
def test_an_export_is_an_event(started, alice):
    alice.send("/account/export")
    user = started.run(started.runtime.store.find_user("alice"))
    events = started.run(started.runtime.store.list_events(user.id))
    assert events[0].event.kind is EventKind.ACCOUNT_EXPORTED


def test_an_export_is_of_one_person(started, alice, bob):
    started.log_in("alice")
    alice_id = started.run(started.runtime.store.find_user("alice")).id
    told = bob.send("/account/export").text
    assert "alice" not in told
    assert alice_id not in told
