"""The chain of the audit log, walked from its beginning to its head.

What was altered or taken out breaks the chain. That the newest entries were cut off is seen by the
head, which the store keeps beside the log and which counts on. Whoever can write to the database
can rewrite both: against them a head is kept elsewhere (decisions/0250).

Source: security.md rule 100; OWASP ASVS 5.0 V16.4.2.
"""

import re
from collections.abc import Iterable
from typing import Protocol

from watchword.accounts.administration.audit import (
    BEGINNING,
    Entry,
    Unreadable,
    chained,
    linked,
)
from watchword.accounts.errors import Flaw, LogBroken
from watchword.base.records import dataclass

__all__ = [
    "START",
    "WALK_ENTRIES_MAX",
    "ChainStore",
    "Head",
    "Stretch",
    "first_broken",
    "verify_log",
]

WALK_ENTRIES_MAX = 500  # of one read: half a megabyte where every reason is as long as it may be
_HEAD = re.compile(r"([0-9]{1,15}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Head:
    """Where a log stands: how many entries it has, and the chain value of the last."""

    position: int
    chain: bytes

    def __str__(self) -> str:
        return f"{self.position}:{self.chain.hex()}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Take the text of a head apart.

        Raises:
            ValueError: it is no such text.
        """
        found = _HEAD.fullmatch(text)
        if found is None:
            raise ValueError("a head is a number, a colon and 64 hexadecimal digits")
        return cls(int(found[1]), bytes.fromhex(found[2]))


START = Head(0, BEGINNING)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries in the order in which they were written, and the head at that moment."""

    entries: tuple[Entry, ...]
    head: Head


class ChainStore(Protocol):
    """What walking the chain needs of a store."""

    async def walk_audit(self, *, after: int, limit: int) -> Stretch:
        """Return entries from after a position on, the oldest first, and the head."""
        ...


async def verify_log(store: ChainStore, *, kept: Head = START) -> Head:
    """Walk a whole log and return where it ends.

    Args:
        store: is read in stretches, so that a long log takes no more memory than a short one.
        kept: a head that was noted elsewhere before; the log has to have grown from it.

    Raises:
        LogBroken: names the first entry that is wrong, and how.
        StoreError: the log cannot be read.
    """
    reached = START
    while True:
        stretch = await store.walk_audit(after=reached.position, limit=WALK_ENTRIES_MAX)
        for entry in stretch.entries:
            reached = _follow(reached, entry)
            if reached.position == kept.position and reached.chain != kept.chain:
                raise LogBroken(reached.position, Flaw.REWRITTEN)
        if len(stretch.entries) < WALK_ENTRIES_MAX:
            _check_end(reached, stretch.head, kept)
            return reached


def first_broken(entries: Iterable[Entry]) -> int | None:
    """Walk entries that were read before, from the first of the log on.

    Returns:
        the position of the first entry that is wrong, or None where each is as it was written.
        That the newest are missing is not seen by this; `verify_log` sees it.
    """
    reached = START
    try:
        for entry in entries:
            reached = _follow(reached, entry)
    except LogBroken as broken:
        return broken.position
    return None


def _follow(reached: Head, entry: Entry) -> Head:
    """Return the head after one more entry. Raises LogBroken."""
    position = reached.position + 1
    if entry.position != position:
        raise LogBroken(position, Flaw.MISSING)
    chain = _chain(reached, entry)
    if chain is None or entry.chain != chain:
        raise LogBroken(position, Flaw.ALTERED)
    return Head(position, chain)


def _chain(reached: Head, entry: Entry) -> bytes | None:
    """Return the chain value that an entry has to have; None where it cannot be one.

    A later version has words that this one does not know. The chain tells them from altered ones.
    """
    if isinstance(entry, Unreadable):
        return None if entry.covered is None else linked(reached.chain, entry.covered)
    return chained(
        reached.chain, position=entry.position, at=entry.at, author=entry.author, deed=entry.deed
    )


def _check_end(reached: Head, head: Head, kept: Head) -> None:
    """Compare where the log ends with where it has to. Raises LogBroken."""
    if reached.position < max(head.position, kept.position):
        raise LogBroken(reached.position + 1, Flaw.CUT_OFF)
    if reached.position > head.position:
        raise LogBroken(head.position + 1, Flaw.ADDED)
    if reached.chain != head.chain:
        raise LogBroken(reached.position, Flaw.REWRITTEN)
