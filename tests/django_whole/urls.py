"""The URLs of the site."""

from django.db import transaction
from django.http import JsonResponse
from django.urls import include, path

from watchword.django import required


@required("notes:read")
def notes(request):
    return JsonResponse({"owner": request.auth.user.name})


@transaction.non_atomic_requests
@required
async def later(request):
    return JsonResponse({"id": request.auth.user.id})


urlpatterns = [
    path("notes", notes),
    path("later", later),
    path("id/", include("watchword.django.urls")),
]
