"""The measuring loop of the Python contenders: what to run comes on stdin, counts go to stdout.

Stdlib only, since each peer runs it in an environment of its own.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BATCH = 50  # operations between two looks at the clock

Material = dict[str, Any]
Operation = Callable[[int], object]


def material() -> Material:
    """Read keys, claims and tokens from the file that the bench has written."""
    loaded: Material = json.loads(Path(sys.argv[1]).read_text())
    return loaded


def serve(
    version: str, make: Callable[[str, str], Operation | None], *, batch: int = BATCH
) -> None:
    """Say who is running, then answer each line "column operation milliseconds" with a count.

    `make` returns None for what the contender does not offer; the answer is then "0 0".
    """
    print(version, flush=True)
    operations: dict[str, Operation | None] = {}
    for line in sys.stdin:
        column, name, milliseconds = line.split()
        if column + name not in operations:
            operations[column + name] = make(column, name)
        run = operations[column + name]
        count, elapsed = measure(run, int(milliseconds) * 1_000_000, batch) if run else (0, 0)
        print(count, elapsed, flush=True)


def measure(run: Operation, limit_ns: int, batch: int) -> tuple[int, int]:
    """Run for about `limit_ns` and return how often and for how long."""
    count, start = 0, time.perf_counter_ns()
    while True:
        for number in range(count, count + batch):
            run(number)
        count += batch
        elapsed = time.perf_counter_ns() - start
        if elapsed >= limit_ns:
            return count, elapsed
