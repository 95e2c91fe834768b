"""Browser routes of an application that has the server in its process."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.guards.browser import HTML, ORIGIN, Browser, add_user, application
from tests.guards.conftest import AUDIENCE, ISSUER

from watchword.accounts.sessions import Actor, Session
from watchword.accounts.users import NewUser, UserStatus
from watchword.accounts.users import User as Account
from watchword.fastapi import Guard
from watchword.guards.session import SignedIn, subject
from watchword.server.cookies import cookie_rules


@pytest.fixture
def opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_URL", raising=False)
    app, auth, clock = application(tmp_path)
    with TestClient(app, base_url=ORIGIN) as client:
        browser = Browser(client, auth)
        add_user(browser, "admin")
        yield browser, clock


@pytest.mark.requirement("guards:session:user-and-subject")
def test_signed_in_browser_has_the_same_user_and_subject(opened):
    """ARCHITECTURE section 6; nothing is delegated, so no scope limits the subject."""
    browser, _ = opened
    browser.sign_in()
    answer = browser.client.post("/profile", headers={"x-form-token": browser.token()})
    assert answer.json() == {"name": "alice", "scopes": [], "client": ""}
    subject = browser.client.get("/subject").json()
    assert (subject["scopes"], subject["roles"]) == (None, ["admin", "user"])
    assert browser.client.get("/hello").json() == "alice"


@pytest.mark.requirement("users:U42:acting-as-a-user", "access:S11:intermediaries")
def test_administrator_who_acts_as_the_person_is_seen():
    """The rights are the person's; who acts is an attribute of the subject."""
    person = Account("user_alice", "alice", UserStatus.ACTIVE, frozenset({"user"}), 1, 0)
    actor = Actor("user_root", "root", "sid_own")
    found = SignedIn(Session("sid_1", person, (), 0, 9, 9, actor), ISSUER)
    assert found.user.actors == ("user_root",)
    seen = subject(found, None)
    assert (seen.id, seen.roles, seen.act) == ("user_alice", frozenset({"user"}), "user_root")
    alone = SignedIn(Session("sid_1", person, (), 0, 9, 9), ISSUER)
    assert (alone.user.actors, subject(alone, None).act) == ((), None)


@pytest.mark.requirement("guards:session:sign-in")
def test_page_of_a_browser_that_is_not_signed_in_leads_to_the_sign_in_page(opened):
    browser, _ = opened
    page = browser.client.get("/profile?tab=1", headers=HTML, follow_redirects=False)
    assert page.status_code == 303
    assert page.headers["location"] == "/auth/signin?next=%2Fprofile%3Ftab%3D1"
    assert page.headers["cache-control"] == "no-store"
    program = browser.client.get("/profile")
    assert (program.status_code, program.json()["code"]) == (401, "session_missing")
    assert program.headers["www-authenticate"] == f'Session realm="{ORIGIN}"'
    posted = browser.client.post("/profile", headers=HTML, follow_redirects=False)
    assert posted.status_code == 401
    assert browser.client.get("/hello").json() is None


@pytest.mark.requirement("guards:session:ended")
def test_ended_session_is_over_at_the_next_request(opened):
    browser, clock = opened
    browser.sign_in()
    user = browser.store("find_user", "alice")
    browser.store("end_sessions", user.id, keep=None, now=clock.now())
    answer = browser.client.get("/profile")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
    page = browser.client.get("/profile", headers=HTML, follow_redirects=False)
    assert page.status_code == 303


@pytest.mark.requirement("guards:session:suspended")
def test_suspended_person_is_told_so(opened):
    """ARCHITECTURE section 6: 403, before anything else is said of the session."""
    browser, clock = opened
    browser.sign_in()
    add_user(Browser(browser.client, browser.auth, "bob"), "admin")  # the last one stays
    user = browser.store("find_user", "alice")
    other = NewUser("user_other", "other", None, frozenset({"admin"}), clock.now())
    browser.store("add_user", other)  # the last administrator would stay
    browser.store("suspend_user", user.id, now=clock.now())
    for headers in ({}, HTML):
        answer = browser.client.get("/profile", headers=headers, follow_redirects=False)
        assert (answer.status_code, answer.json()["code"]) == (403, "suspended")


@pytest.mark.requirement("guards:session:step-up")
def test_route_asks_for_a_stronger_or_more_recent_sign_in(opened):
    """RFC 9470 section 3; a person is led to the page where they prove more."""
    browser, clock = opened
    browser.sign_in()
    weak = browser.client.get("/vault")
    assert (weak.status_code, weak.json()["code"]) == (401, "step_up_required")
    challenge = weak.headers["www-authenticate"]
    assert challenge.startswith("Session ")
    assert 'acr_values="aal2", max_age="300"' in challenge
    page = browser.client.get("/vault", headers=HTML, follow_redirects=False)
    assert page.headers["location"] == "/auth/account/confirm?next=%2Fvault&acr=aal2"
    assert browser.client.get("/recent").json() == "alice"
    clock.seconds += 301
    assert browser.client.get("/recent").status_code == 401
    browser.sign_in()
    assert browser.client.get("/recent").json() == "alice"


def test_document_names_the_cookie(opened):
    browser, _ = opened
    schema = browser.client.get("/openapi.json").json()
    scheme = schema["components"]["securitySchemes"]["session"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == (
        "apiKey",
        "cookie",
        cookie_rules(browser.auth.server.issuer).session,
    )
    assert schema["paths"]["/profile"]["get"]["security"] == [{"session": []}]
    assert schema["paths"]["/notes"]["get"]["security"] == [{"oauth2": []}, {"bearer": []}]


def test_guard_of_another_server_has_no_sessions(mint):
    guard = Guard(ISSUER, audience=AUDIENCE, keys=mint.keys).install(FastAPI())
    with pytest.raises(RuntimeError, match="server in its process"):
        _ = guard.session


def test_store_that_is_away_is_503(opened):
    browser, _ = opened
    browser.sign_in()
    browser.client.portal.call(browser.auth.server.shutdown)
    answer = browser.client.get("/profile")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


@pytest.mark.requirement("security:40:both-limits")
def test_sign_in_ends_idle_after_a_fortnight_and_in_any_case_after_a_month(opened):
    """security.md rule 40; ASVS V7.3.1 and V7.3.2."""
    browser, clock = opened
    browser.sign_in()
    clock.seconds += 14 * 86_400 - 1
    assert browser.client.get("/profile").status_code == 200
    clock.seconds += 14 * 86_400
    assert browser.client.get("/profile").json()["code"] == "session_ended"
    browser.sign_in()
    for _ in range(2):
        clock.seconds += 13 * 86_400
        assert browser.client.get("/profile").status_code == 200
    clock.seconds += 4 * 86_400
    assert browser.client.get("/profile").json()["code"] == "session_ended"
