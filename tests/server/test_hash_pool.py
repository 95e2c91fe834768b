"""Hashing in a bounded pool."""

import asyncio
import threading

import pytest

from watchword.accounts.passwords.hashing import PARAMETERS, Argon2Parameters, Match
from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.oauth.errors import Busy
from watchword.server import hash_pool
from watchword.server.hash_pool import HashPool

CHEAP = Argon2Parameters(time_cost=1, memory_kib=64, lanes=1)
PASSWORD = Secret("correct horse battery staple")


@pytest.fixture
def pool():
    made = HashPool(threads=2, queue_max=3, chance=chance.SYSTEM)
    yield made
    made.close()


@pytest.fixture
def gate(monkeypatch):
    """Let verifications wait in their threads until the test opens the gate."""
    opened, running = threading.Event(), threading.Semaphore(0)

    def held(_password, _hash, _peppers):
        running.release()
        assert opened.wait(60)
        return Match.SAME

    monkeypatch.setattr(hash_pool, "verify_password", held)
    yield opened, running
    opened.set()


def test_hash_is_verified(pool):
    async def scene():
        phc = await pool.hash(PASSWORD, CHEAP)
        assert phc.startswith("$argon2id$v=19$m=64,t=1,p=1$")
        assert await pool.verify(PASSWORD, phc) is Match.SAME
        assert await pool.verify(Secret("something else"), phc) is Match.DIFFERENT

    asyncio.run(scene())


@pytest.mark.requirement("oauth:L-11:pool")
@pytest.mark.requirement("server:34:bounded-hashing")
def test_what_does_not_fit_in_the_queue_is_refused_at_once(pool, gate):
    """security.md rule 34; oauth.md L-11."""
    opened, _ = gate

    async def scene():
        waiting = [asyncio.create_task(pool.verify(PASSWORD, "phc")) for _ in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(Busy) as refused:
            await pool.verify(PASSWORD, "phc")
        assert dict(refused.value.headers)["retry-after"]
        opened.set()
        assert await asyncio.gather(*waiting) == [Match.SAME] * 5
        assert await pool.verify(PASSWORD, "phc") is Match.SAME

    asyncio.run(scene())


@pytest.mark.requirement("oauth:L-11:pool")
def test_no_more_threads_than_asked_for(pool, gate):
    """security.md D6: a pool of 32 on 2 cores is slower than one of 2."""
    opened, running = gate

    async def scene():
        waiting = [asyncio.create_task(pool.verify(PASSWORD, "phc")) for _ in range(5)]
        for _ in range(2):
            assert await asyncio.to_thread(running.acquire, timeout=60)
        assert not running.acquire(blocking=False)
        opened.set()
        await asyncio.gather(*waiting)

    asyncio.run(scene())


def test_caller_who_leaves_frees_the_place_in_the_queue(pool, gate):
    opened, running = gate

    async def scene():
        waiting = [asyncio.create_task(pool.verify(PASSWORD, "phc")) for _ in range(5)]
        for _ in range(2):
            assert await asyncio.to_thread(running.acquire, timeout=60)
        waiting[-1].cancel()
        await asyncio.sleep(0)
        last = asyncio.create_task(pool.verify(PASSWORD, "phc"))
        await asyncio.sleep(0)
        opened.set()
        assert await last is Match.SAME

    asyncio.run(scene())


def test_closing_drops_what_waits(gate):
    opened, running = gate
    pool = HashPool(threads=1, queue_max=3, chance=chance.SYSTEM)

    async def scene():
        waiting = [asyncio.create_task(pool.verify(PASSWORD, "phc")) for _ in range(3)]
        assert await asyncio.to_thread(running.acquire, timeout=60)
        threading.Timer(0.05, opened.set).start()
        pool.close()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert answers[0] is Match.SAME
        assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[1:])

    asyncio.run(scene())


@pytest.mark.requirement("oauth:L-11:pool")
def test_event_loop_turns_while_passwords_are_hashed(pool):
    """security.md D6: inline, forty logins delay the loop by two seconds.

    Held without a clock: other work of the loop is done before the hash is.
    """

    async def scene():
        order = []

        async def hashing():
            await pool.hash(PASSWORD, PARAMETERS)
            order.append("hash")

        async def other():
            for _ in range(3):
                await asyncio.sleep(0)
            order.append("other")

        await asyncio.gather(hashing(), other())
        assert order == ["other", "hash"]

    asyncio.run(scene())
