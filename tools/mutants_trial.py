"""Try changes that mutmut wrote down, each in a fork of one pytest that has collected the tests.

mutmut starts pytest for every change, which takes ten times as long as the tests that notice it.
The tests that reach the changed function run until one fails: first those that noticed most
changes before, then the quickest.

    python mutants_trial.py PLAN OUTCOME [pytest arguments]

PLAN is JSON: {change: [names of tests], ...}. OUTCOME gets {change: how it ended, ...}.

Source: tokens.md J-50.
"""

import gc
import json
import os
import resource
import signal
import sys
from collections import Counter
from itertools import zip_longest
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

CPU_SECONDS_MAX = 60  # the slowest tests of a function take a tenth of it
WAIT_SECONDS_MAX = 600  # for changes that make a test wait for ever
TIMEOUTS = (-signal.SIGXCPU, -signal.SIGALRM)
NAME_BYTES_MAX = 65_536  # what a pipe holds
FAULT = 70  # of the trial itself: no test said anything


class Trial:
    """Replaces pytest's loop over the tests by one over the changes."""

    def __init__(self, plan: dict[str, list[str]], outcome: Path) -> None:
        self._plan = plan
        self._outcome = outcome

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every change of the plan, and write down how each ended."""
        items = {item.nodeid: item for item in session.items}
        noticed = Counter[str]()
        gc.freeze()  # what was collected is shared with the forks, and stays so
        ended = {}
        for change, names in self._plan.items():
            chosen = [items[name] for name in names if name in items] or [*items.values()]
            # Who noticed changes before notices the next one soonest; the sort keeps the order of
            # those that are equal.
            chosen.sort(key=lambda item: -noticed[item.nodeid])
            ended[change], witness = attempt(change, chosen)
            noticed[witness] += 1
        self._outcome.write_text(json.dumps(ended))
        return True


def attempt(change: str, items: list[pytest.Item]) -> tuple[str, str]:
    """Return how the tests end in a fork in which a change is made, and the test that noticed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            prepare(change)
            os.write(writing, first_failure(items).encode())
            os._exit(0)
        finally:
            os._exit(FAULT)
    os.close(writing)
    witness = os.read(reading, NAME_BYTES_MAX).decode()
    os.close(reading)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == 0:
        return ("killed" if witness else "survived"), witness
    return ("timeout" if status in TIMEOUTS else f"ended with {status}"), ""


def prepare(change: str) -> None:
    """Make a change in this process, bound its time, and silence it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX + 1))
    signal.alarm(WAIT_SECONDS_MAX)
    gc.disable()
    os.environ["MUTANT_UNDER_TEST"] = change


def first_failure(items: list[pytest.Item]) -> str:
    """Return the name of the first test that fails, or ""."""
    for item, following in zip_longest(items, items[1:]):
        reports = runtestprotocol(item, log=False, nextitem=following)
        if any(report.failed for report in reports):
            return item.nodeid
    return ""


def main() -> int:
    """Collect, and try the plan."""
    plan, outcome, *arguments = sys.argv[1:]
    os.environ["MUTANT_UNDER_TEST"] = ""
    trial = Trial(json.loads(Path(plan).read_text()), Path(outcome))
    return int(pytest.main(arguments, plugins=[trial]))


if __name__ == "__main__":
    sys.exit(main())
