"""Cleanup: what is dead goes, at most twenty rows at a time, and nothing else does.

Source: oauth.md S-8.
"""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from watchword.accounts.mail.messages import MailKind, SealedMail
from watchword.oauth.families import Facts, NewRefreshToken
from watchword.stores import Store, open_store
from watchword.stores.schema import (
    challenges,
    codes,
    events,
    families,
    flows,
    former_names,
    known_devices,
    links,
    metadata,
    opaque_tokens,
    outbox,
    refresh_tokens,
    revocations,
    sessions,
    signups,
)
from watchword.stores.verbs.upkeep.sweep import SWEEPS, SWEPT_ROWS_MAX
from watchword.testing.store_conformance import World
from watchword.testing.store_conformance.factors import challenge
from watchword.testing.store_conformance.keys import KEY
from watchword.testing.store_conformance.world import LIFETIME, NOW, new_token

DEAD = NOW + LIFETIME + 90_000  # a day and more after everything has expired
SWEPT = (
    refresh_tokens,
    families,
    sessions,
    links,
    signups,
    outbox,
    challenges,
    revocations,
    flows,
    codes,
    opaque_tokens,
    known_devices,
    events,
    former_names,
)


async def world_of(store: Store) -> World:
    world = World(store)
    await world.furnish()
    return world


async def issue(world: World, user_id: str, *, table: int, now: int) -> None:
    """Log in with a token whose hash chooses the table to be swept."""
    command = world.opening(user_id, now=now)
    chosen = NewRefreshToken(
        bytes([0, table]) + new_token().token_hash[2:], new_token().generation_id
    )
    command = replace(command, family=replace(command.family, refresh=chosen))
    assert isinstance(await world.store.open_family(command), Facts)


async def counts(store: Store, rows: Any) -> list[int]:
    found = [await rows.of(store, select(func.count()).select_from(table)) for table in SWEPT]
    return [number for ((number,),) in found]


@pytest.mark.requirement("oauth:S-8:bounded-cleanup")
@pytest.mark.requirement("stores:cleanup")
def test_dead_rows_go_a_few_at_a_time_and_live_ones_stay(store_url: str, rows: Any) -> None:
    async def run() -> None:
        async with await open_store(store_url) as store:
            world = await world_of(store)
            user_id = await world.user()
            for _ in range(25):
                await issue(world, user_id, table=3, now=NOW)
            await store.add_link(world.link(user_id))
            await store.queue_mail(SealedMail("mail_1", MailKind.TEST, b"", None, NOW, NOW + 60))
            await store.add_challenge(challenge())
            await store.add_first_signing_key(KEY)
            await store.replace_signing_key(
                KEY.kid, replace(KEY, kid="other"), now=NOW, until=NOW + 60
            )
            before = await counts(store, rows)
            assert before == [25, 25, 25, 1, 0, 1, 1, 1, 0, 0, 0, 0, 25, 0]
            turns = (
                (1, 0),
                (2, 0),
                (0, 20),
                (0, 5),
                (1, 20),
                (2, 20),
                (3, 1),
                (5, 1),
                (6, 1),
                (7, 1),
            )
            for table, gone in turns:
                await issue(world, user_id, table=table, now=DEAD)
                after = await counts(store, rows)
                added = [1, 1, 1, *[0] * (len(SWEPT) - 5), 1, 0]
                change = [b + a - c for b, a, c in zip(before, added, after, strict=True)]
                assert change == [gone if n == table else 0 for n in range(len(SWEPT))]
                before = after

    asyncio.run(run())


def test_asking_for_challenges_sweeps_those_that_expired(store_url: str, rows: Any) -> None:
    """Whoever only looks at the sign-in page leaves no row behind for long."""

    async def run() -> None:
        async with await open_store(store_url) as store:
            for n in range(25):
                await store.add_challenge(challenge(name=bytes([n]) * 32))
            late = challenge(name=b"late" * 8)
            await store.add_challenge(replace(late, created_at=DEAD, expires_at=DEAD + 60))
            found = await rows.of(store, select(func.count()).select_from(challenges))
            assert found == [(6,)]

    asyncio.run(run())


def test_rotations_sweep_as_logins_do(store_url: str, rows: Any) -> None:
    async def run() -> None:
        async with await open_store(store_url) as store:
            world = await world_of(store)
            user_id = await world.user()
            await issue(world, user_id, table=3, now=NOW)
            live = await world.log_in(user_id, now=DEAD)
            dead = select(func.count()).select_from(families).where(families.c.purge_at < DEAD)
            token = live.token
            for _ in range(200):
                token = await world.refresh(token, now=DEAD)
                if await rows.of(store, dead) == [(0,)]:
                    return
            raise AssertionError("the dead family was never swept")

    asyncio.run(run())


@pytest.mark.requirement("oauth:S-8:bounded-cleanup")
@pytest.mark.requirement("stores:cleanup-timer")
def test_timer_sweeps_every_table(store_url: str, rows: Any) -> None:
    async def run() -> None:
        async with await open_store(store_url) as store:
            world = await world_of(store)
            user_id = await world.user()
            for _ in range(25):
                await world.log_in(user_id)
            assert [await store.sweep(now=DEAD) for _ in range(6)] == [True] * 2 + [False] * 4
            left = await counts(store, rows)
            assert left[:3] == [0, 0, 0]
            live = await world.log_in(user_id, now=DEAD)
            assert not await store.sweep(now=DEAD)
            assert await world.is_live(live.facts, now=DEAD + 1)

    asyncio.run(run())


def test_each_table_has_its_turn() -> None:
    assert len(SWEEPS) == len(SWEPT)
    assert len(SWEEPS) < 64  # so that two bytes choose each as often, within a thousandth
    assert SWEPT_ROWS_MAX == 20
    assert {table.name for table in SWEPT} <= {table.name for table in metadata.sorted_tables}
