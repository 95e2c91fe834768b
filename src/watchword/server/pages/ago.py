"""Times as distances: how long ago something was, as people say it.

Source: users.md U43 (times are relative, with the absolute on hover and in `<time datetime>`).
"""

from dataclasses import dataclass

from watchword.server.languages import N_, Message, ngettext
from watchword.server.pages.times import moment

__all__ = ["When", "ago", "day_of"]

MINUTE, HOUR, DAY = 60, 3_600, 86_400
UNITS = (
    (365 * DAY, N_("%(count)s year ago"), N_("%(count)s years ago")),
    (30 * DAY, N_("%(count)s month ago"), N_("%(count)s months ago")),
    (DAY, N_("%(count)s day ago"), N_("%(count)s days ago")),
    (HOUR, N_("%(count)s hour ago"), N_("%(count)s hours ago")),
    (MINUTE, N_("%(count)s minute ago"), N_("%(count)s minutes ago")),
)


@dataclass(frozen=True, slots=True)
class When:
    """One point in time: for machines, exactly in words, and as a distance."""

    machine: str
    words: str
    distance: str | Message


def ago(seconds: int, now: int) -> When:
    """Return a moment of the past, seen from now; one of the future counts as now."""
    at = moment(seconds)
    return When(at.machine, at.words, _distance(max(now - seconds, 0)))


def day_of(seconds: int, now: int) -> str:
    """Return the day of a moment as a heading, in UTC."""
    days = now // DAY - seconds // DAY
    if days <= 0:
        return N_("Today")
    return N_("Yesterday") if days == 1 else moment(seconds).words.partition(",")[0]


def _distance(seconds: int) -> str | Message:
    if seconds < MINUTE:
        return N_("just now")
    if DAY <= seconds < 2 * DAY:
        return N_("yesterday")
    size, one, many = next(unit for unit in UNITS if seconds >= unit[0])
    return ngettext(one, many, seconds // size)
