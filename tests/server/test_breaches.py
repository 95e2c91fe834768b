"""The service that is asked about stolen passwords."""

import asyncio
import logging

import pytest

from watchword.net.document import Document
from watchword.net.errors import Unreachable
from watchword.server import breaches
from watchword.server.breaches import BreachService


class Answering:
    def __init__(self, outcome):
        self.outcome = outcome
        self.asked = []

    def fetch(self, url, *, bytes_max):
        self.asked.append((url, bytes_max))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return Document(self.outcome, "")


def test_range_is_fetched_within_its_bounds():
    fetcher = Answering(b"00:1")
    service = BreachService("https://breaches.example/range/", fetcher)
    assert asyncio.run(service.range("ABCDE")) == b"00:1"
    assert fetcher.asked == [("https://breaches.example/range/ABCDE", 262_144)]


@pytest.mark.requirement("security:32:fails-open")
def test_failure_is_reported_without_the_digits_and_gives_no_answer(caplog):
    service = BreachService("https://breaches.example/range/", Answering(Unreachable("down")))
    with caplog.at_level(logging.WARNING, "watchword.server"):
        assert asyncio.run(service.range("ABCDE")) is None
    assert "Unreachable" in caplog.text
    assert "ABCDE" not in caplog.text


def test_slow_service_is_not_waited_for(monkeypatch, caplog):
    """The deadline is zero here, so that nothing is waited for."""
    monkeypatch.setattr(breaches, "FETCH_SECONDS_MAX", 0)
    service = BreachService("https://breaches.example/range/", Answering(b""))
    assert asyncio.run(service.range("ABCDE")) is None
    assert "TimeoutError" in caplog.text


def test_prefix_is_five_digits():
    with pytest.raises(ValueError, match="5 digits"):
        asyncio.run(BreachService("https://x.example/", Answering(b"")).range("ABCDEF"))
