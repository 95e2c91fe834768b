"""`manage.py watchword`: the command line on the server in a site. Source: users.md U60, U65."""

import asyncio
import json

import pytest
from django.core.management import CommandError, call_command
from tests.django_site.site import ready

ready()

from tests.django_site.inside import SERVER, serving, site  # noqa: E402 - needs a configured Django

from watchword.django.management.commands.watchword import Command  # noqa: E402 - as above
from watchword.server.settings import Settings  # noqa: E402 - as above
from watchword.server.settings_sources import (  # noqa: E402 - as above
    load_settings,
    settings_of_application,
)
from watchword.stores import migrate  # noqa: E402 - as above

URL = "http://127.0.0.1:8123"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WATCHWORD_DATABASE", "sqlite:///stray.db")
    monkeypatch.delenv("WATCHWORD_URL", raising=False)


def typed(*words: str, program: str = "manage.py") -> int:
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv([program, "watchword", *words])
    return ended.value.code


@pytest.mark.requirement("users:5:django-command")
def test_person_is_added_where_the_site_looks(tmp_path, capsys):
    with site(SERVER, URL=URL, DATABASE="sqlite:///people.db"):
        assert typed("migrate") == 0
        capsys.readouterr()
        assert typed("user", "add", "bob", "--role", "admin", "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert told["link"].startswith(f"{URL}/auth/setup?link=")
        assert told["user"]["roles"] == ["admin"]
    with serving(SERVER, URL=URL, DATABASE="sqlite:///people.db") as http:
        http.defaults["HTTP_HOST"] = "127.0.0.1:8123"
        assert http.get("/auth/signin").status_code == 200
        call_command("watchword", "user", "list")
        assert capsys.readouterr().out.split()[0] == "bob"
    assert {each.name.split(".")[0] for each in tmp_path.iterdir()} == {"people"}
    assert (tmp_path / "people.key").exists()


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("/srv/manage.py", "Run `python manage.py watchword migrate`"),
        ("django-admin", "Run `django-admin watchword migrate`"),
    ],
)
@pytest.mark.requirement("users:5:django-command")
def test_advice_of_a_refusal_can_be_typed_as_it_is(capsys, program, line):
    with site(SERVER):
        assert typed("user", "list", program=program) == 3
        assert line in capsys.readouterr().err
        with pytest.raises(CommandError, match="ended with 3"):
            call_command("watchword", "user", "list")


def test_options_that_django_has_read_are_no_words_of_the_command(tmp_path, capsys):
    with site(SERVER):
        asyncio.run(migrate(f"sqlite:///{tmp_path}/id.db"))
        assert typed("user", "list", "--settings", "mysite.settings", "--pythonpath=.") == 0
        assert typed("user", "--help") == 0
        assert "Usage: watchword user" in capsys.readouterr().out


def test_site_at_fault_is_told_instead_of_a_traceback(capsys):
    with site(SERVER, DATABSE="sqlite:///a.db"):
        assert typed("user", "list") == 3
        assert "did you mean 'DATABASE'" in capsys.readouterr().err
    with site(ISSUER="https://id.example.com", AUDIENCE="notes"):
        assert typed("user", "list") == 3
        assert "the server is not in this site" in capsys.readouterr().err


def test_server_is_not_served_a_second_time(capsys):
    with site(SERVER):
        assert typed("serve") == 3
        assert "python manage.py runserver" in capsys.readouterr().err


def test_settings_of_an_application_end_with_its_command():
    with settings_of_application({"port": 8124}):
        assert load_settings(environ={"WATCHWORD_PORT": "1"}).settings.port == 8124
        assert load_settings(environ={}, given={"port": 8125}).settings.port == 8125
    assert load_settings(environ={}).settings.port == Settings().port
