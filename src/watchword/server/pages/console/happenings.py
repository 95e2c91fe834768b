"""What happened to everybody's accounts, with the name of whoever it happened to.

Source: users.md U40 and U41.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from watchword.accounts.events import RecordedEvent
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.pages.account.activity import Entry, entries_of
from watchword.server.pages.account.frame import Member

__all__ = ["LIVE", "Happening", "Stream", "happenings", "stream"]

LIVE = "/admin/events/live"


@dataclass(frozen=True, slots=True)
class Happening:
    """One event, and whose account it is about."""

    entry: Entry
    user_id: str | None
    name: str | None  # None: nobody has this account any more, or there never was one


@dataclass(frozen=True, slots=True)
class Stream:
    """Where a list goes on by itself: whom its page asks, and what it has seen."""

    path: str
    seen: str


async def stream(desk: Desk, **asked: str) -> Stream:
    """Return where the newest page of a list goes on.

    Args:
        desk: who looks.
        asked: which list it is, as its address says.
    """
    query = urlencode({name: value for name, value in asked.items() if value})
    newest = await desk.runtime.live.store.read_feed("", now=desk.now)
    return Stream(f"{LIVE}?{query}" if query else LIVE, newest.cursor)


async def happenings(
    events: Sequence[RecordedEvent], desk: Desk, member: Member
) -> list[Happening]:
    """Return events of whoever's account, as an administrator reads them."""
    entries = await entries_of(events, member, desk.runtime)
    names: dict[str, str] = {}
    for user_id in {one.event.user_id for one in events} - {None}:
        user = await desk.store.read_user(str(user_id))
        if user is not None:
            names[user.id] = user.name
    return [
        Happening(entry, one.event.user_id, names.get(one.event.user_id or ""))
        for entry, one in zip(entries, events, strict=True)
    ]
