"""What an administrator searches: the protocol `accounts.search.SearchStore`."""

from watchword.accounts.events import RecordedEvent
from watchword.accounts.users import User
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs import events
from watchword.stores.verbs.administration import search

__all__ = ["SearchVerbs"]


class SearchVerbs(Handle):
    """Carries out `SearchStore`."""

    __slots__ = ()

    async def find_addresses(self, beginning: str, *, limit: int) -> tuple[tuple[str, User], ...]:
        """Return verified addresses that begin so, and whose they are, by address."""
        return await self._driver.read(search.find_addresses(self._tenant, beginning, limit=limit))

    async def find_named_clients(self, part: str, *, limit: int) -> tuple[tuple[str, str], ...]:
        """Return id and name of clients whose name holds `part`, among the newest."""
        return await self._driver.read(search.find_named_clients(self._tenant, part, limit=limit))

    async def list_role_meanings(self) -> tuple[tuple[str, str], ...]:
        """Return every role that is written down, by name, and what it is for."""
        return await self._driver.read(search.list_role_meanings(self._tenant))

    async def find_event(self, event_id: str) -> RecordedEvent | None:
        """Return the event with this id."""
        return await self._driver.read(events.find_event(self._tenant, event_id))
