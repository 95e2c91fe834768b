"""One answer for everybody who asks for the same thing at the same moment."""

import asyncio

import pytest

from watchword.server.single_flight import SingleFlight


class Work:
    def __init__(self, answer="pair"):
        self.starts = 0
        self.gate = asyncio.Event()
        self.answer = answer

    async def __call__(self):
        self.starts += 1
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.requirement("server:R-2:single-flight")
def test_concurrent_callers_of_one_key_share_one_answer():
    """oauth.md R-2."""

    async def scene():
        flights, work = SingleFlight(), Work()
        callers = [asyncio.create_task(flights.share("token", work)) for _ in range(5)]
        other = asyncio.create_task(flights.share("other token", work))
        await settle()
        work.gate.set()
        assert await asyncio.gather(*callers) == ["pair"] * 5
        await other
        assert work.starts == 2
        await settle()
        assert len(flights) == 0

    asyncio.run(scene())


def test_answer_is_not_kept():
    async def scene():
        flights, work = SingleFlight(), Work()
        work.gate.set()
        await flights.share("token", work)
        await settle()
        await flights.share("token", work)
        assert work.starts == 2

    asyncio.run(scene())


def test_caller_who_leaves_does_not_take_the_answer_away():
    async def scene():
        flights, work = SingleFlight(), Work()
        first = asyncio.create_task(flights.share("token", work))
        second = asyncio.create_task(flights.share("token", work))
        await settle()
        first.cancel()
        await settle()
        work.gate.set()
        assert await second == "pair"
        assert work.starts == 1

    asyncio.run(scene())


def test_refusal_is_shared_and_silent_when_everybody_left():
    async def scene():
        unheard = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, told: unheard.append(told))
        flights, work = SingleFlight(), Work(ValueError("refused"))
        callers = [asyncio.create_task(flights.share("token", work)) for _ in range(3)]
        await settle()
        callers[0].cancel()
        work.gate.set()
        answers = await asyncio.gather(*callers[1:], return_exceptions=True)
        assert [str(answer) for answer in answers] == ["refused", "refused"]
        lonely = asyncio.create_task(flights.share("token", work))
        await asyncio.sleep(0)
        lonely.cancel()
        await settle()
        assert unheard == []

    asyncio.run(scene())
