"""The feed of what ended: the protocol `oauth.feed.FeedStore`."""

from watchword.oauth.feed import BEGINNING, Cursor, FeedPage
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs import revocations

__all__ = ["FeedVerbs"]


class FeedVerbs(Handle):
    """Carries out `FeedStore`."""

    __slots__ = ()

    async def read_feed(self, cursor: Cursor, *, now: int) -> FeedPage:
        """Return the events after a cursor; from the beginning for a cursor of another feed."""
        page = await self._driver.read(revocations.read_feed(self._tenant, cursor, now=now))
        if cursor.epoch == page.cursor.epoch and cursor <= page.cursor:
            return page
        return await self._driver.read(revocations.read_feed(self._tenant, BEGINNING, now=now))
