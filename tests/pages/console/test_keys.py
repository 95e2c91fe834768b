"""The signing keys on the admin pages: the plan, the next key, a stolen one.

users.md U40, U41 and U43; oauth.md K-4 and K-5; security.md rules 43, 95 and 100.
"""

import pytest
from tests.pages.account.conftest import words

from watchword.keys.record import KeyState, SigningKeyRecord
from watchword.keys.rotation import RotationPolicy
from watchword.server.pages.console.key_timeline import timeline

AT, WHY, DAY = "/admin/keys", "ticket 7", 86_400


def kids(started, state):
    records = started.run(started.runtime.store.list_signing_keys())
    return [one.kid for one in records if one.state is state]


@pytest.mark.requirement("users:U40:keys")
def test_the_plan_of_the_keys_is_shown_in_words_and_as_a_drawing(started, ada):
    (active,) = kids(started, KeyState.ACTIVE)
    for path in (AT, "/admin"):
        page = ada.get(path)
        assert f"{active} signs ES256 signs from" in words(page)
        assert page.text.count('<rect class="active"') == 1
        assert page.text.count('<rect class="pending"') == 0
    said = "announced for 14, signs for 90 and is published for 14 more"
    assert said in words(ada.get(AT))


@pytest.mark.requirement("users:U40:keys")
def test_the_next_key_is_announced_once_with_a_reason(started, ada, log):
    refused = ada.send(AT, action="announce")
    assert refused.status_code == 400
    assert kids(started, KeyState.PENDING) == []
    done = ada.send(AT, action="announce", reason=WHY)
    assert done.headers["location"] == f"{AT}?notice=admin-done"
    (pending,) = kids(started, KeyState.PENDING)
    page = ada.get(AT)
    assert f"{pending} announced ES256 announced on" in words(page)
    assert '<rect class="pending"' in page.text
    assert "It is announced: it signs when every cache can have it" in words(page)
    again = ada.send(AT, action="announce", reason=WHY)
    assert again.status_code == 409
    assert "announced already" in words(again)
    assert log() == [("key_announced", WHY)]


@pytest.mark.requirement("users:U40:keys")
def test_a_stolen_key_is_replaced_by_its_full_id(started, ada, log):
    (stolen,) = kids(started, KeyState.ACTIVE)
    wrong = ada.send(AT, action="replace", kid=stolen[:-1], reason=WHY)
    assert wrong.status_code == 409
    assert "No signing key has this id" in words(wrong)
    # What is to be mended stays in sight.
    assert "<details open>" in wrong.text
    assert "<details open>" in ada.send(AT, action="replace", kid=stolen, reason="").text
    assert "<details open>" not in ada.send(AT, action="announce", reason="").text
    assert "<details open>" not in ada.get(AT).text
    assert kids(started, KeyState.ACTIVE) == [stolen]
    done = ada.send(AT, action="replace", kid=stolen, reason=WHY)
    assert done.status_code == 303
    (fresh,) = kids(started, KeyState.ACTIVE)
    assert fresh != stolen
    assert stolen not in ada.get(AT).text
    assert log() == [("key_replaced", WHY)]


@pytest.mark.requirement("users:U40:keys")
def test_the_announced_key_names_the_verifiers_that_it_waits_for(started, ada):
    store = started.runtime.store
    started.run(store.note_key_reader("notes", "p1", is_current=True, now=started.clock.seconds))
    assert "hold the old set" not in words(ada.get(AT))
    ada.send(AT, action="announce", reason=WHY)
    page = words(ada.get(AT))
    assert "Verifiers that hold the old set" in page
    assert "notes p1 Last heard of just now" in page


@pytest.mark.requirement("security:95:admin-pages")
def test_an_auditor_sees_the_keys_and_changes_none(started, auditor, log):
    page = auditor.get(AT)
    assert "reason-" not in page.text
    token = auditor.get("/account").text.partition('name="form_token" value="')[2]
    sent = {"reason": WHY, "form_token": token.partition('"')[0]}
    (active,) = kids(started, KeyState.ACTIVE)
    for fields in ({"action": "announce"}, {"action": "replace", "kid": active}):
        assert auditor.post(AT, **sent, **fields).status_code == 403
    assert log() == []
    assert kids(started, KeyState.ACTIVE) == [active]


@pytest.mark.requirement("security:43:admin-pages")
def test_a_change_of_keys_asks_for_a_proof_of_the_last_minutes(started, ada, log):
    started.clock.seconds += 3_600
    answer = ada.send(AT, action="announce", reason=WHY)
    assert answer.headers["location"].startswith("/account/confirm?next=")
    assert log() == []


def test_a_button_that_is_not_on_the_page_of_keys_does_nothing(ada):
    assert ada.send(AT, action="x", reason=WHY).status_code == 404


@pytest.mark.requirement("users:U40:keys")
def test_the_time_line_has_one_scale_for_all_keys():
    old = SigningKeyRecord(
        "old", "ES256", "{}", b"", KeyState.RETIRED, 0, activated_at=0, retired_at=10 * DAY,
        deletes_at=20 * DAY,
    )  # fmt: skip
    new = SigningKeyRecord(
        "new", "ES256", "{}", b"", KeyState.ACTIVE, 5 * DAY, activated_at=10 * DAY
    )
    policy = RotationPolicy(
        active_seconds=80 * DAY, announce_seconds=5 * DAY, keep_seconds=10 * DAY
    )
    drawn = timeline((old, new), policy, now=50 * DAY)
    assert drawn.now == 50.0
    first, second = ([(s.state, s.left, s.width) for s in one.stretches] for one in drawn.keys)
    assert first == [("active", 0.0, 10.0), ("retired", 10.0, 10.0)]
    assert second == [("pending", 5.0, 5.0), ("active", 10.0, 80.0), ("retired", 90.0, 10.0)]
    assert [one.signs for one in drawn.keys] == [False, True]
    empty = timeline((), policy, now=7)
    assert (empty.keys, empty.now) == ((), 0.0)
