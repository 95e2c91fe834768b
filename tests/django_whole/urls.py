"""The URLs of the site."""

from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.urls import include, path

from watchword.django import required, session


@required("notes:read")
def notes(request):
    return JsonResponse({"owner": request.auth.user.name})


@transaction.non_atomic_requests
@required
async def later(request):
    return JsonResponse({"id": request.auth.user.id})


@session.required
def profile(request):
    if request.method == "POST":
        user, me = request.auth.user, request.subject
        return JsonResponse({"name": user.name, "client": user.client_id, "scopes": me.scopes})
    return HttpResponse(f'<input name="form_token" value="{session.form_token(request)}">')


@transaction.non_atomic_requests
@session.required(owner=lambda name: name, fresh="5m")
async def own(request, name):
    return JsonResponse({"roles": sorted(request.subject.roles)})


@session.required(acr="aal2")
def vault(request):
    return JsonResponse({"open": True})


@session.optional
def hello(request):
    return JsonResponse({"hello": request.auth and request.auth.user.name})


@transaction.non_atomic_requests
@session.optional
async def hello_later(request):
    return JsonResponse({"hello": request.auth and request.auth.user.name})


urlpatterns = [
    path("profile", profile),
    path("own/<str:name>", own),
    path("vault", vault),
    path("hello", hello),
    path("hello-later", hello_later),
    path("notes", notes),
    path("later", later),
    path("id/", include("watchword.django.urls")),
]
