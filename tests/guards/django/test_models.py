"""Managers, permissions of Django's users, and the admin site. Source: access.md 4.3."""

import pytest
from django.apps import apps
from django.contrib.admin.sites import AdminSite
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import PermissionDenied
from django.db import models
from django.test import RequestFactory, override_settings
from django.test.utils import isolate_apps
from django.urls import path
from tests.access.example import notes
from tests.django_site.models import Note, ShareRow
from tests.django_site.site import tables

import watchword.django as door
from watchword.access import InvalidSubject, Policy
from watchword.django import AccessManager, PolicyAdmin, PolicyBackend
from watchword.guards.django.manager import allowed

AUTH = ("auth.Permission", "auth.Group", "auth.User", "admin.LogEntry")


@pytest.fixture
def accounts():
    """Django's own users: bo and ana, an admin by her group; root, a superuser; di, inactive."""
    found = [apps.get_model("contenttypes.ContentType"), *map(apps.get_model, AUTH)]
    with tables(*found, apps.get_model("sessions.Session")):
        people = get_user_model().objects
        made = {name: people.create_user(name, password="x") for name in ("bo", "ana", "di")}
        made["root"] = people.create_superuser("root", password="x")
        Group.objects.create(name="user").user_set.add(*made.values())
        Group.objects.create(name="admin").user_set.add(made["ana"])
        made["di"].is_active = False
        made["di"].save()
        yield made


@pytest.fixture
def owned(three, accounts):
    """The three notes; the first belongs to Django's user bo."""
    Note.objects.filter(id=1).update(owner=str(accounts["bo"].pk))
    return accounts


@pytest.mark.requirement("guards:django:manager")
def test_a_manager_lists_what_may_be_read(three, site, people):
    with isolate_apps("tests.django_site"):

        class Listed(models.Model):
            owner = models.CharField(max_length=64)
            text = models.TextField()
            shared_role = models.CharField(max_length=64, null=True)
            objects = AccessManager()

            class Meta:
                app_label = "site"
                db_table = "note"

        people = notes(on=Listed)
        with site(POLICY=people.policy):

            def ids(rows):
                return sorted(row.pk for row in rows)

            assert ids(Listed.objects.for_(people.bo, "read")) == [1, 3]
            assert ids(Listed.objects.filter(owner="cy").for_(people.bo, "read")) == [3]
            assert ids(Listed.objects.for_(people.ana, "delete")) == [1, 2, 3]
            assert ids(Listed.objects.for_(people.suspended, "read")) == []
            assert Listed.objects.for_(people.bo, "update").update(text="changed") == 1
            assert ids(people.policy.select(people.cy, "read", Listed)) == [2, 3]


@pytest.mark.requirement("guards:django:backend")
def test_djangos_permission_calls_ask_the_policy(owned, site):
    one, two, three = Note.objects.order_by("id")
    backend = "watchword.django.PolicyBackend"
    with site(), override_settings(AUTHENTICATION_BACKENDS=[backend]):
        bo, ana, di = owned["bo"], owned["ana"], owned["di"]
        assert bo.has_perm("site.update", one)
        assert bo.has_perm("site.change_note", one)
        assert not bo.has_perm("site.update", two)
        assert bo.has_perm("site.view_note", three)
        assert not bo.has_perm("site.change_note", three)
        assert ana.has_perm("site.delete", two)
        assert not di.has_perm("site.read", one)
        assert bo.has_perm("site.add_note")
        assert not PolicyBackend().has_perm(di, "site.view_note")
        for unknown in ("site.update", "site.view_thing", "other.view_note", "site.shred"):
            assert not bo.has_perm(unknown)
        assert not bo.has_perm("site.shred", one)
        assert not bo.has_perm("site.view_note", bo)
        assert not AnonymousUser().has_perm("site.view_note", one)
        assert bo.has_module_perms("site")
        assert not bo.has_module_perms("auth")
        assert PolicyBackend().authenticate(None, username="bo", password="x") is None


@pytest.mark.requirement("guards:django:backend")
def test_a_site_says_who_its_users_are_to_the_policy(three, site, people):
    def identify(account):
        return people.policy.subject(account, roles=["user"]) if account else None

    with site(IDENTIFY=identify):
        backend = PolicyBackend()
        assert backend.has_perm("bo", "site.update", Note.objects.get(id=1))
        assert not backend.has_perm("", "site.read", Note.objects.get(id=1))
        assert not backend.has_module_perms("", "site")


class Desk:
    """The admin of notes, asked as one of Django's users."""

    def __init__(self, account):
        self.admin = PolicyAdmin(Note, AdminSite())
        self.request = RequestFactory().get("/")
        self.request.user = account

    def may(self, action, *obj) -> bool:
        return getattr(self.admin, f"has_{action}_permission")(self.request, *obj)


@pytest.mark.requirement("guards:django:admin")
def test_the_admin_site_shows_and_offers_what_the_policy_allows(owned, site):
    one, two, three = Note.objects.order_by("id")
    with site():
        bo, ana, root = Desk(owned["bo"]), Desk(owned["ana"]), Desk(owned["root"])
        nobody = Desk(AnonymousUser())
        shown = [
            [row.pk for row in desk.admin.get_queryset(desk.request).order_by("id")]
            for desk in (bo, ana, root, nobody)
        ]
        assert shown == [[1, 3], [1, 2, 3], [1, 2, 3], []]
        assert bo.may("view", three)
        assert not bo.may("change", three)
        assert bo.may("change", one)
        assert bo.may("delete", one)
        assert not bo.may("delete", two)
        assert bo.may("add")
        assert bo.may("change")
        assert bo.may("module")
        assert not nobody.may("view")


@pytest.mark.requirement("guards:django:admin")
def test_the_admin_site_limits_fields_and_judges_what_is_saved(owned, site):
    policy = Policy(roles={"admin": ["user"]})

    @policy.allow("read", "create", "update", on=Note, fields={"owner", "text"})
    def owner(me, note):
        """What is yours is yours."""
        return note.owner == me.id

    with site(POLICY=policy):
        bo = Desk(owned["bo"])
        one = Note.objects.get(id=1)
        assert set(bo.admin.get_readonly_fields(bo.request, one)) == {"id", "shared_role"}
        assert bo.admin.get_readonly_fields(bo.request) == ()

        def save(change, **values):
            form = bo.admin.get_form(bo.request)(values, instance=Note(id=1) if change else None)
            form.full_clean()
            bo.admin.save_model(bo.request, form.instance, form, change)

        mine = str(owned["bo"].pk)
        save(True, owner=mine, text="changed")
        assert Note.objects.get(id=1).text == "changed"
        with pytest.raises(PermissionDenied):
            save(True, owner="cy", text="given away")
        save(False, owner=mine, text="mine")
        with pytest.raises(PermissionDenied):
            save(False, owner="cy", text="theirs")
        with pytest.raises(PermissionDenied):
            save(False, owner=mine, text="shared", shared_role="user")
    assert Note.objects.get(id=1).owner == mine
    assert Note.objects.count() == 4


def test_shares_that_end_are_judged_by_the_time_of_the_request(three, site, clock):
    """A policy about shares declares `now`, and every call of the site gives it."""
    policy = Policy(context={"now": int}, shares=ShareRow)

    @policy.allow("read", on=Note)
    def shared(me, note):
        """Shared."""
        return note.shared("reader", me)

    me, (one, *_) = policy.subject("bo"), Note.objects.order_by("id")
    with site(POLICY=policy, IDENTIFY=lambda _: me), tables(ShareRow):
        ShareRow.objects.create(
            resource_type="note",
            resource_id="1",
            relation="reader",
            subject_id="bo",
            expires_at=clock.now() + 10,
        )
        assert [row.pk for row in Note.objects.filter(allowed(me, "read", Note))] == [1]
        clock.time += 10
        assert not Note.objects.filter(allowed(me, "read", Note)).exists()
        # A check reads shares from the subject, which has none that were read.
        with pytest.raises(InvalidSubject):
            PolicyBackend().has_perm("bo", "site.read", one)


@pytest.mark.requirement("guards:django:admin")
def test_the_change_list_page_shows_the_same_rows(owned, site):
    """The page itself, through the admin site's URLs (dfunckt/django-rules issue 132)."""
    desk = AdminSite(name="desk")
    desk.register(Note, PolicyAdmin)
    owned["bo"].is_staff = True
    owned["bo"].save()
    templates = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ]
    with (
        site(path("admin/", desk.urls)) as http,
        override_settings(TEMPLATES=templates, STATIC_URL="/static/"),
    ):
        http.force_login(owned["bo"])
        page = http.get("/admin/site/note/").content.decode()
        assert "Note object (1)" in page
        assert "Note object (3)" in page
        assert "Note object (2)" not in page
        assert http.get("/admin/site/note/2/change/").status_code == 302
        assert http.get("/admin/site/note/3/change/").status_code == 200
        assert "_save" not in http.get("/admin/site/note/3/change/").content.decode()


def test_names_of_the_door_are_loaded_when_asked_for():
    assert {name for name in door.__all__ if getattr(door, name) is not None} == set(door.__all__)
    with pytest.raises(AttributeError, match="Gaurd"):
        _ = door.Gaurd
