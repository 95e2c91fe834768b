"""Settings of mail that a server starts with, and those that it does not.

Source: security.md rules 98, 99 and 105.
"""

import pytest

from watchword.server.errors import ConfigurationError
from watchword.server.settings import Settings
from watchword.server.settings_sources import load_settings, shown

SERVER = {"smtp_host": "mail.example.com", "mail_from": "id@example.com"}


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"smtp_tls": "ssl"}, "smtp_tls"),
        ({**SERVER, "smtp_tls": "none"}, "smtp_tls"),
        ({**SERVER, "smtp_user": "id"}, "smtp_password"),
        ({**SERVER, "smtp_password": "x"}, "smtp_user"),
        ({"smtp_host": "mail.example.com"}, "mail_from"),
        ({**SERVER, "mail_from": "Us <id@example.com>"}, "mail_from"),
        ({**SERVER, "mail_from": "id@example.com\r\nBcc: x@example.com"}, "mail_from"),
        ({**SERVER, "smtp_port": 65_536}, "smtp_port"),
        ({"mail_from": "id@example.com"}, "mail_from"),
        ({"smtp_user": "id", "smtp_password": "x"}, "smtp_user"),
        ({"url": "https://id.example", "register": True}, "register"),
    ],
)
def test_setting_that_would_not_work_stops_the_start(given, key):
    with pytest.raises(ConfigurationError) as caught:
        Settings(**given)
    assert caught.value.key == key


@pytest.mark.parametrize(
    "given",
    [
        SERVER,
        {**SERVER, "smtp_user": "id", "smtp_password": "x"},
        {**SERVER, "smtp_host": "127.0.0.1", "smtp_tls": "none"},
        {**SERVER, "url": "https://id.example", "register": True},
        {"register": True},
    ],
)
def test_setting_that_works_is_accepted(given):
    assert Settings(**given).has_mail


@pytest.mark.requirement("users:95:mailbox-in-development-only")
@pytest.mark.parametrize(
    ("given", "is_shown"),
    [
        ({}, True),
        ({"url": "http://localhost:9000"}, True),
        ({"url": "https://id.example"}, False),
        (SERVER, False),
        ({**SERVER, "url": "https://id.example"}, False),
    ],
)
def test_mails_are_shown_only_on_loopback_without_a_mail_server(given, is_shown):
    assert Settings(**given).shows_mailbox is is_shown


@pytest.mark.requirement("users:95:password-masked")
def test_password_is_masked_where_it_is_shown():
    settings = Settings(**SERVER, smtp_user="id", smtp_password="CANARY")
    assert shown(settings)["smtp_password"] == "***"
    assert shown(settings)["smtp_user"] == "id"
    assert "CANARY" not in repr(settings)
    assert shown(Settings())["smtp_password"] == ""


def test_password_may_come_from_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "secret"
    file.write_text("open sesame\n")
    environ = {
        "WATCHWORD_SMTP_HOST": "mail.example.com",
        "WATCHWORD_MAIL_FROM": "id@example.com",
        "WATCHWORD_SMTP_USER": "id",
        "WATCHWORD_SMTP_PASSWORD_FILE": str(file),
    }
    loaded = load_settings(environ=environ)
    assert loaded.settings.smtp_password == "open sesame"
    assert loaded.origins["smtp_password"] == "WATCHWORD_SMTP_PASSWORD_FILE"
    file.unlink()
    with pytest.raises(ConfigurationError) as caught:
        load_settings(environ=environ)
    assert caught.value.key == "smtp_password"


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_flag_is_true_or_false(text, value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_settings(environ={"WATCHWORD_REGISTER": text}).settings.register is value
    (tmp_path / "watchword.toml").write_text(f"register = {text}\n")
    assert load_settings(environ={}).settings.register is value


@pytest.mark.parametrize("text", ["yes", "1", "True", ""])
def test_flag_of_another_spelling_is_refused(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match="neither true nor false"):
        load_settings(environ={"WATCHWORD_REGISTER": text})
