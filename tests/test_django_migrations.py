"""`manage.py migrate` brings the server's tables. Source: users.md U10 and U83; decisions/0290."""

import asyncio
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.recorder import MigrationRecorder
from tests.django_site.site import file_database, ready, tables

ready()

from tests.django_site.inside import SERVER, serving, site  # noqa: E402 - needs a configured Django
from tests.django_site.users import STOCK  # noqa: E402 - as above

from watchword.django import migrations  # noqa: E402 - as above
from watchword.stores import migrate, plan_migration  # noqa: E402 - as above
from watchword.stores.schema import REVISION  # noqa: E402 - as above


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with tables(MigrationRecorder.Migration, *STOCK):
        yield


@pytest.mark.requirement("users:U10:django-migrations")
def test_migrate_of_django_brings_the_tables_of_the_server_once(tmp_path, capsys):
    with site(SERVER):
        call_command("migrate", "watchword", plan=True)
        call_command("sqlmigrate", "watchword", "0001")
        shown = capsys.readouterr().out
        assert "Bring the tables of the watchword server to revision 0005" in shown
        assert not (tmp_path / "id.db").exists()
        call_command("migrate", "watchword", verbosity=0)
        assert asyncio.run(plan_migration("sqlite:///id.db")) == ""
        assert MigrationRecorder(connection).applied_migrations().keys() == {
            ("watchword", "0001_tables")
        }
        call_command("makemigrations", "watchword", check=True, dry_run=True, verbosity=0)
    with serving(SERVER) as http:
        assert http.get("/auth/signin").status_code == 200


@pytest.mark.requirement("users:U10:django-migrations")
def test_tables_that_are_there_are_left_alone_and_never_taken_back(tmp_path):
    asyncio.run(migrate("sqlite:///id.db"))
    with site(SERVER):
        call_command("migrate", "watchword", verbosity=0)
        with pytest.raises(IrreversibleError, match=r"not taken back.*Restore a backup, or"):
            call_command("migrate", "watchword", "zero", verbosity=0)
        assert asyncio.run(plan_migration("sqlite:///id.db")) == ""


@pytest.mark.requirement("users:U10:django-migrations")
def test_other_database_of_django_and_server_elsewhere_bring_none(tmp_path, tmp_path_factory):
    with (
        file_database("other", tmp_path_factory.mktemp("other") / "site.db"),
        tables(MigrationRecorder.Migration, *STOCK, using="other"),
        site(SERVER),
    ):
        call_command("migrate", "watchword", database="other", verbosity=0)
    with site(ISSUER="https://id.example.com", AUDIENCE="notes"):
        call_command("migrate", "watchword", verbosity=0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.requirement("users:U10:django-migrations")
def test_newest_migration_of_django_is_for_the_newest_tables():
    """Django runs each of its migrations once: a revision without one would not be brought."""
    *_, newest = sorted(each.name for each in iter_modules(migrations.__path__))
    [brings] = import_module(f"{migrations.__name__}.{newest}").Migration.operations
    assert brings.revision == REVISION
