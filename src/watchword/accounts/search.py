"""What one search of an administrator looks through, each with bounded work.

Names of users are found by `page_users`, ids by what reads one thing; here stands the rest.

Source: users.md U40.
"""

from typing import Protocol

from watchword.accounts.events import RecordedEvent
from watchword.accounts.users import User

__all__ = ["CLIENTS_LOOKED_AT_MAX", "EVENT_ID_PREFIX", "SearchStore"]

CLIENTS_LOOKED_AT_MAX = 1_000  # by name, the newest: a millisecond or two of a database's work
EVENT_ID_PREFIX = "evt"


class SearchStore(Protocol):
    """What a search needs of a store beside what lists need. Each method sees one moment."""

    async def find_addresses(self, beginning: str, *, limit: int) -> tuple[tuple[str, User], ...]:
        """Return verified addresses that begin so, and whose they are, by address.

        Args:
            beginning: of an address in its canonical spelling.
            limit: how many addresses are read, from that one on.
        """
        ...

    async def find_named_clients(self, part: str, *, limit: int) -> tuple[tuple[str, str], ...]:
        """Return id and name of clients whose name holds `part` in any case, the newest first.

        Of more than `CLIENTS_LOOKED_AT_MAX` clients the newest are looked at.
        """
        ...

    async def list_role_meanings(self) -> tuple[tuple[str, str], ...]:
        """Return every role that is written down, by name, and what it is for."""
        ...

    async def find_event(self, event_id: str) -> RecordedEvent | None:
        """Return the event with this id."""
        ...
