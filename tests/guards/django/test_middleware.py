"""The middleware: routes without a declaration, and Django's own answers.

Source: security.md 80, 81; ARCHITECTURE section 6.
"""

import asyncio
import json
import logging
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.core.exceptions import ImproperlyConfigured
from django.http import FileResponse, Http404, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect
from django.test import RequestFactory, override_settings
from django.urls import include, path, re_path
from django.views import View
from django.views.debug import SafeExceptionReporterFilter
from tests.django_site.models import Note
from tests.guards.django.conftest import MIDDLEWARE

from watchword.base.clock import SYSTEM
from watchword.django import InvalidRequest, may, optional, public, required
from watchword.guards.django import middleware
from watchword.guards.django.guard import current, forget


def bare(request, **_):
    return HttpResponse("open")


@required
def closed(request):
    return HttpResponse("closed")


def code(answer) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return json.loads(answer.content)["code"]


@pytest.mark.requirement("security:80:bare-route")
def test_a_site_with_a_bare_route_does_not_serve(site, caplog):
    inner = [path("<int:id>", bare, name="note")]
    with (
        site(path("notes/", include((inner, "notes"))), path("closed", closed)) as http,
        caplog.at_level(logging.ERROR, "watchword.guards.django.middleware"),
    ):
        for where in ("/closed", "/notes/1", "/nowhere"):
            answer = http.get(where)
            assert (answer.status_code, code(answer)) == (503, "unguarded_routes")
    (said,) = {r.getMessage() for r in caplog.records if r.name.endswith("django.middleware")}
    assert said.startswith("these routes declare no access: ANY /notes/<int:id>. ")


@pytest.mark.requirement("security:80:bare-route")
@pytest.mark.parametrize("said", ["/notes/<int:id>", "notes:note"])
def test_a_route_is_named_public_by_path_or_name(site, said):
    inner = [path("<int:id>", bare, name="note")]
    with site(path("notes/", include((inner, "notes"))), PUBLIC=[said]) as http:
        assert http.get("/notes/1").content == b"open"


@pytest.mark.requirement("guards:django:routes")
def test_every_route_is_listed_with_what_it_declares(site):
    class Page(View):
        def get(self, request):
            return HttpResponse()

    patterns = [
        path("closed", required("notes:write")(bare_copy())),
        path("home/<name>", required(owner=lambda name: name)(bare_copy())),
        path("note/<int:id>", may("delete", Note)(bare_copy())),
        path("perhaps", optional(bare_copy())),
        path("open", public(bare_copy())),
        path("page", Page.as_view()),
        path("named", bare, name="named"),
        path("admin/", admin.site.urls),
        re_path(r"^static/(?P<path>.*)$", serve),
    ]
    with site(*patterns, PUBLIC=["named"]):
        routes = current().routes()
        listed = {route.path: (route.methods, route.access) for route in routes}
    assert listed["/closed"] == ("ANY", "require('notes:write')")
    assert listed["/home/<name>"] == ("ANY", "required")
    assert listed["/note/<int:id>"] == ("ANY", "may('delete', Note)")
    assert listed["/perhaps"] == ("ANY", "optional")
    assert listed["/open"] == listed["/named"] == ("ANY", "public")
    assert listed["/page"] == ("GET,OPTIONS", "")
    assert listed["/^static/(?P<path>.*)$"] == ("ANY", "static files")
    of_admin = {access for place, (_, access) in listed.items() if place.startswith("/admin/")}
    assert of_admin == {"admin site"}


def bare_copy():
    return lambda request, **_: HttpResponse()


@pytest.mark.requirement("security:81:matched-route")
def test_urls_that_another_middleware_chooses_are_looked_at_too(site):
    other = type("Other", (), {"urlpatterns": [path("closed", bare)]})

    def elsewhere(get_response):
        def choosing(request):
            request.urlconf = other
            return get_response(request)

        return choosing

    with site(path("closed", closed)) as http:
        http.handler.load_middleware()
        inner = http.handler._middleware_chain
        http.handler._middleware_chain = elsewhere(inner)
        answer = http.get("/closed")
    assert (answer.status_code, code(answer)) == (503, "unguarded_routes")


@pytest.mark.requirement("security:84:challenges")
def test_the_document_of_the_api_is_served(site, as_):
    audience = "https://notes.example.com"
    with site(path("closed", required("notes:read")(bare_copy())), AUDIENCE=audience) as http:
        where = "/.well-known/oauth-protected-resource"
        told = http.get(where).json()
        assert told["resource"] == audience
        assert told["scopes_supported"] == ["notes:read"]
        assert http.options(where).status_code == 204
        challenge = http.get("/closed").headers["WWW-Authenticate"]
        assert f'resource_metadata="{audience}{where}"' in challenge
        assert http.delete(where).status_code == 404


@pytest.mark.requirement("guards:framework-problems")
def test_djangos_own_words_become_problems(site, as_):
    @required
    def broken(request):
        raise LookupError("broken")

    @required
    def absent(request):
        raise Http404("row 7")

    @public
    def absent_page(request):
        raise Http404("page 7")

    @required
    def large(request):
        return HttpResponse(request.body)

    patterns = (
        path("broken", broken),
        path("absent", absent),
        path("page", absent_page),
        path("large", large),
        path("own", public(lambda r: HttpResponseNotFound("our page"))),
        path("file", public(lambda r: FileResponse(iter([b"x"]), status=404))),
        path("moved", public(lambda r: redirect("/own"))),
    )
    with site(*patterns) as http, override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
        assert code(http.get("/nowhere")) == "not_found"
        assert code(http.get("/broken", headers=as_("bo"))) == "server_error"
        told = http.get("/absent", headers=as_("bo"))
        assert code(told) == "not_found"
        assert b"row 7" not in told.content
        assert code(http.get("/page")) == "not_found"
        answer = http.post("/large", b"x" * 11, "text/plain", headers=as_("bo"))
        assert (answer.status_code, code(answer)) == (413, "invalid_request")
        assert http.get("/own").content == b"our page"
        assert http.get("/file").headers["Content-Type"] != "application/problem+json"
        assert http.get("/moved").status_code == 302


def test_a_refusal_is_recorded_with_its_route_and_sender(site, as_):
    kept = []
    with site(
        path("notes/<int:id>", required("notes:write")(bare_copy())), RECORDS=kept.append
    ) as http:
        http.get("/notes/1")
        http.get("/notes/1", headers=as_("bo"))
    assert [each.endpoint for each in kept] == ["GET /notes/<int:id>"] * 2
    assert "bo" not in repr(kept[0])
    assert "bo" in repr(kept[1])


@pytest.mark.requirement("users:U59:problem-without-input")
def test_a_body_that_does_not_fit_is_a_problem_that_repeats_nothing(site):
    fault = {"type": "missing", "loc": ("title",), "msg": "Field required", "input": "canary"}

    @public
    def takes(request):
        raise InvalidRequest([fault])

    with site(path("takes", takes)) as http:
        answer = http.get("/takes")
    assert (answer.status_code, code(answer)) == (422, "invalid_request")
    assert answer.json()["errors"] == [
        {"in": "body", "pointer": "/title", "detail": "Field required"}
    ]
    assert b"canary" not in answer.content


def test_an_exception_of_an_open_view_stays_djangos(site):
    @public
    def broken(request):
        raise LookupError("broken")

    with site(path("broken", broken)) as http:
        http.raise_request_exception = True
        with pytest.raises(LookupError):
            http.get("/broken")


def test_a_site_without_the_middleware_is_told_so(site, as_):
    without = [each for each in MIDDLEWARE if "watchword" not in each]
    with site(path("closed", closed), middleware=without) as http:
        http.raise_request_exception = True
        with pytest.raises(ImproperlyConfigured, match="MIDDLEWARE lacks"):
            http.get("/closed", headers=as_("bo"))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"ISUER": "x"}, "has no 'ISUER'; did you mean 'ISSUER'"),
        ({"AUDIENCE": ...}, r"\['AUDIENCE'\] is a text, and missing"),
        ({"ISSUER": ""}, r"\['ISSUER'\] is a text, and missing"),
        ({"POLICY": "tests.access.example.polcy"}, r"\['POLICY'\]: .*polcy"),
        ({"PUBLIC": "/open"}, "is a list of paths"),
        ({"CIRCUMSTANCES": dict}, "has no 'CIRCUMSTANCES'"),
    ],
)
@pytest.mark.requirement("guards:django:settings")
def test_a_bad_setting_stops_the_start_and_names_the_fix(site, setting, said):
    with site(**setting), pytest.raises(ImproperlyConfigured, match=said):
        current()


@pytest.mark.requirement("guards:django:settings")
def test_a_missing_setting_and_a_missing_policy_are_named(site, three, as_):
    with site(), override_settings():
        del settings.WATCHWORD
        forget()
        with pytest.raises(ImproperlyConfigured, match="WATCHWORD = "):
            current()
    with site(POLICY=...), pytest.raises(ImproperlyConfigured, match="POLICY"):
        _ = current().policy


def test_a_part_may_be_named_by_its_path(site):
    with site(CLOCK="watchword.base.clock.SYSTEM", MODE="development"):
        assert current().core.clock is SYSTEM


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_failed_start_of_the_server_inside_reports_no_password(monkeypatch, is_async):
    """Django mails the form of a failed request to the site's administrators."""

    class Broken:
        def start(self):
            raise OSError("no room")

        async def astart(self):
            self.start()

    site = SimpleNamespace(
        survey=SimpleNamespace(undeclared=tuple),
        core=SimpleNamespace(document=SimpleNamespace(paths=())),
        served=Broken(),
    )
    monkeypatch.setattr(middleware, "current", lambda: site)
    request = RequestFactory().post("/auth/signin", {"password": "canary"})

    async def answer(_):
        raise AssertionError("nothing is reached")

    passing = middleware.BearerMiddleware(answer if is_async else lambda _: None)
    with pytest.raises(OSError, match="no room"):
        asyncio.run(passing(request)) if is_async else passing(request)
    assert "canary" not in str(SafeExceptionReporterFilter().get_post_parameters(request))
