import time

from watchword.base.clock import SYSTEM


def test_the_system_clock_counts_whole_seconds_of_the_epoch():
    before = int(time.time())
    assert before <= SYSTEM.now() <= int(time.time())


def test_monotonic_time_does_not_run_backwards():
    assert SYSTEM.monotonic() <= SYSTEM.monotonic()
