"""What a site says whose accounts follow Django's users, and where the tables are.

Source: users.md U10; decisions/0289.
"""

import contextlib

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import override_settings
from tests.django_site.site import ready

ready()

from django.contrib.auth.models import User  # noqa: E402 - needs a configured Django
from tests.django_site.inside import SERVER  # noqa: E402 - as above
from tests.django_site.inside import site as at_rest  # noqa: E402 - as above
from tests.django_site.models import Person  # noqa: E402 - as above
from tests.django_site.users import (  # noqa: E402 - as above
    OLD,
    ROUTES,
    STOCK,
    ada,
    deactivate,
    people,
    site_of,
)

from watchword.django.users import DjangoUsers  # noqa: E402 - as above
from watchword.django.views import site_server  # noqa: E402 - as above


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.requirement("users:U10:django-users")
def test_model_of_a_sites_own_is_followed(tmp_path):
    with override_settings(AUTH_USER_MODEL="site.Person"), site_of(Person, home=tmp_path) as site:
        person = Person.objects.create_user("Ada@Example.com", OLD)
        pair = site.log_in("ada@example.com")
        assert site.get("/later", pair).json() == {"pk": str(person.pk)}
        deactivate(person)
        assert site.get("/later", pair).status_code in {401, 403}
        assert [fault.id for fault in run_checks()] == ["watchword.W001"]


class Confirmed(DjangoUsers):
    """Whoever registers at this site has answered a mail."""

    def is_verified(self, user):
        return not user.is_staff


def test_address_signs_in_where_the_site_says_that_it_is_verified(tmp_path):
    with site_of(*STOCK, home=tmp_path, USERS=f"{__name__}.Confirmed") as site:
        ada()
        User.objects.create_user("boss", "boss@example.com", OLD, is_staff=True)
        assert site.log_in("ada@example.com")["status"] == 200
        assert site.log_in("boss@example.com")["status"] == 401


@pytest.mark.postgres
@pytest.mark.requirement("users:U10:django-users")
def test_table_and_accounts_may_be_in_one_postgresql_database(tmp_path, postgres_url):
    with site_of(*STOCK, home=tmp_path, url=postgres_url) as site:
        user = ada()
        pair = site.log_in("ada")
        assert site.get("/mine", pair).json()["pk"] == str(user.pk)
        deactivate(user)
        assert site.refresh(pair) == 400


@pytest.mark.requirement("users:U10:django-users-signals")
def test_command_that_changes_users_reaches_the_accounts_without_a_server(tmp_path, capsys):
    """So does one that changes them before there is a database of the server."""
    with people(*STOCK, home=tmp_path), at_rest(SERVER, *ROUTES, USERS="django"):
        user = ada()
        assert not (tmp_path / "id.db").exists()
        call_command("watchword", "migrate")
        late = User(username="late", is_active=False)
        User.objects.bulk_create([User(username="bob"), User(username="no name at all"), late])
        capsys.readouterr()
        call_command("watchword_users")
        assert (
            capsys.readouterr().out
            == "added: 2, changed: 0, unchanged: 1, inactive: 1, absent: 0, name taken: 0\n"
        )
        user.username = "ida"
        user.save()
        call_command("watchword", "user", "list")
        assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["bob", "ida"]


def test_database_that_does_not_answer_is_told_of_and_stops_nobody(tmp_path, caplog):
    with site_of(*STOCK, home=tmp_path) as site:
        with monkeypatched(site_server().users, "_find", raising(OperationalError("gone"))):
            assert site.log_in("ada")["status"] == 503
        (tmp_path / "id.db").rename(tmp_path / "gone.db")
    with people(*STOCK, home=tmp_path), at_rest(SERVER, *ROUTES, USERS="django"):
        (tmp_path / "id.db").write_bytes(b"no database")
        assert ada().pk
        assert "waits for the next sign-in or refresh" in caplog.text
        with pytest.raises(CommandError, match=r"id\.db"):
            call_command("watchword_users")


def raising(error):
    def fail(*_):
        raise error

    return fail


@contextlib.contextmanager
def monkeypatched(target, name, value):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target, name, value)
        yield


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"USERS": "djang"}, "WATCHWORD['USERS']: djang doesn't look like a module path"),
        ({"USERS": "datetime.date"}, "or the path of a class that is a DjangoUsers"),
        ({"USERS": "django", "REGISTER": True}, "REGISTER exclude one another"),
    ],
)
def test_setting_that_cannot_be_meant_stops_the_site(setting, said):
    with at_rest(SERVER, **setting):
        [fault] = run_checks()
        assert (fault.id, said in fault.msg) == ("watchword.E001", True), fault.msg


def test_model_without_a_flag_to_close_accounts_by_is_refused():
    with override_settings(AUTH_USER_MODEL="site.Nameless"), at_rest(SERVER, USERS="django"):
        faults = {fault.id: fault.msg for fault in run_checks()}
        assert "has no field is_active" in faults["watchword.E001"]


def test_check_names_hashers_whose_hashes_are_not_read():
    with at_rest(SERVER, USERS="django"):
        [fault] = run_checks()
        assert (fault.id, "md5" in fault.msg) == ("watchword.W002", True)


def test_site_whose_accounts_follow_nothing_says_so():
    with at_rest(SERVER), pytest.raises(CommandError, match="accounts follow nothing"):
        call_command("watchword_users")
    with at_rest(SERVER), pytest.raises(ImproperlyConfigured, match="USERS"):
        site_server().account("user_1")
