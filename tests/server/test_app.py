"""The server as an application: alone, mounted, several in one process."""

import asyncio
import contextlib

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from watchword.oauth.clients import Client
from watchword.server.app import AuthServer
from watchword.server.errors import AlreadyStarted, ConfigurationError, NotStarted
from watchword.server.settings import Settings
from watchword.stores import StoreUnavailable

PASSWORD = "alice walks seven brown dogs"


def test_runtime_before_the_start_says_what_to_do(auth):
    with pytest.raises(NotStarted, match=r"await AuthServer\.startup\(\) in the lifespan"):
        _ = auth.runtime


@pytest.mark.requirement("server:embedded:start-twice")
def test_starting_twice_is_refused(server):
    with pytest.raises(AlreadyStarted):
        server.run(server.auth.startup())
    with pytest.raises(AlreadyStarted):
        server.auth.resource("https://late.example", scopes={})
    with pytest.raises(AlreadyStarted):
        server.auth.client("late", name="Late")


def test_stopped_server_starts_again(server):
    server.run(server.auth.shutdown())
    server.run(server.auth.shutdown())
    assert server.get("/livez").status_code == 503
    server.run(server.auth.startup())
    assert server.log_in().status_code == 200


def test_request_before_the_start_is_503_and_names_the_reason(auth):
    sent = []

    async def scene():
        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/livez",
            "query_string": b"",
            "headers": [],
            "server": ("127.0.0.1", 8000),
            "scheme": "http",
        }
        await auth(scope, receive, send)

    asyncio.run(scene())
    assert sent[0]["status"] == 503
    assert b'"not_started"' in sent[1]["body"]


def test_lifespan_starts_and_stops_the_top_application(auth):
    async def scene():
        inbox, outbox = asyncio.Queue(), asyncio.Queue()
        main = asyncio.create_task(auth({"type": "lifespan"}, inbox.get, outbox.put))
        await inbox.put({"type": "lifespan.startup"})
        if await outbox.get() != {"type": "lifespan.startup.complete"}:
            await main  # raises what the start raised
        assert auth.runtime.settings is auth.settings
        await inbox.put({"type": "lifespan.shutdown"})
        assert await outbox.get() == {"type": "lifespan.shutdown.complete"}
        await main
        with pytest.raises(NotStarted):
            _ = auth.runtime

    asyncio.run(scene())


def test_failed_start_is_told_to_the_server_and_raised(tmp_path):
    auth = AuthServer(Settings(database=f"sqlite:///{tmp_path}/no/such/directory/x.db"))

    async def scene():
        inbox, outbox = asyncio.Queue(), asyncio.Queue()
        await inbox.put({"type": "lifespan.startup"})
        with pytest.raises(StoreUnavailable, match="directory"):
            await auth({"type": "lifespan"}, inbox.get, outbox.put)
        assert (await outbox.get())["type"] == "lifespan.startup.failed"

    asyncio.run(scene())


def test_websockets_are_closed(server):
    sent = []

    async def send(message):
        sent.append(message)

    server.run(server.auth({"type": "websocket"}, None, send))
    assert [message["type"] for message in sent] == ["websocket.close"]


def mounted(*servers):
    """Return a parent application that mounts each server at its path."""

    @contextlib.asynccontextmanager
    async def lifespan(_app):
        for auth in servers:
            await auth.startup()
        yield
        for auth in servers:
            await auth.shutdown()

    known = [route for auth in servers for route in auth.well_known()]
    mounts = [Mount(auth.settings.mount_path, auth) for auth in servers]
    return Starlette(routes=[*known, *mounts], lifespan=lifespan)


@pytest.fixture
def mounted_auth(tmp_path, clock):
    database = f"sqlite:///{tmp_path}/mounted.db"
    settings = Settings(database=database, mount_path="/auth", signing_alg="ES256")
    return AuthServer(settings, clock=clock)


@pytest.mark.requirement("oauth:M-2:three-addresses")
@pytest.mark.requirement("server:U13:mounted-discovery")
def test_mounted_server_is_found_at_both_addresses(mounted_auth, started_in):
    """users.md U13; RFC 8414 section 3.1; oauth.md M-2."""
    with started_in(mounted(mounted_auth), mounted_auth) as parent:
        inserted = parent.get("/.well-known/oauth-authorization-server/auth")
        assert inserted.status_code == 200
        document = inserted.json()
        assert document["issuer"] == "http://127.0.0.1:8000/auth"
        assert document["jwks_uri"] == "http://127.0.0.1:8000/auth/jwks.json"
        for path in (
            "/.well-known/openid-configuration/auth",
            "/auth/.well-known/openid-configuration",
        ):
            assert parent.get(path).content == inserted.content
        assert parent.get("/.well-known/oauth-authorization-server").status_code == 404
        keys = parent.get("/auth/jwks.json").json()
        assert parent.get("/auth/.well-known/jwks.json").json() == keys
        page = parent.get("/auth/signin")
        assert "/auth/static/" in page.text


@pytest.mark.requirement("oauth:M-2:says-so")
def test_mounted_server_that_nobody_finds_says_so_at_its_start(mounted_auth, started_in, caplog):
    """oauth.md M-2: most clients look at the root and nowhere else."""
    with started_in(mounted_auth, mounted_auth):
        pass
    (said,) = [each for each in caplog.messages if "well_known" in each]
    assert "/.well-known/oauth-authorization-server/auth" in said


@pytest.mark.requirement("oauth:M-2:says-so")
def test_mounted_server_that_is_found_says_nothing(mounted_auth, started_in, caplog):
    with started_in(mounted(mounted_auth), mounted_auth):
        pass
    assert not [each for each in caplog.messages if "well_known" in each]


def test_mounted_server_names_its_own_addresses_in_hints_and_reasons(mounted_auth, started_in):
    """A hint that names no address of this server leads nowhere."""
    with started_in(mounted(mounted_auth), mounted_auth) as parent:
        hint = parent.get("/auth/me").json()["hint"]
        assert " http://127.0.0.1:8000/auth/login " in hint
        page = parent.get("/auth/errors/token_expired", headers={"accept": "text/html"}).text
        assert " http://127.0.0.1:8000/auth/refresh " in page


def test_mounted_server_answers_the_flow(mounted_auth, started_in):
    with started_in(mounted(mounted_auth), mounted_auth) as parent:
        parent.add_user("alice")
        answer = parent.post("/auth/login", json={"username": "alice", "password": PASSWORD})
        assert answer.status_code == 200
        token = answer.json()["access_token"]
        me = parent.get("/auth/me", headers={"authorization": f"Bearer {token}"})
        assert me.json()["preferred_username"] == "alice"


def test_several_servers_live_in_one_process(tmp_path, clock, started_in):
    servers = [
        AuthServer(
            Settings(
                database=f"sqlite:///{tmp_path}/{name}.db",
                mount_path=f"/{name}",
                signing_alg="ES256",
            ),
            clock=clock,
        )
        for name in ("one", "two")
    ]
    with started_in(mounted(*servers), servers[0]) as parent:
        parent.add_user("alice")
        members = {"username": "alice", "password": PASSWORD}
        first = parent.post("/one/login", json=members)
        assert first.status_code == 200
        assert parent.post("/two/login", json=members).status_code == 401
        token = first.json()["access_token"]
        foreign = parent.get("/two/me", headers={"authorization": f"Bearer {token}"})
        assert foreign.status_code == 401


def test_server_behind_a_proxy_that_keeps_the_path(tmp_path, clock, started_in):
    """The issuer's path may be stripped by the proxy or not."""
    auth = AuthServer(
        Settings(
            database=f"sqlite:///{tmp_path}/x.db",
            url="https://id.example.com/tenant",
            signing_alg="ES256",
        ),
        clock=clock,
    )
    with started_in(auth, auth) as server:
        for path in ("/livez", "/tenant/livez"):
            answer = server.get(path, headers={"host": "id.example.com"})
            assert answer.status_code == 200
            assert "max-age" in answer.headers["strict-transport-security"]
        inserted = server.get("/.well-known/oauth-authorization-server/tenant")
        assert inserted.json()["issuer"] == "https://id.example.com/tenant"


def test_declared_clients_and_resources_are_what_a_login_means(tmp_path, clock, started_in):
    """oauth.md L-4: with more than one client a login must name its own."""
    auth = AuthServer(
        Settings(database=f"sqlite:///{tmp_path}/x.db", signing_alg="ES256"), clock=clock
    )
    auth.resource("first", scopes={"a:read": "Read a"})
    auth.resource("second", scopes={"b:read": "Read b"})
    auth.resource("first", scopes={"a:read": "Read a", "a:write": "Write a"})
    with started_in(auth, auth) as server:
        server.add_user("alice")
        answer = server.log_in()
        assert answer.json()["scope"] == "a:read a:write"
        assert server.log_in(resource="second").json()["scope"] == "b:read"
        server.run(auth.shutdown())
        auth.client("web", name="Web", first_party=True, scopes={"a:read"})
        auth.client("app", name="App", first_party=True)
        server.run(auth.startup())
        assert server.log_in().json()["error"] == "invalid_request"
        assert server.log_in(client_id="web").json()["scope"] == "a:read"


def test_resources_of_the_settings_stand_behind_those_of_code(tmp_path, clock, started_in):
    settings = Settings(
        database=f"sqlite:///{tmp_path}/w.db",
        signing_alg="ES256",
        resources={"https://a.example": {"a:read": "Read A"}, "https://b.example": {"b": "B"}},
    )
    auth = AuthServer(settings, clock=clock)
    auth.resource("https://b.example", scopes={"b:read": "Read B"})
    with started_in(auth, auth) as server:
        default, other = server.run(auth.runtime.store.list_resources())
    assert (default.identifier, default.scopes) == ("https://b.example", (("b:read", "Read B"),))
    assert (other.identifier, other.is_default) == ("https://a.example", False)


def test_single_declared_client_is_the_default_one(tmp_path, clock, started_in):
    auth = AuthServer(
        Settings(database=f"sqlite:///{tmp_path}/x.db", signing_alg="ES256"), clock=clock
    )
    auth.client("app", name="App", first_party=True)
    with started_in(auth, auth) as server:
        server.add_user("alice")
        token = server.log_in().json()["access_token"]
        assert server.me(token).json()["client_id"] == "app"


def test_a_third_party_client_beside_none_of_ones_own_leaves_the_login_as_it_is(
    tmp_path, clock, started_in
):
    auth = AuthServer(
        Settings(database=f"sqlite:///{tmp_path}/x.db", signing_alg="ES256"), clock=clock
    )
    auth.client("shop", name="Shop", redirect_uris=["https://shop.example/cb"])
    with started_in(auth, auth) as server:
        server.add_user("alice")
        token = server.log_in().json()["access_token"]
        assert server.me(token).json()["client_id"] == "first-party"
        refused = server.log_in(client_id="shop")
        assert (refused.status_code, refused.json()["error"]) == (403, "unauthorized_client")


@pytest.mark.requirement("oauth:C-1:checked")
def test_a_client_that_could_not_be_served_is_refused_where_it_is_declared(tmp_path):
    auth = AuthServer(Settings(database=f"sqlite:///{tmp_path}/x.db"))
    with pytest.raises(ConfigurationError, match=r"client shop: redirect_uris .*fragment"):
        auth.client("shop", name="Shop", redirect_uris=["https://shop.example/cb#x"])
    with pytest.raises(TypeError, match="redirect_uris= is a list"):
        auth.client("shop", name="Shop", redirect_uris="https://shop.example/cb")
    with pytest.raises(TypeError, match="no colour"):
        auth.client("shop", name="Shop", colour="blue")


@pytest.mark.requirement("server:L-4:undeclared")
def test_what_code_declares_no_more_is_retired(tmp_path, clock, started_in):
    """With all that it was given; what an administrator registered stays."""
    settings = Settings(database=f"sqlite:///{tmp_path}/x.db", signing_alg="ES256")
    first, second = AuthServer(settings, clock=clock), AuthServer(settings, clock=clock)
    for auth in (first, second):
        auth.client("app", name="App", first_party=True)
        auth.resource("api", scopes={"a:read": "Read a"})
    first.client("old-app", name="Old App", first_party=True)
    first.resource("old-api", scopes={"o:read": "Read o"})
    with started_in(first, first) as server:
        server.add_user("alice")
        server.run(first.runtime.store.register_client(Client("by-hand", "B", True, False, None)))
        pair = server.log_in(client_id="old-app").json()
        kept = server.log_in(client_id="app").json()
    with started_in(second, second) as server:
        refused = server.post("/refresh", json={**pair, "client_id": "old-app"})
        assert refused.json()["error"] == "invalid_client"
        assert server.me(pair["access_token"]).status_code == 401
        assert server.log_in(resource="old-api").json()["error"] == "invalid_target"
        assert server.post("/refresh", json=kept).status_code == 200
        assert server.log_in(client_id="by-hand").status_code == 200
        assert "o:read" not in server.get("/.well-known/oauth-authorization-server").text


@pytest.mark.requirement("server:K-6:lost-key-file")
def test_lost_key_file_stops_the_start(server):
    """oauth.md K-6: a fresh sealing key would open none of the stored keys."""
    server.run(server.auth.shutdown())
    path = server.auth.settings.key_path
    text = path.read_text()
    path.unlink()
    with pytest.raises(ConfigurationError, match=r"key_file .*does not exist\. Restore it"):
        server.run(server.auth.startup())
    path.touch(0o600)
    path.write_text("A" * 43)
    with pytest.raises(ConfigurationError, match="key_file"):
        server.run(server.auth.startup())
    path.write_text(text)
    server.run(server.auth.startup())


def test_nothing_secret_is_in_a_repr(server):
    """STYLE section 7."""
    text = repr(server.runtime)
    for secret in (server.auth.settings.key_path.read_text().strip(), "PRIVATE", "decoy_key"):
        assert secret not in text
