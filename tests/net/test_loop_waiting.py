"""Waiting for the loop of the server from another. Source: users.md U9."""

import asyncio

import pytest

from watchword.net.loop import Loop


@pytest.fixture
def loop():
    loop = Loop()
    yield loop
    loop.close()


async def where() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_another_loop_waits_and_goes_on(loop):
    async def ask() -> None:
        there = await loop.wait(where())
        assert there is not asyncio.get_running_loop()
        assert there is await loop.wait(where())

    asyncio.run(ask())


def test_the_loop_itself_waits_without_a_detour(loop):
    async def ask() -> bool:
        return await loop.wait(where()) is asyncio.get_running_loop()

    assert loop.run(ask()) is True


@pytest.mark.parametrize("inside", [False, True])
def test_what_takes_too_long_is_cancelled(loop, inside):
    cancelled = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def ask() -> None:
        with pytest.raises(TimeoutError):
            await loop.wait(forever(), seconds=0.01)

    if inside:
        loop.run(ask())
    else:
        asyncio.run(ask())
        loop.run(where())  # the cancellation is before this in the loop
    assert cancelled == [True]
