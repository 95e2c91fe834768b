"""Honest clients are never logged out, and a thief is noticed: the simulation over real stores.

Source: oauth.md R-1; security.md D2 and rule 59. `make nightly` runs 2,000 families of each store.
"""

import asyncio
import os

import pytest

from watchword.stores import open_store
from watchword.testing.refresh_simulation import UNNOTICED, Figures, simulate
from watchword.testing.store_conformance import World

FAMILIES = int(os.environ.get("WATCHWORD_REFRESH_FAMILIES", "25"))
REFRESHES = 50
SEED = int(os.environ.get("WATCHWORD_SEED", "1"))


@pytest.mark.requirement("oauth:R-1:simulation", "security:59:simulation")
@pytest.mark.parametrize("loss", [0.01, 0.3])
def test_no_honest_client_is_logged_out_and_every_thief_is_noticed(
    store_url: str, loss: float
) -> None:
    """At 1 % of lost answers as in the design, and at thirty times as many."""

    async def run() -> Figures:
        async with await open_store(store_url) as store:
            world = World(store)
            await world.furnish()
            return await simulate(
                world, families=FAMILIES, refreshes=REFRESHES, loss=loss, seed=SEED
            )

    figures = asyncio.run(run())
    assert figures.lost > 0
    assert figures.honest_logouts == 0
    assert figures.thefts == FAMILIES
    assert UNNOTICED not in figures.noticed_after
    assert max(figures.noticed_after) <= 2
