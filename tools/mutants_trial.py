"""Try changes that mutmut wrote down, each in a fork of one pytest that has collected the tests.

mutmut starts pytest for every change, which takes ten times as long as the tests that notice it.
The tests that reach the changed function run in the order of their duration until one fails.

    python mutants_trial.py PLAN OUTCOME [pytest arguments]

PLAN is JSON: {change: [names of tests], ...}. OUTCOME gets {change: how it ended, ...}.

Source: tokens.md J-50.
"""

import json
import os
import resource
import signal
import sys
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

CPU_SECONDS_MAX = 60  # the slowest tests of a function take a tenth of it
WAIT_SECONDS_MAX = 600  # for changes that make a test wait for ever
NOTICED = 1


class Trial:
    """Replaces pytest's loop over the tests by one over the changes."""

    def __init__(self, plan: dict[str, list[str]], outcome: Path) -> None:
        self._plan = plan
        self._outcome = outcome

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every change of the plan, and write down how each ended."""
        items = {item.nodeid: item for item in session.items}
        ended = {}
        for change, names in self._plan.items():
            chosen = [items[name] for name in names if name in items]
            ended[change] = attempt(change, chosen or list(items.values()))
        self._outcome.write_text(json.dumps(ended))
        return True


def attempt(change: str, items: list[pytest.Item]) -> str:
    """Return how the tests end in a fork in which a change is made."""
    child = os.fork()
    if child == 0:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX + 1))
        signal.alarm(WAIT_SECONDS_MAX)
        os.environ["MUTANT_UNDER_TEST"] = change
        code = NOTICED
        try:
            code = NOTICED if any(fails(items, at) for at in range(len(items))) else 0
        finally:
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status in (-signal.SIGXCPU, -signal.SIGALRM):
        return "timeout"
    return {0: "survived", NOTICED: "killed"}.get(status, f"ended with {status}")


def fails(items: list[pytest.Item], at: int) -> bool:
    """Run one test; return whether it fails."""
    following = items[at + 1] if at + 1 < len(items) else None
    reports = runtestprotocol(items[at], log=False, nextitem=following)
    return any(report.failed for report in reports)


def main() -> int:
    """Collect, and try the plan."""
    plan, outcome, *arguments = sys.argv[1:]
    os.environ["MUTANT_UNDER_TEST"] = ""
    trial = Trial(json.loads(Path(plan).read_text()), Path(outcome))
    return int(pytest.main(arguments, plugins=[trial]))


if __name__ == "__main__":
    sys.exit(main())
