"""Suites over a policy: its laws, its dead rules, what tests cover and which mutants they kill.

Tests run by pytest in a process of its own, so that they are the tests that the developer runs.

Source: access.md section 9 (T1, T5, T7).
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from watchword.access.errors import PolicyError
from watchword.access.lint import dead_rules
from watchword.access.policy import Policy
from watchword.base.records import dataclass
from watchword.cli.exits import Misconfigured, Refused
from watchword.testing.in_memory import in_memory
from watchword.testing.laws import LawBroken, laws
from watchword.testing.mutation import Mutant, mutants

__all__ = ["Mutated", "Tested", "mutated", "tested"]


@dataclass(frozen=True, slots=True)
class Tested:
    """What was found.

    Attributes:
        told: what holds, in words.
        faults: what does not.
    """

    told: tuple[str, ...]
    faults: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Yield the report for people."""
        yield from self.told
        yield from (f"fault: {fault}" for fault in self.faults)

    def as_json(self) -> dict[str, object]:
        """Return the report for programs."""
        return {"told": self.told, "faults": self.faults}


@dataclass(frozen=True, slots=True)
class Mutated:
    """How many mutants there were, and those that no test noticed."""

    count: int
    survivors: tuple[Mutant, ...]


def tested(policy: Policy, name: str, tests: Sequence[str], drawn: Mapping[str, int]) -> Tested:
    """Put a policy under its laws, and its suite under watch.

    Args:
        policy: the live object.
        name: as pytest's plugin takes it.
        tests: words for pytest; without any, no suite runs.
        drawn: `seed`, `subjects` and `rows` of the laws.
    """
    told, faults = (
        [],
        [str(finding) for finding in dead_rules(policy.rules, policy.words.shape.roles)],
    )
    for law in (_laws, _cedar_laws):
        try:
            told.append(law(policy, drawn))
        except LawBroken as broken:
            faults.append(str(broken))
    if tests:
        faults += _watched(name, tests)
        told.append("suite: passes")
    return Tested(tuple(told), tuple(faults))


def mutated(policy: Policy, name: str, tests: Sequence[str]) -> Mutated:
    """Run a suite once as it is, and once for each mutant.

    Raises:
        CommandFailed: the suite fails on the policy itself, or cannot run.
    """
    _watched(name, tests)
    found = mutants(policy)
    alive = [
        each
        for number, each in enumerate(found)
        if _pytest(name, "--policy-mutant", str(number), "-x", *tests).returncode == 0
    ]
    return Mutated(len(found), tuple(alive))


def _laws(policy: Policy, drawn: Mapping[str, int]) -> str:
    try:
        with in_memory(policy) as database:
            report = laws(policy, database, **drawn)
    except ValueError as problem:
        return f"laws: not run: {problem}"
    return f"laws: {report.decisions} decisions, every reading agrees"


def _cedar_laws(policy: Policy, drawn: Mapping[str, int]) -> str:
    if find_spec("cedarpy") is None:
        return "cedar: not asked: cedarpy is not installed (the extra cedar brings it)"
    # cedarpy comes with the extra cedar.
    from watchword.testing.cedar import cedar_laws  # noqa: PLC0415

    try:
        return f"cedar: {cedar_laws(policy, **drawn)} decisions, Cedar agrees"
    except PolicyError as problem:
        return f"cedar: not asked: {problem}"


def _watched(name: str, tests: Sequence[str]) -> list[str]:
    """Run a suite under watch and return what it leaves unseen.

    Raises:
        CommandFailed: a test fails, or none could run.
    """
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "seen.json"
        done = _pytest(name, "--policy-report", str(report), *tests)
        said = f"{done.stdout}\n{done.stderr}".strip()
        if not report.exists():
            raise Misconfigured(f"pytest ran no suite:\n{said}", fix="Run pytest by itself")
        seen = json.loads(report.read_text(encoding="utf-8"))
    if not seen["passed"]:
        raise Refused(f"the suite fails on the policy itself:\n{said}", fix="Mend that first")
    gaps: list[str] = seen["gaps"]
    return gaps


def _pytest(name: str, *words: str) -> "subprocess.CompletedProcess[str]":
    if find_spec("pytest") is None:
        raise Misconfigured("pytest is not installed", fix="Install it beside the application")
    line = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "watchword.testing.plugin",
        "--policy",
        name,
    ]
    return subprocess.run([*line, *words], capture_output=True, text=True, check=False)  # noqa: S603 - pytest
