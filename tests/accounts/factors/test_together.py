"""Second factors together: what may go, who is told, and what they are called."""

import pytest
from tests.accounts.conftest import NOW

from watchword.accounts.events import EventKind
from watchword.accounts.factors.together import (
    Changer,
    Standing,
    change_of,
    factor_name,
    has_second,
    is_last,
)
from watchword.accounts.mail.messages import MailKind
from watchword.accounts.origin import Origin

TOTP_GOES, PASSKEY_GOES = EventKind.TOTP_REMOVED, EventKind.PASSKEY_REMOVED


@pytest.mark.requirement("users:U48:last-factor-stays")
@pytest.mark.parametrize(
    ("standing", "goes", "stays"),
    [
        (Standing(True, 1, 0, 0), TOTP_GOES, False),
        (Standing(True, 1, 0, 10, needs_second=True), TOTP_GOES, True),
        (Standing(True, 2, 0, 0, needs_second=True), TOTP_GOES, False),
        (Standing(True, 1, 1, 0, needs_second=True), TOTP_GOES, False),
        (Standing(True, 0, 1, 0), PASSKEY_GOES, False),
        (Standing(True, 0, 1, 0, needs_second=True), PASSKEY_GOES, True),
        (Standing(False, 1, 1, 0), PASSKEY_GOES, True),
        (Standing(False, 0, 2, 0), PASSKEY_GOES, False),
        (Standing(False, 1, 1, 0), TOTP_GOES, False),
    ],
)
def test_the_last_factor_of_an_account_that_needs_one_stays(standing, goes, stays):
    assert is_last(standing, goes) is stays


@pytest.mark.requirement("security:43:factor-changes-told")
@pytest.mark.parametrize(
    ("standing", "found"),
    [
        (None, False),
        (Standing(True, 0, 0, 10), False),
        (Standing(True, 1, 0, 0), True),
        (Standing(False, 0, 2, 0), True),
    ],
)
def test_codes_of_a_sheet_are_no_second_factor_by_themselves(standing, found):
    assert has_second(standing) is found


def test_what_is_added_and_removed_is_told_and_a_new_name_is_not():
    changer = Changer("user_alice", Origin("192.0.2.1", "Firefox"), sid="sid_1")
    for kind, mail in (
        (EventKind.PASSKEY_ADDED, MailKind.FACTOR_ADDED),
        (EventKind.PASSKEY_REMOVED, MailKind.FACTOR_REMOVED),
        (EventKind.TOTP_ADDED, MailKind.FACTOR_ADDED),
        (EventKind.TOTP_REMOVED, MailKind.FACTOR_REMOVED),
        (EventKind.RECOVERY_CODES_MADE, MailKind.FACTOR_ADDED),
        (EventKind.FACTORS_RESET, MailKind.FACTOR_REMOVED),
    ):
        change = change_of(kind, changer, about="Key ring", now=NOW)
        assert (change.user_id, change.event.kind) == ("user_alice", kind)
        assert change.event.detail == {"name": "Key ring"}
        assert (change.event.origin, change.event.sid) == (changer.origin, "sid_1")
        assert change.notice is not None
        assert (change.notice.kind, change.notice.values["about"]) == (mail, "Key ring")
    renamed = change_of(EventKind.PASSKEY_RENAMED, changer, about="", now=NOW)
    assert renamed.notice is None
    assert renamed.event.detail == {}


def test_a_name_is_one_line_of_what_can_be_seen():
    assert factor_name("  My \n key\t ring ", otherwise="x") == "My key ring"
    assert factor_name("\u202e\u200b", otherwise="Passkey") == "Passkey"
    assert factor_name("", otherwise="Passkey") == "Passkey"
    assert factor_name("e\u0301", otherwise="x") == "é"
    assert factor_name("x" * 64, otherwise="") == "x" * 64
    with pytest.raises(ValueError, match="64"):
        factor_name("x" * 65, otherwise="")
