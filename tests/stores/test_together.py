"""Reads of several statements that belong together see one moment, on both databases."""

import asyncio
import threading

import pytest

from watchword.accounts.events import Event, EventKind
from watchword.stores import open_store
from watchword.stores.handles import accounts
from watchword.testing.store_conformance import World
from watchword.testing.store_conformance.world import NOW


def write_elsewhere(url, user_id):
    """Write an event through a store of its own, in a thread of its own."""

    async def write():
        async with await open_store(url) as other:
            await other.record_event(Event(EventKind.SIGNED_IN, NOW, user_id=user_id))

    thread = threading.Thread(target=lambda: asyncio.run(write()))
    thread.start()
    thread.join()


async def export(store, user_id):
    holdings = {one.section: one for one in await store.read_holdings(user_id)}
    return len(holdings["events"].rows)


@pytest.mark.requirement("users:U39:export-one-moment")
def test_export_does_not_see_what_is_written_while_it_is_read(store_url, monkeypatch):
    """Sections that are read one after another would tell of different moments."""
    read = accounts.export.read_holdings

    def interrupted(tenant, user_id):
        verb = read(tenant, user_id)
        rows = yield next(verb)
        write_elsewhere(store_url, user_id)
        try:
            while True:
                rows = yield verb.send(rows)
        except StopIteration as end:
            return end.value

    async def scenario():
        async with await open_store(store_url) as store:
            user_id = await World(store).user()
            assert await export(store, user_id) == 0
            monkeypatch.setattr(accounts.export, "read_holdings", interrupted)
            seen = await export(store, user_id)
            monkeypatch.setattr(accounts.export, "read_holdings", read)
            return seen, await export(store, user_id)

    assert asyncio.run(scenario()) == (0, 1)


def test_failure_while_reading_together_leaves_the_connection_usable(store_url):
    async def scenario():
        async with await open_store(store_url) as store:
            user_id = await World(store).user()

            def broken():
                yield from accounts.export.read_holdings("default", user_id)
                raise RuntimeError("half-way")

            with pytest.raises(RuntimeError, match="half-way"):
                await store._driver.read_together(broken())
            return await export(store, user_id)

    assert asyncio.run(scenario()) == 0
