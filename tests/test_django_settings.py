"""What a site says of its server, and what it is told where that is wrong. Source: users.md 5."""

import asyncio
import threading
from collections.abc import Callable

import httpx2
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIHandler
from django.http import JsonResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import include, path
from tests.django_site.site import ready

ready()

from tests.django_site.inside import ORIGIN, SERVER, serving, site  # noqa: E402 - needs a Django

from watchword.django import public  # noqa: E402 - as above
from watchword.django.asgi import with_lifespan  # noqa: E402 - as above
from watchword.django.server import _response  # noqa: E402 - as above
from watchword.django.views import site_server  # noqa: E402 - as above
from watchword.guards.django.guard import current, forget  # noqa: E402 - as above
from watchword.server.errors import NotStarted  # noqa: E402 - as above
from watchword.stores.errors import StoreUnavailable  # noqa: E402 - as above

FORM = "application/x-www-form-urlencoded"


@public
async def ping(request):
    return JsonResponse({"host": request.get_host()})


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_URL", raising=False)


def metadata(http: Client, place: str = "") -> dict[str, object]:
    return http.get(f"/.well-known/oauth-authorization-server{place}").json()


@pytest.mark.requirement("users:5:django-server")
def test_server_is_there_without_a_setting_where_a_variable_names_its_database(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("WATCHWORD_DATABASE", "sqlite:///accounts.db")
    with serving(SERVER, DATABASE=None) as http:
        told = metadata(http, "/auth")
        assert told["issuer"] == f"http://{ORIGIN}/auth"
        assert "notes:read" in told["scopes_supported"]
        assert b"<form" in http.get("/auth/signin").content
        assert http.get("/notes").status_code == 401
    assert [each.name for each in tmp_path.glob("*.db")] == ["accounts.db"]


async def _asynchronously(app: ASGIHandler) -> None:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url=f"http://{ORIGIN}"
    ) as http:
        page = await http.get("/auth/signin?lang=de")
        assert (page.status_code, "<form" in page.text, bool(http.cookies)) == (200, True, True)
        told = await http.get("/.well-known/oauth-authorization-server/auth")
        assert told.json()["issuer"] == f"http://{ORIGIN}/auth"
        assert (await http.get("/ping")).json() == {"host": ORIGIN}
        refused = await http.post("/auth/token", content=b"x" * (1024 * 1024 + 1))
        assert refused.status_code == 413
        assert (await http.get("/notes")).status_code == 401


@pytest.mark.requirement("users:U9:server-in-django")
def test_server_answers_on_event_loops_that_come_and_go():
    with serving(SERVER, path("ping", ping)):
        app = ASGIHandler()
        for _ in range(2):
            asyncio.run(_asynchronously(app))


def test_test_client_of_django_reaches_the_server():
    """It writes the query of its scopes as text."""
    with serving(SERVER, URL="http://localhost"), override_settings(ALLOWED_HOSTS=["testserver"]):
        page = asyncio.run(AsyncClient().get("/auth/signin?lang=de"))
        assert (page.status_code, b"<form" in page.content) == (200, True)


@pytest.mark.parametrize(
    ("place", "issuer"), [("", ""), ("id/", "/id"), ("a/b/", "/a/b")], ids=["root", "one", "two"]
)
@pytest.mark.requirement("users:U13:path-inserted-metadata")
def test_issuer_follows_where_the_site_includes_the_server(place, issuer):
    url = "https://app.example"
    included = path(place, include("watchword.django.urls"))
    with serving(included, URL=url) as http:
        assert metadata(http, issuer)["issuer"] == url + issuer
        assert http.get(f"{issuer}/.well-known/jwks.json").json()["keys"]
        assert http.get("/notes").status_code == 401


def test_several_fields_and_cookies_of_one_name_are_kept():
    sent = [
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"vary", b"cookie"),
                (b"vary", b"accept"),
                (b"set-cookie", b"__Host-a=1; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60"),
                (b"set-cookie", b'b=""; Path=/; Max-Age=0'),
            ],
        },
        {"type": "http.response.body", "body": b"one", "more_body": True},
        {"type": "http.response.body"},
    ]
    response = _response(sent)
    assert dict(response.headers) == {"vary": "cookie, accept"}
    assert response.content == b"one"
    assert response.cookies["__Host-a"].OutputString() == (
        "__Host-a=1; HttpOnly; Max-Age=60; Path=/; SameSite=Lax; Secure"
    )
    assert response.cookies["b"]["max-age"] == "0"


@pytest.mark.requirement("users:U7:host-never-the-issuer")
def test_foreign_host_is_never_the_issuer():
    with serving(SERVER) as http:
        assert http.get("/auth/signin", headers={"host": "evil.example"}).status_code == 503


def test_urls_of_a_server_that_is_elsewhere_say_so():
    elsewhere = {"ISSUER": "https://id.example.com", "AUDIENCE": "notes"}
    with site(SERVER, **elsewhere), pytest.raises(ImproperlyConfigured, match="INSTALLED_APPS"):
        site_server()
    with site(SERVER, apps=(), **elsewhere), pytest.raises(ImproperlyConfigured, match="ISSUER"):
        site_server()


@pytest.mark.requirement("users:5:django-server")
def test_clients_and_audience_of_the_setting_are_the_servers():
    client = {"secret": "x" * 40, "redirect_uris": ["https://shop.example/cb"]}
    with serving(SERVER, AUDIENCE="notes", CLIENTS={"shop": client}) as http:
        assert current().core.audience == "notes"
        asked = f"grant_type=client_credentials&client_id=shop&client_secret={'y' * 40}"
        refused = http.post("/auth/token", asked, content_type=FORM)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert site_server().server.declares("shop")


@pytest.mark.requirement("users:U9:server-in-django")
def test_first_requests_of_many_threads_make_one_server():
    with serving(SERVER) as http:
        forget()
        barrier, found = threading.Barrier(8), []

        def ask() -> None:
            barrier.wait()
            found.append((current(), http.get("/notes").status_code))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [(current(), 401)] * 8


def lived(app: object, between: Callable[[], None]) -> list[str]:
    """Lead an application through its lifespan; return what it said."""
    said: list[str] = []

    async def live() -> None:
        async def receive() -> dict[str, str]:
            if said:
                await asyncio.to_thread(between)
            return {"type": "lifespan.shutdown" if said else "lifespan.startup"}

        async def send(message: dict[str, str]) -> None:
            said.append(message["type"].removeprefix("lifespan."))

        await app({"type": "lifespan"}, receive, send)

    asyncio.run(live())
    return said


@pytest.mark.requirement("users:U9:server-in-django")
def test_lifespan_starts_and_stops_the_server():
    with serving(SERVER) as http:
        app = with_lifespan(ASGIHandler())

        def between() -> None:
            assert site_server().server.runtime.ring is not None
            assert http.get("/notes").status_code == 401

        assert lived(app, between) == ["startup.complete", "shutdown.complete"]
        with pytest.raises(NotStarted):
            _ = site_server().server.runtime
        assert "/notes" in [route.path for route in app.state.watchword_guard.routes()]
        asyncio.run(_asynchronously_below(app))


async def _asynchronously_below(app: object) -> None:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url=f"http://{ORIGIN}"
    ) as http:
        assert (await http.get("/notes")).status_code == 401


def test_server_that_cannot_start_stops_the_start(tmp_path):
    (tmp_path / "taken").mkdir()
    with site(SERVER, DATABASE=f"sqlite:///{tmp_path}/taken"), pytest.raises(StoreUnavailable):
        lived(with_lifespan(ASGIHandler()), lambda: None)
