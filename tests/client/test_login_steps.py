"""`Login` where the account has a second factor. Source: users.md U5."""

import json

import httpx
import httpx2
import pytest
from tests.client.test_login import API, ISSUER, PASSWORD, Async, Clock, Sync, World

from watchword.client import Login, LoginFailed


@pytest.fixture(params=[httpx2, httpx], ids=["httpx2", "httpx"])
def world(request):
    return World(request.param)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def login(clock):
    return Login(ISSUER, "alice", PASSWORD, clock=clock)


class Guarded(World):
    """An issuer that asks for a second factor."""

    wrong = 0  # answers that are refused first

    def answer(self, method, url, body, authorization):
        if url != f"{ISSUER}/login":
            return super().answer(method, url, body, authorization)
        with self.lock:
            self.seen.append((method, url, body, authorization))
        members = json.loads(body)
        if members.get("otp") == "492039" and members["auth_session"] == f"s{self.count(url) - 1}":
            return self.http.Response(200, json=self.pair())
        error = "invalid_credentials" if "otp" in members else "second_factor_required"
        step = {"auth_session": f"s{self.count(url)}", "next": [{"type": "totp"}, {}, 1]}
        return self.http.Response(401, json={"error": error, **step})


@pytest.mark.parametrize("kind", [Sync, Async])
@pytest.mark.parametrize("shown", [["492039"], ["000000", "492039"]])
@pytest.mark.requirement("users:U5:second-factor")
def test_second_factor_comes_through_a_callback(world, clock, kind, shown):
    """users.md U5; a mistyped code is asked for again, with the auth_session of the last answer."""
    guarded, asked = Guarded(world.http), []

    def ask(kinds):
        asked.append(kinds)
        return "otp", shown[len(asked) - 1]

    login = Login(ISSUER, "alice", PASSWORD, second_factor=ask, clock=clock)
    assert kind(guarded, login).get(f"{API}/notes").status_code == 200
    assert asked == [("totp",)] * len(shown)


def test_second_factor_is_asked_three_times_at_most(world, clock):
    guarded, asked = Guarded(world.http), []

    def ask(kinds):
        asked.append(kinds)
        return "otp", "000000"

    login = Login(ISSUER, "alice", PASSWORD, second_factor=ask, clock=clock)
    with pytest.raises(LoginFailed) as failed:
        Sync(guarded, login).get(f"{API}/notes")
    assert (failed.value.code, len(asked)) == ("invalid_credentials", 3)


def test_login_without_a_callback_says_what_is_missing(world, login):
    with pytest.raises(LoginFailed) as failed:
        Sync(Guarded(world.http), login).get(f"{API}/notes")
    assert failed.value.code == "second_factor_required"
