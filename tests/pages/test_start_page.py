"""The demo's start page over HTTP."""

import re
from dataclasses import dataclass

import pytest

from watchword.base.secrets import Secret
from watchword.cli.demo.notes.models import Note
from watchword.cli.demo.notes.policy import policy
from watchword.cli.demo.pages.anatomy import take_apart
from watchword.cli.demo.pages.calls import Notes, calls_for, curl_line, login_curl, read_answer
from watchword.cli.demo.pages.lawbook import LAWBOOK
from watchword.cli.demo.pages.trials import SESSIONS_MAX, Pair, Trials
from watchword.jose.jwk.key import Key
from watchword.jose.jwt.signer import Signer

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
JWT = re.compile(r'class="h">([\w-]+)</span><b>.</b><span class="p">([\w-]+)</span><b>.</b>'
                 r'<span class="s">([\w-]+)</span>')  # fmt: skip
NOW = 1_795_406_128
NOTES = Notes({"alice": 1, "bob": 2}, 3, {"alice": 2, "bob": 1})


@pytest.fixture
def http(demo):
    with demo.http() as http:
        yield http


@pytest.fixture
def alice(http, demo):
    password = demo.passphrases["alice"]
    form = {"username": "alice", "password": password, "next": "/#token"}
    assert press(http, "/signin", **form).headers["location"] == "/#token"
    return http


def press(http, path, **form):
    token = TOKEN.search(http.get("/").text)[1]
    return http.post(path, data={"form_token": token, **form})


def shown_token(http):
    return ".".join(JWT.search(http.get("/").text).groups())


def me(http, token):
    return http.get("/me", headers={"authorization": f"Bearer {token}"})


def test_a_stranger_sees_the_steps_and_an_example_that_no_api_accepts(http):
    """users.md U22; issue 2 (7): readable by someone who has never seen a JWT."""
    page = http.get("/").text
    for words in ("1. Sign in", "An example, signed with a key that was thrown away", "alice"):
        assert words in page
    assert "Refused: unknown_key" in page
    assert "/try/call" not in page
    assert me(http, shown_token(http)).status_code == 401
    assert shown_token(http) == shown_token(http)


@pytest.mark.requirement("users-pages:token-through-the-gate")
def test_a_signed_in_browser_sees_its_own_token_which_is_real(alice):
    """oauth.md section 0 (8): the token comes through the issuing gate."""
    page = alice.get("/").text
    assert "Your token" in page
    assert "The signature fits, and every check passed" in page
    token = shown_token(alice)
    assert me(alice, token).status_code == 200
    assert shown_token(alice) == token  # looking again issues nothing


def test_every_member_of_the_token_is_explained(alice):
    page = alice.get("/").text
    for name in ("alg", "kid", "typ", "iss", "sub", "aud", "exp", "jti", "scope", "fam", "ver"):
        assert f"<dt>{name}</dt>" in page
    assert "no words for" not in page


def test_a_call_is_made_with_the_token_and_its_answer_is_shown(alice):
    answer = press(alice, "/try/call", call="update")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/#call-update"
    page = alice.get("/").text
    assert "200</samp> OK" in page
    assert "&#34;title&#34;: &#34;Changed&#34;" in page
    assert "Your answers, and what decided them" in page
    assert "note.owner: &#34;What is yours is yours.&#34;" in page


@pytest.mark.requirement("users-pages:answers-with-their-reason")
def test_a_refusal_is_shown_with_the_rule_that_decided_it(alice):
    """Issue 2 (7): the calls and why."""
    for call in ("list", "create", "read", "stranger", "delete"):
        press(alice, "/try/call", call=call)
    page = alice.get("/").text
    statuses = re.findall(r"<samp>(\d+)</samp>", page)
    assert statuses == ["200", "201", "200", "404", "403"]
    assert page.count("note.owner: would be allowed if") >= 2
    assert "www-authenticate: Bearer realm=" in page


def test_what_an_answer_holds_is_text_and_never_markup(alice):
    """OWASP ASVS 5.0 V1.2.1."""
    headers = {"authorization": f"Bearer {shown_token(alice)}"}
    note = {"title": "<b>bold</b>", "body": "<script>alert(1)</script>"}
    assert alice.put("/notes/1", json=note, headers=headers).status_code == 200
    press(alice, "/try/call", call="read")
    page = alice.get("/").text
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<b>bold" not in page
    assert "<script" not in page


def test_an_expired_token_is_shown_as_such_and_its_calls_fail():
    """RFC 7519 section 4.1.4."""
    key = Key.generate("RS256")
    token = Signer(key, issuer="i", audience="a", lifetime=300, typ="at+jwt", clock=At(NOW))
    view = take_apart(
        token.sign(sub="x"), key.public(), issuer="i", audience="a", now=NOW + 301, is_example=False
    )
    assert not view.verdict.is_verified
    assert "token_expired" in view.verdict.title
    assert view.life.summary == "expired 1 second ago"
    assert [row.label for row in view.life.moments] == ["Issued", "Expires", "Now"]


@dataclass
class At:
    at: int

    def now(self):
        return self.at


def test_every_rule_of_the_policy_is_told_in_words():
    me = policy.subject("user_a", roles={"user"}, suspended=False)
    note = Note(id=1, owner="user_b", title="t", body="b")
    rules = {
        considered.rule
        for action in ("create", "read", "update", "delete")
        for considered in policy.decide(me, action, note).considered
    }
    assert {rule.id for rule in LAWBOOK} == rules | {"otherwise"}


@pytest.mark.requirement("users-pages:refresh-on-the-start-page")
def test_refreshing_shows_the_next_token_and_keeps_the_answers(alice):
    first = shown_token(alice)
    press(alice, "/try/call", call="list")
    assert press(alice, "/try/refresh").headers["location"] == "/#token"
    assert shown_token(alice) != first
    assert me(alice, shown_token(alice)).status_code == 200
    assert "200</samp> OK" in alice.get("/").text


def test_a_pair_that_was_ended_elsewhere_is_replaced(alice, demo):
    """The session is still good, so the page goes on with another family."""
    first = shown_token(alice)
    press(alice, "/try/refresh")
    assert me(alice, first).status_code in {200, 401}
    assert press(alice, "/try/refresh").status_code == 303
    assert me(alice, shown_token(alice)).status_code == 200


@pytest.mark.parametrize(
    ("path", "form"),
    [("/try/call", {"call": "list"}), ("/try/call", {"call": "none"}), ("/try/refresh", {})],
)
def test_a_button_without_a_session_leads_to_the_form(http, path, form):
    assert press(http, path, **form).headers["location"] == "/#signin"


def test_a_call_that_is_not_on_the_page_is_not_made(alice):
    assert press(alice, "/try/call", call="/login").headers["location"] == "/#signin"


@pytest.mark.requirement("users-pages:forms-of-other-origins-refused")
@pytest.mark.parametrize("path", ["/try/call", "/try/refresh"])
def test_a_button_of_another_site_does_nothing(alice, path):
    """security.md rule 47."""
    token = TOKEN.search(alice.get("/").text)[1]
    form = {"form_token": token, "call": "create"}
    answer = alice.post(path, data=form, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    stale = alice.post(path, data={"form_token": "x", "call": "create"})
    assert stale.headers["location"] == "/#signin"
    assert "</samp>" not in alice.get("/").text


def test_signing_out_shows_the_example_again(alice):
    press(alice, "/signout")
    assert "An example, signed with a key" in alice.get("/?notice=signed-out").text


def test_the_page_of_a_stranger_has_the_calls_of_the_first_user():
    assert calls_for(None, NOTES) == calls_for("alice", NOTES) == calls_for("carol", NOTES)
    assert [call.method for call in calls_for("bob", NOTES)] == [
        "GET",
        "POST",
        "GET",
        "PUT",
        "GET",
        "DELETE",
    ]


def test_a_call_is_told_as_a_curl_line():
    lines = {call.id: curl_line(call, "http://h") for call in calls_for("alice", NOTES)}
    assert lines["list"] == 'curl http://h/notes \\\n  -H "Authorization: Bearer $TOKEN"'
    assert lines["update"].startswith("curl -X PUT http://h/notes/1 ")
    assert """--json '{"title": "Changed",""" in lines["update"]
    assert login_curl("alice", "http://h").startswith("curl http://h/login ")


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        (b'{"code": "not_allowed", "detail": "a", "hint": "b"}', "not_allowed", "a"),
        (b'{"code": "not_allowed", "hint": "b", "title": "c"}', "not_allowed", "b"),
        (b'{"title": "c", "code": 5}', None, "c"),
        (b"[]", None, None),
        (b"\xff", None, None),
        (b"", None, None),
    ],
)
def test_the_reason_of_a_refusal_is_read_from_its_problem_body(body, code, reason):
    """RFC 9457 section 3.1."""
    answer = read_answer(403, [], body)
    assert (answer.code, answer.reason) == (code, reason)
    assert not answer.is_success
    assert answer.phrase == "Forbidden"


def test_a_long_answer_is_cut():
    assert len(read_answer(200, [], b"x" * 100_000).body) == 8_000


def test_the_trials_of_many_sessions_are_bounded():
    trials = Trials()
    for number in range(SESSIONS_MAX + 1):
        trials.begin(str(number), Pair("eyJ", Secret("s")))
        trials.find("0")
    assert trials.find("0") is not None
    assert trials.find("1") is None
    assert "eyJ" not in repr(trials.find("0"))
