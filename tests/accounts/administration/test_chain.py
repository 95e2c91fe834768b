"""Heads of the audit log, and the walk in stretches. security.md rule 100; decisions/0250."""

import asyncio
from dataclasses import replace

import pytest
from tests.accounts.administration.test_audit import log

from watchword.accounts.administration import chain
from watchword.accounts.administration.audit import Unreadable, chained, covered, linked
from watchword.accounts.administration.chain import (
    START,
    Head,
    Stretch,
    first_broken,
    verify_log,
)
from watchword.accounts.errors import Flaw, LogBroken


class Log:
    """A store that holds these entries, and this head or their end."""

    def __init__(self, entries, head=None):
        self.entries, self.head = entries, head or end_of(entries)

    async def walk_audit(self, *, after, limit):
        later = [entry for entry in self.entries if entry.position > after]
        return Stretch(tuple(later[:limit]), self.head)


def end_of(entries):
    return Head(entries[-1].position, entries[-1].chain) if entries else START


def walked(entries, head=None, kept=START):
    try:
        return asyncio.run(verify_log(Log(entries, head), kept=kept))
    except LogBroken as broken:
        return broken.position, broken.flaw


@pytest.fixture(params=(1, 2, 5, 100))
def stretches(request, monkeypatch):
    monkeypatch.setattr(chain, "WALK_ENTRIES_MAX", request.param)


@pytest.mark.requirement("security:100:chain")
@pytest.mark.usefixtures("stretches")
def test_a_whole_log_ends_at_its_head():
    assert walked([]) == START
    entries = log(5)
    assert walked(entries) == end_of(entries)
    for kept in (*map(end_of, (entries[:1], entries[:4], entries)), START):
        assert walked(entries, kept=kept) == end_of(entries)


@pytest.mark.requirement("security:100:head")
@pytest.mark.usefixtures("stretches")
def test_what_was_cut_off_added_or_written_anew_is_told():
    entries = log(5)
    head = end_of(entries)
    assert walked(entries[:3], head) == (4, Flaw.CUT_OFF)
    assert walked([], head) == (1, Flaw.CUT_OFF)
    assert walked(entries[:3], kept=head) == (4, Flaw.CUT_OFF)
    assert walked(entries, end_of(entries[:3])) == (4, Flaw.ADDED)
    assert walked(entries, replace(head, chain=bytes(32))) == (5, Flaw.REWRITTEN)
    assert walked(entries, kept=Head(2, bytes(32))) == (2, Flaw.REWRITTEN)


@pytest.mark.requirement("security:100:chain")
@pytest.mark.usefixtures("stretches")
def test_the_first_wrong_entry_is_told():
    entries = log(5)
    altered = [*entries[:2], replace(entries[2], at=99), *entries[3:]]
    unreadable = [*entries[:2], Unreadable(3), *entries[3:]]
    for found in (altered, unreadable):
        assert walked(found, end_of(entries)) == (3, Flaw.ALTERED)
    assert walked(entries[:2] + entries[3:]) == (3, Flaw.MISSING)
    assert first_broken(altered) == 3


@pytest.mark.requirement("security:100:chain")
@pytest.mark.usefixtures("stretches")
def test_an_entry_of_a_later_version_is_no_altered_one():
    """Its words are unknown here; whether they are what was written there, the chain says."""
    entries = log(5)
    text = covered(3, 3, "user_1", "why", None, None, "later_word", "thing", "t", {"a": "b"})
    third = Unreadable(3, text, linked(entries[1].chain, text))
    after = replace(entries[3], chain=chained(
        third.chain, position=4, at=entries[3].at, author=entries[3].author, deed=entries[3].deed
    ))  # fmt: skip
    later = [*entries[:2], third, after]
    assert walked(later) == end_of(later)
    assert first_broken(later) is None
    altered = Unreadable(3, text.replace("later_word", "role_given"), third.chain)
    assert walked([*entries[:2], altered, after]) == (3, Flaw.ALTERED)
    assert walked([*entries[:2], Unreadable(3, None, third.chain), after]) == (3, Flaw.ALTERED)


def test_a_head_is_a_line_of_text():
    head = end_of(log(5))
    assert Head.parse(str(head)) == head
    assert str(START) == "0:" + "0" * 64
    for text in ("", "5", f"5:{'0' * 63}", f"-5:{'0' * 64}", f"5:{'0' * 64}\n", f"5:{'G' * 64}",
                 f"{'9' * 16}:{'0' * 64}", f"\u0665:{'0' * 64}"):  # fmt: skip
        with pytest.raises(ValueError, match="a head is"):
            Head.parse(text)


def test_the_error_says_where_and_what():
    error = LogBroken(7, Flaw.CUT_OFF)
    assert (str(error), error.public) == (
        "log_broken: entry 7: cut_off", "the audit log is not as it was written")  # fmt: skip
