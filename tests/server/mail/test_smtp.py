"""The way to a mail server, over real sockets: TLS, refusals, silence."""

import asyncio
import ssl
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from tests.server.mail.smtp_peer import PASSWORD, USER, Peer, make_certificate, smtp_peer

from watchword.base.secrets import Secret
from watchword.server.mail import smtp
from watchword.server.mail.smtp import Delayed, Refused, SMTPTransport
from watchword.server.settings import Settings

TO = "alice@example.com"


def message() -> EmailMessage:
    written = EmailMessage(policy=policy.SMTP)
    written["Subject"] = "Hello"
    written.set_content(".a dot first\nCANARY\n")
    return written


def way_to(peer: Peer, **changes: object) -> SMTPTransport:
    parts: dict[str, object] = {
        "host": "localhost",
        "port": peer.port,
        "tls": peer.behaviour.tls,
        "sender": "id@example.com",
        "greeting": "id.example",
    }
    return SMTPTransport(**{**parts, **changes})  # type: ignore[arg-type]  # as named


def send(way: SMTPTransport) -> None:
    try:
        asyncio.run(way.send(message(), to=TO))
    finally:
        way.close()


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def test_mail_arrives_with_its_envelope() -> None:
    with smtp_peer() as peer:
        send(way_to(peer))
        ((sender, recipients, arrived),) = peer.mails
    assert (sender, recipients) == ("id@example.com", [TO])
    assert arrived.get_content().splitlines() == [".a dot first", "CANARY"]
    assert peer.commands[0] == "ehlo id.example"


@pytest.mark.requirement("users:95:tls-to-the-mail-server")
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_mail_travels_encrypted(tls: str, certificate: Path) -> None:
    with smtp_peer(certificate, tls=tls) as peer:
        send(way_to(peer, context=trusting(certificate)))
        assert peer.was_encrypted == [True]


@pytest.mark.requirement("users:95:tls-to-the-mail-server")
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_unknown_certificate_gets_nothing(tls: str, certificate: Path) -> None:
    with smtp_peer(certificate, tls=tls) as peer:
        with pytest.raises(Delayed, match="SSL"):
            send(way_to(peer))
        assert not any(command.upper().startswith("MAIL") for command in peer.commands)


@pytest.mark.requirement("users:95:tls-to-the-mail-server")
def test_certificate_of_another_host_gets_nothing(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "other.example")
    with smtp_peer(certificate, tls="starttls") as peer:
        with pytest.raises(Delayed, match="SSL"):
            send(way_to(peer, context=trusting(certificate)))
        assert peer.mails == []


@pytest.mark.requirement("users:95:tls-to-the-mail-server")
@pytest.mark.parametrize(
    "behaviour",
    [
        {"offers_starttls": False},
        {"answers": {"STARTTLS": b"454 not now"}},
    ],
    ids=["not offered", "refused"],
)
def test_stripped_starttls_gets_nothing(behaviour: dict[str, object], certificate: Path) -> None:
    """Whoever sits on the wire can hide the offer; the mail then waits."""
    with smtp_peer(certificate, tls="starttls", **behaviour) as peer:
        with pytest.raises(Delayed, match="TLS"):
            send(way_to(peer, context=trusting(certificate), user=USER, password=Secret(PASSWORD)))
        assert not any(c.upper().startswith(("MAIL", "AUTH")) for c in peer.commands)


def test_name_and_password_are_shown(certificate: Path) -> None:
    with smtp_peer(certificate, tls="starttls", wants_auth=True) as peer:
        way = way_to(peer, context=trusting(certificate), user=USER, password=Secret(PASSWORD))
        send(way)
        assert f"AUTH {USER}" in peer.commands
        assert PASSWORD not in repr(way)


def test_wrong_password_is_a_matter_for_the_operator() -> None:
    """The mail waits: the setting is wrong, not the mail."""
    with smtp_peer(wants_auth=True) as peer, pytest.raises(Delayed, match=r"AUTH: 535 5\.7\.8$"):
        send(way_to(peer, user=USER, password=Secret("wrong")))


@pytest.mark.parametrize(
    ("step", "answer", "failure", "text"),
    [
        ("CONNECT", b"554 go away", Delayed, "connection: 554"),
        ("CONNECT", b"", Delayed, "connection: "),
        ("EHLO", b"502 what", Delayed, "TLS: "),
        ("MAIL", b"451 4.3.0 later", Delayed, "MAIL: 451 4.3.0"),
        ("MAIL", b"550 not from you", Delayed, "MAIL: 550"),
        ("RCPT", b"450 4.2.1 <alice@example.com> busy", Delayed, "RCPT: 450 4.2.1"),
        ("RCPT", b"550 5.1.1 <alice@example.com> unknown", Refused, "RCPT: 550 5.1.1"),
        ("DATA", b"451 later", Delayed, "DATA: "),
        ("END", b"554 5.7.1 spam", Refused, "DATA: 554 5.7.1"),
        ("END", b"421 closing", Delayed, "DATA: 421"),
        ("END", b"", Delayed, "DATA: "),
        ("RCPT", b"nonsense", Delayed, "RCPT: "),
    ],
)
def test_failure_says_whether_it_is_worth_trying_again(
    step: str, answer: bytes, failure: type[Exception], text: str
) -> None:
    with smtp_peer(answers={step: answer}) as peer:
        with pytest.raises(failure) as caught:
            send(way_to(peer))
        assert peer.mails == []
    assert str(caught.value).startswith(text)


@pytest.mark.requirement("users:95:no-recipient-in-texts")
def test_failure_repeats_nothing_that_the_mail_server_said() -> None:
    answer = b"550 5.1.1 <alice@example.com> CANARY"
    with smtp_peer(answers={"RCPT": answer}) as peer, pytest.raises(Refused) as caught:
        send(way_to(peer))
    assert str(caught.value) == "RCPT: 550 5.1.1"


def test_absent_mail_server_delays() -> None:
    with smtp_peer() as peer:
        pass
    with pytest.raises(Delayed, match=r"^connection: ConnectionRefusedError$"):
        send(way_to(peer))


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "RCPT", "END"])
def test_silent_mail_server_is_left(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop goes on, and the thread ends."""
    monkeypatch.setattr(smtp, "STEP_SECONDS_MAX", 0.2)
    with smtp_peer(answers={step: None}) as peer, pytest.raises(Delayed):
        send(way_to(peer))


def test_conversation_has_a_deadline_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers each step in time, and never ends, is cut off."""
    monkeypatch.setattr(smtp, "DELIVERY_SECONDS_MAX", 0.2)
    with (
        smtp_peer(answers={"END": None}) as peer,
        pytest.raises(Delayed, match=r"^no end within 0\.2 s$"),
    ):
        send(way_to(peer))


def test_settings_without_a_mail_server_have_no_way() -> None:
    assert SMTPTransport.of(Settings()) is None


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("implicit", 465), ("none", 25)])
def test_usual_port_follows_the_protection(tls: str, port: int) -> None:
    settings = Settings(smtp_host="localhost", smtp_tls=tls, mail_from="id@example.com")
    way = SMTPTransport.of(settings)
    assert way is not None
    assert (way.port, way.tls, way.sender, way.greeting) == (
        port,
        tls,
        "id@example.com",
        "127.0.0.1",
    )
    way.close()
