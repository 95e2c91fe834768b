"""The timer that sweeps where nobody is issued anything: oauth.md S-8."""

import asyncio
import logging

import pytest
from tests.server.conftest import MovedClock

from watchword.server import sweeper
from watchword.server.sweeper import ROUNDS_MAX, Sweeper
from watchword.stores import StoreUnavailable


class Swept:
    """A store with a number of rounds of dead rows."""

    def __init__(self, rounds):
        self.rounds, self.asked = rounds, 0
        self.swept = asyncio.Event()

    async def sweep(self, *, now):
        assert now
        self.asked += 1
        self.swept.set()
        if self.rounds is None:
            raise StoreUnavailable("gone", fix="wait")
        self.rounds -= 1
        return self.rounds >= 0


def sweeping(store):
    return Sweeper(store=store, clock=MovedClock())


@pytest.mark.requirement("stores:cleanup-timer")
@pytest.mark.parametrize(("rounds", "asked"), [(0, 1), (3, 4), (1_000, ROUNDS_MAX)])
def test_one_time_sweeps_until_nothing_is_found_and_has_an_end(rounds, asked):
    async def scenario():
        store = Swept(rounds)
        await sweeping(store).turn()
        return store.asked

    assert asyncio.run(scenario()) == asked


def test_store_that_is_away_is_asked_another_time(caplog):
    async def scenario():
        store = Swept(None)
        with caplog.at_level(logging.WARNING, "watchword.sweep"):
            await sweeping(store).turn()
        return store.asked

    assert asyncio.run(scenario()) == 1
    assert "stays a while longer" in caplog.text


def test_timer_runs_until_it_is_stopped(monkeypatch):
    monkeypatch.setattr(sweeper, "SWEEP_SECONDS", 0)

    async def scenario():
        store = Swept(0)
        timer = sweeping(store)
        timer.start()
        await store.swept.wait()
        await timer.stop()
        await timer.stop()
        asked = store.asked
        for _ in range(3):
            await asyncio.sleep(0)
        return store.asked - asked

    assert asyncio.run(scenario()) == 0
