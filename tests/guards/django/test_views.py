"""Decorated views from outside. Source: access.md 4.3, G1 to G4; security.md 80 to 93."""

import asyncio
import json

import pytest
from django.http import HttpResponse, JsonResponse
from django.test import AsyncClient
from django.urls import path
from django.views import View
from django.views.decorators.http import require_http_methods
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import IsAuthenticated
from tests.access.example import notes
from tests.django_site.models import Note

from watchword.django import BearerAuthentication, may, optional, public, required


@required("notes:read")
def me(request):
    return JsonResponse({"name": request.auth.user.name, "id": request.subject.id})


@required
async def later(request):
    return JsonResponse({"name": request.auth.user.name})


@may("update", Note)
def update(request, note):
    note.text = json.loads(request.body)["text"]
    note.save()
    return JsonResponse({"text": note.text})


@may("read", Note, key="number")
def read(request, note):
    return JsonResponse({"text": note.text})


@may("read", Note)
async def read_later(request, note):
    return JsonResponse({"text": note.text})


@optional
def hello(request):
    return HttpResponse("nobody" if request.auth is None else request.auth.user.name)


@optional
async def hello_later(request):
    return HttpResponse("nobody" if request.auth is None else request.auth.user.name)


def code(answer) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return json.loads(answer.content)["code"]


@pytest.mark.requirement("guards:django:views")
def test_a_good_token_reaches_the_view(site, as_):
    with site(path("me", me)) as http:
        assert http.get("/me", headers=as_("bo")).json() == {"name": "alice", "id": "bo"}
        refused = http.get("/me")
        assert (refused.status_code, code(refused)) == (401, "token_missing")
        assert refused.headers["WWW-Authenticate"].startswith('Bearer realm="notes"')
        assert code(http.get("/me", headers={"Authorization": "Bearer x"})) == "token_malformed"


@required
def told(request):
    return JsonResponse(
        request.circumstances and dict(request.circumstances.attributes), safe=False
    )


@optional
def told_nobody(request):
    return told.__wrapped__(request)


@api_view()
@authentication_classes([BearerAuthentication])
@permission_classes([IsAuthenticated])
def told_rest(request):
    return told.__wrapped__(request)


@pytest.mark.requirement("guards:circumstances:one-helper")
def test_a_view_that_asks_the_policy_itself_has_the_circumstances(site, as_, clock):
    """The time, and nothing that only the application knows."""
    asking = notes(on=Note, context={"now": int, "place": str}).policy
    urls = [path("told", told), path("nobody", told_nobody), path("rest", told_rest)]
    with site(*urls, POLICY=asking) as http:
        for url, headers in (("/told", as_("bo")), ("/nobody", {}), ("/rest", as_("bo"))):
            answer = http.get(url, headers=headers).json()
            assert answer == {"now": clock.now(), "place": None}
    with site(*urls) as http:
        assert http.get("/told", headers=as_("bo")).json() is None
    with site(*urls, POLICY=...) as http:
        assert http.get("/told", headers=as_("bo")).json() is None


@pytest.mark.requirement("guards:django:views")
def test_a_missing_scope_is_named(site, as_):
    with site(path("me", me)) as http:
        answer = http.get("/me", headers=as_("bo", scope="openid"))
    assert (answer.status_code, code(answer)) == (403, "insufficient_scope")
    assert 'scope="notes:read"' in answer.headers["WWW-Authenticate"]


@pytest.mark.requirement("security:82:one-token-in-the-header")
def test_a_token_elsewhere_or_twice_is_refused(site, as_):
    header = as_("bo")
    token = header["Authorization"].removeprefix("Bearer ")
    with site(path("me", me)) as http:
        for answer in (
            http.get(f"/me?access_token={token}", headers=header),
            http.get("/me", headers={"Authorization": f"Bearer {token},Bearer {token}"}),
        ):
            assert (answer.status_code, code(answer)) == (400, "token_repeated")
        assert http.post("/me", {"access_token": token}).status_code == 401


@pytest.mark.requirement("access:G1:hidden-looks-absent")
@pytest.mark.requirement("access:4.1:notes-behave")
def test_a_row_is_loaded_and_judged(three, site, as_):
    with site(path("notes/<str:id>", update), path("read/<int:number>", read)) as http:

        def put(number, who):
            body = json.dumps({"text": "changed"})
            return http.put(f"/notes/{number}", body, headers=as_(who))

        assert put(1, "bo").json() == {"text": "changed"}
        assert Note.objects.get(id=1).text == "changed"
        hidden, absent, odd = put(2, "bo"), put(99, "bo"), put("word", "bo")
        assert {each.status_code for each in (hidden, absent, odd)} == {404}
        assert hidden.content == absent.content == odd.content
        shared = put(3, "bo")
        assert (shared.status_code, code(shared)) == (403, "not_allowed")
        assert http.get("/read/3", headers=as_("bo")).json() == {"text": "three"}
        assert http.put("/notes/1", "{}").status_code == 401


@pytest.mark.requirement("access:S12:locks")
def test_a_view_that_breaks_leaves_the_row_as_it_was(three, site, as_):
    @may("update", Note)
    def broken(request, note):
        note.text = "half"
        note.save()
        raise LookupError("broken")

    with site(path("notes/<int:id>", broken)) as http:
        assert http.put("/notes/1", headers=as_("bo")).status_code == 500
    assert Note.objects.get(id=1).text == "one"


def test_asynchronous_views_are_guarded_alike(three, site, as_):
    async def ask():
        http = AsyncClient(raise_request_exception=False)

        async def get(where, **header):
            return await http.get(where, headers=header)

        assert (await get("/later", **as_("bo"))).json() == {"name": "alice"}
        assert (await get("/later")).status_code == 401
        assert (await get("/notes/1", **as_("bo"))).json() == {"text": "one"}
        assert (await get("/notes/2", **as_("bo"))).status_code == 404
        assert (await get("/hello", **as_("bo"))).content == b"alice"
        assert (await get("/hello")).content == b"nobody"
        assert (await get("/me", **as_("bo"))).status_code == 200
        assert (await get("/nowhere")).status_code == 404

    with site(
        path("later", later),
        path("notes/<int:id>", read_later),
        path("hello", hello_later),
        path("me", me),
    ):
        asyncio.run(ask())


@pytest.mark.requirement("guards:django:csrf")
def test_only_a_token_stands_in_for_a_form_token(site, as_):
    """No page of another site can make a browser send the Authorization header."""
    with site(
        path("hello", hello), path("me", me), path("open", public(lambda r: HttpResponse()))
    ) as http:
        assert http.post("/me", headers=as_("bo")).status_code == 200
        assert http.post("/me").status_code == 401
        assert http.post("/hello", headers=as_("bo")).content == b"alice"
        assert http.post("/hello").status_code == 403
        assert http.post("/open", headers=as_("bo")).status_code == 403


def test_optional_refuses_a_bad_token(site):
    with site(path("hello", hello)) as http:
        assert http.get("/hello").content == b"nobody"
        assert http.get("/hello", headers={"Authorization": "Bearer x.y.z"}).status_code == 401


def test_an_owner_passes_and_so_does_the_admin(site, as_):
    @required(owner=lambda name: name)
    def home(request, name):
        return HttpResponse("home")

    @required(owner=lambda name: name)
    async def home_later(request, name):
        return HttpResponse("home")

    with site(path("home/<name>", home), path("later/<name>", home_later)) as http:
        for place in ("home", "later"):
            assert http.get(f"/{place}/bo", headers=as_("bo")).status_code == 200
            assert http.get(f"/{place}/bo", headers=as_("ana", "admin")).status_code == 200
            assert code(http.get(f"/{place}/bo", headers=as_("cy"))) == "not_allowed"


@pytest.mark.requirement("rfc9470:3:challenge")
def test_a_weak_login_is_asked_to_be_stronger(site, as_):
    @required(acr="aal2", max_age="5m")
    def vault(request):
        return HttpResponse("gold")

    with site(path("vault", vault)) as http:
        answer = http.get("/vault", headers=as_("bo"))
    assert (answer.status_code, code(answer)) == (401, "step_up_required")
    assert 'acr_values="aal2"' in answer.headers["WWW-Authenticate"]


@pytest.mark.requirement("security:93:every-method")
def test_views_of_classes_and_every_method_are_guarded(site, as_):
    class Page(View):
        def get(self, request):
            return HttpResponse(request.auth.user.name)

    only_get = required(require_http_methods(["GET"])(lambda request: HttpResponse("got")))
    with site(path("page", required(Page.as_view())), path("got", only_get)) as http:
        for method in ("get", "head", "options", "post", "trace"):
            assert getattr(http, method)("/page").status_code == 401, method
        assert http.get("/page", headers=as_("bo")).content == b"alice"
        answer = http.post("/got", headers=as_("bo"))
        assert (answer.status_code, code(answer)) == (405, "method_not_allowed")
        assert answer.headers["Allow"] == "GET"


def test_a_keyword_that_the_url_lacks_is_a_bug_of_the_site(three, site, as_):
    with site(path("read/<int:id>", read)) as http:
        http.raise_request_exception = True
        with pytest.raises(TypeError, match="no keyword 'number'"):
            http.get("/read/1", headers=as_("bo"))


@pytest.mark.parametrize("scope", ["two words", 'quo"te', ""])
def test_a_scope_that_no_token_can_have_is_refused(scope):
    with pytest.raises(ValueError, match="is no scope"):
        required(scope)
