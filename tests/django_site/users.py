"""A site whose accounts follow Django's table of users. Imported once Django is configured."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlencode

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import JsonResponse
from django.test import Client, override_settings
from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView
from tests.django_site.inside import SERVER, serving
from tests.django_site.site import database, file_database, tables

from watchword.django import BearerAuthentication, required, session

HTML = {"accept": "text/html"}
FIELD = re.compile(r'name="form_token" value="([^"]+)"')
OLD, NEW = "old and long enough for two", "quite another passphrase of mine"


@required
def mine(request):
    return JsonResponse({"pk": str(request.user.pk), "staff": request.user.is_staff})


@required
async def later(request):
    user = await request.auser()
    return JsonResponse({"pk": str(user.pk)})


@session.required
def page(request):
    return JsonResponse({"pk": str(request.user.pk)})


class Rest(APIView):
    authentication_classes: ClassVar = [BearerAuthentication]
    permission_classes: ClassVar = [IsAuthenticated]

    def get(self, request):
        return JsonResponse({"pk": str(request.user.pk)})


ROUTES = (
    path("mine", mine),
    path("later", later),
    path("page", page),
    path("rest", Rest.as_view()),
)


# The log of the admin site points at users: once any test has loaded it, a deletion looks there.
STOCK = (ContentType, Permission, Group, User, LogEntry)
PEOPLE = "people"
QUICK = {"PASSWORD_HASHERS": ["tests.django_site.hashers.Quick"]}


@dataclass
class Site:
    http: Client

    def log_in(self, name: str, password: str = OLD) -> dict[str, str]:
        answer = self.http.post(
            "/auth/login", {"username": name, "password": password}, "application/json"
        )
        return answer.json() | {"status": answer.status_code}

    def get(self, place: str, pair: dict[str, str]):
        return self.http.get(place, headers={"Authorization": f"Bearer {pair['access_token']}"})

    def refresh(self, pair: dict[str, str]) -> int:
        body = {"refresh_token": pair["refresh_token"]}
        return self.http.post("/auth/refresh", body, "application/json").status_code

    def form(self, place: str, **fields: str):
        shown = self.http.get(place, headers=HTML)
        token = FIELD.findall(shown.content.decode())[0]
        body = urlencode(fields | {"form_token": token})
        return self.http.post(place, body, "application/x-www-form-urlencoded", headers=HTML)

    def sign_in(self, name: str, password: str = OLD):
        return self.form("/auth/signin", username=name, password=password)


class Elsewhere:
    """Has every model in one database beside the one in memory."""

    def db_for_write(self, *_: object, **__: object) -> str:
        return PEOPLE

    db_for_read = db_for_write


@contextlib.contextmanager
def people(*made: type[models.Model], home: Path, url: str | None = None) -> Iterator[None]:
    """Make the tables of models in a database of their own: a file, or one of PostgreSQL."""
    there = file_database(PEOPLE, home / "site.db") if url is None else database(PEOPLE, url)
    routed = override_settings(DATABASE_ROUTERS=[Elsewhere()], **QUICK)
    with there, routed, tables(*made, using=PEOPLE):
        yield


@contextlib.contextmanager
def site_of(
    *made: type[models.Model], home: Path, url: str | None = None, **setting: object
) -> Iterator[Site]:
    """Serve a site whose accounts follow its users."""
    ours = f"sqlite:///{home / 'id.db'}" if url is None else url
    said = {"USERS": "django", "SIGNING_ALG": "ES256", "DATABASE": ours} | setting
    said["KEY_FILE"] = str(home / "id.key")
    with people(*made, home=home, url=url), serving(SERVER, *ROUTES, **said) as http:
        assert http.get("/auth/signin", headers=HTML).status_code == 200  # the server has started
        yield Site(http)


def ada(**more) -> User:
    return User.objects.create_user("ada", "ada@example.com", OLD, **more)


def deactivate(user: User) -> None:
    user.is_active = False
    user.save()
