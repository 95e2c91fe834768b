"""What mails say: every kind, in both parts, in the reader's language, and in one message."""

import re
from dataclasses import replace

import pytest

from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.messages import Mail, MailKind, notice_of
from watchword.accounts.origin import Origin
from watchword.server.mail.letters import DRAFTS, as_html, as_text, write
from watchword.server.mail.message import message_of

NOW = 1_800_000_000
TO = EmailAddress("alice@example.com")
SENT = [kind for kind in MailKind if kind is not MailKind.DECOY]
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ORIGIN = Origin("192.0.2.7", AGENT)


def mail(kind: MailKind, **changes: str) -> Mail:
    if kind.is_notice:
        values = dict(notice_of(kind, "user_1", now=NOW, origin=ORIGIN, about="The key").values)
    else:
        values = {name: f"the-{name}" for name in kind.values}
    return Mail(kind, TO, None, {**values, **changes})


def letter(kind: MailKind, **changes: str):
    return write(mail(kind, **changes), issuer="https://id.example", host="id.example")


def test_every_kind_has_its_text():
    assert set(DRAFTS) == set(SENT)


@pytest.mark.parametrize("kind", SENT, ids=lambda kind: kind.code)
def test_both_parts_say_the_same(kind: MailKind):
    written = letter(kind)
    text, html = as_text(written), as_html(written)
    said = [written.subject, *written.paragraphs, written.closing, written.link, written.code]
    said += [part for fact in written.facts for part in (fact.name, fact.value)]
    for part in filter(None, said):
        assert part in text
        assert part in html
    assert "%(" not in text
    assert "%(" not in html


@pytest.mark.parametrize("kind", SENT, ids=lambda kind: kind.code)
def test_every_value_of_a_kind_is_shown(kind: MailKind):
    """A value that no text shows was sealed for nothing, or forgotten."""
    text = as_text(letter(kind))
    if kind.is_notice:
        assert {"192.0.2.7", "Firefox on Linux"} <= set(re.findall(r": (.*)", text))
    else:
        assert all(f"the-{name}" in text for name in kind.values)


def test_notice_without_a_place_leaves_its_line_out():
    text = as_text(letter(MailKind.PASSWORD_CHANGED, address="", device=""))
    assert "When: 2027-01-15 08:00 UTC" in text
    assert "Where" not in text


@pytest.mark.requirement("users:95:escaped")
def test_values_are_text_in_the_html_part():
    """A user name, a device or the name of a key may hold what looks like HTML."""
    canary = "<img src=x onerror=alert(1)>\"'&"
    html = as_html(letter(MailKind.FACTOR_ADDED, about=canary, device=canary))
    assert "<img" not in html
    assert html.count("&lt;img src=x") == 1


def test_html_part_loads_nothing():
    html = as_html(letter(MailKind.RESET))
    assert not re.search(r"src=|url\(|<script|<link|@import", html)


def test_value_that_looks_like_a_place_for_one_is_left_alone():
    assert "%(host)s" in as_text(letter(MailKind.FACTOR_ADDED, about="%(host)s"))


def test_letter_speaks_the_readers_language():
    arabic = write(
        Mail(MailKind.SIGN_UP, TO, "ar", {"link": "x", "minutes": "60"}),
        issuer="https://id.example",
        host="id.example",
    )
    assert 'lang="ar" dir="rtl"' in as_html(arabic)
    assert letter(MailKind.SIGN_UP).language.tag == "en"


def message(kind: MailKind = MailKind.RESET, **changes: str):
    return message_of(
        letter(kind, **changes), sender="id@example.com", mail_id="mail_1", created_at=NOW
    )


def test_message_has_what_mail_servers_want():
    sent = message()
    assert sent["From"] == '"id.example" <id@example.com>'
    assert sent["To"] == "alice@example.com"
    assert sent["Date"].datetime.timestamp() == NOW
    assert sent["Message-ID"] == "<mail_1@example.com>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html"]


def test_message_is_seven_bits_in_short_lines():
    """Texts in any script pass through mail servers that know only ASCII."""
    raw = message(MailKind.FACTOR_ADDED, about="مفتاح 鍵 ключ").as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.requirement("security:46:no-header-injection")
def test_library_refuses_a_header_that_would_end():
    """The second fence, should a subject ever hold what no value can."""
    forged = replace(letter(MailKind.RESET), subject="x\r\nBcc: bob@example.com")
    with pytest.raises(ValueError, match="linefeed"):
        message_of(forged, sender="id@example.com", mail_id="mail_1", created_at=NOW)
