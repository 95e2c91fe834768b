"""Contenders: processes that measure themselves when asked, in turns on one core.

What the machine does meanwhile meets all of them alike, and a figure is that of the fastest of many
short rounds: whatever else runs on the machine only ever adds. `peers/worker.py` and
`peers/worker.mjs` are their loops.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from environments import PEERS, node_script, python_of

__all__ = ["Command", "Contender", "node_peer", "python_peer", "start_all", "stop_all"]

CORE = 0  # all on one core: they take turns, and neighbours do not share the frequency budget
STOP_SECONDS_MAX = 60

Command = Callable[[], Iterable[str | Path]]


@dataclass(slots=True)
class Contender:
    """A process that measures itself when asked."""

    name: str
    process: "subprocess.Popen[str]"
    version: str
    nanoseconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def measure(self, column: str, operation: str, milliseconds: int) -> None:
        """Let it run one operation for a while."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{column} {operation} {milliseconds}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if len(answer) != 2:
            sys.exit(f"{self.name} ended while measuring {column} {operation}")
        count, elapsed = map(int, answer)
        if count:  # 0: the contender does not offer this
            self.nanoseconds.setdefault((column, operation), []).append(elapsed / count)

    def best(self, column: str, operation: str) -> float:
        """Return the nanoseconds of one operation."""
        return min(self.nanoseconds[column, operation])

    def spread(self, column: str, operation: str) -> float:
        """Return how far the median round is above the fastest, as a fraction."""
        rounds = self.nanoseconds[column, operation]
        return statistics.median(rounds) / min(rounds) - 1


def python_peer(peer: str, *arguments: str | Path) -> list[str | Path]:
    """Return the command of a Python peer in its own environment."""
    return [python_of(PEERS / peer), PEERS / peer / "peer.py", *arguments]


def node_peer(peer: str, *arguments: str | Path) -> list[str | Path]:
    """Return the command of a Node peer, with the measuring loop beside it."""
    return [*node_script(PEERS / peer, PEERS / "worker.mjs"), *arguments]


def start_all(commands: Mapping[str, Command]) -> tuple[list[Contender], list[str]]:
    """Start every contender that this machine can run; name the others with the reason."""
    contenders, absent = [], []
    for name, command in commands.items():
        try:
            contenders.append(_start(name, [str(word) for word in command()]))
        except (OSError, subprocess.SubprocessError) as error:
            absent.append(f"{name}: not run ({type(error).__name__})")
    return contenders, absent


def stop_all(contenders: Iterable[Contender]) -> None:
    """Let every process end."""
    for contender in contenders:
        if contender.process.stdin:
            contender.process.stdin.close()
        contender.process.wait(STOP_SECONDS_MAX)


def _start(name: str, command: list[str]) -> Contender:
    """Start one contender on the bench's core and read who it is."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
    )
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, {CORE})
    assert process.stdout
    version = process.stdout.readline().strip()
    if not version:
        raise subprocess.SubprocessError(f"{name} did not start")
    return Contender(name, process, version)


def _environment() -> dict[str, str]:
    """Return this environment without what could lead a peer to other packages."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
