"""The feed under many endings at once: no number is skipped, and none is seen before a smaller."""

import asyncio

import pytest

from watchword.oauth.feed import BEGINNING, Cursor
from watchword.stores import open_store
from watchword.testing.store_conformance import World
from watchword.testing.store_conformance.world import NOW

LOGINS = 40


async def world_of(store):
    world = World(store)
    await world.furnish()
    return world


@pytest.mark.requirement("oauth:F-1:order")
@pytest.mark.requirement("oauth:F-3:in-the-transaction")
def test_reader_beside_many_endings_misses_none(store_url):
    async def run():
        async with await open_store(store_url) as store:
            world = await world_of(store)
            user_id = await world.user()
            logins = [await world.log_in(user_id) for _ in range(LOGINS)]
            read, cursor, ended = [], BEGINNING, asyncio.Event()

            async def follow():
                nonlocal cursor
                while True:
                    was_over = ended.is_set()
                    page = await store.read_feed(cursor, now=NOW)
                    read.extend(page.events)
                    cursor = page.cursor
                    if was_over:
                        return
                    await asyncio.sleep(0)

            follower = asyncio.create_task(follow())
            await asyncio.gather(*(store.end_session(login.facts.sid, now=NOW) for login in logins))
            ended.set()
            await follower
            assert [event.position for event in read] == list(range(1, LOGINS + 1))
            assert {event.value for event in read} == {login.facts.sid for login in logins}

    asyncio.run(run())


@pytest.mark.parametrize(
    "text", ["", "x", "1", "1.", ".1", "1.x", "-1.2", "1.2.3", "٣.1", "9" * 40]
)
def test_what_is_no_cursor_reads_from_the_beginning(text):
    assert Cursor.from_text(text) == BEGINNING
