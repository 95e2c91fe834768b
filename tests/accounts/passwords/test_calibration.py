"""Which cost fits a time: by a clock of the test's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.accounts.passwords.calibration import Measured, candidates, measure_all, suggest
from watchword.accounts.passwords.hashing import Argon2Parameters, is_enough
from watchword.accounts.passwords.schemes.argon2 import OWN


class Machine:
    """Takes a time that grows with memory and passes; every second hash is disturbed."""

    def __init__(self, seconds_a_kib=1e-6):
        self.rate, self.at, self.hashes = seconds_a_kib, 0.0, 0

    def work(self, parameters):
        self.hashes += 1
        disturbed = 5.0 if self.hashes % 2 else 1.0
        self.at += parameters.memory_kib * parameters.time_cost * self.rate * disturbed

    def elapsed(self):
        return self.at


def measured(machine, memory_kib_max=256 * 1024):
    return measure_all(candidates(memory_kib_max), machine.work, machine.elapsed)


@pytest.mark.requirement("security:33:never-below-owasp")
@given(st.floats(1e-9, 1e-4), st.floats(1e-3, 5.0), st.integers(7 * 1024, 256 * 1024))
def test_nothing_below_owasp_is_measured_or_suggested(rate, target, most):
    """security.md rule 33."""
    found = measured(Machine(rate), most)
    assert all(is_enough(each.parameters) for each in found)
    suggested = suggest(found, target_seconds=target)
    if suggested is None:
        assert all(each.seconds > target for each in found)
        return
    assert is_enough(suggested)
    assert OWN.accepts(suggested.cost)
    assert suggested.memory_kib <= most


def test_most_memory_that_fits_comes_first_and_then_passes():
    found = measured(Machine())
    assert suggest(found, target_seconds=0.050) == Argon2Parameters(1, 46 * 1024, 1)
    assert suggest(found, target_seconds=0.200) == Argon2Parameters(1, 192 * 1024, 1)
    small = measured(Machine(), 19 * 1024)
    assert suggest(small, target_seconds=0.200) == Argon2Parameters(10, 19 * 1024, 1)
    assert suggest(small, target_seconds=0.001) is None


def test_suggestion_stays_within_what_a_stored_hash_may_cost():
    quick = (Measured(Argon2Parameters(1, 256 * 1024, 1), 1e-9),)
    assert suggest(quick, target_seconds=5.0) == Argon2Parameters(8, 256 * 1024, 1)


def test_disturbed_measurement_is_not_believed():
    (first, *_) = measured(Machine())
    assert first.seconds == pytest.approx(7 * 1024 * 5 * 1e-6)


def test_luck_is_not_believed_either():
    """Whatever two of nine rounds take, the suggestion is the same."""
    found = []
    for lucky in ((), (0,), (3, 8), (7, 8)):
        rounds = iter(range(9))
        seconds = [0.0]

        def work(_, rounds=rounds, seconds=seconds, lucky=lucky):
            seconds[0] += 0.001 if next(rounds) in lucky else 0.02

        (cost,) = measure_all(candidates(7 * 1024), work, lambda seconds=seconds: seconds[0])
        found.append(cost.seconds)
    assert found == pytest.approx([0.02] * 4)
