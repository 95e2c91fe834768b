"""Changing a password: what is accepted, hashed and handed to the store."""

import pytest
from tests.accounts.conftest import CHEAP, NOW, PASSWORD, ManualClock, RecordingHasher

from watchword.accounts.errors import PasswordRefused
from watchword.accounts.origin import Origin
from watchword.accounts.password_change import (
    OtherSessions,
    PasswordChange,
    PasswordChangeContext,
    PasswordWish,
    change_password,
)
from watchword.accounts.password_rules import PasswordReason, PasswordRules
from watchword.accounts.passwords.hashing import Match, verify_password
from watchword.accounts.users import User, UserStatus
from watchword.base.secrets import Secret, digest

ALICE = User("user_1", "alice", UserStatus.ACTIVE, frozenset(), 1, 0)
HOME = Origin("192.0.2.7", "Firefox")


class Store:
    """Remembers what it was told to write."""

    def __init__(self):
        self.commands = []

    async def change_password(self, command):
        self.commands.append(command)
        return PasswordChange.CHANGED


def wish(password, rules=PasswordRules.ALONE):
    return PasswordWish(
        ALICE, Secret(password), OtherSessions.END, rules, "sid_1", Secret("a cookie"), HOME
    )


def context(store):
    return PasswordChangeContext(store, RecordingHasher(), ManualClock(NOW), "notes", CHEAP)


def test_what_is_written_is_the_hash_and_the_new_cookie(run):
    """security.md rules 33 and 38."""
    store = Store()
    assert run(change_password(wish(PASSWORD), context(store))) is PasswordChange.CHANGED
    (command,) = store.commands
    assert verify_password(Secret(PASSWORD), command.password_hash) is Match.SAME
    assert (command.user_id, command.sid, command.now) == ("user_1", "sid_1", NOW)
    assert (command.cookie_hash, command.origin) == (digest(Secret("a cookie")), HOME)
    assert command.others is OtherSessions.END
    assert command.password_hash not in repr(command)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", PasswordReason.TOO_SHORT),
        ("alice and her notes", PasswordReason.CONTEXT),
        ("aaaaaaaaaaaaaaaaaaaa", PasswordReason.GUESSED),
    ],
)
def test_a_password_that_breaks_a_rule_is_neither_hashed_nor_written(run, password, reason):
    """security.md rules 30 to 32."""
    store = Store()
    ctx = context(store)
    with pytest.raises(PasswordRefused) as refused:
        run(change_password(wish(password), ctx))
    assert reason in refused.value.reasons
    assert (store.commands, ctx.hasher.calls) == ([], [])


def test_a_second_factor_allows_for_a_shorter_one(run):
    """security.md rule 30."""
    store = Store()
    shorter = wish("quiet-dusk", PasswordRules.WITH_SECOND_FACTOR)
    run(change_password(shorter, context(store)))
    assert len(store.commands) == 1
