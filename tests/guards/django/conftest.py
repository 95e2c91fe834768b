"""A guarded Django site whose URLs a test writes, and the notes of access.md 4.1 in it."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from tests.access.example import Notes, notes
from tests.django_site.site import ready, tables
from tests.guards.conftest import AUDIENCE, ISSUER, Mint

ready()

from tests.django_site.models import Note  # noqa: E402 - models need a configured Django

Site = Callable[..., contextlib.AbstractContextManager[Client]]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "watchword.django.BearerMiddleware",
]


@pytest.fixture
def people() -> Notes:
    return notes(on=Note)


@pytest.fixture
def site(mint: Mint, people: Notes) -> Site:
    """Serve URLs: `with site(path(...)) as http`."""

    @contextlib.contextmanager
    def serving(*patterns: Any, middleware=tuple(MIDDLEWARE), **setting: Any) -> Iterator[Client]:
        urls = type("Urls", (), {"urlpatterns": list(patterns)})
        watchword = {
            "ISSUER": ISSUER,
            "AUDIENCE": AUDIENCE,
            "POLICY": people.policy,
            "KEYS": mint.keys,
            "CLOCK": mint.clock,
        }
        with override_settings(
            ROOT_URLCONF=urls,
            WATCHWORD={k: v for k, v in (watchword | setting).items() if v is not ...},
            MIDDLEWARE=list(middleware),
        ):
            yield Client(raise_request_exception=False, enforce_csrf_checks=True)

    return serving


@pytest.fixture
def three() -> Iterator[None]:
    """Note 1 of bo, 2 and 3 of cy, 3 shared with users."""
    with tables(Note):
        Note.objects.create(id=1, owner="bo", text="one")
        Note.objects.create(id=2, owner="cy", text="two")
        Note.objects.create(id=3, owner="cy", text="three", shared_role="user")
        yield


@pytest.fixture
def as_(mint: Mint) -> Callable[..., dict[str, str]]:
    """The header of a person: `http.get("/", headers=as_("bo"))`."""

    def header(name: str, *roles: str, **claims: object) -> dict[str, str]:
        token = mint.token(sub=name, roles=list(roles or ("user",)), **claims)
        return {"Authorization": f"Bearer {token}"}

    return header
