"""Another site makes a browser act, and one kind of credential is tried on the other's routes.

Source: security.md rule 47; OWASP ASVS 5.0 V3.5.1 to V3.5.3; ARCHITECTURE section 6.
"""

import pytest
from fastapi.testclient import TestClient
from tests.guards.browser import ORIGIN, PASSWORD, Browser, add_user, application

from watchword.guards import session_form
from watchword.server.cookies import cookie_rules

SESSION = cookie_rules(f"{ORIGIN}/auth").session


@pytest.fixture
def browser(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_URL", raising=False)
    app, auth, _ = application(tmp_path)
    with TestClient(app, base_url=ORIGIN) as client:
        made = Browser(client, auth)
        add_user(made)
        made.sign_in()
        yield made


def code(answer):
    return answer.status_code, answer.json()["code"]


@pytest.fixture(params=[True, False], ids=["with python-multipart", "without"])
def reads_forms(request, monkeypatch):
    """Whether Starlette's reader of forms is installed; the pages of the server need none."""
    monkeypatch.setattr(session_form, "_READS_FORMS", request.param)
    return request.param


@pytest.mark.requirement("guards:session:csrf-token")
@pytest.mark.usefixtures("reads_forms")
def test_cookie_alone_changes_nothing(browser):
    """A form of another site carries the cookie and no token."""
    good = browser.token()
    assert code(browser.client.post("/profile")) == (403, "foreign_form")
    assert code(browser.client.post("/profile", data={"a": "b"})) == (403, "foreign_form")
    for wrong in ("", good[:-1], good[:-1] + ("A" if good[-1] != "A" else "B"), good + "A"):
        answer = browser.client.post("/profile", headers={"x-form-token": wrong})
        assert code(answer) == (403, "foreign_form")
        assert code(browser.client.post("/profile", data={"form_token": wrong}))[0] == 403
    twice = [("x-form-token", good), ("x-form-token", good)]
    assert code(browser.client.post("/profile", headers=twice)) == (403, "foreign_form")
    body = f"form_token={good}&form_token={good}"
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert code(browser.client.post("/profile", content=body, headers=form))[0] == 403
    assert browser.client.post("/profile", data={"form_token": good}).status_code == 200


def test_form_that_is_read_for_its_token_alone_has_a_limit(browser, monkeypatch):
    """Where nothing else reads it. Starlette's reader has limits of its own."""
    monkeypatch.setattr(session_form, "_READS_FORMS", False)
    large = {"form_token": browser.token(), "filler": "x" * 70_000}
    assert code(browser.client.post("/profile", data=large)) == (403, "foreign_form")


@pytest.mark.requirement("guards:session:multipart-token")
def test_token_of_a_multipart_form_is_found_among_its_fields(browser, reads_forms):
    """A form with a file. A file that is named like the field is no token."""
    good, upload = browser.token(), {"picture": ("a.png", b"x" * 100, "image/png")}
    answer = browser.client.post("/profile", data={"form_token": good}, files=upload)
    assert answer.status_code == (200 if reads_forms else 403)
    for fields, files in (
        ({}, upload),
        ({"form_token": good[:-1]}, upload),
        ({"form_token": [good, good]}, upload),
        ({}, {"form_token": ("t", good.encode(), "text/plain")}),
    ):
        refused = browser.client.post("/profile", data=fields, files=files)
        assert code(refused) == (403, "foreign_form")


@pytest.mark.requirement("guards:session:origin")
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
    ],
)
def test_request_of_another_site_is_refused_also_with_the_token(browser, headers):
    sent = {"x-form-token": browser.token(), **headers}
    assert code(browser.client.post("/profile", headers=sent)) == (403, "foreign_form")


@pytest.mark.requirement("guards:session:csrf-token")
def test_token_of_an_earlier_session_is_worth_nothing(browser):
    earlier = browser.token()
    browser.sign_in()
    answer = browser.client.post("/profile", headers={"x-form-token": earlier})
    assert code(answer) == (403, "foreign_form")


@pytest.mark.requirement("guards:session:separate")
def test_each_guard_reads_its_own_credential_alone(browser):
    """A bearer header opens no browser route, and a cookie no route of tokens."""
    login = {"username": "alice", "password": PASSWORD}
    pair = browser.client.post("/auth/login", json=login).json()
    bearer = {"authorization": f"Bearer {pair['access_token']}"}
    assert browser.client.get("/notes", headers=bearer).json() == "alice"
    assert code(browser.client.get("/notes")) == (401, "token_missing")
    cookies = dict(browser.client.cookies)
    browser.client.cookies.clear()
    assert code(browser.client.get("/profile", headers=bearer)) == (401, "session_missing")
    header = {"x-form-token": "x", **bearer}
    assert code(browser.client.post("/profile", headers=header)) == (401, "session_missing")
    as_token = {"authorization": f"Bearer {cookies[SESSION]}"}
    assert browser.client.get("/notes", headers=as_token).status_code == 401


@pytest.mark.requirement("guards:session:fixation")
@pytest.mark.parametrize("planted", ["x", "A" * 43, "A" * 42 + "%00"])
def test_planted_cookie_is_nobody(browser, planted):
    """security.md rule 38: a session id that the server did not make opens nothing."""
    browser.client.cookies.clear()
    answer = browser.client.get("/profile", headers={"cookie": f"{SESSION}={planted}"})
    assert answer.status_code == 401
    doubled = f"{SESSION}={'A' * 43}; {SESSION}={'B' * 43}"
    assert code(browser.client.get("/profile", headers={"cookie": doubled}))[0] == 401
