"""A Django site for tests: settings, once for a process, and tables in a database of its own.

Django's settings are one for the process, so every test that needs Django begins with `ready()`.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.db import connections, models

APP = "tests.django_site.apps.Site"
MEMORY = "file:watchword_django?mode=memory&cache=shared"


def ready() -> None:
    """Configure Django unless another test has."""
    if settings.configured:
        return
    settings.configure(
        ALLOWED_HOSTS=["testserver", "localhost"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": MEMORY}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "rest_framework",
            APP,
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # quick
        ROOT_URLCONF="tests.django_site.nothing",
        SECRET_KEY="of a test",
        TIME_ZONE="UTC",
        USE_TZ=False,
    )
    django.setup()


@contextlib.contextmanager
def tables(*made: type[models.Model], using: str = "default") -> Iterator[None]:
    """Make the tables of models, and drop them afterwards."""
    connection = connections[using]
    with connection.schema_editor() as editor:
        for model in made:
            editor.create_model(model)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            for model in reversed(made):
                editor.delete_model(model)


@contextlib.contextmanager
def file_database(alias: str, file: Path) -> Iterator[str]:
    """Make an SQLite file known to Django: a thread can close it, unlike one in memory."""
    with _database(alias, {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}):
        yield alias


@contextlib.contextmanager
def database(alias: str, url: str) -> Iterator[str]:
    """Make a PostgreSQL database known to Django under a name."""
    head, _, name = url.rpartition("/")
    user, _, address = head.removeprefix("postgresql://").partition("@")
    host, _, port = address.partition(":")
    where = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "HOST": host,
        "PORT": port,
    }
    with _database(alias, where):
        yield alias


@contextlib.contextmanager
def _database(alias: str, where: dict[str, str]) -> Iterator[None]:
    default = connections.settings["default"]
    made = connections.configure_settings({"default": default, alias: where})
    connections.settings[alias] = made[alias]
    try:
        yield
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]
