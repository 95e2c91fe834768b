"""A pytest plugin: a suite under watch, and a suite against one mutant of the policy.

    pytest -p watchword.testing.plugin --policy notes.policy:policy

says at the end which rules never applied or never missed, and fails when there is one.

Source: access.md section 9 (T5, T7).
"""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from watchword.testing.coverage import RuleCoverage, covering
from watchword.testing.mutation import mutants
from watchword.testing.named import NoSuchPolicy, named_policy

_OPEN = pytest.StashKey[ExitStack]()
_SEEN = pytest.StashKey[RuleCoverage]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("watchword")
    group.addoption("--policy", metavar="MODULE:NAME", help="Watch the rules of this policy.")
    group.addoption("--policy-report", metavar="FILE", help="Write what was seen of them as JSON.")
    group.addoption(
        "--policy-mutant", metavar="N", type=int, help="Let the policy decide as its mutant N."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Change the policy, or begin to watch it."""
    name = config.getoption("policy")
    if name is None:
        return
    try:
        policy = named_policy(name)
    except NoSuchPolicy as problem:
        raise pytest.UsageError(str(problem)) from problem
    config.stash[_OPEN] = ExitStack()
    number = config.getoption("policy_mutant")
    if number is None:
        config.stash[_SEEN] = config.stash[_OPEN].enter_context(covering(policy))
    else:
        config.stash[_OPEN].enter_context(mutants(policy)[number].installed(policy))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a suite that passes and leaves a rule unseen."""
    seen = session.config.stash.get(_SEEN, None)
    if seen is None:
        return
    report = session.config.getoption("policy_report")
    # A session that found no tests has seen nothing.
    if report is not None and exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        passed = exitstatus == pytest.ExitCode.OK
        told = {"passed": passed, "fired": sorted(seen.fired), "gaps": seen.gaps}
        Path(report).write_text(json.dumps(told), encoding="utf-8")
    if seen.gaps and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which rules were not seen both to apply and to miss."""
    seen = terminalreporter.config.stash.get(_SEEN, None)
    if seen is None:
        return
    terminalreporter.section("policy coverage")
    for gap in seen.gaps or ("every rule was seen to apply and to miss",):
        terminalreporter.write_line(gap)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Put the policy back."""
    if _OPEN in config.stash:
        config.stash[_OPEN].close()
