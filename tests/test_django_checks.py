"""What `manage.py check` and the first request find wrong with a site. Source: users.md 5."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.http import JsonResponse
from django.urls import path
from tests.django_site.site import ready

ready()

from tests.django_site.inside import SERVER, site  # noqa: E402 - needs a configured Django

from watchword.django import public  # noqa: E402 - as above
from watchword.guards.django.guard import current  # noqa: E402 - as above


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_DATABASE", raising=False)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"DATABSE": "sqlite:///a.db"}, "has no 'DATABSE'; did you mean 'DATABASE'"),
        ({"MOUNT_PATH": "/auth"}, "has no 'MOUNT_PATH'"),
        ({"URL": "ftp://app.example"}, "url"),
        ({"CLIENTS": {"app": {"redirect_uris": ["nowhere"]}}}, "client app"),
        ({"CLIENTS": {"app": {"secret": "short"}}}, "client app"),
        ({"ISSUER": "https://id.example.com"}, "AUDIENCE"),
    ],
)
def test_fault_of_the_setting_is_found_by_the_check_of_the_site(setting, said):
    with site(SERVER, **setting):
        [fault] = [each for each in run_checks() if each.id == "watchword.E001"]
        assert said in fault.msg


@pytest.mark.requirement("users:5:django-server")
def test_site_without_the_urls_is_told_the_line():
    with site():
        [fault] = run_checks()
        assert 'include("watchword.django.urls")' in fault.msg
    with site(SERVER):
        assert run_checks() == []


@pytest.mark.parametrize("setting", [{"DATABASE": None}, {"DATABASE": None, "MODE": "development"}])
@pytest.mark.requirement("users:5:django-server")
def test_server_whose_database_nobody_names_does_not_start(tmp_path, setting):
    with site(SERVER, **setting) as http:
        [fault] = run_checks()
        assert "WATCHWORD['DATABASE'] is missing" in fault.msg
        assert http.get("/notes").status_code == 500
    assert list(tmp_path.glob("*.db")) == []


@pytest.mark.requirement("users:5:django-server")
@pytest.mark.parametrize("prefix_default_language", [True, False])
def test_server_whose_address_changes_with_the_language_does_not_start(prefix_default_language):
    below = i18n_patterns(SERVER, prefix_default_language=prefix_default_language)
    with site(*below) as http:
        [fault] = run_checks()
        assert fault.id == "watchword.E001"
        assert "stands in i18n_patterns(), whose prefix is another for each language" in fault.msg
        assert http.get("/notes").status_code == 500
    elsewhere = i18n_patterns(path("about", public(lambda _: JsonResponse({}))))
    with site(*elsewhere, SERVER):
        assert run_checks() == []


@pytest.mark.requirement("security:80:bare-route")
def test_check_looks_at_a_site_whose_issuer_is_elsewhere_without_the_server(monkeypatch):
    """Such a site has `watchword[django]`, and nothing of what the server is made of."""
    monkeypatch.setitem(sys.modules, "watchword.django.site", None)  # importing it fails
    elsewhere = {"ISSUER": "https://id.example.com", "AUDIENCE": "notes"}
    with site(path("bare", undeclared), **elsewhere):
        [fault] = run_checks()
        assert (fault.id, "ANY /bare" in fault.msg) == ("watchword.E002", True)
    with site(path("bare", undeclared), **elsewhere, PUBLIC=["/bare"]):
        assert run_checks() == []
    with site(**elsewhere, PUBLC=[]):
        [fault] = run_checks()
        assert "did you mean 'PUBLIC'" in fault.msg


def test_site_without_the_application_is_told_to_install_it():
    with site(SERVER, apps=()) as http:
        [fault] = [each for each in run_checks() if each.id == "watchword.E003"]
        assert "'watchword.django' to INSTALLED_APPS" in fault.msg
        assert http.get("/notes").status_code == 500
        with pytest.raises(ImproperlyConfigured, match="INSTALLED_APPS"):
            current()
    with site(SERVER, apps=(), ISSUER="https://id.example.com", AUDIENCE="notes"):
        assert run_checks() == []


@contextlib.contextmanager
def database_of_django(name: object, *, engine: str = "sqlite3") -> Iterator[None]:
    """Have Django name a second database, without opening it."""
    settings = {"ENGINE": f"django.db.backends.{engine}", "NAME": name}
    default = connections.settings["default"]
    made = connections.configure_settings({"default": default, "other": settings})
    connections.settings["other"] = made["other"]
    try:
        yield
    finally:
        connections["other"].close()
        del connections["other"], connections.settings["other"]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("one.db", "one.db"),
        (Path("one.db"), "HERE/one.db"),
        ("HERE/one.db", "./one.db"),
        ("file:HERE/one.db?cache=shared", "one.db"),
        ("one.db", "link.db"),
        ("one.db", "hard.db"),
        ("absent.db", "HERE/absent.db"),
    ],
)
@pytest.mark.requirement("users:5:django-database")
def test_server_in_a_file_of_djangos_does_not_start(tmp_path, theirs, ours):
    (tmp_path / "one.db").touch()
    (tmp_path / "link.db").symlink_to("one.db")
    (tmp_path / "hard.db").hardlink_to(tmp_path / "one.db")
    if isinstance(theirs, str):
        theirs = theirs.replace("HERE", str(tmp_path))
    database = f"sqlite:///{ours.replace('HERE', str(tmp_path))}"
    with database_of_django(theirs), site(SERVER, DATABASE=database) as http:
        [fault] = run_checks()
        assert "database (given in code) is the SQLite file of DATABASES['other']" in fault.msg
        assert "Name another file" in fault.msg
        assert http.get("/notes").status_code == 500
    assert (tmp_path / "one.db").read_bytes() == b""
    assert not (tmp_path / "absent.db").exists()


@pytest.mark.parametrize("theirs", ["two.db", ":memory:", "file::memory:", "file:a?mode=memory"])
@pytest.mark.parametrize("ours", ["sqlite:///a", "postgresql://db.example/two.db"])
@pytest.mark.requirement("users:5:django-database")
def test_server_in_a_database_of_its_own_is_fine(theirs, ours):
    with database_of_django(theirs), site(SERVER, DATABASE=ours):
        assert run_checks() == []


def test_name_of_djangos_that_is_no_file_is_no_file():
    with database_of_django("id.db", engine="dummy"), site(SERVER, DATABASE="sqlite:///id.db"):
        assert run_checks() == []


def undeclared(request):
    return JsonResponse({})


@pytest.mark.requirement("security:80:bare-route")
def test_check_names_each_route_that_declares_nothing_and_what_to_write(caplog):
    with site(SERVER, path("bare", undeclared), path("bare/two", undeclared)) as http:
        [fault] = run_checks()
        assert fault.id == "watchword.E002"
        assert "ANY /bare, ANY /bare/two. Decorate each view with @required" in fault.msg
        assert "WATCHWORD['PUBLIC']" in fault.msg
        answer = http.get("/notes")
        assert (answer.status_code, answer.json()["code"]) == (503, "unguarded_routes")
        assert "`manage.py check`" in answer.json()["hint"]
        assert "bare" not in answer.content.decode()
        assert fault.msg in caplog.text
    with site(SERVER, path("bare", undeclared), PUBLIC=["/bare"]):
        assert run_checks() == []
