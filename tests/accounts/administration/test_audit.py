"""The chain of the audit log. security.md rule 100."""

from dataclasses import replace

import pytest

from watchword.accounts.administration.audit import (
    BEGINNING,
    AuditAction,
    AuditEntry,
    Author,
    Deed,
    chained,
)
from watchword.accounts.administration.chain import first_broken
from watchword.accounts.administration.roles import is_role_name
from watchword.accounts.administration.shares import Share
from watchword.accounts.origin import Origin

BY = Author("user_1", "why", Origin("192.0.2.7", "A browser"))


def log(length):
    entries, before = [], BEGINNING
    for position in range(1, length + 1):
        deed = Deed(AuditAction.ROLE_GIVEN, "user", f"user_{position}", {"role": "editor"})
        before = chained(before, position=position, at=position, author=BY, deed=deed)
        entries.append(AuditEntry(position, position, BY, deed, before))
    return entries


@pytest.mark.requirement("security:100:chain")
def test_a_log_as_it_was_written_holds():
    assert first_broken([]) is None
    assert first_broken(log(5)) is None


@pytest.mark.requirement("security:100:chain")
@pytest.mark.parametrize(
    "change",
    [
        {"at": 99},
        {"author": replace(BY, actor="user_2")},
        {"author": replace(BY, reason="another")},
        {"author": replace(BY, origin=Origin(None, None))},
        {"deed": Deed(AuditAction.ROLE_TAKEN, "user", "user_3", {"role": "editor"})},
        {"deed": Deed(AuditAction.ROLE_GIVEN, "user", "user_9", {"role": "editor"})},
        {"deed": Deed(AuditAction.ROLE_GIVEN, "user", "user_3", {"role": "admin"})},
        {"chain": bytes(32)},
    ],
)
def test_an_altered_entry_is_seen(change):
    entries = log(5)
    entries[2] = replace(entries[2], **change)
    assert first_broken(entries) == 3


@pytest.mark.requirement("security:100:chain")
def test_an_entry_that_was_taken_out_is_seen():
    entries = log(5)
    assert first_broken(entries[:2] + entries[3:]) == 3
    assert first_broken(entries[1:]) == 1


def test_an_author_has_a_name_and_a_short_reason():
    for name, reason in (("", "why"), ("user_1", "x" * 501)):
        with pytest.raises(ValueError, match=r"(author|reason) has"):
            Author(name, reason)


def test_words_of_roles_and_shares_are_checked():
    assert [is_role_name(name) for name in ("a-b_2", "A", "", "x" * 65, "ä", "a b")] == [
        True, *[False] * 5]  # fmt: skip
    for words in (
        ("", "1", "r", "role", "a"),
        ("n", "1\0", "r", "role", "a"),
        ("n", "1", "r", "x", "a"),
    ):
        with pytest.raises(ValueError):  # noqa: PT011  # of an Enum too
            Share(*words)
