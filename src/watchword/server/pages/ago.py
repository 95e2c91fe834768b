"""Times as distances: how long ago something was, as people say it.

Source: users.md U43 (times are relative, with the absolute on hover and in `<time datetime>`).
"""

from watchword.base.records import dataclass
from watchword.server.languages import N_, Message, ngettext
from watchword.server.pages.times import Moment, moment

__all__ = ["When", "ago", "day_of"]

MINUTE, HOUR, DAY = 60, 3_600, 86_400
MONTH_DAYS, YEAR_DAYS = 30, 365
_THE_DAY = "%(day)s"  # nothing to translate: the value speaks for itself


@dataclass(frozen=True, slots=True)
class When:
    """One point in time: for machines, exactly in words, and as a distance."""

    moment: Moment
    distance: str | Message

    @property
    def machine(self) -> str:
        """RFC 3339, in UTC."""
        return self.moment.machine

    @property
    def words(self) -> str:
        """Day and time, in the language that is spoken where this is read."""
        return self.moment.words


@dataclass(frozen=True, slots=True)
class _Day:
    """A day that is said where it is shown."""

    moment: Moment

    def __str__(self) -> str:
        return self.moment.day


def ago(seconds: int, now: int) -> When:
    """Return a moment of the past, seen from now; one of the future counts as now."""
    return When(moment(seconds), _distance(min(seconds, now), now))


def day_of(seconds: int, now: int) -> str | Message:
    """Return the day of a moment as a heading, in UTC."""
    days = _days_between(seconds, now)
    if days <= 0:
        return N_("Today")
    if days == 1:
        return N_("Yesterday")
    noon = moment(seconds - seconds % DAY + DAY // 2)  # the same value for the whole day
    return Message(_THE_DAY, {"day": _Day(noon)})


def _distance(seconds: int, now: int) -> str | Message:
    """Say how long ago: of the last day to the minute or hour, then in days of the calendar."""
    passed, days = now - seconds, _days_between(seconds, now)
    if passed < MINUTE:
        return N_("just now")
    if passed < HOUR:
        return ngettext("%(count)s minute ago", "%(count)s minutes ago", passed // MINUTE)
    if passed < DAY:
        return ngettext("%(count)s hour ago", "%(count)s hours ago", passed // HOUR)
    return N_("yesterday") if days == 1 else _distance_in_days(days)


def _distance_in_days(days: int) -> Message:
    if days < MONTH_DAYS:
        return ngettext("%(count)s day ago", "%(count)s days ago", days)
    if days < YEAR_DAYS:
        return ngettext("%(count)s month ago", "%(count)s months ago", days // MONTH_DAYS)
    return ngettext("%(count)s year ago", "%(count)s years ago", days // YEAR_DAYS)


def _days_between(seconds: int, now: int) -> int:
    return now // DAY - seconds // DAY
