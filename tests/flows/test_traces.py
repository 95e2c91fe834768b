"""A refused request is written down, and one command says why it was refused.

Source: oauth.md section 17, W-6; users.md U58.
"""

import asyncio
import time
from base64 import b64encode

import pytest
from click.testing import CliRunner
from tests.flows.authorization import CALLBACK, DYNAMIC, OWN, Pkce, answered, request_of

from watchword.cli.explain import explain
from watchword.server import tracing
from watchword.stores import StoreUnavailable
from watchword.stores.handles.traces import TraceVerbs

LOOKS_MAX = 500
CANARY = "canary-secret-0123456789"


def trace(running, answer):
    """Return the trace that an answer names, as soon as it has been written."""
    trace_id = answer.headers["watchword-trace"]
    for _ in range(LOOKS_MAX):
        found = running.store("find_trace", trace_id)
        if found is not None:
            return found
        time.sleep(0.02)
    raise AssertionError("the trace was never written")


@pytest.mark.requirement("oauth:17:trace")
def test_refused_refresh_names_its_trace(running):
    pair = running.tokens()
    running.http.post("/logout", json={"refresh_token": pair["refresh_token"]})
    sent = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    answer = running.http.post("/token", data=sent)
    found = trace(running, answer)
    assert (found.endpoint, found.status, found.code) == ("POST /token", 400, "invalid_grant")
    assert found.public == answer.json()["error_description"]
    assert found.detail
    assert ("grant_type", "refresh_token") in [(one.name, one.value) for one in found.sent]
    assert any("oauth.grants.refresh_token" in step for step in found.steps)
    assert found.steps[0] == "server.endpoints.tokens.token"


@pytest.mark.requirement("oauth:17:trace")
def test_refused_bearer_names_the_person_behind_it(running):
    pair = running.tokens("alice")
    running.http.post("/logout", json={"refresh_token": pair["refresh_token"]})
    found = trace(running, running.me(pair["access_token"]))
    assert (found.code, found.user_id) == ("session_ended", running.users["alice"].id)


@pytest.mark.requirement("oauth:17:trace")
def test_logout_that_leads_nowhere_says_why_to_the_developer(running):
    """The person reads a sentence; what the application did wrong stands in the trace."""
    asked = {"post_logout_redirect_uri": "https://shop.example/bye?x=1", "state": CANARY}
    page = running.http.get("/logout", params=asked)
    found = trace(running, page)
    assert (found.endpoint, found.status) == ("GET /logout", 400)
    assert found.public == "post_logout_redirect_uri came without an id_token_hint"
    sent = {one.name: one.value for one in found.sent}
    assert sent["post_logout_redirect_uri"].startswith("https://shop.example/bye")
    assert CANARY not in str(found)


@pytest.mark.requirement("oauth:17:trace")
def test_page_that_refuses_names_its_trace(running):
    asked = {"client_id": "nobody", "response_type": "code", "scope": "openid"}
    page = running.http.get("/authorize", params=asked)
    found = trace(running, page)
    assert (found.status, found.client_id) == (400, "nobody")
    assert found.id in page.text


@pytest.mark.requirement("oauth:17:trace")
def test_refusal_that_travels_by_redirect_has_a_trace_too(running):
    """What the client is told in its address, the operator reads with its cause."""
    running.store("register_client", OWN)
    asked = {
        "client_id": OWN.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "notes:read",
        "state": CANARY,
        "code_challenge": "A" * 43,
        "code_challenge_method": "S256",
        "prompt": "none",
    }
    answer = running.http.get("/authorize", params=asked)
    assert answer.status_code == 303
    assert "error=login_required" in answer.headers["location"]
    found = trace(running, answer)
    assert (found.endpoint, found.code) == ("GET /authorize", "login_required")
    assert ("redirect_uri", "https://app.example/cb?...") in [
        (one.name, one.value) for one in found.sent
    ]
    assert CANARY not in repr(found)


@pytest.mark.requirement("oauth:17:trace-without-secrets")
def test_no_secret_is_in_any_trace(running):
    basic = b64encode(f"app:{CANARY}".encode()).decode()
    refused = [
        running.http.post("/token", data={"grant_type": CANARY, "code": CANARY, CANARY: CANARY}),
        running.http.post("/token", data={"refresh_token": CANARY, "client_secret": CANARY}),
        running.http.post(
            "/introspect", data={"token": CANARY}, headers={"authorization": f"Basic {basic}"}
        ),
        running.log_in(CANARY, client_id="nobody", passkey=CANARY),
        running.http.get("/me", headers={"authorization": f"Bearer {CANARY}"}),
        running.http.get("/me", headers={"authorization": CANARY}),
    ]
    hidden = [trace(running, answer) for answer in refused]
    told = repr(hidden).replace(f"Sent(name='grant_type', value='{CANARY}')", "")
    assert CANARY not in told
    assert hidden[2].client_id == "app"


def test_login_that_only_goes_on_and_addresses_that_do_not_exist_leave_no_trace(running):
    assert "watchword-trace" not in running.http.get("/nowhere").headers
    assert "watchword-trace" not in running.http.get("/token").headers


@pytest.mark.requirement("oauth:17:trace-bounded")
def test_flood_of_refusals_writes_a_few_rows(running, monkeypatch):
    monkeypatch.setattr(tracing, "GROUP_TRACES_MAX", 0)
    answer = running.http.get("/me")
    assert answer.headers["watchword-trace"].startswith("failure_")
    monkeypatch.undo()
    trace(running, running.http.get("/me"))
    assert running.store("find_trace", answer.headers["watchword-trace"]) is None


def test_trace_that_cannot_be_written_harms_no_answer(running, monkeypatch, caplog):
    written = TraceVerbs.add_traces

    async def fails(*_arguments, **_options):
        monkeypatch.setattr(TraceVerbs, "add_traces", written)
        raise StoreUnavailable("the disk is full", fix="free some")

    monkeypatch.setattr(TraceVerbs, "add_traces", fails)
    assert running.http.get("/me").status_code == 401
    while "could not be written" not in caplog.text:
        time.sleep(0.02)
    trace(running, running.http.get("/me"))


def test_traces_are_written_before_the_server_is_gone(running):
    answer = running.http.get("/me")
    asyncio.run(running.auth.runtime.tracer.flush())
    assert trace(running, answer).code == "token_missing"


@pytest.mark.requirement("oauth:17:explain")
def test_command_says_what_was_sent_and_which_step_refused(running, tmp_path):
    answer = running.http.post("/token", data={"grant_type": "password", "password": CANARY})
    found = trace(running, answer)
    file = tmp_path / "watchword.toml"
    file.write_text(f'database = "{running.auth.settings.database}"\nurl = "{running.url}"\n')
    said = CliRunner().invoke(explain, [found.id, "--settings", str(file)])
    assert said.exit_code == 0, said.output
    assert "POST /token was answered 400 unsupported_grant_type" in said.output
    assert "password                 (24 characters)" in said.output
    assert "<- refused here" in said.output
    assert "what to do: " in said.output
    assert CANARY not in said.output
    as_json = CliRunner().invoke(explain, ["--json", found.id, "--settings", str(file)])
    assert f'"id": "{found.id}"' in as_json.output
    unknown = CliRunner().invoke(explain, ["failure_x", "--settings", str(file)])
    assert unknown.exit_code == 1
    assert "search its log" in str(unknown.exception)


@pytest.mark.requirement("oauth:17:explain")
@pytest.mark.parametrize(
    ("wrong", "cause", "fix"),
    [
        ({"code_verifier": ""}, "verifier_missing", "Send code_verifier"),
        ({"code_verifier": "v" * 43}, "verifier_wrong", "of the very request"),
        ({"redirect_uri": "https://app.example/b"}, "redirect_uri_differs", "to the letter"),
        ({"client_id": "own"}, "wrong_client", "issued to"),
    ],
)
def test_command_says_what_was_wrong_with_a_code_and_the_peer_is_not_told(
    op, alice, tmp_path, wrong, cause, fix
):
    """oauth.md S-3."""
    pkce = Pkce()
    page = alice.authorize(request_of(DYNAMIC, pkce))
    form = {
        "grant_type": "authorization_code",
        "client_id": "dynamic",
        "code": answered(alice.decide(page, "allow"))["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": pkce.verifier,
    }
    answer = op.http.post("/token", data=form | wrong)
    assert answer.json()["error_description"] == "the authorization code is not valid"
    assert cause not in answer.text
    found = trace(op, answer)
    assert found.detail == f"refused in the transaction: {cause}"
    file = tmp_path / "watchword.toml"
    file.write_text(f'database = "{op.auth.settings.database}"\nurl = "{op.url}"\n')
    said = CliRunner().invoke(explain, [found.id, "--settings", str(file)])
    assert fix in said.output.partition("what to do: ")[2]
    assert op.http.post("/token", data=form).status_code == 200
