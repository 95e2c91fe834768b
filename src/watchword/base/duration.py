"""Durations as people write them: "15m", a timedelta, or seconds."""

import re
from datetime import timedelta

__all__ = ["Duration", "seconds"]

Duration = str | int | timedelta

_TEXT = re.compile(r"([0-9]{1,9})([smhdw])", re.ASCII)
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def seconds(duration: Duration) -> int:
    """Return a duration in whole seconds.

    Args:
        duration: text such as "30s", "15m", "2h", "7d" or "4w"; a timedelta; or seconds.

    Raises:
        ValueError: negative, a fraction of a second, or text of another form.
        TypeError: another type; True and False are no durations.
    """
    match duration:
        case bool():
            raise TypeError("a duration is text, a timedelta or a number of seconds")
        case int():
            count = duration
        case timedelta():
            if duration.microseconds:
                raise ValueError("a duration is whole seconds")
            count = duration.days * 86400 + duration.seconds
        case str():
            found = _TEXT.fullmatch(duration)
            if found is None:
                raise ValueError('write a duration as a number and a unit, such as "15m" or "7d"')
            count = int(found[1]) * _UNIT_SECONDS[found[2]]
        case _:
            raise TypeError("a duration is text, a timedelta or a number of seconds")
    if count < 0:
        raise ValueError("a duration is not negative")
    return count
