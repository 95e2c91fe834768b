"""What was refused is found by its id. Source: access.md D5, D6; security.md 88."""

import time

import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import scoped_session, sessionmaker
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from tests.guards.conftest import USER, Subjects, account
from tests.guards.notes import Note, dump, filled, policy

from watchword.accounts.passwords.hashing import PARAMETERS
from watchword.accounts.users import NewUser
from watchword.base.secrets import Secret
from watchword.cli import main
from watchword.flask import Auth
from watchword.guards import asgi, wsgi
from watchword.guards.flask import Guard
from watchword.guards.starlette import Guard as StarletteGuard
from watchword.jose.jwk.key import Key
from watchword.oauth.families import TokenState
from watchword.oauth.traces import Trace

ISSUER, AUDIENCE = "https://id.example.com", "notes"
PASSWORD = "a long passphrase of five words"
BOUND = {"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}
BO = "user_BBBBBBBBBBBBBBBBBBBBBB"


@pytest.fixture
def database(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/notes.db")
    filled(engine)
    session = scoped_session(sessionmaker(engine))
    yield session
    session.remove()
    engine.dispose()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.requirement("access:D6:one-record")
def test_record_ties_the_token_to_the_decision(mint, clock, database):
    kept: list[Trace] = []
    app = Flask(__name__)
    auth = Guard(
        ISSUER,
        audience=AUDIENCE,
        policy=policy,
        db=database,
        keys=mint.keys,
        records=kept.append,
        clock=clock,
    ).install(app)
    app.add_url_rule("/<int:id>", "note", auth.may("update", Note)(dump), methods=["PUT"])
    refused = app.test_client().put("/3", headers=bearer(mint.token(act={"sub": "svc"})))
    assert refused.status_code == 403
    (trace,) = kept
    assert (trace.id, trace.endpoint) == (refused.json["id"], "PUT /<int:id>")
    assert (trace.code, trace.status, trace.client_id) == ("not_allowed", 403, "app")
    proved = {each.name: each.value for each in trace.sent}
    assert proved["issuer"] == ISSUER
    assert proved["facts of"] == "token, 0 s old, version 3"
    assert proved["acts for them"] == "svc"
    assert any("note.owner" in step and "'cy'" in step for step in trace.steps)
    assert trace.steps[-1].endswith(": not_allowed")
    # The caller learns the id, and neither rules nor values (D5).
    assert b"cy" not in refused.data
    assert b"owner" not in refused.data
    assert app.test_client().put("/2", headers=bearer(mint.token())).status_code == 404
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("state", "claims", "code"),
    [
        (TokenState(account(), is_live=False, is_replaced=False), {}, "session_ended"),
        (TokenState(None, is_live=False, is_replaced=False), {}, "session_ended"),
        (TokenState(account(), is_live=True, is_replaced=True), {}, "token_revoked"),
        (TokenState(account(), is_live=True, is_replaced=False), BOUND, "sender_not_proved"),
    ],
)
@pytest.mark.parametrize("awaits", [True, False])
def test_record_of_a_refused_good_token_says_whose_it_is(awaits, state, claims, code, mint, clock):
    (trace,) = refused(mint.token(**claims), mint, clock, Subjects(state), awaits=awaits)
    assert (trace.code, trace.client_id, trace.user_id) == (code, "app", USER)
    proved = {each.name: each.value for each in trace.sent}
    # The facts were not found, so none are told.
    assert proved == {
        "issuer": ISSUER,
        "token": "gen_1",
        "session": "sid_1",
        "scopes": "notes:read",
    }


@pytest.mark.requirement("guards:refused:whose")
@pytest.mark.parametrize("awaits", [True, False])
def test_record_and_log_of_an_expired_token_say_whose_it_is(awaits, mint, clock, caplog):
    caplog.set_level("INFO")
    token = mint.token(iat=clock.now() - 7_200, exp=clock.now() - 3_600)
    (trace,) = refused(token, mint, clock, Subjects(), awaits=awaits)
    assert (trace.code, trace.client_id, trace.user_id) == ("token_expired", "app", USER)
    said = f'{trace.id} 401 token_expired sub="{USER}" client_id="app" token_expired (exp): '
    assert [each for each in caplog.messages if each.startswith(said)]


@pytest.mark.parametrize("awaits", [True, False])
def test_record_tells_nothing_that_is_not_verified(awaits, mint, clock):
    long_ago = {"iat": clock.now() - 7_200, "exp": clock.now() - 3_600}
    another = Key.generate("ES256")
    forged = (mint.token(key=another), mint.token(key=another, **long_ago))
    of_another_api = (mint.token(aud="elsewhere"), mint.token(aud="elsewhere", **long_ago))
    of_no_client = mint.token(client_id=None, **long_ago)
    for token in (*forged, *of_another_api, of_no_client):
        (trace,) = refused(token, mint, clock, Subjects(), awaits=awaits)
        assert (trace.client_id, trace.user_id, trace.sent) == (None, None, ())


def refused(token, mint, clock, subjects, *, awaits: bool) -> list[Trace]:
    """Return what a guard records, of an event loop or of threads."""
    kept: list[Trace] = []
    options = {"keys": mint.keys, "records": kept.append, "clock": clock, "subjects": subjects}
    if awaits:
        guard = asgi.Guard(Starlette(), ISSUER, audience=AUDIENCE, **options)
        with TestClient(guard) as client:
            client.get("/x", headers=bearer(token))
    else:
        wsgi.Guard(lambda *_: [], ISSUER, audience=AUDIENCE, **options)(
            {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": "/x",
                "HTTP_AUTHORIZATION": f"Bearer {token}",
            },
            lambda *_: None,
        )
    return kept


def test_every_guard_records(mint, clock):
    kept: list[Trace] = []
    options = {"audience": AUDIENCE, "keys": mint.keys, "records": kept.append, "clock": clock}
    starlette = StarletteGuard(ISSUER, **options)

    @starlette.require("notes:write")
    def view(request): ...

    app = Starlette(routes=[Route("/x/{id}", view)])
    starlette.install(app)
    with TestClient(app) as client:
        client.get("/x/7", headers=bearer(mint.token()))
        client.get("/x/7")
    with TestClient(asgi.Guard(app, ISSUER, **options)) as client:
        client.get("/x/7")
    wsgi.Guard(lambda *_: [], ISSUER, **options)(
        {"REQUEST_METHOD": "GET", "PATH_INFO": "/y"}, lambda *_: None
    )
    assert [(each.endpoint, each.code) for each in kept] == [
        ("GET /x/{id}", "insufficient_scope"),
        ("GET /x/{id}", "token_missing"),
        ("GET /x/7", "token_missing"),
        ("GET /y", "token_missing"),
    ]
    assert [each.user_id is None for each in kept] == [False, True, True, True]


@pytest.mark.requirement("access:D6:found-by-id")
def test_operator_explains_a_refusal_by_its_id(tmp_path, monkeypatch, capsys, database):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_URL", raising=False)
    monkeypatch.setenv("WATCHWORD_DATABASE", "sqlite:///app.db")
    app = Flask(__name__)
    auth = Auth("sqlite:///app.db", policy=policy, db=database).mount(app)
    app.add_url_rule("/<int:id>", "note", auth.may("update", Note)(dump), methods=["PUT"])
    client = app.test_client()
    origin = "http://127.0.0.1:8000"
    assert client.put("/3", base_url=origin).status_code == 401

    async def add() -> None:
        runtime = auth.server.runtime
        hashed = await runtime.hasher.hash(Secret(PASSWORD), PARAMETERS)
        user = NewUser(BO, "bo", hashed, frozenset({"user"}), int(time.time()))
        await runtime.store.add_user(user)

    auth._loop.run(add())
    login = {"username": "bo", "password": PASSWORD}
    pair = client.post("/auth/login", base_url=origin, json=login).json
    answer = client.put("/3", base_url=origin, headers=bearer(pair["access_token"]))
    assert (answer.status_code, answer.json["code"]) == (403, "not_allowed")
    auth._loop.run(auth.server.runtime.store.end_sessions(BO, keep=None, now=int(time.time())))
    over = client.put("/3", base_url=origin, headers=bearer(pair["access_token"]))
    assert (over.status_code, over.json["code"]) == (401, "session_ended")
    nobody = client.put("/3", base_url=origin)
    auth._loop.run(auth.server.runtime.tracer.flush())
    auth.close()
    assert main(["explain", answer.json["id"]]) == 0
    out = capsys.readouterr().out
    assert "PUT /<int:id> was answered 403 not_allowed" in out
    assert f"user: {BO}" in out
    assert "facts of                 database, 0 s old" in out
    assert "the policy considered:" in out
    assert "note.owner" in out
    assert main(["explain", over.json["id"]]) == 0
    out = capsys.readouterr().out
    assert f"user: {BO}\nthe token proved:\n  issuer " in out
    assert "  session                  sid_" in out
    assert "client: not named" not in out
    assert main(["explain", nobody.json["id"]]) == 0
    assert "user: not known\nthe request proved nothing\n" in capsys.readouterr().out
