"""Whoever may register at a Django site chooses a name and an address, and takes nobody over.

Source: OWASP ASVS 5.0 V6.8.1; users.md U46; ZITADEL CVE-2026-55670 (linked by e-mail alone).
"""

from collections.abc import Iterator

import pytest
from tests.django_site.site import ready
from tests.flows.notes_services import Administration

ready()

from django.contrib.auth.models import User  # noqa: E402 - needs a configured Django
from tests.django_site.users import (  # noqa: E402 - as above
    NEW,
    OLD,
    STOCK,
    Site,
    ada,
    site_of,
)

from watchword.django.views import site_server  # noqa: E402 - as above

BOSS = "the passphrase of the operator"


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    with site_of(*STOCK, home=home) as found:
        people = Administration(site_server().given["database"])
        people.add("boss", BOSS, roles={"admin"})
        yield found


@pytest.fixture
def site(served) -> Iterator[Site]:
    yield served
    User.objects.all().delete()


def me(site: Site, pair: dict[str, str]) -> dict[str, object]:
    return site.get("/auth/me", pair).json()


@pytest.mark.requirement("users:U10:django-users-identity")
@pytest.mark.parametrize("name", ["boss", "Boss", "BOSS", "\uff42oss"])
def test_name_of_the_operator_opens_nothing(site, name):
    operator = me(site, site.log_in("boss", BOSS))["sub"]
    User.objects.create_user(name, "", NEW)
    assert site.log_in(name, NEW)["status"] == 401
    assert site.log_in("boss", NEW)["status"] == 401
    assert me(site, site.log_in("boss", BOSS))["sub"] == operator


@pytest.mark.requirement("users:U10:django-users-identity")
def test_name_in_other_letters_opens_nobodys_account(site):
    ada()
    victim = me(site, site.log_in("ada"))["sub"]
    User.objects.create_user("ADA", "", NEW)
    assert site.log_in("ADA", NEW)["status"] == 401
    assert site.log_in("ada", NEW)["status"] == 401
    assert me(site, site.log_in("ada", OLD))["sub"] == victim


@pytest.mark.requirement("users:U10:django-users-identity")
def test_address_of_somebody_else_opens_nothing(site):
    ada()
    victim = me(site, site.log_in("ada"))["sub"]
    User.objects.create_user("eve", "ada@example.com", NEW)
    User.objects.create_user("ada@example.com", "", NEW)
    assert me(site, site.log_in("eve", NEW))["sub"] != victim
    assert me(site, site.log_in("ada@example.com", NEW))["sub"] != victim


@pytest.mark.requirement("users:U10:django-users-identity")
def test_name_that_somebody_left_comes_without_what_they_had(site):
    user = ada()
    former = me(site, site.log_in("ada"))["sub"]
    people = Administration(site_server().given["database"])
    people.give("ada", "editor")
    user.delete()
    ada()
    pair = site.log_in("ada")
    assert me(site, pair)["sub"] != former
    assert people.roles_of("ada") == frozenset()
