"""When a foreign key set is fetched. Source: tokens.md J-43, J-44; security.md 3.4, D7."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.keys.remote import (
    BACKOFF_SECONDS_MAX,
    COOL_DOWN_SECONDS,
    FETCH_SECONDS_MAX,
    LIFETIME_SECONDS_MAX,
    LIFETIME_SECONDS_MIN,
    STALE_SECONDS_MAX,
    Advice,
    Arrived,
    Event,
    Failed,
    Freshness,
    Wanted,
    lifetime_seconds,
    restored,
    step,
)

KNOWN, UNKNOWN = Wanted(is_known=True), Wanted(is_known=False)


def run(*events: tuple[float, Event]) -> tuple[Freshness, Advice]:
    state, advice = Freshness(), Advice.WAIT
    for now, event in events:
        state, advice = step(state, event, now)
    return state, advice


def test_first_need_fetches_and_the_second_waits_for_it():
    state, advice = run((0, UNKNOWN))
    assert advice is Advice.FETCH_AND_WAIT
    assert step(state, UNKNOWN, 0)[1] is Advice.WAIT


def test_fresh_keys_answer_without_a_fetch():
    assert run((0, UNKNOWN), (1, Arrived(600)), (600, KNOWN))[1] is Advice.ANSWER


@pytest.mark.requirement("tokens:J-44:stale-keys-answer")
def test_stale_keys_answer_while_one_fetch_runs_in_the_background():
    """J-44: expired means answer from the old keys and refresh behind."""
    state, advice = run((0, UNKNOWN), (0, Arrived(600)), (600, KNOWN))
    assert advice is Advice.ANSWER_AND_FETCH
    assert step(state, KNOWN, 601)[1] is Advice.ANSWER


@pytest.mark.requirement("tokens:J-44:outage-bridged")
def test_issuer_down_for_a_day_refuses_no_good_token():
    """J-44: issuer down, no good token refused, attempts bounded by the back-off."""
    state, _ = run((0, UNKNOWN), (0, Arrived(600)))
    fetches = 0
    for now in range(600, 600 + STALE_SECONDS_MAX):
        state, advice = step(state, KNOWN, now)
        assert advice in {Advice.ANSWER, Advice.ANSWER_AND_FETCH}
        if advice is Advice.ANSWER_AND_FETCH:
            fetches += 1
            state, _ = step(state, Failed(), now)
    assert fetches < STALE_SECONDS_MAX / 30 + 10


@pytest.mark.requirement("tokens:J-44:past-the-bound-unavailable")
def test_past_the_bound_the_old_keys_answer_no_more():
    state, _ = run((0, UNKNOWN), (0, Arrived(600)))
    state, advice = step(state, KNOWN, 600 + STALE_SECONDS_MAX)
    assert advice is Advice.FETCH_AND_WAIT
    state, _ = step(state, Failed(), 600 + STALE_SECONDS_MAX)
    assert step(state, KNOWN, 600 + STALE_SECONDS_MAX)[1] is Advice.UNAVAILABLE


@pytest.mark.requirement("tokens:J-43:unknown-kid-cool-down")
def test_made_up_key_ids_cost_one_fetch_a_cool_down():
    """J-43: 100,000 made-up ids, at most one fetch a cool-down."""
    state, _ = run((0, UNKNOWN), (0, Arrived(86_400)))
    fetched_at = []
    for number in range(100_000):
        now = number / 1_000
        state, advice = step(state, UNKNOWN, now)
        if advice is Advice.FETCH_AND_WAIT:
            fetched_at.append(now)
            state, _ = step(state, Arrived(86_400), now)
        else:
            assert advice is Advice.UNKNOWN
    assert all(b - a >= COOL_DOWN_SECONDS for a, b in itertools.pairwise(fetched_at))
    assert len(fetched_at) == 3


def test_unknown_key_while_the_issuer_fails_is_the_issuers_fault():
    """Our choice: the key may be the issuer's newest, so the token is not called bad."""
    state, _ = run((0, UNKNOWN), (0, Arrived(600)), (40, UNKNOWN), (40, Failed()))
    assert step(state, UNKNOWN, 40)[1] is Advice.UNAVAILABLE
    state, _ = step(state, UNKNOWN, 80)
    state, _ = step(state, Arrived(600), 80)
    assert step(state, UNKNOWN, 81)[1] is Advice.UNKNOWN


def test_fetch_that_never_reports_is_given_up_for_lost():
    """Our choice: a process forked during a fetch has the state and not the thread."""
    state, _ = run((0, UNKNOWN))
    assert step(state, UNKNOWN, FETCH_SECONDS_MAX - 1)[1] is Advice.WAIT
    assert step(state, UNKNOWN, FETCH_SECONDS_MAX)[1] is Advice.FETCH_AND_WAIT


def test_failures_wait_longer_each_time_and_say_how_long():
    state = Freshness()
    pauses = []
    for _ in range(8):
        state, _ = step(state, UNKNOWN, state.retry_at if state.failures else 0)
        state, _ = step(state, Failed(), max(state.retry_at, 0))
        pauses.append(state.retry_at)
    gaps = [b - a for a, b in zip([0, *pauses], pauses, strict=False)]
    assert gaps == [1, 2, 4, 8, 16, 30, 30, 30]
    assert state.retry_after(pauses[-1] - 12) == 12
    assert state.retry_after(pauses[-1] + 1) == 1


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ("", 600),
        ("public, max-age=3600", 3_600),
        ("max-age=1", 60),
        ('MAX-AGE="300"', 300),
        ("max-age=999999999", 86_400),
        ("no-store", 60),
        ("no-cache, max-age=3600", 60),
        ("s-maxage=5", 600),
        ("max-age=-5", 600),
        ("max-age=9999999999999999999999", 600),
    ],
)
def test_lifetime_follows_cache_control_within_bounds(field, seconds):
    assert lifetime_seconds(field) == seconds


events = st.one_of(
    st.builds(Wanted, st.booleans()), st.builds(Arrived, st.integers(60, 86_400)), st.just(Failed())
)


@given(st.lists(st.tuples(st.floats(0, 5_000), events), max_size=60))
def test_never_two_fetches_at_once_and_never_an_answer_without_keys(steps):
    """Model: a fetch is over when it arrived or failed; those events come only after a start."""
    state, now, started_at, running, has_keys_until = Freshness(), 0.0, 0.0, False, -1.0
    for pause, event in steps:
        now += pause
        if not isinstance(event, Wanted) and not running:
            continue
        state, advice = step(state, event, now)
        if isinstance(event, Arrived):
            running, has_keys_until = False, now + event.lifetime_seconds + STALE_SECONDS_MAX
        elif isinstance(event, Failed):
            running = False
        elif advice in {Advice.FETCH_AND_WAIT, Advice.ANSWER_AND_FETCH}:
            assert not running or now >= started_at + FETCH_SECONDS_MAX
            running, started_at = True, now
        if isinstance(event, Wanted) and advice in {Advice.ANSWER, Advice.ANSWER_AND_FETCH}:
            assert event.is_known
            assert now < has_keys_until
        if advice is Advice.WAIT:
            assert running


@pytest.mark.requirement("tokens:J-45:export-and-seed")
@pytest.mark.parametrize(
    ("lifetime", "age", "fresh", "usable"),
    [
        (600, 0, 600, 600 + STALE_SECONDS_MAX),
        (600, 599, 1, 1 + STALE_SECONDS_MAX),
        (600, 700, -100, STALE_SECONDS_MAX - 100),
        (600, 600 + STALE_SECONDS_MAX, -STALE_SECONDS_MAX, 0),
        (1, 0, LIFETIME_SECONDS_MIN, LIFETIME_SECONDS_MIN + STALE_SECONDS_MAX),
        (10**9, 0, LIFETIME_SECONDS_MAX, LIFETIME_SECONDS_MAX + STALE_SECONDS_MAX),
        (600, -1, 0, STALE_SECONDS_MAX),
        (600, -(10**9), 0, STALE_SECONDS_MAX),
    ],
)
def test_keys_of_an_earlier_process_are_as_old_as_they_are(lifetime, age, fresh, usable):
    state = restored(lifetime, age, 50.0)
    assert (state.fresh_until, state.usable_until) == (50 + fresh, 50 + usable)
    assert state.failures == 0


def test_pause_of_a_long_outage_costs_no_more_than_that_of_a_short_one():
    """Two to the power of the failures of a month is a number of as many bits."""
    state = Freshness(failures=10**9)
    state, _ = step(state, Failed(), 0)
    assert (state.retry_at, state.failures) == (BACKOFF_SECONDS_MAX, 10**9 + 1)
    pauses = []
    state = Freshness()
    for _ in range(7):
        state, _ = step(state, Failed(), 0)
        pauses.append(state.retry_at)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
