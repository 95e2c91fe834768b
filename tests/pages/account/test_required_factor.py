"""A server that asks a second factor of every account: users.md U48; security.md 44."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.requests import HTTPConnection
from tests.flows.authorization import CALLBACK, OWN
from tests.pages.account.conftest import Browser, people_in, words
from tests.pages.account.test_factors import add_app
from tests.server.conftest import PASSWORD, RESOURCE, Started

from watchword.server.app import AuthServer
from watchword.server.browsers import BrowserSessions
from watchword.server.cookies import cookie_rules
from watchword.server.settings import Settings


@pytest.fixture
def strict(tmp_path, clock):
    settings = Settings(
        database=f"sqlite:///{tmp_path}/watchword.db",
        signing_alg="ES256",
        require_second_factor=True,
    )
    auth = AuthServer(settings, clock=clock)
    auth.resource(RESOURCE, scopes={"notes:read": "Read", "notes:write": "Write"})
    with people_in(Started(auth, clock)) as running:
        yield running


@pytest.fixture
def newcomer(strict):
    """A person who has a password and nothing else."""
    return Browser(strict).sign_in()


@pytest.mark.requirement("security:44:second-factor-for-all")
def test_whoever_has_none_is_led_to_add_one_and_then_on(strict):
    browser = Browser(strict)
    signed_in = browser.send(
        "/signin", at="/signin?next=/account/profile", username="alice", password=PASSWORD
    )
    up = signed_in.headers["location"]
    assert up == "/account/confirm?next=/account/profile&acr=aal2"
    assert "Add a second factor" in words(browser.get(up))
    add_app(browser, strict)
    assert browser.get("/account/profile").status_code == 200


@pytest.mark.requirement("security:44:second-factor-for-all")
@pytest.mark.parametrize(
    "path",
    ["/account", "/account/profile", "/account/sessions", "/account/export", "/account/delete"],
)
def test_nothing_else_opens_before(newcomer, path):
    asked = newcomer.get(path)
    assert asked.status_code == 303
    assert asked.headers["location"] == f"/account/confirm?next={path}&acr=aal2"


@pytest.mark.requirement("security:44:second-factor-for-all")
def test_sign_in_page_leads_on_and_does_not_ask_again(newcomer):
    asked = newcomer.get("/signin", params={"next": "/account/apps"})
    assert asked.headers["location"] == "/account/confirm?next=/account/apps&acr=aal2"
    assert newcomer.get("/account/confirm").status_code == 200


@pytest.mark.requirement("security:44:second-factor-for-all")
def test_forms_of_other_pages_do_nothing_before(strict, newcomer):
    token = newcomer.get("/account/totp").text.partition('name="form_token" value="')[2][:43]
    answer = newcomer.post("/account/profile", form_token=token, name="Mallory", locale="")
    assert answer.status_code == 303
    user = strict.run(strict.runtime.store.find_user("alice"))
    assert strict.run(strict.runtime.store.read_profile(user.id)).display_name is None


@pytest.mark.requirement("security:44:second-factor-for-all")
def test_program_is_told_where_a_factor_is_added(strict):
    answer = strict.log_in("alice")
    assert (answer.status_code, answer.json()["error"]) == (403, "redirect_to_web")
    assert answer.json()["reason"] == "second_factor_setup"
    form = {"response_type": "code", "username": "alice", "password": PASSWORD}
    assert strict.post("/authorize-challenge", data=form).json()["error"] == "redirect_to_web"


@pytest.mark.requirement("security:44:second-factor-for-all")
def test_account_with_a_factor_signs_in_as_ever(strict, newcomer):
    add_app(newcomer, strict)
    again = Browser(strict)
    half = again.send("/signin", username="alice", password=PASSWORD)
    assert half.headers["location"] == "/signin/factor"
    assert strict.log_in("alice").json()["error"] == "second_factor_required"


def test_person_can_sign_out_before_a_factor_is_added(newcomer):
    token = newcomer.get("/account/totp").text.partition('name="form_token" value="')[2][:43]
    out = newcomer.post("/signout", form_token=token)
    assert out.headers["location"] == "/?notice=signed-out"
    assert newcomer.get("/account").headers["location"].startswith("/signin")


@pytest.mark.requirement("security:44:second-factor-for-all")
def test_signing_in_again_replaces_the_session_that_lacks_one(strict, newcomer):
    old = newcomer.cookie()
    token = newcomer.get("/account/totp").text.partition('name="form_token" value="')[2][:43]
    newcomer.post("/signin", form_token=token, username="alice", password=PASSWORD)
    assert newcomer.cookie() != old
    user = strict.run(strict.runtime.store.find_user("alice"))
    found = strict.run(strict.runtime.store.list_sessions(user.id, now=strict.clock.now()))
    assert len(found.listed) == 1


@pytest.mark.requirement("security:44:second-factor-for-all")
def test_guard_beside_the_server_knows_no_session_that_lacks_one(strict, newcomer):
    """`auth.session` sends such a browser to the sign-in page, which leads on."""
    browsers = BrowserSessions(strict.auth.settings, lambda: strict.runtime)

    def found():
        cookie = f"{cookie_rules(strict.auth.issuer).session}={newcomer.cookie()}".encode()
        scope = {"type": "http", "headers": [(b"cookie", cookie)], "client": ("127.0.0.1", 1)}
        return strict.run(browsers.find(HTTPConnection(scope)))

    assert found() is None
    add_app(newcomer, strict)
    assert found().acr == "aal2"


@pytest.mark.requirement("security:44:second-factor-for-all")
def test_application_gets_no_code_before_a_factor_is_added(strict, newcomer):
    """/authorize: prompt=none names the lack, and without it the person is led to add one."""
    strict.run(strict.runtime.store.register_client(OWN))
    asked = {
        "client_id": "own",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "A" * 43,
        "code_challenge_method": "S256",
    }
    silent = newcomer.get("/authorize", params={**asked, "prompt": "none"})
    answer = dict(parse_qsl(urlsplit(silent.headers["location"]).query))
    assert answer["error"] in {"login_required", "interaction_required"}
    assert "code" not in answer
    shown = newcomer.get("/authorize", params=asked)
    while shown.status_code == 303:
        assert not shown.headers["location"].startswith(CALLBACK)
        shown = newcomer.get(shown.headers["location"])
    assert "Add a second factor" in words(shown)
    add_app(newcomer, strict)
    silent = newcomer.get("/authorize", params={**asked, "prompt": "none"})
    assert "code" in dict(parse_qsl(urlsplit(silent.headers["location"]).query))


def test_application_can_sign_out_a_person_before_a_factor_is_added(newcomer):
    """OpenID Connect RP-Initiated Logout section 2."""
    asked = newcomer.get("/logout")
    assert "form_token" in asked.text
    newcomer.send("/logout/confirm", at="/logout")
    assert newcomer.get("/account").headers["location"].startswith("/signin")
