"""The second step of a sign-in over HTTP, without a browser.

Source: users.md U35, U36 and U48; security.md rules 36, 38 and 47, class C11.
"""

import re
import time

import pyotp
import pytest

from watchword.accounts.factors.recovery_codes import make_codes
from watchword.accounts.factors.together import Changer
from watchword.accounts.factors.totp import begin_enrolment, confirm_enrolment, open_enrolment
from watchword.base.secrets import Secret
from watchword.server.cookies import cookie_rules

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
PATH = "/signin/factor"
OVER = "/signin?notice=signin-over"


class Guarded:
    """Somebody whose account has a second factor."""

    def __init__(self, server, name):
        server.add_user(name)
        runtime, user = server.auth.runtime, server.user(name)
        self.name, self.password = name, f"{name} walks seven brown dogs"
        server.run(begin_enrolment(user, "phone", runtime.totp))
        enrolment = server.run(open_enrolment(user, runtime.totp))
        self.generator = pyotp.parse_uri(enrolment.uri.reveal())
        changer = Changer(user.id)
        code = Secret(self.generator.at(time.time() - 30))
        server.run(confirm_enrolment(code, changer, user, runtime.totp))
        self.sheet = server.run(
            make_codes(changer, runtime.store, chance=runtime.chance, now=runtime.clock.now())
        )

    def code(self):
        return self.generator.at(time.time())


@pytest.fixture
def person(server, request):
    return Guarded(server, f"p{abs(hash(request.node.name)) % 10**9}")


@pytest.fixture
def http(server):
    with server.http() as http:
        yield http


def send(http, page, path, **form):
    return http.post(path, data={"form_token": TOKEN.search(http.get(page).text)[1], **form})


def first_step(http, person, **form):
    wish = {"username": person.name, "password": person.password}
    return send(http, "/signin", "/signin", **wish, **form)


def cookies(answer):
    """Return what is set, by the names without the mark of the issuer."""
    found = answer.headers.get_list("set-cookie")
    return {c.partition("=")[0].rpartition("-")[0]: c for c in found}


@pytest.mark.requirement("users-pages:second-step")
def test_password_leads_to_the_second_step_and_that_to_the_session(http, person):
    """users.md U48: no session before the second factor."""
    asked = first_step(http, person, next="/account/sessions")
    assert (asked.status_code, asked.headers["location"]) == (303, PATH)
    assert "watchword-session" not in cookies(asked)
    assert 'href="/signin"' in http.get("/").text  # nobody is signed in
    page = http.get(PATH)
    assert page.status_code == 200
    assert 'autocomplete="one-time-code"' in page.text
    answer = send(http, PATH, PATH, way="totp", code=person.code())
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/sessions")
    assert {"watchword-session", "watchword-form", "watchword-device"} <= set(cookies(answer))
    assert person.name in http.get("/").text


def test_recovery_code_is_another_way(http, person):
    first_step(http, person)
    assert f"{PATH}?way=recovery_code" in http.get(PATH).text
    page = http.get(f"{PATH}?way=recovery_code")
    assert "Recovery code" in page.text
    code = person.sheet[0].reveal()
    answer = send(http, PATH, PATH, way="recovery_code", code=code)
    assert answer.headers["location"] == "/"


@pytest.mark.requirement("users-pages:second-step-errors")
def test_wrong_code_stands_beside_its_field_and_the_step_goes_on(http, person):
    """users.md U36; the cookie of the step is another one after each attempt."""
    asked = first_step(http, person)
    wrong = send(http, PATH, PATH, way="totp", code="000000")
    assert wrong.status_code == 400
    assert 'aria-describedby="code-error"' in wrong.text
    assert "<title>Error: Second step" in wrong.text
    assert cookies(wrong)["watchword-flow"] != cookies(asked)["watchword-flow"]
    empty = send(http, PATH, PATH, way="totp", code="")
    assert (empty.status_code, "Enter the code." in empty.text) == (400, True)
    assert send(http, PATH, PATH, way="totp", code=person.code()).status_code == 303


@pytest.mark.requirement("security:38:flow-bound-to-browser")
def test_step_of_another_browser_leads_back_to_the_beginning(server, http, person):
    """security.md class C11: the login is bound to the browser that began it."""
    first_step(http, person)
    name = cookie_rules(server.url).flow
    stolen = http.cookies[name]
    with server.http() as other:
        other.get("/signin")
        other.cookies.set(name, stolen)
        assert other.get(PATH).headers["location"] == OVER
        answer = other.post(PATH, data={"way": "totp", "code": person.code()})
        assert answer.headers["location"] == OVER


def test_step_without_a_login_leads_to_its_beginning(http):
    assert http.get(PATH).headers["location"] == OVER
    assert http.post(PATH, data={"code": "1"}).headers["location"] == OVER
    assert "That sign-in is over, or took too long." in http.get(OVER).text


def test_form_of_another_tab_is_shown_again(http, person):
    first_step(http, person)
    answer = http.post(PATH, data={"form_token": "x", "way": "totp", "code": person.code()})
    assert (answer.status_code, "send it again" in answer.text) == (403, True)


@pytest.mark.requirement("security:36:pages-throttled")
def test_many_wrong_codes_have_to_wait(http, person):
    first_step(http, person)
    for _ in range(5):
        send(http, PATH, PATH, way="totp", code="000000")
    answer = send(http, PATH, PATH, way="totp", code=person.code())
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert "Too many attempts" in answer.text


def test_form_of_another_site_is_refused(http, person):
    first_step(http, person)
    answer = http.post(PATH, data={"code": "1"}, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


def test_completed_step_cannot_be_repeated(server, http, person):
    first_step(http, person)
    page = http.get(PATH).text
    names = cookie_rules(server.url)
    flow, form = http.cookies[names.flow], http.cookies[names.form]
    send(http, PATH, PATH, way="totp", code=person.code())
    http.cookies.clear()
    http.cookies.set(names.flow, flow)
    http.cookies.set(names.form, form)
    code = person.sheet[1].reveal()
    data = {"form_token": TOKEN.search(page)[1], "way": "recovery_code", "code": code}
    assert http.post(PATH, data=data).headers["location"] == OVER
