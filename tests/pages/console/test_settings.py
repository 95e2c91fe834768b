"""The settings and the tools on the admin pages.

users.md U40 and U65; security.md rules 95 and 98.
"""

import pytest
from tests.pages.account.conftest import Browser, people_in, words
from tests.server.conftest import MovedClock, Started

from watchword.server.app import AuthServer
from watchword.server.settings import Settings
from watchword.server.settings_sources import load_settings, shown

AT, TOOLS = "/admin/settings", "/admin/tools"
SECRET = "hunter2hunter2"


@pytest.mark.requirement("users:U40:settings")
def test_each_setting_says_what_it_is_and_whether_it_was_given(started, ada):
    page = ada.get(AT)
    decided, _, defaults = words(page).partition("Left at its default")
    assert "signing_alg ES256 given in code" in decided
    assert "access_lifetime_seconds 300 default" in defaults
    assert "Seconds until an access token expires" in defaults
    assert "pepper_file not set default" in defaults
    for key in shown(started.runtime.settings):
        assert page.text.count(f'<li id="{key}">') == 1


@pytest.mark.requirement("users:U40:settings")
def test_a_setting_names_the_place_that_decided_it_and_no_secret(tmp_path):
    file = tmp_path / "watchword.toml"
    file.write_text(f'signing_alg = "ES256"\ndatabase = "sqlite:///{tmp_path}/watchword.db"\n')
    environ = {
        "WATCHWORD_SMTP_HOST": "127.0.0.1",
        "WATCHWORD_SMTP_TLS": "none",
        "WATCHWORD_MAIL_FROM": "id@example.com",
        "WATCHWORD_SMTP_USER": "id",
        "WATCHWORD_SMTP_PASSWORD": SECRET,
    }
    loaded = load_settings(file, environ=environ)
    clock = MovedClock()
    auth = AuthServer(loaded.settings, origins=loaded.origins, clock=clock)
    with people_in(Started(auth, clock)) as running:
        page = Browser(running).sign_in("ada").get(AT)
    assert str(file) in loaded.origins["signing_alg"]
    assert f"signing_alg ES256 {loaded.origins['signing_alg']}" in words(page)
    assert "smtp_password *** variable WATCHWORD_SMTP_PASSWORD" in words(page)
    assert SECRET not in page.text


@pytest.mark.requirement("users:U40:settings")
def test_settings_that_nobody_decided_are_said_to_be_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    clock = MovedClock()
    with people_in(Started(AuthServer(Settings(), clock=clock), clock)) as running:
        page = words(Browser(running).sign_in("ada").get(AT))
    assert "What was decided Nothing: a file, variables or code would decide it" in page


@pytest.mark.requirement("users:U40:tools")
def test_the_tools_lead_to_what_is_there(started, ada):
    page = ada.get(TOOLS)
    assert "watchword doctor checks how the server is set up" in words(page)
    for path in ("/inspect", "/admin/access/ask", "/admin/refusals", "/mailbox", "/jwks.json",
                 "/.well-known/oauth-authorization-server"):  # fmt: skip
        assert f'href="{path}"' in page.text
        assert ada.get(path).status_code == 200
    assert "Management API" not in words(page)


@pytest.mark.requirement("users:U40:tools")
def test_the_management_api_is_a_tool_where_it_is_served(tmp_path):
    settings = Settings(
        database=f"sqlite:///{tmp_path}/watchword.db",
        signing_alg="ES256",
        management_api=True,
        smtp_host="127.0.0.1",
        smtp_tls="none",
        mail_from="id@example.com",
    )
    clock = MovedClock()
    with people_in(Started(AuthServer(settings, clock=clock), clock)) as running:
        ada = Browser(running).sign_in("ada")
        page = ada.get(TOOLS).text
        assert "/admin/api/v1/docs" in page
        assert "/mailbox" not in page
        assert ada.get("/admin/api/v1/docs").status_code == 200


@pytest.mark.requirement("security:95:admin-pages")
def test_settings_and_tools_are_for_administrators_and_auditors_alone(started, auditor):
    bob = Browser(started).sign_in("bob")
    for path in (AT, TOOLS):
        assert auditor.get(path).status_code == 200
        assert bob.get(path).status_code == 404
