"""The FastAPI door: the quickstart as it is written. Source: users.md section 5, U2, U7, U13."""

import contextlib
import time
from functools import partial
from typing import Annotated

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from watchword.access import Policy
from watchword.accounts.passwords.hashing import PARAMETERS
from watchword.accounts.users import NewUser
from watchword.base.secrets import Secret
from watchword.fastapi import Auth, User
from watchword.server.errors import ConfigurationError, NotStarted

ALICE, BOB = "user_AAAAAAAAAAAAAAAAAAAAAA", "user_BBBBBBBBBBBBBBBBBBBBBB"
PASSWORD = "a long passphrase of five words"
ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_URL", raising=False)


def quickstart() -> tuple[FastAPI, Auth]:
    app = FastAPI()
    auth = Auth("sqlite:///app.db").mount(app)

    @app.get("/notes")
    def notes(user: Annotated[User, auth.user]):
        return {"owner": user.name}

    owners = {7: ALICE}

    def note_owner(id: int) -> str:  # noqa: A002  # as the quickstart writes it
        return owners[id]

    @app.delete("/notes/{id}")
    def drop(
        id: int,  # noqa: A002  # as the quickstart writes it
        user: Annotated[User, auth.require("notes:delete", owner=note_owner)],
    ):
        return {"deleted": id}

    return app, auth


class Person:
    def __init__(self, client: TestClient, auth: Auth, user_id: str, name: str) -> None:
        client.portal.call(partial(self._add, auth, user_id, name))
        login = {"username": name, "password": PASSWORD}
        answer = client.post("/auth/login", json=login)
        assert answer.status_code == 200, answer.text
        self.pair = answer.json()
        self.header = {"Authorization": f"Bearer {self.pair['access_token']}"}

    async def _add(self, auth: Auth, user_id: str, name: str) -> None:
        runtime = auth.server.runtime
        hashed = await runtime.hasher.hash(Secret(PASSWORD), PARAMETERS)
        user = NewUser(user_id, name, hashed, frozenset(), int(time.time()))
        await runtime.store.add_user(user)


@pytest.mark.requirement("users:U1:fastapi-quickstart")
def test_quickstart_works_as_written():
    app, auth = quickstart()
    with TestClient(app, base_url=ORIGIN) as client:
        assert client.get("/notes").status_code == 401
        alice, bob = Person(client, auth, ALICE, "alice"), Person(client, auth, BOB, "bob")
        assert client.get("/notes", headers=alice.header).json() == {"owner": "alice"}
        assert client.delete("/notes/7", headers=alice.header).json() == {"deleted": 7}
        refused = client.delete("/notes/7", headers=bob.header)
        assert refused.status_code == 403
        assert refused.json()["type"] == f"{ORIGIN}/auth/errors/not_allowed"
        assert client.get("/auth/me", headers=alice.header).json()["sub"] == ALICE
        assert client.get("/docs").status_code == 200
        assert client.get("/auth/signin").status_code == 200


def test_scopes_of_routes_are_in_the_catalogue_and_in_the_token():
    """ARCHITECTURE section 6: the built-in client is entitled to every registered scope."""
    app, auth = quickstart()
    with TestClient(app, base_url=ORIGIN) as client:
        metadata = client.get("/auth/.well-known/oauth-authorization-server").json()
        assert "notes:delete" in metadata["scopes_supported"]
        assert Person(client, auth, ALICE, "alice").pair["scope"] == "notes:delete"


def test_scopes_that_the_policy_maps_are_in_the_catalogue():
    """decisions/0159: an API that declares none is open to whomever a person lets in."""
    app = FastAPI()
    Auth("sqlite:///app.db", policy=Policy(scopes={"notes:read": ["read"]})).mount(app)
    with TestClient(app, base_url=ORIGIN) as client:
        metadata = client.get("/auth/.well-known/oauth-authorization-server").json()
        assert "notes:read" in metadata["scopes_supported"]


def test_scopes_may_be_described_and_added():
    app = FastAPI()
    auth = Auth("sqlite:///app.db", scopes={"extra": "More"}, audience="notes").mount(app)
    app.get("/x", dependencies=[auth.require("notes:read")])(lambda: 1)
    with TestClient(app, base_url=ORIGIN) as client:
        person = Person(client, auth, ALICE, "alice")
        assert person.pair["scope"] == "notes:read extra"
        assert client.get("/x", headers=person.header).status_code == 200


@pytest.mark.requirement("users:U13:path-inserted-metadata")
def test_metadata_stands_at_the_root_and_below_the_path():
    app, _ = quickstart()
    with TestClient(app, base_url=ORIGIN) as client:
        inserted = client.get("/.well-known/oauth-authorization-server/auth").json()
        assert inserted["issuer"] == f"{ORIGIN}/auth"
        assert client.get("/auth/.well-known/openid-configuration").json() == inserted


@pytest.mark.requirement("users:U7:host-never-the-issuer")
def test_foreign_host_is_503_while_the_url_is_unset():
    app, auth = quickstart()
    with TestClient(app, base_url="http://evil.example") as client:
        assert client.get("/auth/me").status_code == 503
    assert auth.server.issuer == f"{ORIGIN}/auth"


def test_suspension_and_logout_hold_at_the_next_request():
    app, auth = quickstart()
    with TestClient(app, base_url=ORIGIN) as client:
        alice, bob = Person(client, auth, ALICE, "alice"), Person(client, auth, BOB, "bob")
        store = auth.server.runtime.store
        client.portal.call(partial(store.suspend_user, ALICE, now=int(time.time())))
        refused = client.get("/notes", headers=alice.header)
        assert (refused.status_code, refused.json()["code"]) == (403, "suspended")
        ended = client.post("/auth/logout", json={"refresh_token": bob.pair["refresh_token"]})
        assert ended.status_code == 204
        gone = client.get("/notes", headers=bob.header)
        assert (gone.status_code, gone.json()["code"]) == (401, "session_ended")


def test_own_lifespan_runs_inside_the_servers():
    seen = []

    @contextlib.asynccontextmanager
    async def lifespan(_app):
        seen.append(auth.server.runtime.settings.issuer)
        yield {"state": "kept"}
        seen.append("ended")

    app = FastAPI(lifespan=lifespan)
    auth = Auth("sqlite:///app.db").mount(app)
    with TestClient(app, base_url=ORIGIN):
        pass
    assert seen == [f"{ORIGIN}/auth", "ended"]
    with pytest.raises(NotStarted):
        _ = auth.server.runtime


def test_two_servers_stand_in_one_process():
    first, one = quickstart()
    second = FastAPI()
    other = Auth("sqlite:///other.db", url="https://b.example").mount(second, path="/id")
    second.get("/x", dependencies=[other.user])(lambda: 1)
    with (
        TestClient(first, base_url=ORIGIN) as a,
        TestClient(second, base_url="https://b.example") as b,
    ):
        alice = Person(a, one, ALICE, "alice")
        assert other.server.issuer == "https://b.example/id"
        assert b.get("/x", headers=alice.header).status_code == 401


def test_optional_public_subject_and_may_are_those_of_the_guard():
    app = FastAPI()
    auth = Auth("sqlite:///app.db", public=["/open"]).mount(app)
    app.get("/open")(lambda: 1)
    app.get("/health", dependencies=[auth.public])(lambda: 1)
    app.get("/hello", dependencies=[auth.optional])(lambda: 1)
    app.get("/me", dependencies=[auth.subject])(lambda: 1)
    with pytest.raises(TypeError, match="policy="):
        auth.may("read", FastAPI)
    with TestClient(app, base_url=ORIGIN) as client:
        found = [client.get(path).status_code for path in ("/open", "/health", "/hello", "/me")]
    assert found == [200, 200, 200, 401]


def test_use_before_mount_says_what_to_do():
    auth = Auth("sqlite:///app.db")
    for ask in (lambda: auth.user, lambda: auth.server):
        with pytest.raises(RuntimeError, match="mount"):
            ask()


def test_bad_setting_stops_before_the_start():
    with pytest.raises(ConfigurationError, match="http off loopback"):
        Auth("sqlite:///app.db", url="http://id.example.com").mount(FastAPI())


@pytest.mark.requirement("security:3.1:killed-pair-at-guards")
def test_access_token_of_a_killed_pair_opens_nothing():
    app, auth = quickstart()
    with TestClient(app, base_url=ORIGIN) as client:
        first = Person(client, auth, ALICE, "alice").pair
        pairs = [
            client.post("/auth/refresh", json={"refresh_token": first["refresh_token"]}).json()
            for _ in range(2)
        ]
        answers = [
            client.get("/notes", headers={"Authorization": f"Bearer {pair['access_token']}"})
            for pair in pairs
        ]
    assert [answer.status_code for answer in answers] == [401, 200]
    assert answers[0].json()["code"] == "token_revoked"


@pytest.mark.requirement("guards:issuer-not-started")
def test_guard_beside_a_server_that_does_not_run_answers_503(caplog):
    app, auth = quickstart()
    with TestClient(app, base_url=ORIGIN) as client:
        header = Person(client, auth, ALICE, "alice").header
    answer = TestClient(app, base_url=ORIGIN).get("/notes", headers=header)
    assert (answer.status_code, answer.json()["code"]) == (503, "keys_unavailable")
    assert answer.headers["retry-after"]
    (line,) = (r for r in caplog.records if answer.json()["id"] in r.getMessage())
    assert line.levelname == "ERROR"
    assert "await AuthServer.startup() in the lifespan" in line.getMessage()


def test_audience_of_any_characters_refuses_with_401(tmp_path):
    app = FastAPI()
    auth = Auth("sqlite:///app.db", audience='Notizen "für alle"').mount(app)
    app.get("/notes", dependencies=[auth.user])(lambda: 1)
    with TestClient(app, base_url=ORIGIN) as client:
        answer = client.get("/notes")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="Notizen ?f?r alle?"'


@pytest.mark.requirement("guards:client-token")
def test_client_that_acts_for_itself_calls_an_api_and_owns_nothing():
    """RFC 6749 section 4.4: an unmodified route, a token of no person."""
    app, auth = quickstart()
    secret = "a long random text of the nightly job"
    auth.server.client(
        "nightly", name="Nightly", secret=Secret(secret), grant_types=["client_credentials"]
    )
    with TestClient(app, base_url=ORIGIN) as client:
        answer = client.post(
            "/auth/token", data={"grant_type": "client_credentials"}, auth=("nightly", secret)
        )
        assert answer.status_code == 200, answer.text
        header = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        assert client.get("/notes", headers=header).json() == {"owner": "nightly"}
        assert client.delete("/notes/7", headers=header).status_code == 403
        client.post(
            "/auth/revoke",
            data={"token": answer.json()["access_token"]},
            auth=("nightly", secret),
        )
        refused = client.get("/notes", headers=header)
        assert (refused.status_code, refused.json()["code"]) == (401, "token_revoked")


def test_what_belongs_to_the_server_is_named_there():
    """`client` and `resource` of the documentation are methods of the server part."""
    auth = Auth("sqlite:///x.db")
    with pytest.raises(AttributeError, match=r"write auth\.server\.client"):
        auth.client("shop", name="Shop")
    with pytest.raises(AttributeError, match=r"Auth has no clients$"):
        _ = auth.clients
