"""A guard that shares the database reads the feed from it, whatever loop the store was opened in.

Source: oauth.md F-1 ("guards poll or share the store").
"""

import asyncio
import threading
import time

import pytest

from watchword.guards.embedded import StoreFeed
from watchword.guards.feed import Follower
from watchword.stores import StoreUnavailable, migrate, open_store
from watchword.testing.store_conformance import World
from watchword.testing.store_conformance.world import NOW


def until_told(follower):
    while not follower.status.entries:
        time.sleep(0.02)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path):
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path}/watchword.db"


@pytest.fixture
def now(clock):
    clock.time = NOW
    return clock


@pytest.mark.requirement("oauth:F-1:guards")
def test_follower_learns_of_a_logout_by_the_shared_store(store_url, now):
    async def run():
        await migrate(store_url)
        async with await open_store(store_url) as store:
            world = World(store)
            await world.furnish()
            login = await world.log_in(await world.user())
            follower = Follower(StoreFeed(lambda: store, clock=now), clock=now)
            await follower.arrival()
            assert follower.status.is_following
            await store.end_session(login.facts.sid, now=NOW)
            await asyncio.to_thread(until_told, follower)
            follower.close()

    asyncio.run(run())


def test_store_that_is_not_open_yet_is_an_outage(now):
    def store():
        raise RuntimeError("the server has not started")

    feed = StoreFeed(store, clock=now)
    with pytest.raises(StoreUnavailable, match="has not started"):
        feed.read("", wait_seconds=0, stop=threading.Event())
    feed.close()


def test_wait_ends_with_its_time_and_with_the_follower(tmp_path, now):
    url = f"sqlite:///{tmp_path}/watchword.db"

    async def opened():
        await migrate(url)
        return await open_store(url)

    store = asyncio.run(opened())
    feed, stop = StoreFeed(lambda: store, clock=now), threading.Event()
    cursor = feed.read("", wait_seconds=0, stop=stop).cursor
    assert feed.read(cursor, wait_seconds=0, stop=stop).events == ()
    stop.set()
    assert feed.read(cursor, wait_seconds=25, stop=stop).cursor == cursor
    feed.close()
    asyncio.run(store.close())
