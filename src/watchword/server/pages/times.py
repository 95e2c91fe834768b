"""Times as a person reads them, with the form for machines beside it.

Source: users.md U43 (`<time datetime>`); RFC 3339.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["Moment", "clock_time", "moment", "span"]

# strftime("%B") follows the process's locale; the pages are in English.
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
UNITS = ((86_400, "day", "days"), (3_600, "hour", "hours"), (60, "minute", "minutes"))


@dataclass(frozen=True, slots=True)
class Moment:
    """One point in time, twice."""

    machine: str  # RFC 3339, UTC
    words: str


def moment(seconds: int) -> Moment:
    """Return the moment that many seconds after the epoch."""
    when = datetime.fromtimestamp(seconds, UTC)
    day = f"{when.day} {MONTHS[when.month - 1]} {when.year}"
    return Moment(when.strftime("%Y-%m-%dT%H:%M:%SZ"), f"{day}, {when:%H:%M:%S} UTC")


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
