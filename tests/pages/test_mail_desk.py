"""What the pages that cause mails share."""

import asyncio
import threading

import pytest

from watchword.server.pages import mail_desk
from watchword.server.pages.mail_desk import EVEN_SECONDS, evenly


class Clock:
    """Says one moment after another."""

    def __init__(self, *moments):
        self.moments = [*moments]

    def now(self):
        return 0

    def monotonic(self):
        return self.moments.pop(0)


async def answered():
    return "answer"


async def refused():
    raise ValueError("refused")


@pytest.fixture
def waits(monkeypatch):
    waits = []

    real, here = asyncio.sleep, threading.get_ident()

    async def sleep(seconds):
        if threading.get_ident() != here:  # a server of another test goes on in its thread
            await real(seconds)
        else:
            waits.append(seconds)

    monkeypatch.setattr(mail_desk.asyncio, "sleep", sleep)
    return waits


@pytest.mark.requirement("security:29:form-times")
@pytest.mark.parametrize("took", [0.0, 0.002, 0.04])
def test_an_answer_comes_at_the_same_moment_however_long_its_work_took(waits, took):
    assert asyncio.run(evenly(answered(), Clock(7.0, 7.0 + took))) == "answer"
    assert waits == [pytest.approx(EVEN_SECONDS - took)]


@pytest.mark.requirement("security:29:form-times")
def test_a_refusal_comes_at_that_moment_too(waits):
    with pytest.raises(ValueError, match="refused"):
        asyncio.run(evenly(refused(), Clock(7.0, 7.0)))
    assert waits == [pytest.approx(EVEN_SECONDS)]


def test_work_that_took_longer_is_not_held_up(waits):
    asyncio.run(evenly(answered(), Clock(7.0, 9.0)))
    assert waits == [0]
