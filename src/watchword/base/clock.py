"""The clock: wall time in whole seconds, and monotonic time for ages.

Core code takes `now: int` or a `Clock`; only this module reads the system's.
"""

import time
from typing import Protocol

__all__ = ["SYSTEM", "Clock", "SystemClock"]


class Clock(Protocol):
    """Where a caller gets the time."""

    def now(self) -> int:
        """Return whole seconds since the epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, from an arbitrary start."""
        ...


class SystemClock:
    """The operating system's clock."""

    __slots__ = ()

    def now(self) -> int:
        """Return whole seconds since the epoch, UTC."""
        return int(time.time())

    def monotonic(self) -> float:
        """Return seconds that never run backwards, from an arbitrary start."""
        return time.monotonic()


SYSTEM = SystemClock()
