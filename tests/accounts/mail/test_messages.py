"""Mails before they are written: their values, their seal, and notices."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.messages import (
    Claim,
    DueMail,
    Mail,
    MailKind,
    MailSealer,
    Notice,
    notice_of,
    plain,
)
from watchword.accounts.origin import Origin
from watchword.base.chance import SYSTEM
from watchword.keys.errors import SealBroken
from watchword.keys.sealing import SealingKey

NOW = 1_800_000_000
TO = EmailAddress("alice@example.com")
LINK = "https://id.example/reset?link=CANARY"


def mail(**values):
    return Mail(MailKind.SIGN_UP, TO, "de", {"link": LINK, "minutes": "60", **values})


def due(sealed, **changes):
    parts = {
        "claim": Claim(sealed.id, 1),
        "kind": sealed.kind,
        "sealed": sealed.sealed,
        "told": None,
        "to": None,
        "locale": None,
        "created_at": NOW,
        "expires_at": NOW + 1,
    }
    return DueMail(**{**parts, **changes})


@pytest.fixture
def sealer():
    return MailSealer(SealingKey.generate(SYSTEM), SYSTEM)


def test_mail_shows_the_values_of_its_kind_and_no_others():
    with pytest.raises(ValueError, match="shows link, minutes"):
        mail(name="alice")
    with pytest.raises(ValueError, match="shows link, minutes"):
        Mail(MailKind.SIGN_UP, TO, None, {"link": LINK})


@pytest.mark.requirement("security:46:no-header-injection")
@pytest.mark.parametrize("sign", ["\r", "\n", "\0", "\x85", "\u2028", "\u2029", "\ud800"])
def test_no_value_holds_what_ends_a_line(sign):
    with pytest.raises(ValueError, match="control character"):
        mail(link=f"x{sign}Bcc: bob@example.com")


def test_value_has_a_limit():
    with pytest.raises(ValueError, match="too long"):
        mail(link="x" * 2_049)


@given(st.text())
def test_plain_text_is_one_line_and_stays_so(text):
    assert plain(plain(text)) == plain(text)
    assert len(plain(text).splitlines()) <= 1


def test_sealed_mail_opens_as_it_was(sealer):
    sealed = sealer.seal(mail(), user_id="user_1", lifetime_seconds=3600, now=NOW)
    assert (sealed.created_at, sealed.expires_at, sealed.user_id) == (NOW, NOW + 3600, "user_1")
    assert sealer.open(due(sealed)) == mail()


@pytest.mark.requirement("security:46:sealed-in-the-outbox")
def test_sealed_mail_shows_neither_recipient_nor_link(sealer):
    """A copy of the database opens no account."""
    sealed = sealer.seal(mail(), user_id=None, lifetime_seconds=60, now=NOW)
    assert b"alice" not in sealed.sealed
    assert b"CANARY" not in sealed.sealed
    assert "CANARY" not in repr(mail())
    assert repr(sealed.sealed) not in repr(sealed)


def test_sealed_mail_cannot_pass_for_another(sealer):
    """Neither a row under another id nor one of another kind opens."""
    sealed = sealer.seal(mail(), user_id=None, lifetime_seconds=60, now=NOW)
    for change in ({"claim": Claim("mail_other", 1)}, {"kind": MailKind.TEST}):
        with pytest.raises(SealBroken):
            sealer.open(due(sealed, **change))


def test_notice_says_when_and_from_where_in_one_line_each():
    origin = Origin("192.0.2.1", "Firefox\r\nBcc: bob@example.com")
    notice = notice_of(MailKind.FACTOR_ADDED, "user_1", now=NOW, origin=origin, about="My\nkey")
    assert notice.values == {
        "at": str(NOW),
        "address": "192.0.2.1",
        "device": "Firefox  Bcc: bob@example.com",
        "about": "My key",
    }


def test_notice_is_of_a_kind_of_notices():
    with pytest.raises(ValueError, match="notice"):
        notice_of(MailKind.SIGN_UP, "user_1", now=NOW)
    with pytest.raises(ValueError, match="notice"):
        Notice(MailKind.FACTOR_ADDED, "user_1", NOW, {})


def test_notice_opens_to_the_address_that_the_account_has(sealer):
    told = notice_of(MailKind.PASSWORD_CHANGED, "user_1", now=NOW).values
    parts = {"kind": MailKind.PASSWORD_CHANGED, "sealed": None, "told": told, "locale": "fr"}
    row = due(sealer.seal(mail(), user_id=None, lifetime_seconds=60, now=NOW))
    opened = sealer.open(replace(row, **parts, to="alice@example.com"))
    assert opened == Mail(MailKind.PASSWORD_CHANGED, TO, "fr", told)
    assert sealer.open(replace(row, **parts)) is None


def test_kinds_have_names_of_their_own():
    assert len({kind.code for kind in MailKind}) == len(MailKind)
    assert all(MailKind.of(kind.code) is kind for kind in MailKind)
    assert len(set(MailKind)) == len(MailKind.__members__)
