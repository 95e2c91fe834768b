"""Operations of Django Ninja behind the guard. Source: users.md U10; access.md 4.3 and G4."""

import itertools

import pytest
from django.test import override_settings
from django.urls import path
from ninja import NinjaAPI, Schema
from ninja.security import APIKeyHeader
from tests.django_site.models import Note
from tests.guards.django.conftest import Site

from watchword.django import NinjaBearer, answer_refusals, optional, public, required
from watchword.guards.django.guard import current

numbers = itertools.count()


class Text(Schema):
    text: str


def api_of(**said) -> NinjaAPI:
    """Return an API without a page of documentation, under a name of its own."""
    made = NinjaAPI(docs_url=None, openapi_url=None, urls_namespace=f"n{next(numbers)}", **said)
    return answer_refusals(made)


def served(site, api: NinjaAPI, **setting):
    public_ones = [f"{api.urls_namespace}:api-root", *setting.pop("PUBLIC", ())]
    return site(path("api/", api.urls), PUBLIC=public_ones, **setting)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def api() -> NinjaAPI:
    made = api_of(auth=NinjaBearer())

    @made.get("/me")
    def me(request):
        return {"name": request.auth.user.id, "subject": request.subject.id}

    @made.get("/later", auth=NinjaBearer("notes:read"))
    async def later(request):
        return {"name": request.auth.user.id}

    @made.post("/later", auth=NinjaBearer("notes:write", fresh="5m"))
    def write(request, body: Text):
        return {"text": body.text}

    return made


@pytest.mark.requirement("users:U10:django-ninja")
@pytest.mark.parametrize("debug", [False, True])
def test_operation_is_called_with_a_good_token_only(site: Site, mint, api, debug):
    with override_settings(DEBUG=debug), served(site, api) as http:
        refused = http.get("/api/me")
        assert (refused.status_code, refused.json()["code"]) == (401, "token_missing")
        assert refused.headers["www-authenticate"].startswith("Bearer")
        broken = http.get("/api/me", headers=bearer("nonsense"))
        assert broken.json()["code"] == "token_malformed"
        mine = http.get("/api/me", headers=bearer(mint.token(sub="bo")))
        assert mine.json() == {"name": "bo", "subject": "bo"}
        lacking = http.get("/api/later", headers=bearer(mint.token(sub="bo", scope="x")))
        assert (lacking.status_code, lacking.json()["code"]) == (403, "insufficient_scope")
        assert "notes:read" in lacking.headers["www-authenticate"]
        good = bearer(mint.token(sub="bo", scope="notes:read notes:write"))
        assert http.get("/api/later", headers=good).json() == {"name": "bo"}
        sent = http.post("/api/later", {"text": "a"}, "application/json", headers=good)
        assert sent.json()["code"] == "step_up_required"
        assert http.delete("/api/me").status_code == 405


@pytest.mark.requirement("users:U10:django-ninja")
def test_decorators_of_views_stand_on_operations(site: Site, mint, people, three):
    api = api_of()

    @api.get("/notes/{number}", auth=NinjaBearer())
    def note(request, number: int):
        found = Note.objects.filter(pk=number).first()
        people.policy.require(request.subject, "read", found, request.circumstances)
        return {"text": found.text}

    @api.get("/required")
    @required("notes:read")
    def mine(request):
        return {"name": request.auth.user.id}

    @api.get("/hello")
    @optional
    def hello(request):
        return {"name": request.auth and request.auth.user.id}

    @api.get("/ping")
    @public
    def ping(request):
        return "pong"

    with served(site, api) as http:
        bo = bearer(mint.token(sub="bo", scope="notes:read"))
        assert http.get("/api/notes/1", headers=bo).json() == {"text": "one"}
        hidden = http.get("/api/notes/2", headers=bo)
        assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
        assert http.get("/api/notes/9", headers=bo).json()["code"] == "not_found"
        assert http.get("/api/required").json()["code"] == "token_missing"
        assert http.get("/api/required", headers=bo).json() == {"name": "bo"}
        assert http.get("/api/hello").json() == {"name": None}
        assert http.get("/api/hello", headers=bo).json() == {"name": "bo"}
        assert http.get("/api/ping").json() == "pong"
        assert current().survey.scopes == ("notes:read",)


class Key(APIKeyHeader):
    def authenticate(self, request, key):
        return key


@pytest.mark.requirement("users:U10:django-ninja", "security:80:bare-route")
@pytest.mark.parametrize("auth", [None, [NinjaBearer(), Key()]])
def test_site_with_an_operation_that_says_nothing_is_closed(site: Site, auth, caplog, api):
    @api.put("/me", auth=auth)
    def bare(request):
        return "anybody"

    with served(site, api) as http:
        answer = http.get("/api/me")
        assert (answer.status_code, answer.json()["code"]) == (503, "unguarded_routes")
        assert "/api/me" in caplog.text
    assert bare is not None


@pytest.mark.requirement("users:U10:django-ninja")
def test_routes_say_what_each_operation_declares(site: Site, api):
    with served(site, api):
        said = {route.path: route.access for route in current().routes()}
        assert said["/api/me"] == "GET required"
        assert said["/api/later"].startswith("GET require('notes:read'); POST require(")


def test_token_is_documented_as_one_of_a_bearer(site: Site, api):
    with served(site, api):
        [scheme] = api.get_openapi_schema()["components"]["securitySchemes"].values()
    assert scheme == {"type": "http", "scheme": "bearer"}
    with pytest.raises(ValueError, match="scope"):
        NinjaBearer("two words")
