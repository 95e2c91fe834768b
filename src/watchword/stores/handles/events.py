"""What happened: the protocol `accounts.events.EventStore`."""

from functools import partial

from watchword.accounts.events import EVENTS_MAX, Event, RecordedEvent
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs import events

__all__ = ["EventVerbs"]


class EventVerbs(Handle):
    """Carries out `EventStore`."""

    __slots__ = ()

    async def record_event(self, event: Event) -> str:
        """Write an event that belongs to no other change, and return its id."""
        return await self._driver.write(partial(events.record, self._tenant, event))

    async def list_events(
        self, user_id: str, *, before: RecordedEvent | None = None, limit: int = EVENTS_MAX
    ) -> tuple[RecordedEvent, ...]:
        """Return the events of a user, the newest first."""
        return await self._driver.read(
            events.list_events(self._tenant, user_id, before=before, limit=limit)
        )

    async def page_events(
        self, *, before: RecordedEvent | None = None, limit: int = EVENTS_MAX
    ) -> tuple[RecordedEvent, ...]:
        """Return the events of everybody, the newest first."""
        return await self._driver.read(events.page_events(self._tenant, before=before, limit=limit))

    async def page_sign_ins(
        self, *, before: RecordedEvent | None = None, limit: int = EVENTS_MAX
    ) -> tuple[RecordedEvent, ...]:
        """Return those of them that are sign-ins, granted or refused."""
        return await self._driver.read(
            events.page_sign_ins(self._tenant, before=before, limit=limit)
        )

    async def list_family_events(
        self, user_id: str, family_id: str, *, limit: int = EVENTS_MAX
    ) -> tuple[RecordedEvent, ...]:
        """Return the newest events of a family, in the order they happened."""
        return await self._driver.read(
            events.list_family_events(self._tenant, user_id, family_id, limit=limit)
        )
