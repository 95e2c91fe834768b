"""`/me/sessions` and `POST /logout/all`: where a person is signed in, and the end of it."""

import pytest

PEER = "127.0.0.1"


def bearer(pair):
    return {"authorization": f"Bearer {pair['access_token']}", "user-agent": "A program"}


def sessions(running, pair):
    answer = running.http.get("/me/sessions", headers=bearer(pair))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()["sessions"]


def end(running, pair, sid):
    return running.http.delete(f"/me/sessions/{sid}", headers=bearer(pair))


@pytest.mark.requirement("security:45:over-the-api")
def test_person_sees_and_ends_sessions_of_their_own(running):
    """security.md rule 45; ASVS V7.5.2."""
    running.http.headers["user-agent"] = "A phone"
    phone = running.tokens()
    running.http.headers["user-agent"] = "A laptop"
    running.clock.forward(61)
    laptop = running.tokens()
    first, second = sessions(running, laptop)
    assert [first["current"], second["current"]] == [True, False]
    assert [first["device"], second["device"]] == ["A laptop", "A phone"]
    assert (first["address"], first["kind"], first["acr"]) == (PEER, "application", "aal1")
    assert end(running, laptop, second["id"]).status_code == 204
    assert running.me(phone["access_token"]).json()["code"] == "session_ended"
    assert running.refresh(phone["refresh_token"]).status_code == 400
    assert [each["id"] for each in sessions(running, laptop)] == [first["id"]]
    assert end(running, laptop, first["id"]).status_code == 204
    assert running.me(laptop["access_token"]).status_code == 401


@pytest.mark.requirement("users:U56:one-404")
def test_session_of_somebody_else_is_answered_like_one_that_never_was(running):
    """users.md U56: byte-equal; security.md C12."""
    alice, bob = running.tokens("alice"), running.tokens("bob")
    (theirs,) = sessions(running, bob)
    gone = running.tokens("alice")
    ended = next(each["id"] for each in sessions(running, gone) if each["current"])
    assert end(running, gone, ended).status_code == 204
    absent = "sid_" + "A" * 22
    answers = [
        end(running, alice, sid) for sid in (theirs["id"], ended, absent, "sid_1", "%00", "x" * 999)
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    told = [{k: v for k, v in a.headers.items() if k != "date"} for a in answers]
    assert all(each == told[0] for each in told)
    assert running.me(bob["access_token"]).status_code == 200


@pytest.mark.requirement("server:41:logout-all")
def test_logging_out_everywhere_ends_every_session_at_once(running):
    """security.md rule 41."""
    pairs = [running.tokens() for _ in range(3)]
    other = running.tokens("bob")
    answer = running.http.post("/logout/all", headers=bearer(pairs[0]))
    assert (answer.status_code, answer.content) == (204, b"")
    for pair in pairs:
        assert running.me(pair["access_token"]).json()["code"] == "session_ended"
        assert running.refresh(pair["refresh_token"]).json()["error"] == "invalid_grant"
    assert running.me(other["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/me/sessions"), ("DELETE", "/me/sessions/sid_1"), ("POST", "/logout/all")],
)
def test_each_needs_a_token_of_this_server(running, method, path):
    answer = running.http.request(method, path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == running.challenge


@pytest.mark.requirement("security:40:configured")
@pytest.mark.parametrize(
    "settings", [{"refresh_idle_seconds": 3600, "refresh_lifetime_seconds": 7200}]
)
def test_limits_of_the_settings_end_a_login(running):
    """security.md rule 40; oauth.md R-4."""
    pair = running.tokens()
    running.clock.forward(3599)
    pair = running.refresh(pair["refresh_token"]).json()
    running.clock.forward(3600)
    assert running.refresh(pair["refresh_token"]).status_code == 400
    pair = running.tokens()
    for _ in range(3):
        running.clock.forward(2000)
        pair = running.refresh(pair["refresh_token"]).json()
    running.clock.forward(1200)
    assert running.refresh(pair["refresh_token"]).status_code == 400
