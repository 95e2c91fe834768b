"""What Django mails of a failed request: no password, no token, no session, no database's password.

Source: security.md rule 99.
"""

import asyncio
import contextlib
import copy
import sys

import pytest
from django.core.signals import got_request_exception
from django.test import AsyncClient, RequestFactory, override_settings
from django.urls import path
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter
from tests.django_site.inside import ORIGIN, SERVER, serving

from watchword.django import public
from watchword.django.views import site_server
from watchword.guards.django.reports import Discreet, report_discreetly
from watchword.net.loop import Loop

CANARY = "canary-of-a-secret"
COOKIE = "watchword-session-12345678"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@contextlib.contextmanager
def reported():
    """Collect the reports of what fails, with our filter and with Django's own."""
    ours, djangos = [], []

    def write(kept, request):
        reporter = ExceptionReporter(request, *sys.exc_info())
        kept.append(reporter.get_traceback_html() + reporter.get_traceback_text())

    def on_failure(request, **_):
        write(ours, request)
        del request.exception_reporter_filter
        write(djangos, request)

    got_request_exception.connect(on_failure)
    try:
        yield ours, djangos
    finally:
        got_request_exception.disconnect(on_failure)


def post(http, is_async):
    """Send a form with a password, as somebody who is signed in and has a token."""
    http = AsyncClient(headers={"host": ORIGIN}) if is_async else http
    http.raise_request_exception = False
    http.cookies[COOKIE] = CANARY
    headers = {"Authorization": f"Bearer {CANARY}"}
    answer = http.post(
        "/auth/signin", f"username=ana&password={CANARY}", content_type=FORM, headers=headers
    )
    return asyncio.run(answer) if is_async else answer


def times_out(_self, work, *, seconds):
    work.close()
    raise TimeoutError(seconds)


async def times_out_later(self, work, *, seconds):
    times_out(self, work, seconds=seconds)


@pytest.mark.requirement("guards:django:reports")
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_wait_that_is_over_reports_no_form(monkeypatch, is_async):
    with serving(SERVER) as http, reported() as (ours, djangos):
        http.get("/auth/signin")  # it has started
        with monkeypatch.context() as failing:
            failing.setattr(Loop, "run", times_out)
            failing.setattr(Loop, "wait", times_out_later)
            assert post(http, is_async).status_code == 500
    assert "TimeoutError" in ours[0]
    assert CANARY not in ours[0]
    assert CANARY in djangos[0]


@pytest.mark.requirement("guards:django:reports")
def test_frames_of_the_servers_own_thread_report_no_form():
    """Django's decorators look at the callers of a frame, and in another thread there are none."""

    async def broken(*parts):
        del parts
        raise OSError("no room")

    with serving(SERVER) as http, reported() as (ours, djangos):
        http.get("/auth/signin")
        served = site_server()
        server, served.server = served.server, broken
        assert post(http, is_async=False).status_code == 500
        served.server = server
    assert "no room" in ours[0]
    assert "wsgi.py" in ours[0]
    assert CANARY not in ours[0]
    assert CANARY in djangos[0]


@public
def failing_view(request):
    shown = "seen by the site's administrators"
    raise LookupError(shown[:4])


@pytest.mark.requirement("guards:django:reports")
def test_what_the_site_itself_held_stays_in_the_report():
    with serving(SERVER, path("failing", failing_view)) as http, reported() as (ours, _):
        http.cookies[COOKIE] = CANARY
        http.cookies["theme"] = "dark"
        assert http.get("/failing").status_code == 500
    assert "seen by the site" in ours[0]
    assert "dark" in ours[0]
    assert CANARY not in ours[0]


def test_development_shows_everything_that_frames_hold(monkeypatch):
    with serving(SERVER) as http, reported() as (ours, _), override_settings(DEBUG=True):
        http.get("/auth/signin")
        with monkeypatch.context() as failing:
            failing.setattr(Loop, "run", times_out)
            assert post(http, is_async=False).status_code == 500
    assert f"password={CANARY}" in ours[0]


@pytest.mark.requirement("guards:django:reports")
@pytest.mark.parametrize(
    ("setting", "shown"),
    [
        ({"DATABASE": f"postgresql://id:{CANARY}@db.example/id"}, "db.example/id"),
        ({"MAIL": f"smtp://id:{CANARY}@mail.example", "DEMAND": 3}, "mail.example"),
        (None, "None"),
    ],
)
def test_addresses_in_the_setting_report_no_password(setting, shown):
    request = RequestFactory().get("/")
    report_discreetly(request)
    with override_settings(WATCHWORD=setting):
        told = str(request.exception_reporter_filter.get_safe_settings()["WATCHWORD"])
    assert CANARY not in told
    assert shown in told


def test_the_sites_own_filter_goes_on():
    class Own(SafeExceptionReporterFilter):
        def get_safe_request_meta(self, request):
            return {"OWN": request.path}

    request = RequestFactory().get("/x")
    request.exception_reporter_filter = Own()
    report_discreetly(request)
    assert isinstance(request.exception_reporter_filter, Discreet)
    copied = copy.deepcopy(request.exception_reporter_filter)
    assert copied.get_safe_request_meta(request) == {"OWN": "/x"}
