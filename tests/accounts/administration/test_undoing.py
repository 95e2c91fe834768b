"""Which acts can be undone, and until when. users.md U40; decisions/0287."""

from dataclasses import replace

import pytest

from watchword.accounts.administration.audit import (
    AuditAction,
    AuditEntry,
    Author,
    Deed,
    Unreadable,
)
from watchword.accounts.administration.undoing import (
    ENDS,
    UNDO_SECONDS,
    UNDONE_BY,
    is_last_word,
    is_undoable,
)
from watchword.server.administration.undoing import UNDOINGS

pytestmark = pytest.mark.requirement("users:U40:undo")

GIVEN = Deed(AuditAction.ROLE_GIVEN, "user", "user_2", {"role": "editor"})
TAKEN = replace(GIVEN, action=AuditAction.ROLE_TAKEN)
OTHER_ROLE = replace(TAKEN, detail={"role": "reader"})
OTHER_USER = replace(TAKEN, target="user_3")
SUSPENDED = Deed(AuditAction.USER_SUSPENDED, "user", "user_2")
SHARED = Deed(AuditAction.SHARE_ADDED, "share", "note/7", {"relation": "editor", "role": "x"})
UNSHARED = Deed(AuditAction.SHARE_REMOVED, "share", "note/7", {**SHARED.detail, ENDS: "99"})


def entry(position, deed=GIVEN, actor="ada"):
    return AuditEntry(position, 1000, Author(actor, "why"), deed, bytes(32))


def test_what_undoes_an_act_is_undone_by_it():
    assert {UNDONE_BY[other]: other for other in UNDONE_BY.values()} == dict(UNDONE_BY)
    assert UNDONE_BY.keys() == UNDOINGS.keys()


@pytest.mark.parametrize(
    "ended",
    [
        AuditAction.SESSION_ENDED,
        AuditAction.SESSIONS_ENDED,
        AuditAction.EPOCH_BEGUN,
        AuditAction.USER_DELETED,
        AuditAction.CLIENT_REMOVED,
        AuditAction.CLIENT_SECRET_REPLACED,
        AuditAction.KEY_REPLACED,
        AuditAction.FACTORS_RESET,
    ],
)
def test_what_has_ended_is_not_undone(ended):
    one = entry(1, replace(GIVEN, action=ended))
    assert not is_undoable(one, actor="ada", now=1000)


def test_the_own_acts_of_an_hour_are_undone():
    last = 1000 + UNDO_SECONDS - 1
    assert is_undoable(entry(1), actor="ada", now=last)
    assert not is_undoable(entry(1), actor="ada", now=last + 1)
    assert not is_undoable(entry(1), actor="bob", now=last)
    assert not is_undoable(Unreadable(1), actor="ada", now=last)


def test_a_share_whose_words_cannot_be_told_apart_is_not_undone():
    assert is_undoable(entry(1, SHARED), actor="ada", now=1000)
    slashed = replace(SHARED, target="note/7/8")
    assert not is_undoable(entry(1, slashed), actor="ada", now=1000)


@pytest.mark.parametrize(
    "since",
    [
        [],
        [entry(4, OTHER_ROLE)],
        [entry(4, OTHER_USER)],
        [entry(4, SUSPENDED)],
    ],
    ids=["nothing", "another role", "another user", "another matter"],
)
def test_an_act_is_the_last_word_while_nothing_is_said_about_the_same(since):
    for before in ([], [entry(1, TAKEN)], [entry(1, OTHER_ROLE)]):
        assert is_last_word(entry(2), [*since, entry(2), *before])


@pytest.mark.parametrize(
    "history",
    [
        [entry(3, TAKEN), entry(2)],
        [entry(4), entry(3, TAKEN), entry(2)],
        [Unreadable(3), entry(2)],
        [entry(2), Unreadable(1)],
        [],
    ],
    ids=["taken since", "given again since", "illegible since", "illegible before", "too long ago"],
)
def test_an_act_is_not_the_last_word_once_something_is_said(history):
    assert not is_last_word(entry(2), history)


def test_a_share_whose_end_was_changed_has_no_known_state_before():
    assert is_last_word(entry(2, SHARED), [entry(2, SHARED), entry(1, UNSHARED)])
    assert is_last_word(entry(2, UNSHARED), [entry(2, UNSHARED), entry(1, SHARED)])
    assert not is_last_word(entry(2, SHARED), [entry(2, SHARED), entry(1, SHARED)])
