"""`watchword mail test`, against a mail server on loopback.

Source: users.md U95.
"""

import pytest
from tests.server.mail.smtp_peer import smtp_peer


@pytest.fixture
def set_up(monkeypatch):
    def to(port, **more):
        values = {"host": "127.0.0.1", "port": str(port), "tls": "none", **more}
        for name, value in values.items():
            monkeypatch.setenv(f"WATCHWORD_SMTP_{name.upper()}", value)
        monkeypatch.setenv("WATCHWORD_MAIL_FROM", "id@example.com")

    return to


@pytest.mark.requirement("users:95:mail-test")
def test_mail_is_sent_at_once(command, set_up):
    with smtp_peer() as peer:
        set_up(peer.port)
        done = command("mail", "test", "you@example.com")
        ((sender, recipients, message),) = peer.mails
    assert (done.code, done.out) == (0, "127.0.0.1 took the mail to you@example.com.\n")
    assert (sender, recipients) == ("id@example.com", ["you@example.com"])
    assert message["Subject"] == "A test from 127.0.0.1:8000"


def test_answer_may_be_json(command, set_up):
    with smtp_peer() as peer:
        set_up(peer.port)
        done = command("mail", "test", "you@example.com", "--json")
        port = peer.port
    assert done.json == {"taken_by": "127.0.0.1", "port": port, "to": "you@example.com"}


@pytest.mark.requirement("users:95:mail-test")
def test_refusal_says_the_step_and_the_code(command, set_up):
    with smtp_peer(answers={"RCPT": b"550 5.1.1 no such user"}) as peer:
        set_up(peer.port)
        done = command("mail", "test", "you@example.com")
    assert done.code == 1
    assert "127.0.0.1 refuses this mail (RCPT: 550 5.1.1)" in done.err


def test_absent_mail_server_names_the_settings(command, set_up):
    with smtp_peer() as peer:
        set_up(peer.port)
    done = command("mail", "test", "you@example.com")
    assert done.code == 4
    assert "Check smtp_host, smtp_port" in done.err


def test_without_a_mail_server_there_is_nothing_to_test(command):
    done = command("mail", "test", "you@example.com")
    assert done.code == 3
    assert "No mail server is set" in done.err


def test_word_that_is_no_address_is_refused(command):
    done = command("mail", "test", "you@example.com\r\nBcc: x@example.com")
    assert done.code == 2


def test_bad_setting_is_named(command, monkeypatch):
    monkeypatch.setenv("WATCHWORD_SMTP_TLS", "ssl")
    done = command("mail", "test", "you@example.com")
    assert done.code == 3
    assert "smtp_tls (variable WATCHWORD_SMTP_TLS)" in done.err
