"""What the refresh rule does to honest clients and to thieves, counted over a real store.

2,000 families refresh 50 times each while one answer in a hundred is lost; then a thief copies the
token of as many others. The rates of the run are printed beside, and say nothing of a server.

Usage: .venv/bin/python bench/refresh.py [--families 2000] [--refreshes 50] [--loss 0.01] [--seed 1]
"""

import argparse
import asyncio
import os
import platform
import tempfile
import time

from watchword.stores import Store, migrate, open_store
from watchword.testing.refresh_simulation import UNNOTICED, simulate
from watchword.testing.store_conformance import World


async def run(chosen: argparse.Namespace, directory: str) -> None:
    """Print one table."""
    url = f"sqlite:///{directory}/store.db"
    await migrate(url)
    async with await open_store(url) as store:

        async def absent() -> Store:
            raise AssertionError("one handle is enough here")

        world = World(store, absent, absent)
        await world.furnish()
        start = time.perf_counter()
        figures = await simulate(
            world,
            families=chosen.families,
            refreshes=chosen.refreshes,
            loss=chosen.loss,
            seed=chosen.seed,
        )
        seconds = time.perf_counter() - start
    noticed = ", ".join(
        f"{thieves:,} never" if rounds == UNNOTICED else f"{thieves:,} in round {rounds}"
        for rounds, thieves in figures.noticed_after.items()
    )
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, SQLite FULL, load average {load:.1f}\n")
    print("| what | figure |")
    print("|---|---|")
    print(f"| families, refreshes of each | {figures.families:,}, {chosen.refreshes} |")
    print(f"| answers lost | {figures.lost:,} of {figures.refreshes + figures.lost:,} |")
    print(f"| honest clients logged out | {figures.honest_logouts:,} |")
    print(f"| thieves noticed | {noticed} |")
    print(f"| presentations a second, all of the run | {figures.refreshes / seconds:,.0f} |")


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--families", type=int, default=2_000)
    parser.add_argument("--refreshes", type=int, default=50)
    parser.add_argument("--loss", type=float, default=0.01, help="share of answers lost")
    parser.add_argument("--seed", type=int, default=1)
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(run(parser.parse_args(), directory))


if __name__ == "__main__":
    main()
