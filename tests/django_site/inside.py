"""A site with the server inside, as one test says it. Imported once Django is configured."""

import contextlib
from collections.abc import Iterator

from django.http import JsonResponse
from django.test import Client, override_settings
from django.urls import include, path
from tests.django_site.site import APP

from watchword.django import required
from watchword.django.views import site_server

ORIGIN = "127.0.0.1:8000"
SERVER = path("auth/", include("watchword.django.urls"))
MIDDLEWARE = ["watchword.django.BearerMiddleware"]


@required("notes:read")
def notes(request):
    return JsonResponse({"owner": request.auth.user.name})


@contextlib.contextmanager
def site(*patterns: object, apps: tuple[str, ...] = ("watchword.django",), **setting: object):
    if "ISSUER" not in setting:
        setting = {"DATABASE": "sqlite:///id.db"} | setting
    setting = {key: value for key, value in setting.items() if value is not None}
    urls = type("Urls", (), {"urlpatterns": [path("notes", notes), *patterns]})
    with override_settings(
        ALLOWED_HOSTS=["127.0.0.1", "evil.example"],
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", APP, *apps],
        MIDDLEWARE=MIDDLEWARE,
        ROOT_URLCONF=urls,
        WATCHWORD=setting or None,
    ):
        yield Client(headers={"host": ORIGIN}, raise_request_exception=False)


@contextlib.contextmanager
def serving(*patterns: object, **setting: object) -> Iterator[Client]:
    with site(*patterns, **setting) as http:
        try:
            yield http
        finally:
            site_server().close()
