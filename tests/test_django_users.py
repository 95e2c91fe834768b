"""Accounts that follow Django's table of users. Source: users.md U10; decisions/0289."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.management import call_command
from django.db import transaction
from tests.django_site.site import ready
from tests.flows.notes_services import Administration

ready()

from django.contrib.auth.hashers import make_password  # noqa: E402 - needs a configured Django
from django.contrib.auth.models import Group, User  # noqa: E402 - as above
from tests.django_site.inside import ORIGIN  # noqa: E402 - as above
from tests.django_site.users import (  # noqa: E402 - as above
    HTML,
    NEW,
    OLD,
    PEOPLE,
    STOCK,
    Site,
    ada,
    deactivate,
    site_of,
)

from watchword.base.secrets import Secret  # noqa: E402 - as above
from watchword.django.views import site_server  # noqa: E402 - as above


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    with site_of(*STOCK, home=home) as found:
        yield found


@pytest.fixture
def site(served) -> Iterator[Site]:
    served.http.cookies.clear()
    yield served
    User.objects.all().delete()
    Group.objects.all().delete()


@pytest.mark.requirement("users:U10:django-users")
def test_user_of_django_signs_in_and_is_the_user_of_the_request(site):
    """Neither staff nor superusers are administrators here, and a group is no role."""
    user = ada(is_staff=True, is_superuser=True)
    user.groups.add(Group.objects.create(name="admin"))
    pair = site.log_in("ada")
    assert site.get("/mine", pair).json() == {"pk": str(user.pk), "staff": True}
    assert site.get("/later", pair).json() == {"pk": str(user.pk)}
    assert site.get("/rest", pair).json() == {"pk": str(user.pk)}
    assert site.sign_in("ada").status_code == 303
    assert site.http.get("/page").json() == {"pk": str(user.pk)}
    assert site.http.get("/auth/account", headers=HTML).status_code == 200
    assert site.http.get("/auth/admin", headers=HTML).status_code == 404
    assert site.log_in("ada", "wrong")["status"] == site.log_in("nobody", OLD)["status"] == 401


async def _asynchronously(pk: str) -> None:
    transport = httpx2.ASGITransport(app=ASGIHandler())
    async with httpx2.AsyncClient(transport=transport, base_url=f"http://{ORIGIN}") as http:
        body = {"username": "ada", "password": OLD}
        pair = (await http.post("/auth/login", json=body)).json()
        for place in ("/mine", "/later"):
            bearer = {"Authorization": f"Bearer {pair['access_token']}"}
            assert (await http.get(place, headers=bearer)).json()["pk"] == pk
        await User.objects.filter(pk=pk).aupdate(is_active=False)
        refused = await http.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})
        assert refused.status_code == 400


@pytest.mark.requirement("users:U10:django-users")
def test_user_of_django_signs_in_under_asgi(site):
    asyncio.run(_asynchronously(str(ada().pk)))


def _give_another_password(user: User) -> None:
    user.set_password(NEW)
    user.save()


@pytest.mark.requirement("users:U10:django-users-signals")
@pytest.mark.parametrize("change", [deactivate, _give_another_password, User.delete])
def test_change_in_django_ends_sessions_and_tokens_by_the_next_request(site, change):
    user = ada()
    pair = site.log_in("ada")
    site.sign_in("ada")
    change(user)
    assert site.get("/mine", pair).status_code in {401, 403}
    assert site.refresh(pair) == 400
    assert site.http.get("/page").status_code in {401, 403}
    assert site.log_in("ada")["status"] == 401


@pytest.mark.requirement("users:U10:django-users-signals")
def test_change_that_is_rolled_back_changes_nothing(site):
    user = ada()
    pair = site.log_in("ada")
    with transaction.atomic(using=PEOPLE):
        deactivate(user)
        transaction.set_rollback(True, using=PEOPLE)
    assert site.get("/mine", pair).status_code == 200


def test_mark_of_djangos_own_login_asks_for_no_look(site):
    user = ada()
    pair = site.log_in("ada")
    User.objects.update(is_active=False)
    user.save(update_fields=["last_login"])
    assert site.get("/mine", pair).status_code == 200
    user.refresh_from_db()
    user.save(update_fields=["email"])
    assert site.get("/mine", pair).status_code in {401, 403}


@pytest.mark.requirement("users:U10:django-users-updates")
def test_update_that_no_signal_tells_of_is_seen_at_refresh_session_and_sign_in(site):
    ada()
    pair = site.log_in("ada")
    site.sign_in("ada")
    User.objects.update(is_active=False)
    assert site.get("/mine", pair).status_code == 200  # until the token expires or is refreshed
    assert site.http.get("/auth/account", headers=HTML).status_code == 303
    assert site.get("/mine", pair).status_code in {401, 403}
    assert site.refresh(pair) == 400
    User.objects.update(is_active=True, password=make_password(NEW))
    assert site.log_in("ada", OLD)["status"] == 401
    assert site.log_in("ada", NEW)["status"] == 200


@pytest.mark.requirement("users:U10:django-users-identity")
def test_account_is_the_rows_and_not_the_names(site):
    user = ada()
    me = site.get("/auth/me", site.log_in("ada")).json()
    user.username = "ida"
    user.save()
    assert site.get("/auth/me", site.log_in("ida")).json()["sub"] == me["sub"]
    other = ada()
    second = site.log_in("ada")
    assert site.get("/auth/me", second).json()["sub"] != me["sub"]
    assert site.get("/mine", second).json()["pk"] == str(other.pk)


@pytest.mark.requirement("users:U10:django-users-identity")
def test_key_that_comes_again_is_another_person(site):
    """Rows that were written by SQL, of which no signal tells."""
    user = ada()
    me = site.get("/auth/me", site.log_in("ada")).json()
    user.date_joined += timedelta(seconds=1)
    user.save()  # an administrator corrects it
    assert site.get("/auth/me", site.log_in("ada")).json()["sub"] == me["sub"]
    User.objects.all()._raw_delete(PEOPLE)
    again = User(pk=user.pk, username="ada", password=make_password(OLD))
    User.objects.bulk_create([again])
    assert site.get("/auth/me", site.log_in("ada")).json()["sub"] != me["sub"]


@pytest.mark.requirement("users:U10:django-users-password")
def test_password_of_the_account_page_is_djangos(site):
    user = ada()
    site.sign_in("ada")
    answer = site.form("/auth/account/password", password=NEW, repeated=NEW)
    assert answer.status_code == 303, answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert user.password.startswith("pbkdf2_sha256$1000$")
    assert site.http.get("/page").status_code == 200  # the session goes on
    assert site.log_in("ada", OLD)["status"] == 401
    assert site.log_in("ada", NEW)["status"] == 200


@pytest.mark.requirement("users:U10:django-users-password")
def test_password_of_a_link_is_djangos(site, capsys):
    user = ada()
    site.log_in("ada")
    call_command("watchword", "user", "link", "ada")
    link = re.search(r"(/auth/setup\?link=\S+)", capsys.readouterr().out)[1]
    answer = site.form(link, password=NEW, repeated=NEW, link=link.partition("=")[2])
    assert answer.status_code == 303, answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert site.log_in("ada", NEW)["status"] == 200


def test_names_and_deletions_of_the_account_pages_reach_django(site):
    user = ada()
    site.sign_in("ada")
    User.objects.create_user("eve", "", OLD)
    taken = site.form("/auth/account/name", username="eve")
    assert taken.status_code == 400
    assert site.form("/auth/account/name", username="x" * 200).status_code == 400
    assert site.form("/auth/account/name", username="ida").status_code == 303
    user.refresh_from_db()
    assert user.username == "ida"
    assert site.form("/auth/account/delete", name="ida").status_code == 303
    user.refresh_from_db()
    assert not user.is_active
    assert site.log_in("ida")["status"] == 401


@pytest.mark.requirement("users:U10:django-users")
def test_account_that_is_no_row_is_nobody_to_django(site):
    """Such as an operator's, which the command line has added."""
    name, phrase = "operator", "a passphrase of an operator"
    Administration(site_server().given["database"]).add(name, phrase)
    pair = site.log_in(name, phrase)
    assert site.get("/mine", pair).json() == {"pk": "None", "staff": False}
    assert site.get("/later", pair).json() == {"pk": "None"}
    assert site.get("/rest", pair).json()["pk"].startswith("user_")


def test_what_was_written_is_put_back_unless_it_changed_again(site):
    users, user = site_server().users, ada()

    async def written():
        before = await users.read(str(user.pk))
        for change in (
            users.set_password(before, Secret(NEW)),
            users.rename(before, "ida"),
            users.close(before),
        ):
            after = await change
            assert after != before
            assert await users.read(str(user.pk)) == after
            await users.put_back(before, after)
            assert await users.read(str(user.pk)) == before
        await users.close(before)
        assert await users.close(before) is None
        assert await users.rename(replace(before, name="eve"), "ida") is None
        assert await users.find(("\ud800", "a\0", "a" * 600, "ada"), None) == (
            replace(before, is_active=False),
        )

    asyncio.run(written())
