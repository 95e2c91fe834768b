"""`POST /refresh` and `POST /token` over HTTP: the same grant twice."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

DAY_SECONDS = 86_400
PATIENCE_SECONDS = 60


def by_token_endpoint(running, refresh_token, **parameters):
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **parameters}
    return running.http.post("/token", data=form)


def by_refresh(running, refresh_token, **members):
    return running.refresh(refresh_token, **members)


both = pytest.mark.parametrize("refresh", [by_refresh, by_token_endpoint])


@pytest.mark.requirement("oauth:R-5:bearer-rotates")
@both
def test_refresh_token_buys_the_next_pair(running, refresh):
    """RFC 6749 section 6; oauth.md R-5."""
    first = running.tokens()
    running.clock.forward(301)
    assert running.me(first["access_token"]).json()["code"] == "token_expired"
    answer = refresh(running, first["refresh_token"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    second = answer.json()
    assert second["refresh_token"] != first["refresh_token"]
    assert running.me(second["access_token"]).status_code == 200


@both
def test_scope_may_be_narrowed_and_never_widened(running, refresh):
    """RFC 6749 section 6; oauth.md R-3."""
    pair = running.tokens(scope="notes:read")
    refused = refresh(running, pair["refresh_token"], scope="notes:read notes:write")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    assert refresh(running, pair["refresh_token"]).json()["scope"] == "notes:read"


@both
@pytest.mark.requirement("server:R:reuse-revokes")
def test_spent_refresh_token_revokes_the_login_once_its_successor_was_used(running, refresh):
    """oauth.md section 5; RFC 9700 section 4.14.2."""
    first = running.tokens()
    second = refresh(running, first["refresh_token"]).json()
    assert running.me(second["access_token"]).status_code == 200  # the successor pair is used
    reused = refresh(running, first["refresh_token"])
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert refresh(running, second["refresh_token"]).json()["error"] == "invalid_grant"
    assert running.me(second["access_token"]).json()["code"] == "session_ended"


@both
def test_answer_lost_on_the_way_is_forgiven(running, refresh):
    """oauth.md R-1: the successor pair is wholly unused."""
    first = running.tokens()
    lost = refresh(running, first["refresh_token"]).json()
    again = refresh(running, first["refresh_token"])
    assert again.status_code == 200
    assert refresh(running, again.json()["refresh_token"]).status_code == 200
    assert lost["refresh_token"] != again.json()["refresh_token"]


@both
@pytest.mark.requirement("server:R:killed-pair")
def test_access_token_of_a_killed_pair_is_refused(running, refresh):
    """security.md section 3.1 step 4: the whole pair dies, and the login goes on."""
    first = running.tokens()
    killed = refresh(running, first["refresh_token"]).json()
    kept = refresh(running, first["refresh_token"]).json()
    refused = running.me(killed["access_token"])
    assert (refused.status_code, refused.json()["code"]) == (401, "token_revoked")
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    headers = {"authorization": f"Bearer {killed['access_token']}"}
    assert running.http.post("/logout", headers=headers).status_code == 401
    for pair in (kept, first):
        assert running.me(pair["access_token"]).status_code == 200
    assert refresh(running, kept["refresh_token"]).status_code == 200


@both
@pytest.mark.parametrize("token", ["unknown", "A" * 43, "x" * 4000])
def test_unknown_tokens_read_like_expired_ones(running, refresh, token):
    """users.md U56."""
    pair = running.tokens()
    running.clock.forward(31 * DAY_SECONDS)
    expired, unknown = (refresh(running, t) for t in (pair["refresh_token"], token))
    assert expired.status_code == unknown.status_code == 400
    assert expired.content == unknown.content


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password", "username": "alice"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": ""}, "invalid_request"),
        (
            {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "no"},
            "invalid_client",
        ),
    ],
)
def test_token_endpoint_names_what_is_wrong(running, form, error):
    """RFC 6749 section 5.2."""
    answer = running.http.post(
        "/token", data=form, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.json()["error"] == error
    assert answer.headers["cache-control"] == "no-store"


def test_token_endpoint_refuses_repeated_parameters_and_json(running):
    """security.md rule 67; RFC 6749 section 3.2."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = b"grant_type=refresh_token&refresh_token=a&refresh_token=b"
    answer = running.http.post("/token", content=body, headers=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert running.http.post("/token", json={"grant_type": "refresh_token"}).status_code == 415
    assert running.http.post("/refresh", data={"refresh_token": "x"}).status_code == 415


@pytest.mark.parametrize("document", [{}, {"refresh_token": None}, {"refresh_token": 5}])
def test_refresh_names_the_missing_member(running, document):
    answer = running.http.post("/refresh", json=document)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "refresh_token" in answer.json()["error_description"]


@pytest.mark.requirement("server:R-2:fifty-presentations")
def test_fifty_presentations_at_once_leave_one_live_pair_and_a_working_login(running):
    """ARCHITECTURE section 6; oauth.md R-2."""
    first = running.tokens()

    async def scene():
        async with httpx2.AsyncClient(base_url=running.url, timeout=30) as http:
            document = {"refresh_token": first["refresh_token"]}
            return await asyncio.gather(*(http.post("/refresh", json=document) for _ in range(50)))

    answers = asyncio.run(scene())
    assert {answer.status_code for answer in answers} == {200}
    raced = {answer.json()["refresh_token"] for answer in answers}
    last = running.refresh(first["refresh_token"])  # its successor pair is still unused
    assert last.status_code == 200
    assert last.json()["refresh_token"] not in raced
    assert running.refresh(last.json()["refresh_token"]).status_code == 200
    # Every pair of the race was replaced: to present one is reuse, and ends the login.
    assert running.refresh(raced.pop()).json()["error"] == "invalid_grant"


@pytest.mark.requirement("server:R-2:shared-answer")
def test_requests_in_flight_share_one_answer(running, monkeypatch):
    """oauth.md R-2: same token, same bindings, one process, first unanswered."""
    store, flights = type(running.auth.runtime.store), type(running.auth.runtime.refreshes)
    rotate, share = store.rotate_refresh_token, flights.share
    gate, arrivals, commands = threading.Event(), threading.Semaphore(0), []

    async def held(self, command):
        commands.append(command)
        await asyncio.to_thread(gate.wait)
        return await rotate(self, command)

    async def counted(self, key, work):
        arrivals.release()
        return await share(self, key, work)

    monkeypatch.setattr(store, "rotate_refresh_token", held)
    monkeypatch.setattr(flights, "share", counted)
    first = running.tokens()
    with ThreadPoolExecutor(6) as pool:
        same = [pool.submit(running.refresh, first["refresh_token"]) for _ in range(5)]
        other = pool.submit(running.refresh, first["refresh_token"], scope="notes:read")
        for _ in range(6):
            assert arrivals.acquire(timeout=PATIENCE_SECONDS)
        gate.set()
        pairs = {answer.result().json()["refresh_token"] for answer in same}
    assert len(pairs) == 1
    assert other.result().json()["refresh_token"] not in pairs
    assert len(commands) == 2
