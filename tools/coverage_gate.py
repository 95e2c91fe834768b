"""Hold the coverage that the project promises: every branch of the core rooms, 90 % over all.

Reads the combined data of `coverage run`; prints one line a room and each gap of a core room.

Source: STYLE section 10.
"""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FULL_ROOMS = ("jose", "oauth", "oidc", "accounts", "access", "keys")
PERCENT_MIN = 90.0


@dataclass(slots=True)
class Room:
    """What was counted in one room: statements and branches together."""

    counted: int = 0
    covered: int = 0
    gaps: list[str] = field(default_factory=list)

    @property
    def percent(self) -> float:
        """Covered statements and branches, in percent."""
        return 100.0 * self.covered / self.counted if self.counted else 100.0


def main() -> int:
    """Print the table and return 1 where a promise is broken."""
    rooms = count(report())
    failures = []
    for name, room in sorted(rooms.items()):
        minimum = 100.0 if name in FULL_ROOMS else None
        print(f"{name:12} {room.percent:6.2f} %" + (" of 100" if minimum else ""))
        if minimum and room.covered < room.counted:
            failures.append(f"{name} has gaps:\n  " + "\n  ".join(room.gaps))
    total = Room(
        counted=sum(room.counted for room in rooms.values()),
        covered=sum(room.covered for room in rooms.values()),
    )
    print(f"{'in all':12} {total.percent:6.2f} % of {PERCENT_MIN:g}")
    if total.percent < PERCENT_MIN:
        failures.append(f"coverage over all is under {PERCENT_MIN:g} %")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def report() -> Mapping[str, Any]:
    """Return coverage's own report, read from its JSON form."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "coverage.json"
        command = [sys.executable, "-m", "coverage", "json", "--quiet", "-o", str(path)]
        subprocess.run(command, check=True)
        found: Mapping[str, Any] = json.loads(path.read_bytes())
        return found


def count(found: Mapping[str, Any]) -> dict[str, Room]:
    """Add the files of each room together."""
    rooms: dict[str, Room] = defaultdict(Room)
    for name, file in found["files"].items():
        parts = Path(name).parts[Path(name).parts.index("watchword") + 1 :]
        room = rooms[parts[0] if len(parts) > 1 else "doors"]
        summary = file["summary"]
        room.counted += summary["num_statements"] + summary["num_branches"]
        room.covered += summary["covered_lines"] + summary["covered_branches"]
        if missing := gaps(file):
            room.gaps.append(f"{name}: {missing}")
    return dict(rooms)


def gaps(file: Mapping[str, Any]) -> str:
    """Say which lines of a file did not run, and which branches of those that did."""
    lines = frozenset(file["missing_lines"])
    arcs = ((start, end) for start, end in file["missing_branches"] if start not in lines)
    said = [str(line) for line in sorted(lines)]
    said += [f"{start}->{end}" for start, end in arcs if end not in lines]
    return ", ".join(said)


if __name__ == "__main__":
    sys.exit(main())
