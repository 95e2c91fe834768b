"""The sessions of everybody on the admin pages: found, ended one by one, and written down.

users.md U40; security.md rules 43, 45, 95 and 100.
"""

import pytest
from tests.pages.account.conftest import Browser, words

AT, WHY = "/admin/sessions", "ticket 7"


def session_of(started, name):
    found = started.run(started.runtime.store.page_sessions(now=started.clock.seconds))
    return next(one.session.sid for one in found if one.user_name == name)


@pytest.mark.requirement("users:U40:sessions")
def test_sessions_are_found_by_their_user_and_by_their_id(started, ada):
    for name in ("bob", "alice"):
        Browser(started).sign_in(name)
    everybody = words(ada.get(AT))
    for name in ("ada This one Firefox on Linux", "bob Firefox on Linux", "alice Firefox"):
        assert name in everybody
    bob = started.run(started.runtime.store.find_user("bob"))
    for wanted in ("BOB", bob.id, session_of(started, "bob")):
        page = words(ada.get(f"{AT}?q={wanted}"))
        assert "bob Firefox on Linux" in page
        assert "alice Firefox" not in page
    by_name = ada.get(f"{AT}?q=bob").text
    assert f"/admin/users/{bob.id}/end-sessions" in by_name
    for nobody in ("zzz", "sid_AAAAAAAAAAAAAAAAAAAAAA"):
        assert "No live session was found" in words(ada.get(f"{AT}?q={nobody}"))


@pytest.mark.requirement("users:U40:sessions")
def test_the_sessions_of_many_are_turned_over(started, ada, monkeypatch):
    monkeypatch.setattr("watchword.server.pages.console.sessions.SESSIONS_SHOWN", 1)
    Browser(started).sign_in("bob")
    first = ada.get(AT)
    assert "Newest" not in words(first)
    older = first.text.partition("?before=")[2].partition('"')[0]
    second = ada.get(f"{AT}?before={older}")
    assert "Newest" in words(second)
    assert "?before=" not in second.text
    for line in ("ada This one Firefox", "bob Firefox"):  # of one second, so in either order
        assert (line in words(first)) is not (line in words(second))
    assert "Newest" not in words(ada.get(f"{AT}?before=x"))


@pytest.mark.requirement("users:U40:sessions", "security:45:any-session")
def test_one_session_is_ended_with_a_reason_and_the_others_stay(started, ada, log):
    first, second = Browser(started).sign_in("bob"), Browser(started).sign_in("bob")
    sid = session_of(started, "bob")
    assert ada.send(AT, sid=sid).status_code == 400
    assert first.get("/account").status_code == second.get("/account").status_code == 200
    done = ada.send(AT, sid=sid, reason=WHY)
    assert done.headers["location"] == f"{AT}?notice=admin-done"
    assert {first.get("/account").status_code, second.get("/account").status_code} == {200, 303}
    assert log() == [("session_ended", WHY)]
    again = ada.send(AT, sid=sid, reason=WHY)
    assert again.status_code == 409
    assert "over already" in words(again)
    assert len(log()) == 1


@pytest.mark.requirement("users:U40:sessions")
def test_the_list_stays_where_it_was_when_a_session_is_ended(started, ada, monkeypatch):
    """What was looked for, the page that was turned to, and the form that lacks its reason."""
    for name in ("bob", "alice", "bob"):
        started.clock.seconds += 1
        Browser(started).sign_in(name)
    sid = session_of(started, "bob")
    lacks = ada.send(AT, at=f"{AT}?q=Bob", sid=sid)
    assert lacks.status_code == 400
    assert "alice Firefox" not in words(lacks)
    assert lacks.text.count("<details open>") == 1
    assert lacks.text.partition("<details open>")[2].partition("</details>")[0].count(sid) == 1
    done = ada.send(AT, at=f"{AT}?q=Bob", sid=sid, reason=WHY)
    assert done.headers["location"] == f"{AT}?q=Bob&notice=admin-done"
    monkeypatch.setattr("watchword.server.pages.console.sessions.SESSIONS_SHOWN", 1)
    older = ada.get(AT).text.partition("?before=")[2].partition('"')[0]
    there = f"{AT}?before={older}"
    sid = session_of(started, "bob")
    assert sid in ada.get(there).text
    done = ada.send(AT, at=there, sid=sid, reason=WHY)
    assert done.headers["location"] == f"{there}&notice=admin-done"
    assert "bob" not in words(ada.get(done.headers["location"]))


@pytest.mark.requirement("security:95:admin-pages")
def test_an_auditor_sees_sessions_and_ends_none(started, ada, auditor, log):
    page = auditor.get(AT)
    assert "ada Firefox on Linux" in words(page)
    assert "reason-" not in page.text
    token = page.text.partition('name="form_token" value="')[2].partition('"')[0]
    sent = {"sid": session_of(started, "ada"), "reason": WHY, "form_token": token}
    assert auditor.post(AT, **sent).status_code == 403
    assert ada.get("/account").status_code == 200
    assert log() == []


@pytest.mark.requirement("security:43:admin-pages")
def test_ending_a_session_asks_for_a_proof_of_the_last_minutes(started, ada, log):
    Browser(started).sign_in("bob")
    sid = session_of(started, "bob")
    started.clock.seconds += 3_600
    answer = ada.send(AT, sid=sid, reason=WHY)
    assert answer.headers["location"].startswith("/account/confirm?next=")
    assert log() == []


@pytest.mark.requirement("users:U40:sessions")
def test_a_session_that_ends_between_two_looks_is_over(started, ada, monkeypatch, log):
    from watchword.accounts.sessions import EndOutcome  # noqa: PLC0415
    from watchword.stores import Store  # noqa: PLC0415

    async def too_late(*_, **__):
        return EndOutcome.UNKNOWN

    Browser(started).sign_in("bob")
    sid = session_of(started, "bob")
    monkeypatch.setattr(Store, "end_own_session", too_late)
    assert ada.send(AT, sid=sid, reason=WHY).status_code == 409
    assert log() == []
