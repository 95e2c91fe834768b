"""Times as a person reads them, with the form for machines beside it.

Source: users.md U43 (`<time datetime>`); RFC 3339.
"""

from datetime import UTC, datetime

from watchword.base.records import dataclass
from watchword.server.languages import say_day, say_moment

__all__ = ["Moment", "clock_time", "moment", "span"]

# Spans stand on the inspector and the start page, which speak English as the library does.
UNITS = ((86_400, "day", "days"), (3_600, "hour", "hours"), (60, "minute", "minutes"))


@dataclass(frozen=True, slots=True)
class Moment:
    """One point in time, for machines and in the language of whoever reads it."""

    seconds: int  # since the epoch

    @property
    def machine(self) -> str:
        """RFC 3339, in UTC."""
        return f"{self._utc:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def words(self) -> str:
        """Day and time, in the language that is spoken where this is read."""
        return say_moment(self._utc)

    @property
    def day(self) -> str:
        """The day alone, in the language that is spoken where this is read."""
        return say_day(self._utc)

    @property
    def _utc(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)


def moment(seconds: int) -> Moment:
    """Return the moment that many seconds after the epoch."""
    return Moment(seconds)


def clock_time(seconds: int) -> str:
    """Return the time of day of a moment, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M:%S}"


def span(seconds: int) -> str:
    """Return a length of time in its two largest units, such as `4 minutes 12 seconds`."""
    parts = []
    rest = abs(seconds)
    for size, one, many in UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {one if count == 1 else many}")
    if rest or not parts:
        parts.append(f"{rest} {'second' if rest == 1 else 'seconds'}")
    return " ".join(parts[:2])
