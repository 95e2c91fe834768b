"""A deadline that begins where the work first waits."""

import asyncio

import pytest

from watchword.server.within import within


async def at_once():
    return "done"


async def after(*events):
    for event in events:
        await event.wait()
    return "done"


def run(work):
    return asyncio.run(work)


def test_work_that_never_waits_needs_no_clock(monkeypatch):
    def no_clock(_seconds):
        raise AssertionError("a timer was made")

    monkeypatch.setattr(asyncio, "timeout", no_clock)
    assert run(within(0, at_once())) == "done"


def test_work_that_waits_goes_on():
    async def both():
        first, second = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.call_soon(first.set)
        loop.call_soon(loop.call_soon, second.set)
        return await within(60, after(first, second))

    assert run(both()) == "done"


def test_work_that_does_not_end_is_cancelled():
    seen = []

    async def endless():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            seen.append(error)
            raise

    with pytest.raises(TimeoutError):
        run(within(0, endless()))
    assert len(seen) == 1


def test_work_may_wait_once_more_after_it_was_cancelled():
    async def stubborn():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            raise

    with pytest.raises(TimeoutError):
        run(within(0, stubborn()))


def test_a_cancellation_from_outside_stays_one():
    async def outside():
        task = asyncio.create_task(within(60, after(asyncio.Event())))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        run(outside())


@pytest.mark.parametrize("waits", [False, True])
def test_what_the_work_raises_is_raised(waits):
    async def failing():
        if waits:
            await asyncio.sleep(0)
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        run(within(60, failing()))


def test_a_future_is_work_too():
    async def both():
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, "done")
        return await within(60, future)

    assert run(both()) == "done"
