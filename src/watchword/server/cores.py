"""How many cores this process may use, which is not how many the machine has.

Source: security.md section 3.3.
"""

import os
from pathlib import Path

__all__ = ["usable_cores"]


def usable_cores() -> int:
    """Return how many cores this process may use: affinity and container quota, at least one.

    Source: security.md section 3.3 (not the host's count).
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:  # pragma: no cover  # systems without affinity
        cores = os.cpu_count() or 1
    return max(1, min(cores, _quota_cores(Path("/sys/fs/cgroup/cpu.max"), cores)))


def _quota_cores(quota_file: Path, cores: int) -> int:
    try:
        quota, period = quota_file.read_text("ascii").split()
        return cores if quota == "max" else int(quota) // int(period)
    except (OSError, ValueError):
        return cores
