"""Races between two processes on the same rows.

Source: security.md rule 60; oauth.md S-10.
"""

import asyncio
import multiprocessing
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeAlias

from watchword.accounts.users import User
from watchword.testing.store_conformance.device_codes import allowed, polling
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.flows import new_code
from watchword.testing.store_conformance.flows import redeeming as redeeming_code
from watchword.testing.store_conformance.links import redeeming
from watchword.testing.store_conformance.races import (
    RACERS,
    REDEMPTIONS,
    expect_one_redemption,
    settle_refresh_race,
)
from watchword.testing.store_conformance.world import NOW, AnyStore, World

__all__ = ["PROCESS_RACES", "Opener", "in_processes", "rounds_in_processes"]

PROCESSES = 2
START_SECONDS_MAX = 60.0

# A function that opens the store of a URL, importable by name: the other process needs it as well.
Opener: TypeAlias = Callable[[str], Awaitable[AnyStore]]


async def in_processes(
    opener: Opener, url: str, method: str, commands: Sequence[object]
) -> list[Any]:
    """Call one method with every command, from processes that start as one.

    Returns:
        The answers, in the order of the commands.
    """
    (answers,) = await rounds_in_processes(opener, url, method, [commands])
    return answers


async def rounds_in_processes(
    opener: Opener, url: str, method: str, rounds: Sequence[Sequence[object]]
) -> list[list[Any]]:
    """Do so again and again, from the same processes, which start each round as one.

    Returns:
        The answers of each round, in the order of its commands.
    """
    context = multiprocessing.get_context("spawn")
    with (
        context.Manager() as manager,
        ProcessPoolExecutor(PROCESSES, mp_context=context) as pool,
    ):
        start = manager.Barrier(PROCESSES)
        shares = [
            [commands[number::PROCESSES] for commands in rounds] for number in range(PROCESSES)
        ]
        laps = [pool.submit(_laps, opener, url, method, share, start) for share in shares]
        of_processes = [await asyncio.wrap_future(lap) for lap in laps]
    ordered: list[list[Any]] = [[None] * len(commands) for commands in rounds]
    for number, answers in enumerate(of_processes):
        for together, own in zip(ordered, answers, strict=True):
            together[number::PROCESSES] = own
    return ordered


async def one_redemption_between_processes_wins(world: World, opener: Opener, url: str) -> None:
    """The others get nothing."""
    link = world.link(await world.user())
    await world.store.add_link(link)
    answers = await in_processes(opener, url, "redeem_link", [redeeming(link)] * RACERS)
    winners = [answer for answer in answers if isinstance(answer, User)]
    expect(len(winners), 1, "of all redemptions one wins")


async def presentations_between_processes_leave_one_live_pair(
    world: World, opener: Opener, url: str
) -> None:
    """Nobody is logged out, and the pair that was minted last works."""
    login = await world.log_in()
    commands = [world.presenting(login.token, now=NOW + 1) for _ in range(RACERS)]
    answers = await in_processes(opener, url, "rotate_refresh_token", commands)
    presented = [
        (answer, command.successor) for answer, command in zip(answers, commands, strict=True)
    ]
    await settle_refresh_race(world, login, presented)


async def one_redemption_of_a_code_between_processes_wins(
    world: World, opener: Opener, url: str
) -> None:
    """The others are told that it was used, and what the winner got is revoked."""
    code = new_code(await world.user())
    await world.store.add_code(code)
    commands = [redeeming_code(world, code) for _ in range(REDEMPTIONS)]
    await expect_one_redemption(world, await in_processes(opener, url, "redeem_code", commands))


async def one_poll_of_a_device_between_processes_wins(
    world: World, opener: Opener, url: str
) -> None:
    """As with codes."""
    code, *_ = await allowed(world)
    commands = [polling(world, code) for _ in range(REDEMPTIONS)]
    answers = await in_processes(opener, url, "redeem_device_code", commands)
    await expect_one_redemption(world, answers)


PROCESS_RACES = (
    one_redemption_between_processes_wins,
    one_redemption_of_a_code_between_processes_wins,
    one_poll_of_a_device_between_processes_wins,
    presentations_between_processes_leave_one_live_pair,
)


def _laps(
    opener: Opener,
    url: str,
    method: str,
    rounds: Sequence[Sequence[object]],
    start: threading.Barrier,
) -> list[list[Any]]:
    async def calls() -> list[list[Any]]:
        store = await opener(url)
        verb = getattr(store, method)
        answers = []
        for commands in rounds:
            start.wait(START_SECONDS_MAX)
            answers.append(list(await asyncio.gather(*(verb(command) for command in commands))))
        await store.release()
        return answers

    return asyncio.run(calls())
