"""The revocation feed: what ended before its tokens expired, for guards that verify offline.

    GET /revocations?cursor=1.17&wait=25
    {"events": [{"kind": "sid", "value": "sid_...", "at": 1800000000, "until": 1800003600}],
     "cursor": "1.18"}

An event is written in the transaction that ends what it speaks of, and its position is given out
in the order of commits: a reader that has seen a position has seen every earlier one.

Source: oauth.md F-1 to F-4.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

__all__ = [
    "BEGINNING",
    "EVENTS_MAX",
    "FEED_SECONDS",
    "Cursor",
    "FeedPage",
    "FeedStore",
    "Revocation",
    "RevocationKind",
]

CURSOR_CHARACTERS_MAX = 32
EVENTS_MAX = 200  # of one answer; whoever gets as many asks again at once
FEED_SECONDS = 3600  # no access token lives longer (settings: access_lifetime_seconds)


class RevocationKind(Enum):
    """What an event speaks of."""

    SESSION = "sid"
    USER = "sub"
    FAMILY = "fam"
    CLIENT = "client"
    TOKEN = "jti"  # noqa: S105  # the name of a claim
    ISSUED_BEFORE = "issued_before"  # everything that this issuer signed until then


@dataclass(frozen=True, slots=True)
class Revocation:
    """One event: tokens with this value that were issued at or before `at` are dead."""

    position: int
    kind: RevocationKind
    value: str
    at: int
    until: int  # the last possible exp of such a token; then the event goes


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """How far a reader has read. After a restore the epoch is another, and it reads all anew."""

    epoch: int
    position: int

    @classmethod
    def from_text(cls, text: str) -> "Cursor":
        """Read what `to_text` wrote; anything else is the beginning."""
        epoch, _, position = text.partition(".")
        is_cursor = text.isascii() and epoch.isdigit() and position.isdigit()
        if is_cursor and len(text) <= CURSOR_CHARACTERS_MAX:
            return cls(int(epoch), int(position))
        return BEGINNING

    def to_text(self) -> str:
        """Write the cursor as readers send it back."""
        return f"{self.epoch}.{self.position}"


BEGINNING = Cursor(-1, 0)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """What a reader gets: the events after its cursor, and its next cursor."""

    events: tuple[Revocation, ...]
    cursor: Cursor


class FeedStore(Protocol):
    """What the feed needs of a store."""

    async def read_feed(self, cursor: Cursor, *, now: int) -> FeedPage:
        """Return the events after a cursor, oldest first, at most EVENTS_MAX.

        For a cursor that this feed never gave out the answer begins at the beginning.
        """
        ...
