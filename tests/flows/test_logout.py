"""`POST /logout` over HTTP: the login ends at once, by either token."""

import pytest


def by_refresh_token(running, pair):
    return running.http.post("/logout", json={"refresh_token": pair["refresh_token"]})


def by_access_token(running, pair):
    return running.http.post("/logout", headers={"authorization": f"Bearer {pair['access_token']}"})


def by_access_token_with_a_type(running, pair):
    headers = {
        "authorization": f"Bearer {pair['access_token']}",
        "content-type": "application/json",
    }
    return running.http.post("/logout", headers=headers)


@pytest.mark.requirement("server:41:logout-at-once")
@pytest.mark.parametrize("logout", [by_refresh_token, by_access_token, by_access_token_with_a_type])
def test_logout_ends_both_tokens_at_once(running, logout):
    """security.md rule 41; ARCHITECTURE section 6 (204)."""
    pair, other = running.tokens(), running.tokens()
    answer = logout(running, pair)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert running.refresh(pair["refresh_token"]).json()["error"] == "invalid_grant"
    assert running.me(pair["access_token"]).json()["code"] == "session_ended"
    assert running.me(other["access_token"]).status_code == 200


def test_spent_refresh_token_still_ends_its_login(running):
    pair = running.tokens()
    successor = running.refresh(pair["refresh_token"]).json()
    assert by_refresh_token(running, pair).status_code == 204
    assert running.me(successor["access_token"]).json()["code"] == "session_ended"


def test_logging_out_twice_or_with_an_unknown_token_is_the_same(running):
    """RFC 7009 section 2.2."""
    pair = running.tokens()
    answers = [by_refresh_token(running, pair) for _ in range(2)]
    answers.append(by_refresh_token(running, {"refresh_token": "unknown"}))
    assert [answer.status_code for answer in answers] == [204, 204, 204]


def test_ended_access_token_is_told_so(running):
    pair = running.tokens()
    by_access_token(running, pair)
    answer = by_access_token(running, pair)
    assert (answer.status_code, answer.json()["error"]) == (401, "session_ended")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_request_with_nothing_in_it_is_a_challenge(running):
    answer = running.http.post("/logout")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == running.challenge


@pytest.mark.requirement("server:logout:types")
@pytest.mark.parametrize(
    ("content_type", "status"),
    [("application/x-www-form-urlencoded", 303), ("text/plain", 415), ("text/html", 415)],
)
def test_no_other_type_ends_the_login(running, content_type, status):
    """ARCHITECTURE section 6: a form is RP-initiated logout, which reads no token of a login."""
    pair = running.tokens()
    answer = running.http.post(
        "/logout",
        content=b"refresh_token=" + pair["refresh_token"].encode(),
        headers={"content-type": content_type},
    )
    assert answer.status_code == status
    assert running.me(pair["access_token"]).status_code == 200


@pytest.mark.parametrize("document", [{}, {"refresh_token": 1}])
def test_missing_member_is_named(running, document):
    answer = running.http.post("/logout", json=document)
    assert answer.status_code == 400
    assert "refresh_token" in answer.json()["error_description"]
