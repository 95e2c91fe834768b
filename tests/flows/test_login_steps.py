"""Logins of several steps over HTTP: what a program really receives.

Source: oauth.md section 6; security.md rules 35, 48 and 60.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest

from watchword.accounts.factors.together import Changer
from watchword.accounts.factors.totp import begin_enrolment, confirm_enrolment, open_enrolment
from watchword.base.secrets import Secret


@pytest.fixture
def generator(running):
    """Give alice a code generator."""
    runtime, user = running.auth.runtime, running.users["alice"]

    async def enrol():
        await begin_enrolment(user, "phone", runtime.totp)
        enrolment = await open_enrolment(user, runtime.totp)
        generator = pyotp.parse_uri(enrolment.uri.reveal())
        code = Secret(generator.at(running.clock.seconds))
        await confirm_enrolment(code, Changer(user.id), user, runtime.totp)
        await runtime.store.release()
        return generator

    generator = asyncio.run(enrol())
    running.clock.forward(30)
    return generator


def challenge(running, **form):
    return running.http.post("/authorize-challenge", data=form)


@pytest.mark.requirement("oauth:6:second-factor-over-http")
def test_second_factor_over_http(running, generator):
    """The status, the challenge, the members, and nothing that a cache may keep."""
    asked = running.log_in()
    assert (asked.status_code, asked.headers["cache-control"]) == (401, "no-store")
    assert asked.headers["www-authenticate"] == 'Login realm="watchword"'
    document = asked.json()
    assert document["error"] == "second_factor_required"
    assert document["next"] == [{"type": "totp"}]
    assert "set-cookie" not in asked.headers
    code = generator.at(running.clock.seconds)
    step = {"auth_session": document["auth_session"], "otp": code}
    answer = running.http.post("/login", json=step)
    assert answer.status_code == 200
    assert running.me(answer.json()["access_token"]).status_code == 200
    again = running.http.post("/login", json=step)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_session")


@pytest.mark.requirement("security:35:equal-delays")
def test_delay_reads_the_same_for_every_name(running):
    """security.md rule 35: 429 with Retry-After, whether there is an account or not."""
    answers = {}
    for name in ("alice", "nobody"):
        for _ in range(10):
            refused = running.log_in(name, password="wrong wrong wrong")
            assert refused.status_code == 401
        delayed = running.log_in(name)
        assert len(delayed.headers["watchword-trace"]) == 30  # chance, and of one length
        varying = {"date", "watchword-trace", "x-request-id"}
        headers = {k: v for k, v in delayed.headers.items() if k not in varying}
        answers[name] = (delayed.status_code, delayed.content, headers)
    assert answers["alice"] == answers["nobody"]
    status, _, headers = answers["alice"]
    assert (status, headers["retry-after"]) == (429, "300")
    running.clock.forward(300)
    assert running.log_in().status_code == 200


@pytest.mark.requirement("fipa-03:challenge:over-http")
def test_code_over_http(running, generator):
    """Draft-03, and RFC 6749 section 4.1.3 without a redirect_uri."""
    metadata = running.http.get("/.well-known/oauth-authorization-server").json()
    assert metadata["authorization_challenge_endpoint"].endswith("/authorize-challenge")
    form = {"username": "alice", "password": "alice walks seven brown dogs"}
    asked = challenge(running, **form)
    assert (asked.status_code, asked.json()["error"]) == (400, "insufficient_authorization")
    assert asked.json()["reason"] == "second_factor_required"
    granted = challenge(
        running,
        auth_session=asked.json()["auth_session"],
        otp=generator.at(running.clock.seconds),
    )
    assert (granted.status_code, granted.headers["cache-control"]) == (200, "no-store")
    assert set(granted.json()) == {"authorization_code"}
    redeeming = {"grant_type": "authorization_code", "code": granted.json()["authorization_code"]}
    assert running.http.post("/token", data=redeeming).status_code == 200
    reused = running.http.post("/token", data=redeeming)
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.requirement("oauth:L-8:only-what-is-missing")
def test_step_up_of_a_session_buys_no_code(running, generator):
    """The skins share their logins; proofs of a session must not go into one that outlives it."""
    asked = running.log_in().json()
    step = {"auth_session": asked["auth_session"], "otp": generator.at(running.clock.seconds)}
    pair = running.http.post("/login", json=step).json()
    running.clock.forward(600)
    members = {"refresh_token": pair["refresh_token"], "max_age": 60}
    begun = running.http.post("/login", json=members).json()
    password = "alice walks seven brown dogs"
    refused = challenge(running, auth_session=begun["auth_session"], password=password)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_session")


@pytest.mark.requirement("security:60:codes-are-not-shared")
def test_redemptions_at_once_do_not_share_an_answer(running):
    """security.md rule 60: repeated refreshes share one, codes have a single winner."""
    form = {"username": "alice", "password": "alice walks seven brown dogs"}
    code = challenge(running, **form).json()["authorization_code"]
    redeeming = {"grant_type": "authorization_code", "code": code}
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: running.http.post("/token", data=redeeming), range(16))
        statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [200] + [400] * 15


def test_json_is_no_form_and_a_form_no_json(running):
    """oauth.md L-1: a form could be sent from another site."""
    assert running.http.post("/login", data={"username": "alice"}).status_code == 415
    assert running.http.post("/authorize-challenge", json={}).status_code == 415


def test_page_of_another_site_may_not_log_in(running):
    """oauth.md L-12."""
    answer = running.http.post(
        "/authorize-challenge",
        data={"username": "alice", "password": "x"},
        headers={"origin": "https://evil.example"},
    )
    assert answer.status_code == 403
