"""The shipped conformance set, on SQLite and PostgreSQL."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from watchword.stores import Store, open_store
from watchword.testing.store_conformance import CHECKS, RACES, Check, World


async def put_to(check: Check, url: str) -> None:
    async with AsyncExitStack() as stack:

        async def opened(tenant: str = "default") -> Store:
            return await stack.enter_async_context(await open_store(url, tenant=tenant))

        async def other_tenant() -> Store:
            return await opened("other")

        world = World(await opened(), opened, other_tenant)
        await world.furnish()
        await check(world)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_store_conforms(check: Check, store_url: str) -> None:
    asyncio.run(put_to(check, store_url))


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_store_conforms_under_race(race: Check, store_url: str) -> None:
    asyncio.run(put_to(race, store_url))
