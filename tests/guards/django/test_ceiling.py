"""Django's own permission calls, of a user who was proved by a token or a session.

Source: access.md section 4.3, S11; users.md U10, U42.
"""

from dataclasses import replace

import pytest
from django.http import JsonResponse
from django.test import override_settings
from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView
from tests.django_site.inside import SERVER, serving
from tests.django_site.models import Note
from tests.django_site.site import tables
from tests.django_site.users import OLD, QUICK, STOCK, Site, ada

from watchword.access import Policy
from watchword.django import BearerAuthentication, required, session
from watchword.guards.django.account import set_user

policy = Policy(actions=["read", "update"], scopes={"notes:read": ["read"]})
ACTIONS = ("read", "update")


@policy.allow("read", "update", on=Note)
def owner(me, note):
    """Whoever owns a note may do anything with it."""
    return note.owner == me.id


@policy.deny("update", on=Note)
def in_person(me, note):  # by who acts
    """Nobody changes a note for somebody else."""
    return me.act != None  # noqa: E711  # a rule is read without values


def allowed(user):
    note = Note(id=1, owner=str(user.pk), text="")
    return JsonResponse({one: user.has_perm(f"site.{one}", note) for one in ACTIONS})


@required("notes:read")
def by_token(request):
    return allowed(request.user)


@required("notes:read")
async def by_token_later(request):
    user = await request.auser()
    note = Note(id=1, owner=str(user.pk), text="")
    assert await user.ahas_module_perms("site")
    return JsonResponse({one: await user.ahas_perm(f"site.{one}", note) for one in ACTIONS})


@session.required
def by_session(request):
    return allowed(request.user)


@session.required
def helped(request):
    """As an administrator who acts as the person finds it."""
    request.subject = replace(request.subject, act="user_root")
    set_user(request, request.auth.user.id)
    return allowed(request.user)


class Rest(APIView):
    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsAuthenticated,)

    def get(self, request):
        return allowed(request.user)


ROUTES = (
    path("token", by_token),
    path("later", by_token_later),
    path("session", by_session),
    path("helped", helped),
    path("rest", Rest.as_view()),
)


@pytest.fixture
def site(tmp_path):
    setting = {"USERS": "django", "SIGNING_ALG": "ES256", "POLICY": policy}
    backends = ["watchword.django.PolicyBackend"]
    with (
        override_settings(AUTHENTICATION_BACKENDS=backends, **QUICK),
        tables(*STOCK),
        serving(SERVER, *ROUTES, DATABASE=f"sqlite:///{tmp_path / 'id.db'}", **setting) as http,
    ):
        assert http.get("/auth/signin", headers={"accept": "text/html"}).status_code == 200
        ada()
        yield Site(http)


@pytest.mark.requirement("users:U10:django-users")
def test_a_token_of_few_scopes_reaches_no_further_through_the_row(site):
    body = {"username": "ada", "password": OLD, "scope": "notes:read"}
    pair = site.http.post("/auth/login", body, "application/json").json()
    for place in ("/token", "/later", "/rest"):
        assert site.get(place, pair).json() == {"read": True, "update": False}, place


@pytest.mark.requirement("users:U10:django-users", "users:U42:acting-as-a-user")
def test_whoever_acts_as_the_person_is_told_from_them_through_the_row(site):
    assert site.sign_in("ada").status_code == 303
    assert site.http.get("/session").json() == {"read": True, "update": True}
    assert site.http.get("/helped").json() == {"read": True, "update": False}
