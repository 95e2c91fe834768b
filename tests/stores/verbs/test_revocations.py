"""The feed under many endings at once: no number is skipped, and none is seen before a smaller."""

import asyncio
import json

import pytest

from watchword.oauth.feed import BEGINNING, AccountChange, Cursor, RevocationKind
from watchword.stores import open_store
from watchword.stores.verbs.revocations import ANNOUNCES, publish
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


def test_however_many_end_at_once_two_statements_say_so():
    """Everybody who writes to the feed waits for the row of the tenant meanwhile."""
    verb = publish("default", RevocationKind.FAMILY, ["a", 'b"\\', "\N{TURTLE}"], now=NOW)
    announced = next(verb)
    assert announced.statement is ANNOUNCES
    assert announced.parameters["more"] == 3
    added = verb.send([(10,)])
    assert added.parameters["the_first"] == 8
    assert json.loads(added.parameters["the_values"]) == ["a", 'b"\\', "\N{TURTLE}"]
    with pytest.raises(StopIteration):
        verb.send([])
    assert list(publish("default", RevocationKind.FAMILY, [], now=NOW)) == []


@pytest.mark.requirement("oauth:F-1:order")
def test_every_holder_of_a_role_is_told_of_once_and_in_order(store_url):
    async def run():
        async with await open_store(store_url) as store:
            world = await world_of(store)
            holders = [await world.user(f"holder{number}") for number in range(3)]
            for role in ("chief", "lead"):
                await store.add_role(role, "", now=NOW)
            for holder in holders:
                await store.assign_role(holder, "chief", now=NOW)
            before = (await store.read_feed(BEGINNING, now=NOW)).cursor
            await store.add_inheritance("chief", "lead", now=NOW + 5)
            page = await store.read_feed(before, now=NOW)
            first = before.position + 1
            assert [event.position for event in page.events] == list(range(first, first + 3))
            told = [AccountChange.from_text(event.value).user_id for event in page.events]
            assert sorted(told) == sorted(holders)
            assert {(event.kind, event.at) for event in page.events} == {
                (RevocationKind.ACCOUNT, NOW + 5)
            }

    asyncio.run(run())
