"""The events of everybody as something that is waited for: which are the newest, as a mark.

Source: users.md U41.
"""

import hashlib
from collections.abc import Sequence

from watchword.accounts.events import RecordedEvent
from watchword.base import base64url
from watchword.base.records import dataclass
from watchword.stores import Store

__all__ = ["LIVE_VIEWS_MAX", "Newest", "NewestEvents", "mark_of"]

LIVE_VIEWS_MAX = 100  # of one node: each holds a connection; whoever comes beyond does not wait
MARKED = 8  # of the newest events
MARK_BYTES = 12


@dataclass(frozen=True, slots=True)
class Newest:
    """Where the list of events stands. It says that there is more, and not what."""

    cursor: str
    events: tuple[()] = ()


@dataclass(frozen=True, slots=True)
class NewestEvents:
    """Reads where the list stands, for those who wait until it stands elsewhere."""

    store: Store

    async def read_feed(self, cursor: str, *, now: int) -> Newest:  # noqa: ARG002  # as any feed
        """Return the mark of the newest events, whatever the reader has seen."""
        return Newest(mark_of(await self.store.page_events(limit=MARKED)))


def mark_of(events: Sequence[RecordedEvent]) -> str:
    """Return a mark that changes with the newest of some events."""
    ids = " ".join(one.id for one in events[:MARKED])
    return base64url.encode(hashlib.sha256(ids.encode("ascii")).digest()[:MARK_BYTES])
