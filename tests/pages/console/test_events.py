"""What happened, on the admin pages: events of everybody, sign-ins, and refusals explained.

users.md U40, U45 and U55; security.md rule 99.
"""

from dataclasses import replace

import pytest
from tests.pages.account.conftest import Browser, words
from tests.server.conftest import PASSWORD

from watchword.accounts.events import Event, EventKind
from watchword.oauth.traces import Sent, Trace
from watchword.server.pages.console.seam import seam, seam_in

AT, REFUSALS = "/admin/events", "/admin/refusals"
DECISION = Trace(
    id="decision_1",
    at=1_800_000_000,
    endpoint="DELETE /notes/{id}",
    status=403,
    code="not_allowed",
    client_id="shop",
    user_id=None,
    sent=(Sent("scopes", "notes:write"),),
    steps=("allow owner: note.owner is not alice", "policy 0123: default deny"),
    public="you may not do this",
    detail="no rule allows it",
)


def user_id(started, name):
    return started.run(started.runtime.store.find_user(name)).id


def record(started, kind, **facts):
    event = Event(kind, started.clock.seconds, **facts)
    started.run(started.runtime.store.record_event(event))


def keep(started, *traces):
    now = started.clock.seconds
    started.run(started.runtime.store.add_traces(traces, now=now))


@pytest.mark.requirement("users:U40:events")
def test_events_of_everybody_are_listed_and_those_of_one_user_found(started, ada):
    record(started, EventKind.EMAIL_ADDED, user_id=user_id(started, "bob"))
    record(started, EventKind.ACCOUNT_DELETED, user_id="user_gone")
    page = words(ada.get(AT))
    assert "An e-mail address was added bob just now" in page
    assert "The account was deleted user_gone" in page
    assert "Signed in ada" in page
    for wanted in ("Bob", user_id(started, "bob")):
        found = words(ada.get(f"{AT}?q={wanted}&show=sign-ins"))
        assert "An e-mail address was added bob" in found
        assert "user_gone" not in found
    assert "The account was deleted user_gone" in words(ada.get(f"{AT}?q=user_gone"))
    assert "Nothing of this kind has happened" in words(ada.get(f"{AT}?q=zzz"))


@pytest.mark.requirement("users:U40:events")
def test_sign_ins_have_a_list_of_their_own(started, ada):
    record(started, EventKind.EMAIL_ADDED, user_id=user_id(started, "bob"))
    record(started, EventKind.SIGN_IN_FAILED)
    page = words(ada.get(f"{AT}?show=sign-ins"))
    assert "A sign-in was refused: the password was wrong an unknown name" in page
    assert "An e-mail address" not in page


@pytest.mark.requirement("users:U40:events")
def test_long_lists_of_events_are_turned_over(started, ada, monkeypatch):
    monkeypatch.setattr("watchword.server.pages.console.events.EVENTS_SHOWN", 2)
    bob = user_id(started, "bob")
    kinds = (EventKind.EMAIL_ADDED, EventKind.EMAIL_VERIFIED, EventKind.EMAIL_REMOVED)
    for kind in kinds:
        started.clock.seconds += 1
        record(started, kind, user_id=bob)
    first = ada.get(f"{AT}?q=bob")
    assert "was removed" in words(first)
    assert "Newest" not in words(first)
    older = first.text.partition("?before=")[2].partition('"')[0].replace("&amp;", "&")
    assert older.endswith("&q=bob")
    second = words(ada.get(f"{AT}?before={older}"))
    assert "was added" in second
    assert "was removed" not in second
    assert "Newest" in second
    assert "Older" not in second


@pytest.mark.requirement("users:U40:refusals")
def test_a_refused_request_is_explained_by_the_id_that_its_answer_names(started, ada):
    sent = {"grant_type": "refresh_token", "refresh_token": PASSWORD, "client_id": "shop"}
    answer = started.post("/token", data=sent)
    started.run(started.runtime.tracer.flush())
    listed = ada.get(REFUSALS)
    assert "POST /token" in words(listed)
    trace_id = answer.headers["watchword-trace"]
    assert f"?id={trace_id}" in listed.text
    page = ada.get(f"{REFUSALS}?id={trace_id}")
    for said in (trace_id, "What was sent", "refresh_token (28 characters)", "How far it came"):
        assert said in words(page)
    assert "refused here" in words(page)
    assert PASSWORD not in page.text


@pytest.mark.requirement("users:U40:refusals")
def test_a_decision_of_a_guard_shows_the_rules_that_were_considered(started, ada):
    keep(
        started,
        replace(DECISION, user_id=user_id(started, "bob")),
        replace(DECISION, id="decision_2", code="of_another_program", client_id=None, detail=""),
    )
    page = words(ada.get(f"{REFUSALS}?id=decision_1"))
    for said in ("What the token proved", "What the policy considered", "note.owner is not alice"):
        assert said in page
    assert "User bob" in page
    assert "refused here" not in page
    other = words(ada.get(f"{REFUSALS}?id=decision_2"))
    assert "of_another_program" in other
    assert "What to do" not in other
    assert "bob" in words(ada.get(REFUSALS))


@pytest.mark.requirement("users:U40:refusals")
def test_an_id_of_nothing_and_a_quiet_week_are_said(started, ada):
    assert "Nothing was refused within a week" in words(ada.get(REFUSALS))
    answer = ada.get(f"{REFUSALS}?id=failure_0")
    assert answer.status_code == 404
    assert "No refused request is called so" in words(answer)


@pytest.mark.requirement("users:U40:refusals")
def test_long_lists_of_refusals_are_turned_over(started, ada, monkeypatch):
    monkeypatch.setattr("watchword.server.pages.console.refusals.REFUSALS_SHOWN", 1)
    keep(started, DECISION, replace(DECISION, id="decision_2", at=DECISION.at - 1))
    first = ada.get(REFUSALS)
    assert "id=decision_1" in first.text
    older = first.text.partition("?before=")[2].partition('"')[0]
    second = ada.get(f"{REFUSALS}?before={older}")
    assert "id=decision_2" in second.text
    assert "Newest" in words(second)


@pytest.mark.requirement("users:U40:events")
def test_the_lists_of_what_happened_lead_to_one_another(ada, auditor):
    for browser in (ada, auditor):
        for path in (AT, f"{AT}?show=sign-ins", REFUSALS, "/admin/log"):
            page = browser.get(path)
            tabs = page.text.partition('class="tabs"')[2].partition("</nav>")[0]
            assert tabs.count('aria-current="page"') == 1
            assert f'href="{path}" aria-current="page"' in tabs


def test_a_place_in_a_list_is_read_as_it_was_written():
    assert seam_in(seam(7, "evt_0-_z")) == (7, "evt_0-_z")
    for broken in ("", "7", "x-evt", "7-", "-evt", "7-e v", "1" * 16 + "-evt", "7-" + "e" * 65):
        assert seam_in(broken) is None


@pytest.mark.requirement("security:95:admin-pages")
def test_events_are_for_administrators_and_auditors_alone(started):
    bob = Browser(started).sign_in("bob")
    for path in (AT, REFUSALS, f"{REFUSALS}?id=decision_1"):
        assert bob.get(path).status_code == 404
