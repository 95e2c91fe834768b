"""`Login` with both HTTP clients, sync and async. Source: users.md U5; security.md 3.1."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import httpx2
import pytest

from watchword.base.secrets import Secret
from watchword.client import Login, LoginFailed, OriginRefused
from watchword.client import flight as flight_module

ISSUER = "https://id.example.com/auth"
API = "https://api.example.com"
PASSWORD = "canary-passphrase-4711"
LONG = "a" * 20_000


@dataclass
class Clock:
    time: float = 0.0

    def now(self) -> int:
        return int(self.time)

    def monotonic(self) -> float:
        return self.time


@dataclass
class World:
    """Issuer and API in one handler, for the mock transports of both libraries."""

    http: object
    expires_in: int = 300
    issued: int = 0
    good: set[str] = field(default_factory=set)
    seen: list[tuple[str, str, bytes, str]] = field(default_factory=list)
    refusals: dict[str, tuple[int, dict, dict]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    gate: threading.Event | None = None

    def answer(self, method: str, url: str, body: bytes, authorization: str):
        with self.lock:
            self.seen.append((method, url, body, authorization))
        if url in self.refusals:
            status, document, headers = self.refusals[url]
            return self.http.Response(status, json=document, headers=headers)
        if url in {f"{ISSUER}/login", f"{ISSUER}/refresh"}:
            if self.gate is not None:
                self.gate.wait(60)
            return self.http.Response(200, json=self.pair())
        status = 200 if authorization.removeprefix("Bearer ") in self.good else 401
        return self.http.Response(status, content=b"x" * 10)

    def pair(self) -> dict:
        self.issued += 1
        self.good = {f"access-{self.issued}"}
        return {
            "access_token": f"access-{self.issued}",
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "refresh_token": f"refresh-{self.issued}",
        }

    def sync_transport(self):
        """Read the body as a socket would: once, and without keeping it."""
        world = self

        class Transport(self.http.BaseTransport):
            def handle_request(self, request):
                return world.heard(request, b"".join(request.stream))

        return Transport()

    def async_transport(self):
        world = self

        class Transport(self.http.AsyncBaseTransport):
            async def handle_async_request(self, request):
                await asyncio.sleep(0)
                return world.heard(request, b"".join([part async for part in request.stream]))

        return Transport()

    def heard(self, request, body: bytes):
        header = request.headers.get("authorization", "")
        return self.answer(request.method, str(request.url), body, header)

    def count(self, url: str) -> int:
        return sum(1 for _, seen, _, _ in self.seen if seen == url)


@pytest.fixture(params=[httpx2, httpx], ids=["httpx2", "httpx"])
def world(request) -> World:
    return World(request.param)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def login(clock) -> Login:
    return Login(ISSUER, "alice", PASSWORD, clock=clock)


class Sync:
    """One way of sending requests; `Async` is the other."""

    def __init__(self, world: World, login: Login, **options) -> None:
        self.make = lambda: world.http.Client(
            transport=world.sync_transport(), auth=login, **options
        )

    def get(self, url: str):
        with self.make() as client:
            return client.get(url)


class Async:
    def __init__(self, world: World, login: Login, **options) -> None:
        self.make = lambda: world.http.AsyncClient(
            transport=world.async_transport(), auth=login, **options
        )

    def get(self, url: str):
        async def send():
            async with self.make() as client:
                return await client.get(url)

        return asyncio.run(send())


@pytest.fixture(params=[Sync, Async])
def way(request, world, login):
    return request.param(world, login)


def test_first_request_logs_in_and_the_next_reuse_the_token(world, way):
    for _ in range(3):
        assert way.get(f"{API}/notes").status_code == 200
    assert world.count(f"{ISSUER}/login") == 1
    method, _, body, authorization = world.seen[0]
    assert method == "POST"
    assert json.loads(body) == {"username": "alice", "password": PASSWORD}
    assert authorization == ""
    assert world.seen[1][3] == "Bearer access-1"


def test_wishes_are_sent_with_the_login(world):
    login = Login(ISSUER, "alice", Secret(PASSWORD), scope="notes:read", resource=API)
    Sync(world, login).get(f"{API}/notes")
    assert json.loads(world.seen[0][2])["scope"] == "notes:read"
    assert json.loads(world.seen[0][2])["resource"] == API


def test_token_is_renewed_shortly_before_it_ends(world, way, clock):
    way.get(f"{API}/notes")
    clock.time = 269
    way.get(f"{API}/notes")
    assert world.count(f"{ISSUER}/refresh") == 0
    clock.time = 270
    way.get(f"{API}/notes")
    assert world.count(f"{ISSUER}/refresh") == 1
    assert world.count(f"{ISSUER}/login") == 1
    assert json.loads(world.seen[-2][2]) == {"refresh_token": "refresh-1"}


@pytest.mark.requirement("users:U5:retry-once")
def test_401_is_retried_once_with_another_token(world, way):
    way.get(f"{API}/notes")
    world.good = set()
    assert way.get(f"{API}/notes").status_code == 200
    assert world.count(f"{ISSUER}/refresh") == 1


def test_second_401_is_the_answer(world, way):
    world.refusals[f"{API}/notes"] = (401, {}, {})
    assert way.get(f"{API}/notes").status_code == 401
    assert world.count(f"{API}/notes") == 2
    assert world.count(f"{ISSUER}/login") == 1
    assert world.count(f"{ISSUER}/refresh") == 1


def test_body_is_sent_again_and_a_stream_is_not(world, login):
    world.refusals[f"{API}/notes"] = (401, {}, {})
    with world.http.Client(transport=world.sync_transport(), auth=login) as client:
        client.post(f"{API}/notes", json={"title": "x"})
        assert world.count(f"{API}/notes") == 2
        assert client.post(f"{API}/notes", content=iter([b"x"])).status_code == 401
    assert world.count(f"{API}/notes") == 3


def test_dead_refresh_token_leads_to_a_login(world, way, clock):
    way.get(f"{API}/notes")
    clock.time = 1_000
    world.refusals[f"{ISSUER}/refresh"] = (400, {"error": "invalid_grant"}, {})
    assert way.get(f"{API}/notes").status_code == 200
    assert world.count(f"{ISSUER}/login") == 2


def test_answer_without_a_refresh_token_leads_to_a_login_next_time(world, way, clock):
    answer = {"access_token": "access-0", "token_type": "bearer", "expires_in": 60}
    world.refusals[f"{ISSUER}/login"] = (200, answer, {})
    world.good = {"access-0"}
    way.get(f"{API}/notes")
    clock.time = 100
    way.get(f"{API}/notes")
    assert world.count(f"{ISSUER}/login") == 2
    assert world.count(f"{ISSUER}/refresh") == 0


@pytest.mark.parametrize(
    ("status", "document", "headers", "code"),
    [
        (
            401,
            {"error": "invalid_credentials", "error_description": "no"},
            {},
            "invalid_credentials",
        ),
        (503, {"error": "busy"}, {"Retry-After": "5"}, "busy"),
        (500, {"error": "<script>"}, {}, "bad_answer"),
        (404, {}, {}, "bad_answer"),
        (200, {}, {}, "bad_answer"),
        (200, {"access_token": "a b", "token_type": "Bearer", "expires_in": 1}, {}, "bad_answer"),
        (200, {"access_token": "a", "token_type": "DPoP", "expires_in": 1}, {}, "bad_answer"),
        (200, {"access_token": "a", "token_type": 1, "expires_in": 1}, {}, "bad_answer"),
        (200, {"access_token": "a", "token_type": "Bearer", "expires_in": "1"}, {}, "bad_answer"),
        (200, {"access_token": "a", "token_type": "Bearer", "expires_in": True}, {}, "bad_answer"),
        (200, {"access_token": "a", "token_type": "Bearer", "expires_in": 0}, {}, "bad_answer"),
        (
            200,
            {"access_token": "a" * 20_000, "token_type": "Bearer", "expires_in": 1},
            {},
            "bad_answer",
        ),
        (
            200,
            {"access_token": "a", "token_type": "Bearer", "expires_in": 1, "refresh_token": ""},
            {},
            "bad_answer",
        ),
        (200, [], {}, "bad_answer"),
        (200, "x" * 70_000, {}, "bad_answer"),
        (303, {}, {"Location": "https://evil.example/"}, "redirected"),
    ],
)
def test_failed_login_says_why(world, way, status, document, headers, code):
    world.refusals[f"{ISSUER}/login"] = (status, document, headers)
    with pytest.raises(LoginFailed) as failed:
        way.get(f"{API}/notes")
    assert failed.value.code == code
    assert failed.value.status == status
    assert failed.value.retry_after == headers.get("Retry-After", "")
    assert PASSWORD not in str(failed.value) + repr(failed.value)
    assert str(failed.value).isprintable()
    assert world.count(f"{API}/notes") == 0


def test_refused_refresh_of_a_busy_server_keeps_the_pair(world, way, clock):
    way.get(f"{API}/notes")
    clock.time = 280
    world.refusals[f"{ISSUER}/refresh"] = (503, {"error": "busy"}, {})
    with pytest.raises(LoginFailed):
        way.get(f"{API}/notes")
    world.refusals.clear()
    assert way.get(f"{API}/notes").status_code == 200
    assert world.count(f"{ISSUER}/login") == 1


@pytest.mark.requirement("client:password-not-redirected")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_password_does_not_follow_a_redirect(world, login, status):
    world.refusals[f"{ISSUER}/login"] = (status, {}, {"Location": "https://evil.example/login"})
    for way in (Sync, Async):
        with pytest.raises(LoginFailed) as failed:
            way(world, login, follow_redirects=True).get(f"{API}/notes")
        assert failed.value.code == "redirected"
    # Transports that read the body whole, as those of WSGI and of tests do.
    whole = world.http.MockTransport(lambda request: world.heard(request, request.read()))
    with (
        world.http.Client(transport=whole, auth=login, follow_redirects=True) as client,
        pytest.raises(LoginFailed),
    ):
        client.get(f"{API}/notes")
    assert world.count(f"{ISSUER}/login") == 3
    for _, url, body, authorization in world.seen:
        if url.startswith("https://evil.example"):
            assert body == b""
            assert authorization == ""


@pytest.mark.requirement("client:token-stays-at-its-api")
def test_token_goes_to_the_first_api_only(world, way):
    way.get(f"{API}/notes")
    for url in (
        "https://evil.example/",
        "https://api.example.com.evil.example/",
        "https://api.example.com:8443/",
        "http://api.example.com/",
    ):
        with pytest.raises(OriginRefused):
            way.get(url)
    assert way.get(f"{ISSUER}/me").status_code == 200
    assert {url.split("/")[2] for _, url, _, _ in world.seen} == {
        "id.example.com",
        "api.example.com",
    }


def test_named_apis_are_the_only_ones(world):
    login = Login(ISSUER, "alice", PASSWORD, api=[API, "https://two.example.com"])
    way = Sync(world, login)
    way.get("https://two.example.com/x")
    way.get(f"{API}/notes")
    with pytest.raises(OriginRefused):
        way.get("https://three.example.com/")
    resource = Sync(world, Login(ISSUER, "alice", PASSWORD, resource=f"{API}/notes"))
    with pytest.raises(OriginRefused):
        resource.get("https://two.example.com/")
    one = Sync(world, Login(ISSUER, "alice", PASSWORD, resource="notes", api=API))
    with pytest.raises(OriginRefused):
        one.get("https://two.example.com/")


@pytest.mark.parametrize("issuer", ["http://id.example.com", "http://10.0.0.1", "http://[fd00::1]"])
def test_password_is_not_sent_in_clear_text(issuer):
    with pytest.raises(OriginRefused, match="https"):
        Login(issuer, "alice", PASSWORD)


@pytest.mark.parametrize(
    "issuer",
    ["id.example.com", "ftp://id.example.com", "https://", "https://u:p@x.example", "https://[x"],
)
def test_issuer_that_is_no_url_is_the_callers_bug(issuer):
    with pytest.raises(ValueError, match="URL"):
        Login(issuer, "alice", PASSWORD)


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8000", "http://localhost:8000/auth/"])
def test_plain_http_to_this_machine_is_allowed(issuer):
    assert "alice" in repr(Login(issuer, "alice", PASSWORD))


def test_no_text_shows_the_password(world, login):
    Sync(world, login).get(f"{API}/notes")
    shown = repr(login) + str(vars(login)) + repr(login._tokens.pair)
    assert PASSWORD not in shown
    assert "access-1" not in shown
    assert "refresh-1" not in shown


@pytest.mark.requirement("client:one-refresh-in-flight")
def test_threads_share_one_refresh(world, login, clock):
    with world.http.Client(transport=world.sync_transport(), auth=login) as client:
        for expected in ("login", "refresh", "refresh"):
            before = world.count(f"{ISSUER}/{expected}")
            world.gate = threading.Event()
            barrier = threading.Barrier(21)

            def send(barrier=barrier) -> int:
                barrier.wait(60)
                return client.get(f"{API}/notes").status_code

            with ThreadPoolExecutor(20) as pool:
                sent = [pool.submit(send) for _ in range(20)]
                barrier.wait(60)
                world.gate.set()
                assert {each.result(60) for each in sent} == {200}
            assert world.count(f"{ISSUER}/{expected}") == before + 1
            clock.time += 1_000
    assert world.count(f"{ISSUER}/login") == 1


@pytest.mark.requirement("client:one-refresh-in-flight-tasks")
def test_tasks_share_one_refresh_and_one_refusal(world, login, clock):
    async def crowd() -> None:
        async with world.http.AsyncClient(transport=world.async_transport(), auth=login) as client:
            for expected in ("login", "refresh"):
                async with asyncio.TaskGroup() as group:
                    sent = [group.create_task(client.get(f"{API}/n")) for _ in range(100)]
                assert {each.result().status_code for each in sent} == {200}
                assert world.count(f"{ISSUER}/{expected}") == 1
                clock.time += 1_000
            world.refusals[f"{ISSUER}/refresh"] = (400, {}, {})
            world.refusals[f"{ISSUER}/login"] = (401, {"error": "invalid_credentials"}, {})
            failed = await asyncio.gather(
                *(client.get(f"{API}/n") for _ in range(100)), return_exceptions=True
            )
            assert {each.code for each in failed} == {"invalid_credentials"}
            assert world.count(f"{ISSUER}/login") == 2

    asyncio.run(crowd())


def test_cancelled_flight_is_taken_over_by_another(world, login):
    async def run() -> None:
        started = asyncio.Event()
        hold = asyncio.Event()

        async def handle(request):
            if str(request.url).endswith("/login") and not started.is_set():
                started.set()
                await hold.wait()
            return world.heard(request, await request.aread())

        transport = world.http.MockTransport(handle)
        async with world.http.AsyncClient(transport=transport, auth=login) as client:
            first = asyncio.create_task(client.get(f"{API}/n"))
            await started.wait()
            second = asyncio.create_task(client.get(f"{API}/n"))
            third = asyncio.create_task(client.get(f"{API}/n"))
            await asyncio.sleep(0.01)
            third.cancel()
            first.cancel()
            assert (await second).status_code == 200
            for cancelled in (first, third):
                with pytest.raises(asyncio.CancelledError):
                    await cancelled

    asyncio.run(run())


def test_network_failure_is_the_clients_own_and_the_next_request_tries_again(world, login):
    def broken(request):
        raise world.http.ConnectError("down")

    with (
        world.http.Client(transport=world.http.MockTransport(broken), auth=login) as client,
        pytest.raises(world.http.ConnectError),
    ):
        client.get(f"{API}/n")
    assert Sync(world, login).get(f"{API}/n").status_code == 200


def test_waiting_has_an_end(world, login, monkeypatch):
    monkeypatch.setattr(flight_module, "WAIT_SECONDS_MAX", 0.01)
    assert login._tokens.take_off(None) is None  # somebody flies and does not land
    for way in (Sync, Async):
        with pytest.raises(LoginFailed) as failed:
            way(world, login).get(f"{API}/n")
        assert failed.value.code == "no_answer"


def test_pair_replaced_meanwhile_is_used(world, login):
    """Between looking and taking off another thread may have landed."""
    Sync(world, login).get(f"{API}/n")
    flight = login._tokens.take_off(None)
    assert flight is not None
    flight.wait()


def test_client_without_a_response_is_a_bug(login):
    flow = login.sync_auth_flow(httpx2.Request("GET", f"{API}/n"))
    next(flow)
    with pytest.raises((TypeError, AttributeError)):
        flow.send(None)
