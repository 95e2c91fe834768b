"""Who may have something fetched: oauth.md D-2; decisions/0174, 0187."""

from contextlib import ExitStack

import pytest

from watchword.net.errors import BadAnswer, Unreachable
from watchword.oauth.errors import Busy
from watchword.server import fetch_turns
from watchword.server.fetch_turns import (
    FETCHES_MAX,
    FETCHES_OF_NETWORK_MAX,
    IN_VAIN_FACTOR,
    REST_SECONDS,
    FetchTurns,
)


@pytest.fixture
def turns(clock):
    return FetchTurns(clock)


def fail(turns, host, fault, *, network=None, clock=None, seconds=0):
    def fetch():
        with turns.take(host, network):
            if clock is not None:
                clock.seconds += seconds
            raise fault

    with pytest.raises(type(fault)):
        fetch()


@pytest.mark.requirement("oauth:D-2:bounded-per-network")
def test_one_network_does_not_hold_all_turns(turns):
    with ExitStack() as held:
        for number in range(FETCHES_OF_NETWORK_MAX):
            held.enter_context(turns.take(f"{number}.evil.example", "192.0.2.1"))
        with pytest.raises(Busy), turns.take("more.evil.example", "192.0.2.1"):
            raise AssertionError
        with turns.take("app.example", "198.51.100.1"):
            pass
    with turns.take("more.evil.example", "192.0.2.1"):
        pass


@pytest.mark.requirement("oauth:D-2:bounded-per-network")
def test_all_together_hold_no_more_than_there_are(turns):
    with ExitStack() as held:
        for number in range(FETCHES_MAX):
            held.enter_context(turns.take(f"{number}.example", f"192.0.2.{number}"))
        with pytest.raises(Busy), turns.take("app.example", "198.51.100.1"):
            raise AssertionError


def test_a_host_is_asked_once_at_a_time(turns):
    with turns.take("app.example", "192.0.2.1"):
        with pytest.raises(Busy), turns.take("app.example", "198.51.100.1"):
            raise AssertionError
        with turns.take("other.example", "192.0.2.1"):
            pass


@pytest.mark.requirement("oauth:D-2:silent-hosts-rest")
def test_a_host_that_was_silent_rests_and_one_that_answered_does_not(turns, clock):
    fail(turns, "app.example", BadAnswer("404"))
    fail(turns, "app.example", Unreachable("no connection"))
    clock.seconds += REST_SECONDS - 1
    with pytest.raises(Unreachable), turns.take("app.example", None):
        raise AssertionError
    clock.seconds += 1
    with turns.take("app.example", None):
        pass


@pytest.mark.requirement("oauth:D-2:paid-by-the-network")
def test_a_network_pays_for_what_it_held_in_vain(turns, clock):
    """decisions/0187: two networks with silent hosts held every turn for good."""
    for host in ("1.evil.example", "2.evil.example"):
        fail(turns, host, Unreachable("no connection"), network="192.0.2.1", clock=clock, seconds=5)
        clock.seconds += 5 * IN_VAIN_FACTOR - 1
        with pytest.raises(Busy) as refused, turns.take("app.example", "192.0.2.1"):
            raise AssertionError
        assert refused.value.retry_after == 1
        with turns.take("app.example", "198.51.100.1"):
            pass
        clock.seconds += 1
    with turns.take("app.example", "192.0.2.1"):
        pass


@pytest.mark.requirement("oauth:D-2:paid-by-the-network")
def test_two_fetches_in_vain_at_once_are_paid_one_after_the_other(turns, clock):
    with ExitStack() as first:
        first.enter_context(pytest.raises(Unreachable))
        first.enter_context(turns.take("1.evil.example", "192.0.2.1"))
        fail(turns, "2.evil.example", Unreachable(""), network="192.0.2.1", clock=clock, seconds=5)
        raise Unreachable("no connection")
    clock.seconds += 2 * 5 * IN_VAIN_FACTOR - 1
    with pytest.raises(Busy), turns.take("app.example", "192.0.2.1"):
        raise AssertionError
    clock.seconds += 1
    with turns.take("app.example", "192.0.2.1"):
        pass


def test_a_network_whose_hosts_answer_pays_nothing(turns, clock):
    fail(turns, "1.example", BadAnswer("404"), network="192.0.2.1", clock=clock, seconds=5)
    with turns.take("2.example", "192.0.2.1"):
        pass


def test_few_hosts_are_remembered(turns, monkeypatch):
    monkeypatch.setattr(fetch_turns, "RESTING_MAX", 2)
    for host in ("1.example", "2.example", "3.example"):
        fail(turns, host, Unreachable("no connection"))
    with turns.take("1.example", None):
        pass
    for host in ("2.example", "3.example"):
        with pytest.raises(Unreachable), turns.take(host, None):
            raise AssertionError
