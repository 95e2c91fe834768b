"""200 redemptions of one code at once, from two processes, round after round: one wins each.

Source: oauth.md S-10; security.md rule 60. `make nightly` runs 1,000 rounds of each kind and store.
"""

import asyncio
import os
from typing import Any

import pytest

from watchword.stores import open_store
from watchword.testing.store_conformance import World
from watchword.testing.store_conformance.device_codes import allowed, polling
from watchword.testing.store_conformance.flows import new_code, redeeming
from watchword.testing.store_conformance.processes import rounds_in_processes
from watchword.testing.store_conformance.races import REDEMPTIONS, expect_one_redemption

ROUNDS = int(os.environ.get("WATCHWORD_RACE_ROUNDS", "2"))


async def of_codes(world: World) -> tuple[str, list[list[object]]]:
    rounds: list[list[object]] = []
    user_id = await world.user()
    for _ in range(ROUNDS):
        code = new_code(user_id)
        await world.store.add_code(code)
        rounds.append([redeeming(world, code) for _ in range(REDEMPTIONS)])
    return "redeem_code", rounds


async def of_devices(world: World) -> tuple[str, list[list[object]]]:
    rounds: list[list[object]] = []
    for number in range(ROUNDS):
        code, *_ = await allowed(world, f"person{number}")
        rounds.append([polling(world, code) for _ in range(REDEMPTIONS)])
    return "redeem_device_code", rounds


@pytest.mark.requirement("oauth:S-10:races")
@pytest.mark.parametrize("kind", [of_codes, of_devices], ids=["code", "device"])
def test_each_round_has_one_winner_between_processes(kind: Any, store_url: str) -> None:
    async def race() -> None:
        async with await open_store(store_url) as store:
            world = World(store)
            await world.furnish()
            method, rounds = await kind(world)
            for answers in await rounds_in_processes(open_store, store_url, method, rounds):
                await expect_one_redemption(world, answers)

    asyncio.run(race())
